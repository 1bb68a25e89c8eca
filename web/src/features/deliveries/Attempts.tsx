import { cn } from "~/lib/cn";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { hasEnded, type Delivery } from "./words";

type Attempt = Delivery["attempts"][number];

const COLOURS: Record<Attempt["outcome"], string> = {
    sent: "bg-accent",
    failed: "bg-amber",
    refused: "bg-red",
    unknown: "bg-violet",
    lost: "bg-line-strong",
};

function seconds({ startedAt, endedAt }: Attempt): string {
    const took = (new Date(endedAt).getTime() - new Date(startedAt).getTime()) / 1000;
    return t("delivery.took", { seconds: took.toFixed(took < 10 ? 1 : 0) });
}

/** Each try with what the other side answered, the first one first. */
export function Attempts({ delivery }: { delivery: Delivery }) {
    if (delivery.attempts.length === 0) {
        return (
            <p className="text-muted">
                {t(hasEnded(delivery) ? "delivery.neverTried" : "delivery.noAttempts")}
            </p>
        );
    }
    return (
        <ol aria-label={t("delivery.attempts")}>
            {delivery.attempts.map((attempt) => (
                <li
                    key={attempt.number}
                    className="relative border-l-2 border-line pb-5 pl-5 last:pb-0"
                >
                    <span
                        aria-hidden
                        className={cn(
                            "absolute top-1.5 -left-[7px] size-3 rounded-full border-2 border-surface",
                            COLOURS[attempt.outcome],
                        )}
                    />
                    <p className="font-semibold">{t(`delivery.outcome.${attempt.outcome}`)}</p>
                    <p className="text-sm text-muted">
                        {t("delivery.attempt", { number: attempt.number })}
                        {" · "}
                        <time dateTime={attempt.startedAt}>{dayAndClock(attempt.startedAt)}</time>
                        {" · "}
                        {seconds(attempt)}
                        {attempt.code && ` · ${t("delivery.code", { code: attempt.code })}`}
                    </p>
                    {attempt.excerpt && (
                        <pre className="mt-2 max-h-40 overflow-auto rounded-xl bg-sunken p-3 text-sm wrap-anywhere whitespace-pre-wrap">
                            {attempt.excerpt}
                        </pre>
                    )}
                </li>
            ))}
        </ol>
    );
}
