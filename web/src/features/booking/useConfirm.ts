import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { APPOINTMENT_LISTS } from "~/features/appointments/queries";
import {
    booked,
    confirmationRefused,
    confirmationSent,
    reservationEnded,
    type Attempt,
} from "./draftSlice";

const TRIES = 3;
const PAUSE_MS = 800;

/** Whether it may have been booked all the same: there was no answer, or none of the server's own. */
export function isUnsettled(error: unknown): boolean {
    return (
        error instanceof Problem &&
        (error.status === 0 || error.status >= 500 || error.scenario === "idempotency_in_flight")
    );
}

/** Whether what was reserved is offered no more. */
export function isWithdrawn(error: unknown): boolean {
    return error instanceof Problem && error.scenario === "no_longer_offered";
}

/** The token decides all but the notes; the types want what has a default, too. */
function bodyOf(reservationToken: string, notes: string) {
    return { reservationToken, notes: notes.trim() || null } as Schemas["BookRequest"];
}

/**
 * Books what is reserved. Each tap has a key of its own; what got no answer is sent again with the
 * same key and the same words, so that it is booked once.
 */
export function useConfirm() {
    const dispatch = useAppDispatch();
    const client = useQueryClient();
    const draft = useAppSelector((state) => state.draft.current);
    const confirming = useMutation({
        mutationFn: ({ key, reservationToken, notes }: Attempt) =>
            data(
                api.POST("/api/v1/appointments", {
                    params: { header: { "Idempotency-Key": key } },
                    body: bodyOf(reservationToken, notes),
                }),
            ),
        retry: (count, error) => count < TRIES - 1 && isUnsettled(error),
        retryDelay: PAUSE_MS,
        onSuccess: (appointment) => {
            dispatch(booked(appointment.id));
            void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
        },
        onError: (error) => {
            if (isUnsettled(error)) return;
            dispatch(confirmationRefused());
            if (!(error instanceof Problem)) return;
            if (error.status === 401) void client.invalidateQueries({ queryKey: ["me"] });
            const isGone = error.status === 410 || error.status === 404;
            if (isGone || isWithdrawn(error)) dispatch(reservationEnded());
        },
    });
    const confirm = () => {
        if (!draft?.reserved) return;
        const attempt: Attempt = draft.attempt ?? {
            key: newKey(),
            reservationToken: draft.reserved.token,
            notes: draft.notes,
        };
        dispatch(confirmationSent(attempt));
        confirming.mutate(attempt);
    };
    const askAgain = () => {
        if (draft?.attempt) confirming.mutate(draft.attempt);
    };
    return { confirming, confirm, askAgain };
}
