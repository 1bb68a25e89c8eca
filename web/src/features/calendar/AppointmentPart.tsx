import { useState } from "react";
import { CheckCheck, MoveRight, RotateCcw, SquarePen, UserRoundX } from "lucide-react";
import { Link } from "react-router";
import { ContactLinks } from "~/features/appointments/ContactLinks";
import type { Appointment } from "~/features/appointments/queries";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { useEndVisit } from "./actions";
import { ReopenDialog } from "./ReopenDialog";
import { useToast } from "~/app/useToast";

type Props = { appointment: Appointment; onMove: () => void; onDone: () => void };

/** What can be done with an appointment from the calendar; all else is on its own page. */
export function AppointmentPart({ appointment, onMove, onDone }: Props) {
    const { id, status, start, notes, userName } = appointment;
    const [isSure, setIsSure] = useState(false);
    const [isReopening, setReopening] = useState(false);
    const end = useEndVisit();
    const toast = useToast();
    const hasBegun = Date.parse(start) <= useNow(30_000);
    const finish = (as: "complete" | "no-show") =>
        end.mutate(
            { id, as },
            {
                onSuccess: () => {
                    toast.done(t(`calendar.visit.${as}Done`, { name: userName }));
                    onDone();
                },
            },
        );
    return (
        <div className="flex flex-col gap-3">
            {end.isError && <ErrorNotice error={end.error} />}
            <ContactLinks client={appointment.client} />
            {notes && <p className="rounded-xl bg-sunken px-4 py-3 break-words">{notes}</p>}
            <div className="flex flex-col gap-2">
                <Button asChild>
                    <Link to={status === "requested" ? "/requests" : `/appointments/${id}`}>
                        <SquarePen aria-hidden size={18} />
                        {status === "requested"
                            ? t("calendar.visit.answer")
                            : t("calendar.visit.open")}
                    </Link>
                </Button>
                {status === "confirmed" && !hasBegun && (
                    <Button look="secondary" onClick={onMove}>
                        <MoveRight aria-hidden size={18} />
                        {t("calendar.visit.move")}
                    </Button>
                )}
                {status === "confirmed" && hasBegun && (
                    <>
                        <Button
                            look="secondary"
                            busy={end.isPending}
                            onClick={() => finish("complete")}
                        >
                            <CheckCheck aria-hidden size={18} />
                            {t("calendar.visit.complete")}
                        </Button>
                        <Button
                            look="danger"
                            busy={end.isPending}
                            onClick={() => (isSure ? finish("no-show") : setIsSure(true))}
                        >
                            <UserRoundX aria-hidden size={18} />
                            {isSure ? t("calendar.visit.noShowSure") : t("calendar.visit.noShow")}
                        </Button>
                    </>
                )}
                {(status === "completed" || status === "no_show") && (
                    <Button look="secondary" onClick={() => setReopening(true)}>
                        <RotateCcw aria-hidden size={18} />
                        {t("editor.reopen")}
                    </Button>
                )}
            </div>
            {isReopening && (
                <ReopenDialog
                    appointment={appointment}
                    onClose={() => setReopening(false)}
                    onDone={onDone}
                />
            )}
            {isSure && <Notice tone="warning">{t("calendar.visit.noShowFee")}</Notice>}
        </div>
    );
}
