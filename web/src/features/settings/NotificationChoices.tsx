import { useState, type ReactNode } from "react";
import { problemText, Problem } from "~/api/problem";
import { t } from "~/text/account";
import { Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import {
    isChosen,
    KINDS,
    leadOf,
    minutesOffered,
    MOST_REMINDERS,
    useNotificationSettings,
    useSaveNotifications,
    waysOf,
    withChoice,
    withMinutes,
    type Settings,
    type Way,
} from "./notifications";
import { PhoneVerification } from "./PhoneVerification";
import { PushDevices } from "./PushDevices";
import { QuietHours } from "./QuietHours";
import { TryOut } from "./TryOut";

const LOCALES = ["en", "de"] as const;

/** How one wants to be told. Each choice is saved at once, and goes back when that fails. */
export function NotificationChoices() {
    const kept = useNotificationSettings();
    const save = useSaveNotifications();
    // What was asked for is shown at once, until it is saved or refused.
    const [asked, setAsked] = useState<Settings | null>(null);
    if (kept.isPending) return <Skeleton rows={3} />;
    if (!kept.data) return <ErrorNotice error={kept.error} onRetry={() => void kept.refetch()} />;
    const settings = asked ?? kept.data;
    const change = (next: Settings) => {
        setAsked(next);
        save.mutate(next, { onSettled: () => setAsked(null) });
    };
    const parts = { settings, change };
    return (
        <div className="flex flex-col gap-6">
            {save.isError && <Notice tone="error">{whyNotSaved(save.error)}</Notice>}
            <fieldset disabled={asked !== null} className="flex flex-col gap-6">
                <Kinds {...parts} />
                <Reminders {...parts} />
                <QuietHours {...parts} />
                <Select
                    label={t("notify.locale")}
                    hint={t("notify.localeHint")}
                    value={settings.locale ?? ""}
                    onChange={({ target }) => change({ ...settings, locale: target.value || null })}
                >
                    <option value="">{t("notify.localeOfPlace")}</option>
                    {localesOf(settings).map((one) => (
                        <option key={one} value={one}>
                            {nameOf(one)}
                        </option>
                    ))}
                </Select>
                {settings.channels.push.available && (
                    <Tick
                        checked={settings.showDetails}
                        onChange={(showDetails) => change({ ...settings, showDetails })}
                        hint={t("notify.showDetailsHint")}
                    >
                        {t("notify.showDetails")}
                    </Tick>
                )}
            </fieldset>
            {settings.channels.sms.available && needsProof(settings) && (
                <PhoneVerification address={settings.channels.sms.address ?? ""} />
            )}
            {settings.channels.push.available && <PushDevices />}
            <TryOut settings={settings} />
        </div>
    );
}

function needsProof({ channels }: Settings): boolean {
    return Boolean(channels.sms.address) && channels.sms.state !== "verified";
}

export type PartProps = { settings: Settings; change: (next: Settings) => void };

function whyNotSaved(error: unknown): string {
    const isLast = error instanceof Problem && error.scenario === "last_channel";
    return isLast ? t("notify.lastChannel") : problemText(error);
}

/** In its own language, as somebody looks for it who reads no other. */
function nameOf(locale: string): string {
    return new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
}

function localesOf({ locale }: Settings): string[] {
    return [...new Set([...LOCALES, ...(locale ? [locale] : [])])];
}

export function Tick({
    checked,
    onChange,
    disabled,
    hint,
    children,
}: {
    checked: boolean;
    onChange: (checked: boolean) => void;
    disabled?: boolean;
    hint?: string | undefined;
    children: ReactNode;
}) {
    return (
        <label className="flex min-h-11 items-center gap-3">
            <input
                type="checkbox"
                className="size-5 shrink-0 accent-accent"
                checked={checked}
                disabled={disabled}
                onChange={({ target }) => onChange(target.checked)}
            />
            <span>
                {children}
                {hint && <span className="block text-sm text-muted">{hint}</span>}
            </span>
        </label>
    );
}

/** Which news comes which way. */
function Kinds({ settings, change }: PartProps) {
    const ways = waysOf(settings);
    if (ways.length === 0) return <p className="text-muted">{t("notify.nothingToSendBy")}</p>;
    return KINDS.map((kind) => (
        <fieldset key={kind} className="flex flex-col gap-1">
            <legend className="mb-1 font-medium">{t(`notify.${kind}`)}</legend>
            {ways.map((way) => (
                <Tick
                    key={way}
                    checked={isChosen(settings, way, kind)}
                    onChange={(isWanted) => change(withChoice(settings, way, kind, isWanted))}
                    hint={kind === "changes" ? stateText(settings, way) : undefined}
                >
                    {t(`notify.${way}`)}
                </Tick>
            ))}
        </fieldset>
    ));
}

/** Where it goes to, and what is in the way of it. */
function stateText({ channels, sms }: Settings, way: Way): string | undefined {
    if (way === "push")
        return channels.push.subscriptions > 0
            ? t("notify.pushDevices", { count: channels.push.subscriptions })
            : t("notify.noPush");
    const { address, state } = channels[way];
    if (!address) return t(way === "sms" ? "notify.noNumber" : "notify.noAddress");
    if (state === "bounced" || state === "complained") return t("notify.bounced", { address });
    if (way === "email") return address;
    if (state === "stopped") return t("notify.stopped", { address });
    if (state !== "verified") return t("notify.unverified", { address });
    return sms.changes === null ? t("notify.lateCancels", { address }) : address;
}

/** How long before an appointment. */
function Reminders({ settings, change }: PartProps) {
    const { reminderMinutes } = settings;
    const isFull = reminderMinutes.length >= MOST_REMINDERS;
    return (
        <fieldset>
            <legend className="font-medium">{t("notify.when")}</legend>
            <p className="mb-1 text-sm text-muted">
                {t("notify.whenHint", { count: MOST_REMINDERS })}
            </p>
            <div className="grid grid-cols-2 gap-x-4 sm:grid-cols-3">
                {minutesOffered(settings).map((minutes) => {
                    const { unit, count } = leadOf(minutes);
                    const isOn = reminderMinutes.includes(minutes);
                    return (
                        <Tick
                            key={minutes}
                            checked={isOn}
                            disabled={isFull && !isOn}
                            onChange={(isWanted) =>
                                change(withMinutes(settings, minutes, isWanted))
                            }
                        >
                            {t(`notify.lead.${unit}`, { count })}
                        </Tick>
                    );
                })}
            </div>
        </fieldset>
    );
}
