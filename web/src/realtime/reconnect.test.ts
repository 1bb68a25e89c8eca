import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** The browser's end of a WebSocket; the test plays network and server. */
const { FakeWebSocket } = vi.hoisted(() => {
    class FakeWebSocket {
        static made: FakeWebSocket[] = [];
        readonly sent: string[] = [];
        onopen: () => void = () => undefined;
        onmessage: (event: { data: string }) => void = () => undefined;
        onclose: (event: { code: number }) => void = () => undefined;
        onerror: () => void = () => undefined;
        constructor() {
            FakeWebSocket.made.push(this);
        }
        send(text: string) {
            this.sent.push(text);
        }
        close() {
            this.onclose({ code: 1000 });
        }
    }
    vi.stubGlobal("WebSocket", FakeWebSocket);
    return { FakeWebSocket };
});
// What browsers get; Node would get the one that brings its own WebSocket.
// @ts-expect-error It has no types of its own.
vi.mock("socket.io-client", () => import("socket.io-client/dist/socket.io.js"));
const { Live } = await import("./socket");

const CHANNEL = "user.1.bookings";
const onConnection = vi.fn();
const latest = () => {
    const socket = FakeWebSocket.made.at(-1);
    if (!socket) throw new Error("nobody has asked for a connection");
    return socket;
};

/** The server lets the connection in; the client asks for its channel. */
async function welcome() {
    const hello = { sid: "e", pingInterval: 25000, pingTimeout: 20000, upgrades: [] };
    latest().onopen();
    latest().onmessage({ data: `0${JSON.stringify(hello)}` });
    latest().onmessage({ data: '40{"sid":"s"}' });
    await vi.advanceTimersByTimeAsync(1);
    expect(latest().sent.at(-1)).toContain("subscribe");
}

let live: InstanceType<typeof Live>;

beforeEach(async () => {
    vi.useFakeTimers();
    FakeWebSocket.made = [];
    onConnection.mockClear();
    live = new Live({ onConnection, onRefused: vi.fn() });
    live.connect();
    live.listen(CHANNEL, { onEvent: vi.fn(), onReset: vi.fn() });
    await welcome();
});
afterEach(() => {
    live.close();
    vi.useRealTimers();
});

test("a connection that is lost before its channels answer is not asked for again at once", () => {
    latest().onclose({ code: 1012 });
    expect(FakeWebSocket.made).toHaveLength(1);
});

test("it comes back although a server that goes down takes the next one and drops it late", async () => {
    latest().onclose({ code: 1012 });
    await vi.advanceTimersByTimeAsync(1999);
    latest().onerror();
    latest().onclose({ code: 1006 });
    const before = FakeWebSocket.made.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(FakeWebSocket.made.length).toBeGreaterThan(before);
    await welcome();
    latest().onmessage({ data: '431[{"ok":true,"sequence":1}]' });
    await vi.advanceTimersByTimeAsync(1);
    expect(onConnection).toHaveBeenLastCalledWith(true);
});
