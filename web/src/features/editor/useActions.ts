import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { Problem, problemText } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import {
    APPOINTMENT_LISTS,
    appointmentKey,
    type Appointment,
} from "~/features/appointments/queries";
import { t } from "~/text/staff";
import { tagOf } from "./draft";

/** What a tap on a confirming button sends; the key is the tap's. */
export type Tap = { reason: string; key: string };
export type CancelTap = Tap & { waiveFee: boolean };
export type MoveTap = Tap & { timeslotId: string; providerId: string };

type Call<T> = (appointment: Appointment, init: Init, tap: T) => Promise<unknown>;
type Init = {
    params: { path: { appointment_id: string } };
    headers: Record<string, string>;
};

export const complete: Call<Tap> = (_, init, { reason }) =>
    data(
        api.POST("/api/v1/appointments/{appointment_id}/complete", {
            ...init,
            body: { reason: reason || null },
        }),
    );

export const noShow: Call<Tap> = (_, init, { reason }) =>
    data(
        api.POST("/api/v1/appointments/{appointment_id}/no-show", {
            ...init,
            body: { reason: reason || null },
        }),
    );

export const reopen: Call<Tap> = (_, init, { reason }) =>
    data(
        api.POST("/api/v1/appointments/{appointment_id}/reopen", {
            ...init,
            body: { reason },
        }),
    );

export const cancel: Call<CancelTap> = (_, init, { reason, waiveFee }) =>
    data(
        api.POST("/api/v1/appointments/{appointment_id}/cancel", {
            ...init,
            body: { reason: reason || null, waiveFee },
        }),
    );

export const remove: Call<Tap> = (_, init, { reason }) =>
    data(
        api.DELETE("/api/v1/appointments/{appointment_id}", {
            ...init,
            body: { reason: reason || null },
        }),
    );

export const restore: Call<Tap> = (_, init, { reason }) =>
    data(
        api.POST("/api/v1/appointments/{appointment_id}/restore", {
            ...init,
            body: { reason: reason || null },
        }),
    );

/** Reserves the new time for the client and moves there; gives it back when that is refused. */
export const move: Call<MoveTap> = async (appointment, init, tap) => {
    const { reservationToken } = await data(
        api.POST("/api/v1/reservations", {
            headers: { "Idempotency-Key": `${tap.key}-reserve` },
            body: {
                providerId: tap.providerId,
                serviceId: appointment.serviceId,
                timeslotId: tap.timeslotId,
                userId: appointment.userId,
            },
        }),
    );
    try {
        await data(
            api.POST("/api/v1/appointments/{appointment_id}/reschedule", {
                ...init,
                body: { reservationToken, reason: tap.reason || null },
            }),
        );
    } catch (error) {
        // Without an answer it may have happened: the same tap asks again with the same key.
        if (error instanceof Problem && error.status > 0) {
            await api.DELETE("/api/v1/reservations/{token}", {
                params: { path: { token: reservationToken } },
            });
        }
        throw error;
    }
};

type Options = {
    appointment: Appointment;
    /** What to say when it is done. */
    done: string;
    onDone: () => void;
    onLocked?: ((error: unknown) => void) | undefined;
};

/** An action on an appointment as it is on the screen: refused when it has changed meanwhile. */
export function useAction<T extends Tap>(call: Call<T>, options: Options) {
    const client = useQueryClient();
    const dispatch = useAppDispatch();
    const { appointment, done, onDone, onLocked } = options;
    return useMutation({
        mutationFn: (tap: T) =>
            call(
                appointment,
                {
                    params: { path: { appointment_id: appointment.id } },
                    headers: { "If-Match": tagOf(appointment), "Idempotency-Key": tap.key },
                },
                tap,
            ),
        onSuccess: () => {
            dispatch(toastShown(done));
            onDone();
        },
        onError: (error) => {
            if (!(error instanceof Problem)) return;
            onLocked?.(error);
            if (error.scenario === "precondition_failed") {
                dispatch(toastShown(t("editor.changedMeanwhile"), "failed"));
                onDone();
            } else if (error.status === 0) dispatch(toastShown(problemText(error), "failed"));
        },
        onSettled: () => {
            void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
            return client.invalidateQueries({ queryKey: appointmentKey(appointment.id) });
        },
    });
}
