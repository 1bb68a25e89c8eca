import type { ReactNode } from "react";
import { CircleAlert, Info } from "lucide-react";
import { Link } from "react-router";
import { Problem, problemText } from "~/api/problem";
import { cn } from "~/lib/cn";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text";
import { Button } from "./Button";

const TONES = {
    info: "border-blue bg-blue-soft text-blue",
    warning: "border-amber bg-amber-soft text-amber",
    error: "border-red bg-red-soft text-red",
};

type Props = {
    tone?: keyof typeof TONES;
    children: ReactNode;
    action?: ReactNode;
    className?: string;
};

export function Notice({ tone = "info", children, action, className }: Props) {
    const Icon = tone === "info" ? Info : CircleAlert;
    return (
        <div
            role={tone === "error" ? "alert" : "status"}
            className={cn(
                "flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border px-4 py-3",
                TONES[tone],
                className,
            )}
        >
            <Icon aria-hidden size={20} className="shrink-0" />
            <div className="min-w-0 flex-1 font-medium">{children}</div>
            {action}
        </div>
    );
}

/** What a failed request says, with a way out. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
    return (
        <Notice
            tone="error"
            action={
                onRetry && (
                    <Button look="secondary" size="small" onClick={onRetry}>
                        {t("app.tryAgain")}
                    </Button>
                )
            }
        >
            <ProblemText error={error} />
        </Notice>
    );
}

/** Why it failed; and where the other appointment is when that is the reason. */
export function ProblemText({ error, text }: { error: unknown; text?: string }) {
    const other = error instanceof Problem ? error.overlapping : undefined;
    return (
        <>
            {text ?? problemText(error)}
            {other && (
                <>
                    {" "}
                    <Link className="underline" to={`/appointments/${other.id}`}>
                        {t("problem.seeOther", { time: dayAndClock(other.start) })}
                    </Link>
                </>
            )}
        </>
    );
}
