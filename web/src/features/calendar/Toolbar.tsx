import { ChevronLeft, ChevronRight, CircleQuestionMark, Printer } from "lucide-react";
import { Link } from "react-router";
import type { Facility, Provider } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { IconButton } from "~/ui/IconButton";
import { inputClass } from "~/ui/Field";
import { WhenInput } from "~/ui/WhenInput";
import { cn } from "~/lib/cn";
import { Segments } from "~/ui/Segments";
import type { View } from "./columns";
import { ProviderFilter } from "./ProviderFilter";
import type { useCalendarView } from "./useCalendarView";
import { isDay } from "~/lib/wall";

type Props = {
    calendar: ReturnType<typeof useCalendarView>;
    providers: Provider[];
    facilities: Facility[];
    /** One provider alone: nobody to choose from. */
    isOwn: boolean;
    printProviderId: string | undefined;
    onHelp: () => void;
};

const VIEWS: { value: View; label: string }[] = [
    { value: "day", label: t("calendar.dayView") },
    { value: "week", label: t("calendar.weekView") },
];

function printPath(day: string, providerId: string | undefined): string {
    const query = new URLSearchParams({ day, ...(providerId ? { providerId } : {}) });
    return `/calendar/print?${query.toString()}`;
}

/** Which days, whose, and how: the line above the calendar. */
export function Toolbar({ calendar, providers, facilities, isOwn, ...rest }: Props) {
    const { view, day, today, chosen, facilityId, show, step } = calendar;
    return (
        <div
            role="toolbar"
            aria-label={t("calendar.toolbar")}
            className="flex flex-wrap items-center gap-2"
        >
            <div className="flex items-center">
                <IconButton label={t(`calendar.previous.${view}`)} onClick={() => step(-1)}>
                    <ChevronLeft aria-hidden size={22} />
                </IconButton>
                <IconButton label={t(`calendar.next.${view}`)} onClick={() => step(1)}>
                    <ChevronRight aria-hidden size={22} />
                </IconButton>
            </div>
            <Button look="secondary" disabled={day === today} onClick={() => show({ day: today })}>
                {t("calendar.today")}
            </Button>
            <WhenInput
                type="date"
                aria-label={t("calendar.date")}
                className="max-w-44"
                value={day}
                onChange={(event) => {
                    if (isDay(event.target.value)) show({ day: event.target.value });
                }}
            />
            <Segments
                label={t("calendar.view")}
                value={view}
                onChange={(next) => show({ view: next })}
                options={VIEWS}
            />
            {!isOwn && view === "day" && (
                <ProviderFilter
                    providers={providers}
                    chosen={chosen}
                    onChange={(next) => show({ chosen: next })}
                />
            )}
            {!isOwn && view === "week" && (
                <select
                    aria-label={t("calendar.provider")}
                    className={cn(inputClass, "max-w-56")}
                    value={chosen[0] ?? providers[0]?.id}
                    onChange={(event) => show({ chosen: [event.target.value] })}
                >
                    {providers.map(({ id, name }) => (
                        <option key={id} value={id}>
                            {name}
                        </option>
                    ))}
                </select>
            )}
            {facilities.length > 1 && (
                <select
                    aria-label={t("calendar.facility")}
                    className={cn(inputClass, "max-w-48")}
                    value={facilityId ?? ""}
                    onChange={(event) => show({ facilityId: event.target.value || null })}
                >
                    <option value="">{t("calendar.allFacilities")}</option>
                    {facilities.map(({ id, name }) => (
                        <option key={id} value={id}>
                            {name}
                        </option>
                    ))}
                </select>
            )}
            <div className="ml-auto flex">
                <Link
                    to={printPath(day, rest.printProviderId)}
                    aria-label={t("calendar.printDay")}
                    title={t("calendar.printDay")}
                    className="inline-flex size-11 items-center justify-center rounded-xl hover:bg-sunken"
                >
                    <Printer aria-hidden size={20} />
                </Link>
                <IconButton label={t("calendar.keys")} onClick={rest.onHelp}>
                    <CircleQuestionMark aria-hidden size={20} />
                </IconButton>
            </div>
        </div>
    );
}
