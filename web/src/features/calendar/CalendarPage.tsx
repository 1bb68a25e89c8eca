import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { CalendarX2 } from "lucide-react";
import { useUser } from "~/features/account/session";
import { useFacilities, useProviders } from "~/features/catalogue/queries";
import { dayKey, longDay, shortDay } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { CalendarLive } from "./CalendarLive";
import { columnsOf, daysOf, type Column } from "./columns";
import { meaningOf, type Meaning } from "./drop";
import { DropDialog } from "./DropDialog";
import { entriesOf, isMovable, type Entry } from "./entries";
import { EntryButton } from "./EntryButton";
import { EntryDialog } from "./EntryDialog";
import { Grid } from "./Grid";
import { HelpDialog } from "./HelpDialog";
import { firstFocus, isArrow, neighbour } from "./keys";
import { useDayAppointments, useSlots } from "./queries";
import { useShortcuts, useShortcutsSetting } from "./shortcuts";
import { shownProviders } from "./shown";
import { Toolbar } from "./Toolbar";
import { useCalendarView } from "./useCalendarView";
import { useScrollTo } from "./useScrollTo";
import { noonOf } from "~/lib/wall";

const MINUTE_MS = 60_000;

export default function CalendarPage() {
    const me = useUser();
    const now = useNow(MINUTE_MS);
    const calendar = useCalendarView(dayKey(new Date(now)));
    const { view, day, today, show, step } = calendar;
    const providers = useProviders();
    const facilities = useFacilities();
    const firstId = view === "week" ? providers.data?.[0]?.id : undefined;
    const wanted = useMemo(() => {
        if (me.providerId) return [me.providerId];
        return calendar.chosen.length === 0 && firstId ? [firstId] : calendar.chosen;
    }, [me.providerId, calendar.chosen, firstId]);
    const onlyId = wanted.length === 1 || view === "week" ? wanted[0] : undefined;
    const days = useMemo(() => daysOf(view, day), [view, day]);
    const slots = useSlots(days, onlyId);
    const appointments = useDayAppointments(days, onlyId);

    const all = useMemo(
        () => entriesOf(slots.data ?? [], appointments.data ?? []),
        [slots.data, appointments.data],
    );
    const shown = useMemo(
        () => shownProviders(providers.data ?? [], wanted, all),
        [providers.data, wanted, all],
    );
    const columns = useMemo(() => columnsOf(view, day, shown, today), [view, day, shown, today]);
    const entries = useMemo(
        () =>
            all.filter(({ slot, appointment }) => {
                const place = appointment?.facilityId ?? slot?.facilityId;
                return !calendar.facilityId || place === calendar.facilityId;
            }),
        [all, calendar.facilityId],
    );

    const [openKey, setOpenKey] = useState<string | null>(null);
    const [isMoving, setIsMoving] = useState(false);
    const [dropped, setDropped] = useState<Meaning | null>(null);
    const [focusKey, setFocusKey] = useState<string | null>(null);
    const [isHelpOpen, setIsHelpOpen] = useState(false);
    const [isShortcutOn, setIsShortcutOn] = useShortcutsSetting();
    const region = useRef<HTMLDivElement>(null);
    const opened = all.find((one) => one.key === openKey) ?? null;
    const visible = useMemo(
        () => entries.filter((one) => shown.some(({ id }) => id === one.providerId)),
        [entries, shown],
    );
    const current = visible.find((one) => one.key === focusKey) ?? firstFocus(visible, now);

    useShortcuts(isShortcutOn, {
        t: () => show({ day: today }),
        d: () => show({ view: "day" }),
        w: () => show({ view: "week" }),
        "?": () => setIsHelpOpen(true),
        ArrowLeft: () => step(-1),
        ArrowRight: () => step(1),
    });
    const open = useCallback((entry: Entry) => {
        setIsMoving(false);
        setOpenKey(entry.key);
    }, []);
    const press = (event: KeyboardEvent) => {
        const key = (event.target as Element).closest("[data-entry]")?.getAttribute("data-entry");
        const from = visible.find((one) => one.key === key);
        if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key.toLowerCase() === "m" && isMovable(from, now)) {
            event.preventDefault();
            setIsMoving(true);
            setOpenKey(from.key);
        } else if (isArrow(event.key)) {
            event.preventDefault();
            const next = neighbour(columns, visible, from, event.key);
            if (next)
                region.current?.querySelector<HTMLElement>(`[data-entry="${next.key}"]`)?.focus();
        }
    };
    const openColumn = useCallback(
        (column: Column) =>
            view === "day"
                ? show({ view: "week", chosen: [column.providerId] })
                : show({ view: "day", day: column.day }),
        [show, view],
    );
    const columnHint = useCallback(
        ({ day, providerId, title }: Column) => {
            const name = shown.find(({ id }) => id === providerId)?.name ?? "";
            const column = t("calendar.column", { name, day: longDay(noonOf(day)) });
            const opens = t(view === "day" ? "calendar.opensWeek" : "calendar.opensDay", {
                column,
                title,
            });
            return { column, opens };
        },
        [shown, view],
    );
    const focus = useCallback((entry: Entry) => setFocusKey(entry.key), []);

    const title =
        view === "day"
            ? longDay(noonOf(day))
            : `${shortDay(noonOf(days.first))} – ${shortDay(noonOf(days.last))}`;
    // What is on now, or comes first, lies in sight.
    useScrollTo(region, current?.key, `${view} ${day}`);
    const error = providers.error ?? facilities.error ?? slots.error ?? appointments.error;
    // Places too: their filter shall not push the calendar away from under a hand.
    const isLoading = [providers, facilities, slots, appointments].some((one) => one.isPending);
    return (
        <Page title={t("nav.calendar")} lead={title} width="full">
            <Toolbar
                calendar={calendar}
                providers={providers.data ?? []}
                facilities={facilities.data ?? []}
                isOwn={Boolean(me.providerId)}
                printProviderId={onlyId}
                onHelp={() => setIsHelpOpen(true)}
            />
            {error && (
                <ErrorNotice
                    error={error}
                    onRetry={() => {
                        void providers.refetch();
                        void facilities.refetch();
                        void slots.refetch();
                        void appointments.refetch();
                    }}
                />
            )}
            {isLoading && !error && <Skeleton rows={6} />}
            {!isLoading && columns.length > 0 && (
                <div
                    ref={region}
                    role="region"
                    aria-label={t("calendar.gridOf", { days: title })}
                    onKeyDown={press}
                    // A day without entries has nothing else to focus, and is higher than its box.
                    tabIndex={0}
                    className="relative isolate max-h-[calc(100dvh-15.5rem)] min-h-112 overflow-auto rounded-card border border-line bg-surface"
                >
                    <Grid
                        label={title}
                        columns={columns}
                        entries={visible}
                        now={now}
                        view={view}
                        columnHint={columnHint}
                        onColumn={openColumn}
                        onDrop={(drop) => setDropped(meaningOf(drop, all, Date.now()))}
                        renderEntry={(entry, isLow) => (
                            <EntryButton
                                entry={entry}
                                isLow={isLow}
                                now={now}
                                isCurrent={entry.key === current?.key}
                                isMovable={isMovable(entry, now)}
                                onOpen={open}
                                onFocus={focus}
                            />
                        )}
                    />
                </div>
            )}
            {!isLoading && !error && visible.length === 0 && (
                <Empty
                    icon={<CalendarX2 size={32} />}
                    title={t("calendar.nothing")}
                    text={t("calendar.nothingText")}
                    action={
                        day !== today && (
                            <Button look="secondary" onClick={() => show({ day: today })}>
                                {t("calendar.today")}
                            </Button>
                        )
                    }
                />
            )}
            <CalendarLive providerIds={shown.map(({ id }) => id)} />
            <EntryDialog
                entry={opened}
                now={now}
                isMoving={isMoving}
                onMoving={setIsMoving}
                onClose={() => setOpenKey(null)}
            />
            <DropDialog meaning={dropped} onClose={() => setDropped(null)} />
            <HelpDialog
                open={isHelpOpen}
                onOpenChange={setIsHelpOpen}
                isOn={isShortcutOn}
                onToggle={setIsShortcutOn}
            />
        </Page>
    );
}
