import { Plus } from "lucide-react";
import type { Facility } from "~/features/catalogue/queries";
import { addDays, dayKey } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { WhenInput } from "~/ui/WhenInput";
import { Choose, EditorRow, TimeRange } from "./rows";
import { newRow, type ExceptionRow, type Fault } from "./schedule";

type Props = {
    exceptions: ExceptionRow[];
    onChange: (change: { exceptions: ExceptionRow[] }) => void;
    faults: Map<string, Fault>;
    facilities: Facility[];
};

/** Days that differ: closed, or open at other hours. */
export function ExceptionsEditor({ exceptions, onChange, faults, facilities }: Props) {
    const firstPlace = facilities[0]?.id ?? "";
    const change = (row: string, to: Partial<ExceptionRow>) =>
        onChange({
            exceptions: exceptions.map((one) => (one.row === row ? { ...one, ...to } : one)),
        });
    const add = () => {
        const before = exceptions.at(-1);
        const last = before?.last ?? before?.date;
        const date = addDays(last || dayKey(new Date()), 1);
        const row = newRow();
        onChange({
            exceptions: [
                ...exceptions,
                {
                    row,
                    date,
                    last: null,
                    closed: true,
                    start: "09:00",
                    end: "17:00",
                    facilityId: firstPlace,
                },
            ],
        });
    };
    return (
        <div className="flex flex-col gap-3">
            {exceptions.length === 0 && <p className="text-muted">{t("publish.noExceptions")}</p>}
            <ul className="flex flex-col gap-3 empty:hidden">
                {exceptions.map((one) => (
                    <EditorRow
                        key={one.row}
                        removeLabel={t("publish.removeException", { day: one.date })}
                        fault={faults.get(one.row)}
                        onRemove={() =>
                            onChange({
                                exceptions: exceptions.filter(({ row }) => row !== one.row),
                            })
                        }
                    >
                        <WhenInput
                            type="date"
                            aria-label={t("publish.firstDay")}
                            className="max-w-44"
                            value={one.date}
                            onChange={(event) => change(one.row, { date: event.target.value })}
                        />
                        <span className="flex items-center gap-2">
                            <span aria-hidden>{t("publish.until")}</span>
                            <WhenInput
                                type="date"
                                aria-label={t("publish.lastDayOrNone")}
                                className="w-44"
                                min={one.date}
                                value={one.last ?? ""}
                                onChange={(event) =>
                                    change(one.row, { last: event.target.value || null })
                                }
                            />
                        </span>
                        <label className="flex min-h-11 items-center gap-2">
                            <input
                                type="checkbox"
                                className="size-5 accent-accent"
                                checked={one.closed}
                                onChange={(event) =>
                                    change(one.row, {
                                        closed: event.target.checked,
                                        facilityId: one.facilityId || firstPlace,
                                    })
                                }
                            />
                            {t("publish.closed")}
                        </label>
                        {!one.closed && (
                            <TimeRange
                                label={one.date}
                                value={one}
                                onChange={(times) => change(one.row, times)}
                            />
                        )}
                        {!one.closed && facilities.length > 1 && (
                            <Choose
                                label={`${one.date}: ${t("publish.facility")}`}
                                value={one.facilityId}
                                onChange={(facilityId) => change(one.row, { facilityId })}
                                options={facilities}
                            />
                        )}
                    </EditorRow>
                ))}
            </ul>
            <Button look="secondary" size="small" className="self-start" onClick={add}>
                <Plus aria-hidden size={16} />
                {t("publish.addException")}
            </Button>
        </div>
    );
}
