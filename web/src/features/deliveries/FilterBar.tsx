import { useEffect, useState } from "react";
import { X } from "lucide-react";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Field, Select } from "~/ui/Field";
import type { Filter } from "./filter";
import type { SetFilter } from "./useFilter";
import { CHANNELS, channelName, PURPOSES, purposeName, STATES, stateName } from "./words";

const TYPING_MS = 300;
const TARGETS = [
    ["userId", "deliveries.filter.oneUser"],
    ["appointmentId", "deliveries.filter.oneAppointment"],
    ["endpointId", "deliveries.filter.oneEndpoint"],
] as const;

function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
    return (
        <span className="inline-flex max-w-full items-center gap-1 rounded-xl bg-accent-soft py-1 pr-1 pl-3 font-medium text-accent">
            <span className="truncate">{label}</span>
            <button
                type="button"
                aria-label={t("deliveries.filter.without", { label })}
                onClick={onRemove}
                className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg hover:bg-surface"
            >
                <X aria-hidden size={18} />
            </button>
        </span>
    );
}

/** A search text goes into the address once nobody types any more. */
function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
    const [text, setText] = useState(value);
    // What the address was last seen to have: another text there is somebody else's doing.
    const [known, setKnown] = useState(value);
    if (value !== known) {
        setKnown(value);
        setText(value);
    }
    useEffect(() => {
        if (text === known) return undefined;
        const timer = setTimeout(() => {
            setKnown(text);
            onChange(text);
        }, TYPING_MS);
        return () => clearTimeout(timer);
        // eslint-disable-next-line react-hooks/exhaustive-deps
    }, [text]);
    return (
        <Field
            label={t("deliveries.filter.q")}
            placeholder={t("deliveries.filter.qHint")}
            type="search"
            autoComplete="off"
            maxLength={100}
            className="col-span-2"
            value={text}
            onChange={(event) => setText(event.target.value)}
        />
    );
}

type Props = { filter: Filter; set: SetFilter; clear: () => void; isSet: boolean };

export function FilterBar({ filter, set, clear, isSet }: Props) {
    return (
        <>
            <div
                role="search"
                className="grid grid-cols-2 items-end gap-3 md:grid-cols-4 xl:grid-cols-7"
            >
                <SearchField value={filter.q} onChange={(value) => set("q", value)} />
                <Select
                    label={t("deliveries.filter.state")}
                    value={filter.state}
                    onChange={(event) => set("state", event.target.value)}
                >
                    <option value="">{t("deliveries.filter.allStates")}</option>
                    {STATES.map((state) => (
                        <option key={state} value={state}>
                            {stateName(state)}
                        </option>
                    ))}
                </Select>
                <Select
                    label={t("deliveries.filter.channel")}
                    value={filter.channel}
                    onChange={(event) => set("channel", event.target.value)}
                >
                    <option value="">{t("deliveries.filter.allChannels")}</option>
                    {CHANNELS.map((channel) => (
                        <option key={channel} value={channel}>
                            {channelName(channel)}
                        </option>
                    ))}
                </Select>
                <Select
                    label={t("deliveries.filter.purpose")}
                    className="col-span-2 md:col-span-1"
                    value={filter.purpose}
                    onChange={(event) => set("purpose", event.target.value)}
                >
                    <option value="">{t("deliveries.filter.allPurposes")}</option>
                    {PURPOSES.map((purpose) => (
                        <option key={purpose} value={purpose}>
                            {purposeName(purpose)}
                        </option>
                    ))}
                </Select>
                <Field
                    label={t("deliveries.filter.from")}
                    type="date"
                    value={filter.from}
                    max={filter.to || undefined}
                    onChange={(event) => set("from", event.target.value)}
                />
                <Field
                    label={t("deliveries.filter.to")}
                    type="date"
                    value={filter.to}
                    min={filter.from || undefined}
                    onChange={(event) => set("to", event.target.value)}
                />
            </div>
            {isSet && (
                <div className="flex flex-wrap items-center gap-2">
                    {TARGETS.map(
                        ([name, label]) =>
                            filter[name] && (
                                <Chip key={name} label={t(label)} onRemove={() => set(name, "")} />
                            ),
                    )}
                    <Button look="quiet" size="small" onClick={clear}>
                        {t("deliveries.filter.clear")}
                    </Button>
                </div>
            )}
        </>
    );
}
