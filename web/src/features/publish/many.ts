import { useCallback, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { problemText } from "~/api/problem";
import { changeSlot, deleteSlot } from "~/features/calendar/actions";
import { slotStatus, type Slot } from "~/features/calendar/entries";
import { minutesOfDay } from "~/lib/wall";

export type Action = "block" | "open" | "delete";
export type Outcome = { isDone: boolean; text: string };

const WITHIN: Record<Action, Slot["status"][]> = {
    block: ["available"],
    open: ["blocked"],
    delete: ["available", "blocked"],
};
const AT_ONCE = 4;

/** The slots that an action is about: those of a state that it can change, at those times of day. */
export function affected(
    slots: readonly Slot[],
    action: Action,
    hours: { from: number; to: number },
    zone: string,
    now: number,
): Slot[] {
    return slots.filter((slot) => {
        const minutes = minutesOfDay(slot.start, zone);
        const isThen = minutes >= hours.from && minutes < hours.to;
        return isThen && WITHIN[action].includes(slotStatus(slot, now));
    });
}

/** Calls `work` for each item, a few at a time, in order. */
export async function forEachAtOnce<T>(
    items: readonly T[],
    atOnce: number,
    work: (item: T) => Promise<void>,
): Promise<void> {
    const queue = [...items];
    const worker = async () => {
        for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

function changeOne(slot: Slot, action: Action, reason: string): Promise<unknown> {
    const why = reason ? { reason } : {};
    if (action === "delete") return deleteSlot(slot, reason);
    const status = action === "block" ? "blocked" : "available";
    return changeSlot({ slot, change: { status, ...why } });
}

/** Changes many slots, each by itself: what became of each is kept, one by one. */
export function useMany(doneText: string) {
    const client = useQueryClient();
    const [run, setRun] = useState<{ slots: Slot[]; outcomes: Map<string, Outcome> } | null>(null);
    const start = useCallback(
        async (slots: Slot[], action: Action, reason: string) => {
            setRun({ slots, outcomes: new Map() });
            await forEachAtOnce(slots, AT_ONCE, async (slot) => {
                let outcome: Outcome = { isDone: true, text: doneText };
                try {
                    await changeOne(slot, action, reason);
                } catch (error) {
                    outcome = { isDone: false, text: problemText(error) };
                }
                setRun(
                    (kept) =>
                        kept && {
                            ...kept,
                            outcomes: new Map(kept.outcomes).set(slot.id, outcome),
                        },
                );
            });
            await client.invalidateQueries({ queryKey: ["slots"] });
        },
        [client, doneText],
    );
    return { run, start, forget: () => setRun(null) };
}
