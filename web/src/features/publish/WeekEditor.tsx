import { Coffee, Plus } from "lucide-react";
import type { Facility, Service } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Choose, EditorRow, TimeRange } from "./rows";
import { newRow, type BreakRow, type Draft, type Fault, type HoursRow } from "./schedule";
import { WEEKDAYS, weekdayName } from "./weekdays";

type Props = {
    draft: Draft;
    onChange: (change: Partial<Draft>) => void;
    faults: Map<string, Fault>;
    facilities: Facility[];
    services: Service[];
};

function changed<T extends { row: string }>(list: T[], row: string, change: Partial<T>): T[] {
    return list.map((one) => (one.row === row ? { ...one, ...change } : one));
}
function without<T extends { row: string }>(list: T[], row: string): T[] {
    return list.filter((one) => one.row !== row);
}

type RowProps<T> = {
    day: string;
    value: T;
    fault: Fault | undefined;
    onChange: (change: Partial<T>) => void;
    onRemove: () => void;
};

function Hours({
    day,
    value,
    facilities,
    services,
    onChange,
    ...row
}: RowProps<HoursRow> & Pick<Props, "facilities" | "services">) {
    return (
        <EditorRow removeLabel={t("publish.removeHours", { day })} {...row}>
            <TimeRange label={day} value={value} onChange={onChange} />
            {facilities.length > 1 && (
                <Choose
                    label={`${day}: ${t("publish.facility")}`}
                    value={value.facilityId}
                    onChange={(facilityId) => onChange({ facilityId })}
                    options={facilities}
                />
            )}
            {services.length > 1 && (
                <Choose
                    label={`${day}: ${t("publish.service")}`}
                    value={value.serviceId ?? ""}
                    onChange={(serviceId) => onChange({ serviceId: serviceId || null })}
                    options={services.map(({ id, title }) => ({ id, name: title }))}
                    none={t("publish.anyService")}
                />
            )}
        </EditorRow>
    );
}

function Break({ day, value, onChange, ...row }: RowProps<BreakRow>) {
    return (
        <EditorRow removeLabel={t("publish.removeBreak", { day })} {...row}>
            <Coffee aria-hidden size={18} className="text-muted" />
            <TimeRange label={`${day}, ${t("publish.break")}`} value={value} onChange={onChange} />
        </EditorRow>
    );
}

/** The hours of each weekday, and the breaks in them. */
export function WeekEditor({ draft, onChange, faults, facilities, services }: Props) {
    const { weekly, breaks } = draft;
    const addHours = (weekday: number) => {
        const last = weekly.filter((one) => one.weekday === weekday).at(-1);
        const start = last ? last.end : "09:00";
        onChange({
            weekly: [
                ...weekly,
                {
                    row: newRow(),
                    weekday,
                    start,
                    end: start < "17:00" ? "17:00" : "00:00",
                    facilityId: last?.facilityId ?? facilities[0]?.id ?? "",
                },
            ],
        });
    };
    const addBreak = (weekday: number) =>
        onChange({ breaks: [...breaks, { row: newRow(), weekday, start: "12:00", end: "13:00" }] });
    return (
        <ul className="flex flex-col divide-y divide-line">
            {WEEKDAYS.map((weekday) => {
                const day = weekdayName(weekday);
                const hours = weekly.filter((one) => one.weekday === weekday);
                const pauses = breaks.filter((one) => one.weekday === weekday);
                return (
                    <li key={weekday} className="flex flex-col gap-2 py-3 sm:flex-row sm:gap-4">
                        <h3 className="w-28 shrink-0 pt-2.5 font-semibold">{day}</h3>
                        <div className="flex min-w-0 flex-1 flex-col gap-2">
                            {hours.length === 0 && (
                                <p className="pt-2.5 text-muted">{t("publish.closed")}</p>
                            )}
                            <ul className="flex flex-col gap-2 empty:hidden">
                                {hours.map((value) => (
                                    <Hours
                                        key={value.row}
                                        day={day}
                                        value={value}
                                        facilities={facilities}
                                        services={services}
                                        fault={faults.get(value.row)}
                                        onChange={(change) =>
                                            onChange({
                                                weekly: changed(weekly, value.row, change),
                                            })
                                        }
                                        onRemove={() =>
                                            onChange({ weekly: without(weekly, value.row) })
                                        }
                                    />
                                ))}
                                {pauses.map((value) => (
                                    <Break
                                        key={value.row}
                                        day={day}
                                        value={value}
                                        fault={faults.get(value.row)}
                                        onChange={(change) =>
                                            onChange({
                                                breaks: changed(breaks, value.row, change),
                                            })
                                        }
                                        onRemove={() =>
                                            onChange({ breaks: without(breaks, value.row) })
                                        }
                                    />
                                ))}
                            </ul>
                        </div>
                        <div className="flex shrink-0 items-start gap-1">
                            <Button look="quiet" size="small" onClick={() => addHours(weekday)}>
                                <Plus aria-hidden size={16} />
                                {t("publish.hours")}
                                <span className="sr-only">{day}</span>
                            </Button>
                            <Button
                                look="quiet"
                                size="small"
                                disabled={hours.length === 0}
                                onClick={() => addBreak(weekday)}
                            >
                                <Plus aria-hidden size={16} />
                                {t("publish.break")}
                                <span className="sr-only">{day}</span>
                            </Button>
                        </div>
                    </li>
                );
            })}
        </ul>
    );
}
