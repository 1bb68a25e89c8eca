import { useEffect, useRef, useState } from "react";
import { useUser } from "~/features/account/session";
import { useProviders } from "~/features/catalogue/queries";
import { cn } from "~/lib/cn";
import { dayKey } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field, Select } from "~/ui/Field";
import { STATUSES, type Filters } from "./filters";

const TYPING_MS = 300;

type Props = { filters: Filters; onChange: (change: Partial<Filters>) => void };

/** Searches once typing pauses; a change from elsewhere (back, clear) shows up in the field. */
function Search({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
    const [text, setText] = useState(q);
    const [known, setKnown] = useState(q);
    const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
    // Other filters may change while typing pauses.
    const latest = useRef(onSearch);
    useEffect(() => {
        latest.current = onSearch;
    }, [onSearch]);
    useEffect(() => () => clearTimeout(timer.current), []);
    if (q !== known) {
        setKnown(q);
        setText(q);
    }
    return (
        <Field
            type="search"
            label={t("worklist.search")}
            hint={t("worklist.searchHint")}
            className="col-span-2 lg:col-span-1"
            maxLength={100}
            value={text}
            onChange={(event) => {
                const next = event.target.value;
                setText(next);
                clearTimeout(timer.current);
                timer.current = setTimeout(() => {
                    setKnown(next);
                    latest.current(next);
                }, TYPING_MS);
            }}
        />
    );
}

/** Narrows the worklist down. */
export function FilterBar({ filters, onChange }: Props) {
    const me = useUser();
    const providers = useProviders().data ?? [];
    // Whoever has a calendar of their own sees no other.
    const isOfOne = me.providerId !== null;
    const today = dayKey(new Date());
    const isUsual =
        filters.from === today &&
        !filters.to &&
        !filters.providerId &&
        !filters.status &&
        !filters.q;
    return (
        <section
            aria-label={t("worklist.filters")}
            className={cn(
                "grid grid-cols-2 items-start gap-4 rounded-card border border-line bg-surface p-4 shadow-card",
                isOfOne ? "lg:grid-cols-[2fr_1fr_1fr_1fr]" : "lg:grid-cols-[2fr_1fr_1fr_1fr_1fr]",
            )}
        >
            <Search q={filters.q} onSearch={(q) => onChange({ q })} />
            <Field
                type="date"
                label={t("worklist.from")}
                value={filters.from}
                onChange={(event) => onChange({ from: event.target.value })}
            />
            <Field
                type="date"
                label={t("worklist.to")}
                value={filters.to}
                min={filters.from || undefined}
                onChange={(event) => onChange({ to: event.target.value })}
            />
            {!isOfOne && (
                <Select
                    label={t("worklist.provider")}
                    value={filters.providerId}
                    onChange={(event) => onChange({ providerId: event.target.value })}
                >
                    <option value="">{t("worklist.allProviders")}</option>
                    {providers.map(({ id, name }) => (
                        <option key={id} value={id}>
                            {name}
                        </option>
                    ))}
                </Select>
            )}
            <Select
                label={t("worklist.status")}
                className={isOfOne ? "col-span-2 lg:col-span-1" : undefined}
                value={filters.status}
                onChange={(event) => onChange({ status: event.target.value as Filters["status"] })}
            >
                <option value="">{t("worklist.allStatuses")}</option>
                {STATUSES.map((status) => (
                    <option key={status} value={status}>
                        {t(`status.${status}`)}
                    </option>
                ))}
            </Select>
            {!isUsual && (
                <Button
                    look="quiet"
                    size="small"
                    className="col-span-full justify-self-start"
                    onClick={() =>
                        onChange({ from: today, to: "", providerId: "", status: "", q: "" })
                    }
                >
                    {t("worklist.clear")}
                </Button>
            )}
        </section>
    );
}
