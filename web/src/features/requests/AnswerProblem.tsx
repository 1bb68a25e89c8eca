import { LockKeyhole } from "lucide-react";
import { Problem } from "~/api/problem";
import { clock, clockRange } from "~/lib/time";
import { t } from "~/text/staff";
import { ErrorNotice, Notice } from "~/ui/Notice";

/** The slot's and the wish's period of a refusal that is about their difference (SPEC 4.3). */
function periods(details: Record<string, unknown>): { slot: string; wish: string } {
    const { slotStart, slotEnd, appointmentStart, appointmentEnd } = details as Record<
        "slotStart" | "slotEnd" | "appointmentStart" | "appointmentEnd",
        string
    >;
    return {
        slot: clockRange(slotStart, slotEnd),
        wish: clockRange(appointmentStart, appointmentEnd),
    };
}

/** Why a request could not be answered, in words for the front desk. */
export function AnswerProblem({ error }: { error: unknown }) {
    if (!(error instanceof Problem)) return <ErrorNotice error={error} />;
    if (error.lock)
        return (
            <Notice tone="error">
                <LockKeyhole aria-hidden size={16} className="mr-1 inline" />
                {t("requests.locked", {
                    name: error.lock.userInfo.name,
                    until: clock(error.lock.expiresAt),
                })}
            </Notice>
        );
    if (error.scenario === "time_mismatch")
        return <Notice tone="error">{t("requests.mismatch", periods(error.details))}</Notice>;
    if (error.scenario === "slot_overlap")
        return <Notice tone="error">{t("requests.overlap")}</Notice>;
    if (error.scenario === "invalid_transition")
        return <Notice tone="error">{t("requests.answered")}</Notice>;
    return <ErrorNotice error={error} />;
}
