import { useCallback, useEffect, useMemo, useRef, type ReactNode } from "react";
import Calendar from "@fullcalendar/react";
import interaction from "@fullcalendar/react/interaction";
import timeGrid from "@fullcalendar/react/timegrid";
import "@fullcalendar/react/skeleton.css";
import "./grid.css";
import { cn } from "~/lib/cn";
import { clock } from "~/lib/time";
import {
    drawn,
    FIRST_DRAWN_DAY,
    hoursOf,
    lastDrawnDay,
    placeMeans,
    placesOf,
    type Column,
} from "./columns";
import type { Drop } from "./drop";
import { isMovable, type Entry } from "./entries";
import { clockOf, minutesOfDay } from "~/lib/wall";

const PLUGINS = [timeGrid, interaction];
// Also the step of a drag. They have to be the same: where the steps are finer than the rows,
// FullCalendar 7.1 lets go of an entry up to half a row from where the hand is.
const ROW_MINUTES = 15;
// As high as the name of an hour wants it.
const ROW_PX = 26;
// Targets of 24 px at least, with the line around them.
const SMALLEST_ENTRY_PX = 28;
const TWO_LINES_PX = 42;
const COLUMN_PX = { day: 156, week: 136 };
const AXIS_PX = 60;
const NOW = "now:";
/** The second day of what passes midnight. */
const PART = "~";

type Props = {
    label: string;
    columns: Column[];
    entries: Entry[];
    now: number;
    view: keyof typeof COLUMN_PX;
    /** Whose day a column is, and what its header leads to. */
    columnHint: (column: Column) => { column: string; opens: string };
    onColumn: (column: Column) => void;
    /** isLow: there is room for one line only. */
    renderEntry: (entry: Entry, isLow: boolean) => ReactNode;
    onDrop: (drop: Drop) => void;
};

function minutesOfEntry({ start, end }: Entry): number {
    return (Date.parse(end) - Date.parse(start)) / 60_000;
}

/** What the time grid draws: the entries, and a line for now in each column that is today. */
function eventsOf(columns: Column[], entries: Entry[], now: number) {
    const placed = entries.flatMap((entry) => {
        return placesOf(columns, entry).map(({ index, from, to }, part) => ({
            id: part === 0 ? entry.key : `${entry.key}${PART}${part}`,
            start: drawn(index, from),
            end: drawn(index, to),
            // What passes midnight is moved by its form: a hand holds only a part of it.
            startEditable: to - from === minutesOfEntry(entry) && isMovable(entry, now),
        }));
    });
    const minute = minutesOfDay(new Date(now).toISOString());
    const lines = columns.flatMap(({ isToday }, index) =>
        isToday
            ? [
                  {
                      id: `${NOW}${index}`,
                      start: drawn(index, minute),
                      end: drawn(index, minute + 1),
                      display: "background",
                  },
              ]
            : [],
    );
    return [...placed, ...lines];
}

/** A line at each hour, dots at each half. */
function laneClass(minute: number): string {
    if (minute === 0) return "border-t border-line";
    return minute === 30 ? "border-t border-dotted border-line" : "";
}

/** The time grid itself: columns, hours and entries, which mouse and finger can drag. */
export function Grid(props: Props) {
    const { columns, entries, now, view, columnHint } = props;
    const hours = useMemo(() => hoursOf(columns, entries), [columns, entries]);
    const byKey = useMemo(() => new Map(entries.map((one) => [one.key, one])), [entries]);
    const events = useMemo(() => eventsOf(columns, entries, now), [columns, entries, now]);
    const shortest = Math.max(5, Math.min(2 * ROW_MINUTES, ...entries.map(minutesOfEntry)));
    const rowHeight = Math.max(ROW_PX, (ROW_MINUTES / shortest) * SMALLEST_ENTRY_PX);
    const columnAt = (date: Date) => placeMeans(columns, date)?.column;
    const root = useRef<HTMLDivElement>(null);
    const names = useMemo(() => columns.map(columnHint), [columns, columnHint]);
    // The headers are named after the day that is drawn, which nobody knows of.
    const nameColumns = useCallback(() => {
        const headers = root.current?.querySelectorAll("[role=columnheader]") ?? [];
        headers.forEach((header, index) => {
            const { column = "", opens = "" } = names[index] ?? {};
            header.setAttribute("aria-label", column);
            const link = header.querySelector("[role=link]");
            link?.setAttribute("aria-label", opens);
            // The library's own says the day that is drawn.
            link?.removeAttribute("title");
        });
    }, [names]);
    useEffect(nameColumns, [nameColumns]);
    return (
        <div
            ref={root}
            className="calendar-grid"
            style={{ minWidth: AXIS_PX + columns.length * COLUMN_PX[view] }}
        >
            <Calendar
                plugins={PLUGINS}
                initialView="timeGrid"
                timeZone="UTC"
                visibleRange={{ start: FIRST_DRAWN_DAY, end: lastDrawnDay(columns) }}
                titleFormat={() => props.label}
                headerToolbar={false}
                allDaySlot={false}
                height="auto"
                slotMinTime={clockOf(hours.first * 60)}
                slotMaxTime={clockOf(hours.last * 60)}
                slotDuration={{ minutes: ROW_MINUTES }}
                slotHeaderInterval={{ hours: 1 }}
                snapDuration={{ minutes: ROW_MINUTES }}
                slotMinHeight={rowHeight}
                slotEventOverlap={false}
                tableHeaderSticky
                navLinks
                dayHeaderDidMount={nameColumns}
                navLinkDayClick={(date) => {
                    const column = columnAt(date);
                    if (column) props.onColumn(column);
                }}
                eventInteractive={false}
                eventDurationEditable={false}
                eventDragMinDistance={6}
                dragRevertDuration={0}
                events={events}
                dayHeaderAlign="center"
                dayHeaderClass="border-b border-l border-line"
                dayHeaderInnerClass="min-h-11 flex items-center justify-center"
                dayHeaderContent={({ date }) => {
                    const column = columnAt(date);
                    return (
                        <span
                            className={cn(
                                "rounded-lg px-2 py-1 text-sm font-semibold hover:underline",
                                column?.isToday && view === "week" && "bg-accent-soft text-accent",
                            )}
                        >
                            {column?.title}
                        </span>
                    );
                }}
                dayLaneClass="border-l border-line"
                dayLaneInnerClass="mx-0.5"
                slotLaneClass={({ date }) => laneClass(date.getUTCMinutes())}
                slotHeaderClass="calendar-hour justify-end"
                slotHeaderInnerClass="px-2 py-1 text-xs text-muted tabular-nums"
                slotHeaderContent={({ date }) => clock(date.toISOString(), "UTC")}
                columnEventClass="pb-0.5"
                columnEventInnerClass="h-full"
                backgroundEventClass="z-[3] border-t-2 border-red pointer-events-none"
                eventContent={({ event }) => {
                    const entry = byKey.get(event.id.split(PART)[0] ?? "");
                    if (!entry) return null;
                    const drawnMs = Number(event.end) - Number(event.start);
                    const height = (rowHeight / ROW_MINUTES) * (drawnMs / 60_000);
                    return props.renderEntry(entry, height < TWO_LINES_PX);
                }}
                eventDrop={({ event, revert }) => {
                    const meant = event.start && placeMeans(columns, event.start);
                    const entry = byKey.get(event.id);
                    // It lies where the server says it lies, until that has said otherwise.
                    revert();
                    if (entry && meant) props.onDrop({ entry, ...meant });
                }}
            />
        </div>
    );
}
