import { useUser } from "~/features/account/session";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text";
import { entryText, reasonText, type AuditEntry } from "./storyText";

/** The history of an appointment, the latest first. */
export function Story({ audit, currency }: { audit: AuditEntry[]; currency: string }) {
    const user = useUser();
    return (
        <section aria-labelledby="story">
            <h2 id="story" className="mb-3 text-lg font-bold">
                {t("appointments.story")}
            </h2>
            <ol className="flex flex-col gap-4 border-l-2 border-line pl-5">
                {audit.toReversed().map((entry) => (
                    <li key={entry.id} className="relative">
                        <span
                            aria-hidden
                            className="absolute top-1.5 -left-[1.65rem] size-3 rounded-full border-2 border-surface bg-line-strong"
                        />
                        <p className="font-medium">{entryText(entry, currency)}</p>
                        {entry.reason && <p>{reasonText(entry)}</p>}
                        <p className="text-sm text-muted">
                            {t("appointments.storyBy", {
                                time: dayAndClock(entry.timestamp),
                                name:
                                    entry.actor.id === user.id
                                        ? t("appointments.you")
                                        : entry.actor.name,
                            })}
                        </p>
                    </li>
                ))}
            </ol>
        </section>
    );
}
