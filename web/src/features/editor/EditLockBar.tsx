import type { ReactNode } from "react";
import { Lock, LockOpen, Pencil, Timer } from "lucide-react";
import { countdown } from "~/lib/time";
import { t } from "~/text/staff";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Notice } from "~/ui/Notice";
import { TakeOverButton } from "./TakeOverButton";
import type { Control } from "./useControl";
import type { EditLockKeeper } from "./useEditLock";

type Props = {
    lock: EditLockKeeper;
    control: Control;
    isAdmin: boolean;
    /** Text was typed here that is not saved. */
    hasDraft: boolean;
    onContinue: () => void;
    onTakeOver: () => void;
};

function TimeLeft({ seconds }: { seconds: number }) {
    return (
        <span
            role="timer"
            aria-label={t("editLock.timeLeft")}
            className="inline-flex items-center gap-1 font-semibold tabular-nums"
        >
            <Timer aria-hidden size={16} />
            {countdown(seconds)}
        </span>
    );
}

function Bar({ children }: { children: ReactNode }) {
    return (
        <div
            role="group"
            aria-label={t("editLock.title")}
            className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-line bg-surface px-4 py-2 shadow-card"
        >
            {children}
        </div>
    );
}

/** Somebody else edits: who, how long still, and how to get at it. */
function Elsewhere({ name, lock, control, isAdmin, onTakeOver }: Props & { name: string }) {
    return (
        <Bar>
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <Badge tone="amber">
                    <Lock aria-hidden size={14} />
                    {t("editLock.other", { name })}
                </Badge>
                <TimeLeft seconds={lock.secondsLeft ?? 0} />
                <span className="text-muted">{t("editLock.readOnly")}</span>
            </p>
            <div className="ml-auto flex flex-wrap items-center gap-2">
                <p role="status" className="text-sm text-muted">
                    {control.hasAsked &&
                        t(control.isUnanswered ? "editLock.stillEditing" : "editLock.asked", {
                            name,
                        })}
                </p>
                {(!control.hasAsked || control.isUnanswered) && (
                    <Button look="secondary" size="small" onClick={() => void control.ask()}>
                        {t("editLock.ask")}
                    </Button>
                )}
                {isAdmin && (
                    <TakeOverButton
                        name={name}
                        busy={lock.takeOver.isPending}
                        onConfirm={onTakeOver}
                    />
                )}
            </div>
        </Bar>
    );
}

/** How the edit lock stands, and what can be done about it. */
export function EditLockBar(props: Props) {
    const { lock, hasDraft, onContinue } = props;
    const { state } = lock;
    const kept = hasDraft ? ` ${t("editLock.kept")}` : "";
    const again = (label: string) => (
        <Button
            look="secondary"
            size="small"
            busy={lock.acquire.isPending}
            onClick={() => onContinue()}
        >
            <Pencil aria-hidden size={16} />
            {label}
        </Button>
    );
    switch (state.kind) {
        case "unknown":
            return null;
        case "free":
            return (
                <Bar>
                    <p className="flex items-center gap-2 text-muted">
                        <LockOpen aria-hidden size={16} />
                        {t("editLock.free")}
                    </p>
                </Bar>
            );
        case "mine":
            return (
                <Bar>
                    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
                        <Badge tone="accent">
                            <Pencil aria-hidden size={14} />
                            {t("editLock.mine")}
                        </Badge>
                        <TimeLeft seconds={lock.secondsLeft ?? 0} />
                    </p>
                    {lock.isRunningOut && (
                        <>
                            <p role="status" className="font-medium text-amber">
                                {t("editLock.runningOut")}
                            </p>
                            {again(t("editLock.keep"))}
                        </>
                    )}
                </Bar>
            );
        case "other":
            return <Elsewhere {...props} name={state.lock.userInfo.name} />;
        case "taken":
            return (
                <>
                    <Notice tone="warning">
                        {t("editLock.taken", { name: state.lock.userInfo.name }) + kept}
                    </Notice>
                    <Elsewhere {...props} name={state.lock.userInfo.name} />
                </>
            );
        case "elsewhere":
            return (
                <Notice tone="warning" action={again(t("editLock.here"))}>
                    {t("editLock.elsewhere") + kept}
                </Notice>
            );
        case "expired":
            return (
                <Notice tone="warning" action={again(t("editLock.continue"))}>
                    {t("editLock.ended.expired") + kept}
                </Notice>
            );
        case "ended":
            return (
                <Notice tone="warning" action={again(t("editLock.continue"))}>
                    {t(`editLock.ended.${state.reason}`) + kept}
                </Notice>
            );
    }
}
