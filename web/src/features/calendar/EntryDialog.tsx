import { useProviders } from "~/features/catalogue/queries";
import { clocksDiffer, clockRange, longDay, zoneCity } from "~/lib/time";
import { t } from "~/text/staff";
import { PriorityBadge, StatusBadge } from "~/ui/Badge";
import { Dialog } from "~/ui/Dialog";
import { AppointmentPart } from "./AppointmentPart";
import type { Entry } from "./entries";
import { entryStatus } from "./EntryButton";
import { MoveAppointment } from "./MoveAppointment";
import { SlotPart } from "./SlotPart";

type Props = {
    entry: Entry | null;
    now: number;
    isMoving: boolean;
    onMoving: (isMoving: boolean) => void;
    onClose: () => void;
};

function When({ entry, zone }: { entry: Entry; zone: string | undefined }) {
    const { start, end } = entry;
    return (
        <>
            {longDay(start)}, {clockRange(start, end)}
            {zone && clocksDiffer(start, zone) && (
                <span className="block text-sm">
                    {t("calendar.there", {
                        time: clockRange(start, end, zone),
                        city: zoneCity(zone),
                    })}
                </span>
            )}
        </>
    );
}

/** One entry of the calendar, near to: what it is and what can be done with it. */
export function EntryDialog({ entry, now, isMoving, onMoving, onClose }: Props) {
    const providers = useProviders().data;
    const appointment = entry?.appointment;
    const provider = providers?.find((one) => one.id === entry?.providerId);
    return (
        <Dialog
            open={entry !== null}
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
            wide={isMoving && Boolean(appointment)}
            title={appointment?.userName ?? t("calendar.slot.title")}
            description={entry && <When entry={entry} zone={provider?.timezone} />}
        >
            {entry && (
                <>
                    <div className="flex flex-wrap items-center gap-2">
                        <StatusBadge status={entryStatus(entry, now)} />
                        {appointment && <PriorityBadge priority={appointment.priority} />}
                        <span className="text-muted">
                            {[appointment?.serviceTitle, provider?.name, appointment?.facilityName]
                                .filter(Boolean)
                                .join(" · ")}
                        </span>
                    </div>
                    {appointment &&
                        (isMoving ? (
                            <MoveAppointment appointment={appointment} onDone={onClose} />
                        ) : (
                            <AppointmentPart
                                appointment={appointment}
                                onMove={() => onMoving(true)}
                                onDone={onClose}
                            />
                        ))}
                    {!appointment && entry.slot && (
                        <SlotPart
                            key={entry.key}
                            slot={entry.slot}
                            initialTask={isMoving ? "move" : null}
                            onDone={onClose}
                        />
                    )}
                </>
            )}
        </Dialog>
    );
}
