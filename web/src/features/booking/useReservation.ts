import { useEffect, useRef } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { store, useAppDispatch } from "~/app/store";
import {
    extensionsUsedUp,
    reservationEnded,
    slotReserved,
    type Reserved,
    type Target,
} from "./draftSlice";

/** Gives a slot back, also while the page is being closed. */
function release(token: string): void {
    void fetch(`/api/v1/reservations/${encodeURIComponent(token)}`, {
        method: "DELETE",
        keepalive: true,
        credentials: "same-origin",
    }).catch(() => {
        // It cannot be reached: the reservation ends by itself.
    });
}

async function reserve({ timeslotId, providerId, serviceId }: Target): Promise<Reserved> {
    const call = api.POST("/api/v1/reservations", { body: { timeslotId, providerId, serviceId } });
    const made = await data(call);
    const { response } = await call;
    const full = Date.now() + made.ttlSeconds * 1000;
    const said = Date.parse(made.expiresAt);
    // One that I had already (200) runs on; but this browser's clock may be off.
    const isUsable = response.status === 200 && said > Date.now() && said < full;
    return {
        token: made.reservationToken,
        deadline: isUsable ? said : full,
        ttlSeconds: made.ttlSeconds,
        price: { priceCents: made.priceCents, currency: made.currency },
    };
}

async function extend(token: string): Promise<Reserved> {
    const made = await data(
        api.POST("/api/v1/reservations/{token}/extend", { params: { path: { token } } }),
    );
    return {
        token,
        deadline: Date.now() + made.ttlSeconds * 1000,
        ttlSeconds: made.ttlSeconds,
        extensionsLeft: made.extensionsLeft,
    };
}

const is = (error: unknown, ...scenarios: string[]) =>
    error instanceof Problem && scenarios.includes(error.scenario);

/**
 * Reserves the timeslot as soon as somebody is signed in, and gives it back when they leave. A
 * confirmation that is on its way is never cut short.
 */
export function useReservation(target: Target, isSignedIn: boolean) {
    const dispatch = useAppDispatch();
    const client = useQueryClient();
    const hasLeft = useRef(false);
    const onError = (error: unknown) => {
        if (is(error, "unauthenticated")) void client.invalidateQueries({ queryKey: ["me"] });
        if (is(error, "reservation_expired", "reservation_not_found", "no_longer_offered"))
            dispatch(reservationEnded());
        if (is(error, "extension_limit")) dispatch(extensionsUsedUp());
    };
    const reserving = useMutation({
        mutationFn: () => reserve(target),
        onSuccess: (made) => {
            if (hasLeft.current) release(made.token);
            else dispatch(slotReserved(made));
        },
        onError,
    });
    const extending = useMutation({
        mutationFn: extend,
        onSuccess: (made) => {
            if (!hasLeft.current) dispatch(slotReserved(made));
        },
        onError,
    });

    const { mutate } = reserving;
    const begun = useRef(false);
    useEffect(() => {
        const draft = store.getState().draft.current;
        if (!isSignedIn || begun.current) return;
        if (draft?.attempt || draft?.appointmentId || draft?.isQueued) return;
        begun.current = true;
        mutate();
    }, [isSignedIn, mutate]);

    const { timeslotId } = target;
    useEffect(() => {
        hasLeft.current = false;
        const giveBack = () => {
            const draft = store.getState().draft.current;
            if (!draft?.reserved || draft.attempt || draft.timeslotId !== timeslotId) return;
            release(draft.reserved.token);
            dispatch(reservationEnded());
        };
        window.addEventListener("pagehide", giveBack);
        return () => {
            window.removeEventListener("pagehide", giveBack);
            hasLeft.current = true;
            giveBack();
        };
    }, [dispatch, timeslotId]);

    return { reserving, extending };
}
