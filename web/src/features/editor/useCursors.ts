import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { useChannel, useLive } from "~/realtime/LiveProvider";
import type { LiveEvent } from "~/realtime/socket";

/** Another person's cursor; x and y are fractions of the editor's box, which differs in size. */
export type Cursor = { userId: string; name: string; color: string; x: number; y: number };
type Seen = Cursor & { seenAt: number };

const SEND_EVERY_MS = 200;
/** A position that the server has not taken (not connected, not joined yet) is sent again. */
const AGAIN_MS = 1000;
const OLD_MS = 10_000;
const JUST_NOW_MS = 2000;
/** Somewhat more than the server's ten seconds: it usually says that one is gone. */
const FORGET_AFTER_MS = 12_000;

const fraction = (part: number, whole: number) =>
    whole > 0 ? Math.round(Math.min(1, Math.max(0, part / whole)) * 10_000) / 10_000 : 0;

/** Tells others where this person points (or where the keyboard is) in the box. */
function useSending(appointmentId: string, box: RefObject<HTMLElement | null>): void {
    const live = useLive();
    /** Kept while there is no connection yet: a pointer that rests then moves no more. */
    const last = useRef<{ position: { x: number; y: number }; at: number } | null>(null);
    // Before it is painted: the pointer may move as soon as there is something to see.
    useLayoutEffect(() => {
        const element = box.current;
        if (!element) return;
        const isRecent = () => last.current !== null && Date.now() - last.current.at <= OLD_MS;
        let next = isRecent() ? (last.current?.position ?? null) : null;
        let timer: ReturnType<typeof setTimeout> | undefined;
        let isAway = false;
        const send = () => {
            timer = undefined;
            if (!next || !live) return;
            const position = next;
            next = null;
            timer = setTimeout(send, SEND_EVERY_MS);
            void live.send("cursor-position", { appointmentId, position }).then(({ ok }) => {
                if (ok || isAway || next || !isRecent()) return;
                next = position;
                clearTimeout(timer);
                timer = setTimeout(send, AGAIN_MS);
            });
        };
        const point = (clientX: number, clientY: number) => {
            const { left, top, width, height } = element.getBoundingClientRect();
            next = { x: fraction(clientX - left, width), y: fraction(clientY - top, height) };
            last.current = { position: next, at: Date.now() };
            if (timer === undefined) send();
        };
        send();
        const onPointer = (event: PointerEvent) => point(event.clientX, event.clientY);
        const onFocus = (event: FocusEvent) => {
            const { left, top, height } = (event.target as HTMLElement).getBoundingClientRect();
            point(left + 12, top + height / 2);
        };
        element.addEventListener("pointermove", onPointer);
        element.addEventListener("pointerdown", onPointer);
        element.addEventListener("focusin", onFocus);
        return () => {
            isAway = true;
            clearTimeout(timer);
            element.removeEventListener("pointermove", onPointer);
            element.removeEventListener("pointerdown", onPointer);
            element.removeEventListener("focusin", onFocus);
        };
    }, [appointmentId, box, live]);
}

/** Sends this person's cursor and answers those of others. */
export function useCursors(
    appointmentId: string,
    userId: string,
    box: RefObject<HTMLElement | null>,
): Cursor[] {
    useSending(appointmentId, box);
    const [cursors, setCursors] = useState<Seen[]>([]);
    const without = (gone: unknown) => (all: Seen[]) => all.filter((one) => one.userId !== gone);
    useChannel(
        `appointment.${appointmentId}`,
        (event: LiveEvent) => {
            if (event.type === "cursor-gone") setCursors(without(event.userId));
            if (event.type !== "cursor-update" || event.userId === userId) return;
            const position = event.position as { x: number; y: number };
            const cursor: Seen = {
                userId: event.userId as string,
                name: (event.userInfo as { name: string }).name,
                color: event.color as string,
                x: fraction(position.x, 1),
                y: fraction(position.y, 1),
                seenAt: Date.now(),
            };
            setCursors((all) => [...without(cursor.userId)(all), cursor]);
        },
        // Those that rest are told of with the subscription, perhaps before its answer.
        () => setCursors((all) => all.filter((one) => Date.now() - one.seenAt < JUST_NOW_MS)),
    );
    const hasAny = cursors.length > 0;
    useEffect(() => {
        if (!hasAny) return;
        const timer = setInterval(() => {
            const latest = Date.now() - FORGET_AFTER_MS;
            setCursors((all) =>
                all.some((one) => one.seenAt < latest)
                    ? all.filter((one) => one.seenAt >= latest)
                    : all,
            );
        }, 1000);
        return () => clearInterval(timer);
    }, [hasAny]);
    return cursors;
}
