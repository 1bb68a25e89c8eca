import { io, type Socket } from "socket.io-client";

/** An event of a channel (SPEC §5); cursors alone have no sequence. */
export type LiveEvent = { type: string; channel: string; sequence?: number } & Record<
    string,
    unknown
>;

type Listener = {
    onEvent: (event: LiveEvent) => void;
    /** The log no longer reaches back to where we were: fetch again. */
    onReset: () => void;
};
type Ack = { ok: boolean; scenario?: string; sequence?: number; reset?: boolean };
type Room = { sequence: number | null; listeners: Set<Listener> };

/**
 * One connection for the whole app. It keeps the last sequence seen of each channel and asks for
 * what came since when it joins again, after sleep or a lost network: nothing is missed, and what
 * comes twice is dropped.
 */
export class Live {
    private socket: Socket | null = null;
    private readonly rooms = new Map<string, Room>();

    constructor(private readonly onConnection: (live: boolean) => void) {}

    connect(): void {
        if (this.socket) return;
        const socket = io({ withCredentials: true, reconnectionDelayMax: 4000 });
        this.socket = socket;
        socket.on("connect", () => {
            this.onConnection(true);
            for (const channel of this.rooms.keys()) this.join(channel);
        });
        socket.on("disconnect", (reason) => {
            this.onConnection(false);
            // The server cut it (a changed account, a session's end); the client must ask itself.
            if (reason === "io server disconnect") setTimeout(() => socket.connect(), 1000);
        });
        socket.on("connect_error", () => this.onConnection(false));
        socket.onAny((type: string, body: Record<string, unknown>) => {
            this.receive({ ...body, type } as LiveEvent);
        });
    }

    close(): void {
        this.socket?.disconnect();
        this.socket = null;
        this.rooms.clear();
    }

    /** Listens to a channel until the returned function is called. */
    listen(channel: string, listener: Listener): () => void {
        let room = this.rooms.get(channel);
        if (!room) {
            room = { sequence: null, listeners: new Set() };
            this.rooms.set(channel, room);
            this.join(channel);
        }
        room.listeners.add(listener);
        return () => {
            room.listeners.delete(listener);
            if (room.listeners.size > 0 || this.rooms.get(channel) !== room) return;
            this.rooms.delete(channel);
            this.socket?.emit("unsubscribe", channel);
        };
    }

    /** Sends a message; its acknowledgement, or `unavailable` when there is no connection. */
    async send(type: "cursor-position" | "request-takeover", body: object): Promise<Ack> {
        if (!this.socket?.connected) return { ok: false, scenario: "unavailable" };
        try {
            return (await this.socket.timeout(5000).emitWithAck(type, body)) as Ack;
        } catch {
            return { ok: false, scenario: "unavailable" };
        }
    }

    private join(channel: string): void {
        const room = this.rooms.get(channel);
        if (!room || !this.socket?.connected) return;
        const since = room.sequence;
        this.socket.emit("subscribe", since === null ? channel : { channel, since }, (ack: Ack) => {
            if (!ack.ok) return;
            const isFirst = room.sequence === null;
            if (isFirst || ack.reset)
                room.sequence = Math.max(room.sequence ?? 0, ack.sequence ?? 0);
            // What was fetched before the first join may be older than the join.
            if (isFirst || ack.reset) for (const listener of room.listeners) listener.onReset();
        });
    }

    private receive(event: LiveEvent): void {
        const room = this.rooms.get(event.channel);
        if (!room) return;
        if (event.sequence !== undefined) {
            if (room.sequence !== null && event.sequence <= room.sequence) return;
            room.sequence = event.sequence;
        }
        for (const listener of room.listeners) listener.onEvent(event);
    }
}
