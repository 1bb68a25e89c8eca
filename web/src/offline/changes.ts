/** Changes that a client may make without a network; they wait in the queue as "not booked yet". */
export type Change =
    | {
          kind: "book";
          providerId: string;
          serviceId: string;
          start: string;
          end: string;
          notes?: string;
      }
    | {
          kind: "reschedule";
          appointmentId: string;
          version: number;
          providerId: string;
          serviceId: string;
          timeslotId: string;
          start: string;
          end: string;
      }
    | { kind: "cancel"; appointmentId: string; version: number }
    | { kind: "notes"; appointmentId: string; version: number; notes: string }
    | { kind: "attend"; appointmentId: string };

/** What a change is about, in the words of the moment in which it was made. */
export type About = {
    serviceTitle: string;
    providerName: string;
    start: string;
    timezone: string;
};

export function aboutOf({ serviceTitle, providerName, start, timezone }: About): About {
    return { serviceTitle, providerName, start, timezone };
}

/** What the server said to a change that it did not make. */
export type Refusal = { status: number; document: Record<string, unknown> };

export type QueuedChange = {
    /** The idempotency key: made at the tap and kept for every try. */
    key: string;
    userId: string;
    /** When it was made, in ms; the order of the queue. */
    madeAt: number;
    about: About;
    change: Change;
    refusal?: Refusal;
};

/** The server forgets keys after eight days: what is older could be done twice, so it is not sent. */
export const LIFETIME_MS = 7 * 24 * 3600_000;

export function isTooOld(item: QueuedChange, now: number): boolean {
    return now - item.madeAt > LIFETIME_MS;
}

export function appointmentOf(change: Change): string | null {
    return change.kind === "book" ? null : change.appointmentId;
}

/** Waits to be sent: it is not refused, and young enough. */
export function isWaiting(item: QueuedChange, now: number): boolean {
    return !item.refusal && !isTooOld(item, now);
}

/**
 * The first change of a user that may be sent now. One that stopped stops the later ones of its
 * appointment, which were made in the belief that it would happen.
 */
export function nextToSend(
    items: readonly QueuedChange[],
    userId: string,
    now: number,
): QueuedChange | undefined {
    const stopped = new Set<string>();
    for (const item of items) {
        if (item.userId !== userId) continue;
        const appointment = appointmentOf(item.change);
        if (isWaiting(item, now) && !(appointment && stopped.has(appointment))) return item;
        if (appointment) stopped.add(appointment);
    }
    return undefined;
}

/** Its own earlier change made the version that this one was based on a newer one. */
export function basedOn(item: QueuedChange, before: number, after: number): QueuedChange {
    const { change } = item;
    if (!("version" in change) || change.version !== before) return item;
    return { ...item, change: { ...change, version: after } };
}
