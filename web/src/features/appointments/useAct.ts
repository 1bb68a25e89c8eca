import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Problem, problemText } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { aboutOf, useSubmit, type Change, type Done } from "~/offline";
import { t } from "~/text";
import { appointmentKey, type Appointment } from "./queries";

/** Why an action failed; while staff edit the appointment, who does. */
export function whyText(error: unknown): string {
    const lock = error instanceof Problem ? error.lock : undefined;
    return lock ? t("appointments.lockedBy", { name: lock.userInfo.name }) : problemText(error);
}

/** Changes an appointment, now or when the network is back; says so when it has to wait. */
export function useAct(appointment: Appointment) {
    const submit = useSubmit();
    const client = useQueryClient();
    const dispatch = useAppDispatch();
    return useMutation<Done | "queued", unknown, Change>({
        mutationFn: (change) => submit(change, aboutOf(appointment)),
        onSuccess: (done) => {
            if (done === "queued") dispatch(toastShown(t("appointments.queued")));
        },
        onError: (error) => {
            // Somebody else was faster: shows how it is now.
            if (error instanceof Problem && error.status !== 0)
                void client.invalidateQueries({ queryKey: appointmentKey(appointment.id) });
        },
    });
}
