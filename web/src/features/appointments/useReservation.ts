import { useCallback, useEffect, useRef, useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { useNow } from "~/lib/useNow";

export type Timeslot = Schemas["Timeslot"];
type Held = {
    timeslot: Timeslot;
    token: string;
    expiresAt: number;
    key: string;
    mayExtend: boolean;
};

function release(token: string): void {
    // If this is lost, the reservation runs out by itself.
    void api
        .DELETE("/api/v1/reservations/{token}", { params: { path: { token } }, keepalive: true })
        .catch(() => undefined);
}

/**
 * One reservation of the dialog: taken at a tap, given back when another time is chosen or the
 * dialog goes. `key` belongs to the move that it is for: a new reservation, a new tap.
 */
export function useReservation(providerId: string, serviceId: string) {
    const [held, setHeld] = useState<Held | null>(null);
    const current = useRef<Held | null>(null);
    const now = useNow();
    useEffect(() => {
        current.current = held;
    }, [held]);
    useEffect(
        () => () => {
            if (current.current) release(current.current.token);
        },
        [],
    );
    const reserve = useMutation({
        mutationFn: (timeslot: Timeslot) =>
            data(
                api.POST("/api/v1/reservations", {
                    body: { providerId, serviceId, timeslotId: timeslot.id },
                    headers: { "Idempotency-Key": newKey() },
                }),
            ),
        onSuccess: (made, timeslot) =>
            setHeld({
                timeslot,
                token: made.reservationToken,
                expiresAt: endOf(made),
                key: newKey(),
                mayExtend: true,
            }),
    });
    const extend = useMutation({
        mutationFn: (token: string) =>
            data(api.POST("/api/v1/reservations/{token}/extend", { params: { path: { token } } })),
        onSuccess: (made) => setHeld((kept) => kept && { ...kept, expiresAt: endOf(made) }),
        onError: (error) => {
            if (error instanceof Problem && error.scenario === "extension_limit")
                setHeld((kept) => kept && { ...kept, mayExtend: false });
        },
    });
    const forget = useCallback((isUsed: boolean) => {
        if (current.current && !isUsed) release(current.current.token);
        current.current = null;
        setHeld(null);
    }, []);
    return {
        held,
        secondsLeft: held ? Math.max(0, (held.expiresAt - now) / 1000) : 0,
        reserve,
        extend,
        forget,
    };
}

/** By this browser's clock, which may be off: a reservation never lives longer than its time. */
function endOf({ expiresAt, ttlSeconds }: { expiresAt: string; ttlSeconds: number }): number {
    const longest = Date.now() + ttlSeconds * 1000;
    const said = Date.parse(expiresAt);
    const isClockOff = said > longest || said < Date.now();
    return isClockOff ? longest : said;
}
