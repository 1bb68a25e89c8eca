import { Link } from "react-router";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Notice } from "~/ui/Notice";

/** A slot that stays as it is because somebody has it, or because its time is another's. */
export type Conflict = { slotId: string; appointmentId?: string | null; start: string };
export type Conflicts = { conflicts: Conflict[]; conflictsTotal?: number | null };

/** So many are listed one by one. */
const LISTED = 100;

export function countOf({ conflicts, conflictsTotal }: Conflicts): number {
    return conflictsTotal ?? conflicts.length;
}

/** When they are, with a link to the appointment of those that are booked. */
export function ConflictList({ found, zone }: { found: Conflicts; zone?: string | undefined }) {
    const listed = found.conflicts.slice(0, LISTED);
    const more = countOf(found) - listed.length;
    return (
        <ul className="flex flex-col gap-1 tabular-nums">
            {listed.map(({ slotId, appointmentId, start }) => (
                <li key={slotId} className="flex flex-wrap gap-x-3">
                    {appointmentId ? (
                        <Link className="underline" to={`/appointments/${appointmentId}`}>
                            {dayAndClock(start, zone)}
                        </Link>
                    ) : (
                        <>
                            <span>{dayAndClock(start, zone)}</span>
                            <span>{t("publish.conflict.noAppointment")}</span>
                        </>
                    )}
                </li>
            ))}
            {more > 0 && <li>{t("publish.conflict.more", { count: more })}</li>}
        </ul>
    );
}

/** What stays outside the hours that were saved. */
export function OutsideNotice({ found, zone }: { found: Conflicts; zone?: string | undefined }) {
    return (
        <Notice tone="warning">
            <p className="mb-2">{t("publish.conflict.outside", { count: countOf(found) })}</p>
            <ConflictList found={found} zone={zone} />
        </Notice>
    );
}
