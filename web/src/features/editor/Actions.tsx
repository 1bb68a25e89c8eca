import { useState, type ReactNode } from "react";
import {
    CalendarClock,
    CalendarX,
    Check,
    Download,
    Inbox,
    RotateCcw,
    Share2,
    Trash2,
    UserX,
} from "lucide-react";
import { Link } from "react-router";
import type { AppointmentWithAudit } from "~/features/appointments/queries";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Card } from "~/ui/Page";
import { CancelDialog } from "./CancelDialog";
import { EndDialog, type Ending } from "./EndDialog";
import { RescheduleDialog } from "./RescheduleDialog";
import { ShareDialog } from "./ShareDialog";

export type DialogProps = {
    appointment: AppointmentWithAudit;
    onClose: () => void;
    /** The action was refused because somebody else edits. */
    onLocked: (error: unknown) => void;
};
type Open = Ending | "cancel" | "move" | "share" | null;
type Props = Omit<DialogProps, "onClose"> & { isLockedByOther: boolean };

/** What can be done with an appointment in its state; nothing else is offered. */
export function Actions({ isLockedByOther, ...target }: Props) {
    const [open, setOpen] = useState<Open>(null);
    const { id, status, start } = target.appointment;
    const hasStarted = Date.parse(start) <= useNow(15_000);
    const button = (what: Open, icon: ReactNode, label: string) => (
        <Button look="secondary" onClick={() => setOpen(what)}>
            {icon}
            {label}
        </Button>
    );
    const dialog = { ...target, onClose: () => setOpen(null) };
    return (
        <Card className="sm:p-6">
            <h2 className="mb-4 text-lg font-bold">{t("editor.actions")}</h2>
            <div className="flex flex-wrap gap-2">
                {!isLockedByOther && status === "requested" && (
                    <Button asChild>
                        <Link to="/requests">
                            <Inbox aria-hidden size={18} />
                            {t("editor.accept")}
                        </Link>
                    </Button>
                )}
                {!isLockedByOther && status === "confirmed" && (
                    <>
                        {hasStarted && (
                            <>
                                {button(
                                    "complete",
                                    <Check aria-hidden size={18} />,
                                    t("editor.complete"),
                                )}
                                {button(
                                    "no_show",
                                    <UserX aria-hidden size={18} />,
                                    t("editor.noShow"),
                                )}
                            </>
                        )}
                        {button(
                            "move",
                            <CalendarClock aria-hidden size={18} />,
                            t("editor.reschedule"),
                        )}
                    </>
                )}
                {!isLockedByOther &&
                    (status === "completed" || status === "no_show") &&
                    button("reopen", <RotateCcw aria-hidden size={18} />, t("editor.reopen"))}
                {!isLockedByOther &&
                    (status === "confirmed" || status === "requested") &&
                    button("cancel", <CalendarX aria-hidden size={18} />, t("editor.cancel"))}
                {button("share", <Share2 aria-hidden size={18} />, t("editor.share"))}
                <Button asChild look="secondary">
                    <a href={`/api/v1/appointments/${id}/calendar.ics`} download>
                        <Download aria-hidden size={18} />
                        {t("editor.calendarFile")}
                    </a>
                </Button>
                {!isLockedByOther &&
                    button("delete", <Trash2 aria-hidden size={18} />, t("editor.delete"))}
            </div>
            {open === "cancel" && <CancelDialog {...dialog} />}
            {open === "move" && <RescheduleDialog {...dialog} />}
            {open === "share" && <ShareDialog {...dialog} />}
            {(open === "complete" ||
                open === "no_show" ||
                open === "reopen" ||
                open === "delete") && <EndDialog {...dialog} ending={open} />}
        </Card>
    );
}
