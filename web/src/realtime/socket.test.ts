import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Socket } from "socket.io-client";
import { Live } from "./socket";

type Handler = (...values: unknown[]) => void;
type Ack = { ok: boolean; sequence?: number; reset?: boolean; scenario?: string };

/** The client's end of a connection whose server the test plays. */
class FakeSocket {
    connected = false;
    active = true;
    readonly sent: unknown[] = [];
    private readonly handlers = new Map<string, Handler>();
    private any: Handler = () => undefined;
    private acks: ((lost: Error | null, ack?: Ack) => void)[] = [];

    on(name: string, handler: Handler) {
        this.handlers.set(name, handler);
        return this;
    }
    onAny(handler: Handler) {
        this.any = handler;
    }
    timeout() {
        return this;
    }
    emit(name: string, body: unknown, ack?: (lost: Error | null, ack?: Ack) => void) {
        this.sent.push([name, body]);
        if (ack) this.acks.push(ack);
    }
    connect() {
        this.connected = true;
        this.handlers.get("connect")?.();
        return this;
    }
    disconnect() {
        this.lose();
        return this;
    }
    lose(reason = "transport close") {
        this.connected = false;
        this.handlers.get("disconnect")?.(reason);
    }
    refuse() {
        this.active = false;
        this.handlers.get("connect_error")?.(new Error("unauthenticated"));
    }
    answer(ack: Ack) {
        this.acks.shift()?.(null, ack);
    }
    loseAnswer() {
        this.acks.shift()?.(new Error("timeout"));
    }
    event(sequence: number, channel = "user.1.bookings") {
        this.any("booking.updated", { channel, sequence });
    }
    cursor(type: "cursor-update" | "cursor-gone", userId: string) {
        this.any(type, { channel: CHANNEL, userId });
    }
}

const CHANNEL = "user.1.bookings";

let socket: FakeSocket;
let live: Live;
const onConnection = vi.fn();
const onRefused = vi.fn();
const listener = { onEvent: vi.fn(), onReset: vi.fn() };
const sequences = () =>
    listener.onEvent.mock.calls.map(([event]) => (event as { sequence: number }).sequence);

beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    socket = new FakeSocket();
    live = new Live({ onConnection, onRefused }, () => socket as unknown as Socket);
    live.connect();
});
afterEach(() => {
    live.close();
    vi.useRealTimers();
});

function joined(sequence: number) {
    live.listen(CHANNEL, listener);
    socket.connect();
    socket.answer({ ok: true, sequence });
}

describe("a channel", () => {
    test("is fetched again once joined, since what was fetched before may be older", () => {
        joined(7);
        expect(socket.sent).toEqual([["subscribe", CHANNEL]]);
        expect(listener.onReset).toHaveBeenCalledTimes(1);
    });

    test("gives each event once and in order", () => {
        joined(7);
        for (const sequence of [7, 8, 8, 9, 8]) socket.event(sequence);
        expect(sequences()).toEqual([8, 9]);
    });

    test("tells who listens later where cursors are, and not where they were", () => {
        joined(7);
        for (const user of ["anna", "otto"]) socket.cursor("cursor-update", user);
        socket.cursor("cursor-gone", "anna");
        const late = { onEvent: vi.fn(), onReset: vi.fn() };
        live.listen(CHANNEL, late);
        expect(late.onEvent.mock.calls).toEqual([
            [{ type: "cursor-update", channel: CHANNEL, userId: "otto" }],
        ]);
        socket.lose();
        socket.connect();
        const later = { onEvent: vi.fn(), onReset: vi.fn() };
        live.listen(CHANNEL, later);
        expect(later.onEvent).not.toHaveBeenCalled();
    });

    test("asks for what it missed when the connection comes back", () => {
        joined(7);
        socket.event(8);
        socket.lose();
        socket.connect();
        expect(socket.sent.at(-1)).toEqual(["subscribe", { channel: CHANNEL, since: 8 }]);
        socket.answer({ ok: true, sequence: 10 });
        for (const sequence of [9, 10]) socket.event(sequence);
        expect(sequences()).toEqual([8, 9, 10]);
        expect(listener.onReset).toHaveBeenCalledTimes(1);
    });

    test("is fetched again when the log does not reach back, even to a lower sequence", () => {
        joined(70);
        socket.lose();
        socket.connect();
        socket.answer({ ok: true, sequence: 3, reset: true });
        expect(listener.onReset).toHaveBeenCalledTimes(2);
        socket.event(4);
        expect(sequences()).toEqual([4]);
    });

    test("is fetched again when an event is missing", () => {
        joined(7);
        socket.event(9);
        expect(listener.onReset).toHaveBeenCalledTimes(2);
        expect(sequences()).toEqual([9]);
    });

    test("is fetched again for a view that comes to it later", () => {
        joined(7);
        const second = { onEvent: vi.fn(), onReset: vi.fn() };
        live.listen(CHANNEL, second);
        expect(second.onReset).toHaveBeenCalledTimes(1);
        expect(socket.sent).toHaveLength(1);
    });

    test("is left when the last view has gone, and not before", () => {
        const leave = live.listen(CHANNEL, listener);
        const leaveToo = live.listen(CHANNEL, { onEvent: vi.fn(), onReset: vi.fn() });
        socket.connect();
        leave();
        expect(socket.sent).toHaveLength(1);
        leaveToo();
        expect(socket.sent.at(-1)).toEqual(["unsubscribe", CHANNEL]);
        socket.event(1);
        expect(listener.onEvent).not.toHaveBeenCalled();
    });

    test("is asked for again when the server cannot say now", () => {
        live.listen(CHANNEL, listener);
        socket.connect();
        socket.answer({ ok: false, scenario: "unavailable" });
        vi.runAllTimers();
        expect(socket.sent).toHaveLength(2);
    });
});

describe("the connection", () => {
    test("is live only when every channel has caught up", () => {
        joined(1);
        socket.lose();
        expect(onConnection).toHaveBeenLastCalledWith(false);
        socket.connect();
        expect(onConnection).toHaveBeenLastCalledWith(false);
        socket.answer({ ok: true, sequence: 1 });
        expect(onConnection).toHaveBeenLastCalledWith(true);
    });

    test("starts anew when it gives no answer", () => {
        joined(1);
        socket.lose();
        socket.connect();
        socket.loseAnswer();
        expect(socket.sent).toHaveLength(3);
    });

    test("does not wait for the next try when the network is back", () => {
        joined(1);
        socket.lose();
        window.dispatchEvent(new Event("online"));
        expect(socket.connected).toBe(true);
    });

    test("says when it is refused, and tries again while somebody wants it", () => {
        socket.refuse();
        expect(onRefused).toHaveBeenCalledTimes(1);
        vi.runAllTimers();
        expect(socket.connected).toBe(true);
    });

    test("stays closed once closed", () => {
        socket.connect();
        socket.lose("io server disconnect");
        live.close();
        vi.runAllTimers();
        expect(socket.connected).toBe(false);
    });
});
