import { io, type Socket } from "socket.io-client";

/** An event of a channel (SPEC §5); cursors alone have no sequence. */
export type LiveEvent = { type: string; channel: string; sequence?: number } & Record<
    string,
    unknown
>;

type Listener = {
    onEvent: (event: LiveEvent) => void;
    /** What the view shows may be older than the channel: fetch again. */
    onReset: () => void;
};
type Watcher = {
    /** true: every channel is caught up; false: the connection is away, or catching up. */
    onConnection: (isLive: boolean) => void;
    /** The server does not let us in: the session has ended, or it cannot say now. */
    onRefused: () => void;
};
type Ack = { ok: boolean; scenario?: string; sequence?: number; reset?: boolean };
type Room = {
    sequence: number | null;
    listeners: Set<Listener>;
    /** Where others' cursors were told to be, for who listens later. */
    cursors: Map<unknown, LiveEvent>;
};

const ANSWER_MS = 5000;
const AGAIN_MS = 2000;
const ASLEEP_MS = 20_000;

// Of several server processes, polling requests would reach a different one each time.
const openSocket = (): Socket =>
    io({ withCredentials: true, transports: ["websocket"], reconnectionDelayMax: 4000 });

/**
 * One connection for the whole app. It keeps the last sequence seen of each channel and asks for
 * what came since when it joins again, after sleep or a lost network: nothing is missed, and what
 * comes twice is dropped.
 */
export class Live {
    private socket: Socket | null = null;
    private readonly rooms = new Map<string, Room>();
    /** Channels that have not caught up since the connection came back. */
    private readonly behind = new Set<string>();
    private hiddenAt = 0;

    constructor(
        private readonly watcher: Watcher,
        private readonly open: () => Socket = openSocket,
    ) {}

    connect(): void {
        if (this.socket) return;
        const socket = this.open();
        this.socket = socket;
        socket.on("connect", () => this.catchUp());
        socket.on("disconnect", (reason) => {
            this.report();
            // The server cut it (a changed account, a session's end); the client must ask itself.
            if (reason === "io server disconnect") this.later(() => socket.connect());
        });
        socket.on("connect_error", () => {
            this.report();
            // Without a network it tries again by itself; after a refusal it does not.
            if (socket.active) return;
            this.watcher.onRefused();
            this.later(() => socket.connect());
        });
        socket.onAny((type: string, body: Record<string, unknown>) => {
            this.receive({ ...body, type } as LiveEvent);
        });
        window.addEventListener("online", this.hurry);
        document.addEventListener("visibilitychange", this.onVisibility);
    }

    close(): void {
        window.removeEventListener("online", this.hurry);
        document.removeEventListener("visibilitychange", this.onVisibility);
        const socket = this.socket;
        this.socket = null;
        socket?.disconnect();
        this.rooms.clear();
        this.behind.clear();
    }

    /** Listens to a channel until the returned function is called. */
    listen(channel: string, listener: Listener): () => void {
        let room = this.rooms.get(channel);
        if (!room) {
            room = { sequence: null, listeners: new Set(), cursors: new Map() };
            this.rooms.set(channel, room);
            this.join(channel);
        } else if (room.sequence !== null) {
            // Its view may have been kept from before the others listened.
            listener.onReset();
        }
        room.listeners.add(listener);
        for (const event of room.cursors.values()) listener.onEvent(event);
        return () => {
            room.listeners.delete(listener);
            if (room.listeners.size > 0 || this.rooms.get(channel) !== room) return;
            this.rooms.delete(channel);
            this.caughtUp(channel);
            if (this.socket?.connected) this.socket.emit("unsubscribe", channel);
        };
    }

    /** Sends a message; its acknowledgement, or `unavailable` when there is no connection. */
    async send(type: "cursor-position" | "request-takeover", body: object): Promise<Ack> {
        if (!this.socket?.connected) return { ok: false, scenario: "unavailable" };
        try {
            return (await this.socket.timeout(ANSWER_MS).emitWithAck(type, body)) as Ack;
        } catch {
            return { ok: false, scenario: "unavailable" };
        }
    }

    /** Joins every channel again and asks for what was missed. */
    private catchUp(): void {
        for (const [channel, room] of this.rooms) {
            this.behind.add(channel);
            room.cursors.clear();
        }
        this.report();
        for (const channel of this.rooms.keys()) this.join(channel);
    }

    private caughtUp(channel: string): void {
        if (this.behind.delete(channel)) this.report();
    }

    private report(): void {
        if (!this.socket) return;
        this.watcher.onConnection(this.socket.connected && this.behind.size === 0);
    }

    private join(channel: string): void {
        const room = this.rooms.get(channel);
        const socket = this.socket;
        if (!room || !socket?.connected) return;
        const since = room.sequence;
        const wanted = since === null ? channel : { channel, since };
        socket.timeout(ANSWER_MS).emit("subscribe", wanted, (lost: Error | null, ack: Ack) => {
            if (this.socket !== socket || this.rooms.get(channel) !== room) return;
            if (lost) {
                // With the connection gone too, Socket.IO is about to make the next one; to ask for
                // one of our own now leaves it waiting for ever once that one has gone as well.
                if (socket.connected) this.restart();
            } else if (ack.ok) this.joined(channel, room, ack);
            else if (ack.scenario === "unavailable") this.later(() => this.join(channel));
            // Not ours to see (any more); the request that fetches it says so.
            else this.caughtUp(channel);
        });
    }

    private joined(channel: string, room: Room, ack: Ack): void {
        // What was fetched before the first join may be older than the join.
        const isOld = room.sequence === null || ack.reset === true;
        if (isOld) {
            room.sequence = ack.sequence ?? null;
            for (const listener of room.listeners) listener.onReset();
        }
        this.caughtUp(channel);
    }

    private receive(event: LiveEvent): void {
        const room = this.rooms.get(event.channel);
        if (!room) return;
        const { sequence } = event;
        if (event.type === "cursor-update") room.cursors.set(event.userId, event);
        if (event.type === "cursor-gone") room.cursors.delete(event.userId);
        if (sequence !== undefined && room.sequence !== null) {
            if (sequence <= room.sequence) return;
            // A gap should not be; if there is one, what it held is in the answer of a fetch.
            if (sequence > room.sequence + 1)
                for (const listener of room.listeners) listener.onReset();
            room.sequence = sequence;
        }
        for (const listener of room.listeners) listener.onEvent(event);
    }

    private later(act: () => void): void {
        const socket = this.socket;
        setTimeout(() => {
            if (socket && this.socket === socket) act();
        }, AGAIN_MS);
    }

    /** A connection that gives no answer is dead, though nobody said so. */
    private restart(): void {
        this.socket?.disconnect().connect();
    }

    /** The network is back: does not wait for the next try. */
    private readonly hurry = (): void => {
        if (!this.socket?.connected) this.restart();
    };

    /** After sleep the connection may be dead without knowing: asks for what was missed. */
    private readonly onVisibility = (): void => {
        if (document.hidden) {
            this.hiddenAt = Date.now();
        } else if (this.socket?.connected && Date.now() - this.hiddenAt > ASLEEP_MS) {
            this.catchUp();
        } else {
            this.hurry();
        }
    };
}
