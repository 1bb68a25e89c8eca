"""From a provider's schedule to the periods of its slots (SPEC 4.2). Pure: no clock, no database.

A schedule speaks of wall-clock times in the provider's zone; slots are real periods in UTC. Where
a clock change makes the two disagree, the slot is left out and the reason told: a slot that is
offered starts at the local time that its schedule says, lasts as long as it says, and no clock
changes within it. One that ends at the very moment at which clocks go forward is offered.

Hours belong to the day on which they begin: those of a night go on into the next day, whatever
that day's own hours or exceptions are, and that day's own hours begin when they are over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.catalogue.wall_clock import INSTANT, exists, instant, shown_at, wall_time

DAY = 1440

SkipReason = Literal["dst_gap", "dst_change", "not_offered"]
Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a day, in minutes since its midnight; an `end` behind 1440 is on the next day."""

    start: int
    end: int
    facility_id: UUID
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A week as it repeats, and the days that differ.

    Attributes:
        weekly: windows of each ISO weekday (1 is Monday).
        breaks: what is cut out of weekly windows, by the weekday on which the break begins.
        exceptions: the windows of a date, in place of its weekday's windows and breaks; none
            when it is closed.
        slot_minutes: length of a slot, at least.
    """

    weekly: Mapping[int, tuple[Window, ...]]
    breaks: Mapping[int, tuple[Minutes, ...]]
    exceptions: Mapping[date, tuple[Window, ...]]
    slot_minutes: int


@dataclass(frozen=True, slots=True)
class ServiceMinutes:
    """How long a service takes, and what must be free around it."""

    duration: int
    buffer_before: int = 0
    buffer_after: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """Where a provider works and which services it gives now."""

    facility_ids: frozenset[UUID]
    services: Mapping[UUID, ServiceMinutes]


@dataclass(frozen=True, slots=True)
class Period:
    """A slot to publish, in UTC; the buffers reach from `busy_start` to `busy_end`."""

    start: datetime
    end: datetime
    busy_start: datetime
    busy_end: datetime
    facility_id: UUID
    service_id: UUID | None


@dataclass(frozen=True, slots=True)
class Skip:
    """A slot that the schedule asks for but that cannot be; `start` is a wall time, without a zone.

    Reasons: `dst_gap` (a local time of it does not exist), `dst_change` (the clocks change within
    it), `not_offered` (facility or service are the provider's no more; told once for a window).
    """

    start: datetime
    reason: SkipReason


@dataclass(slots=True)
class Expansion:
    """Both in the order of time."""

    periods: list[Period] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)


def read_schedule(document: Mapping[str, Any], first: date, last: date) -> Schedule:
    """A schedule out of its wire form (which was checked when it was put), to expand the days from
    `first` to `last`: exceptions that cannot matter for those are left out."""
    weekly: dict[int, list[Window]] = {}
    for entry in document["weekly"]:
        weekly.setdefault(entry["weekday"], []).append(_window(entry))
    breaks: dict[int, list[Minutes]] = {}
    for entry in document["breaks"]:
        breaks.setdefault(entry["weekday"], []).append(span_of(entry["start"], entry["end"]))
    exceptions: dict[date, list[Window]] = {}
    for entry in document["exceptions"]:
        for day in _days(entry, first - timedelta(days=1), last + timedelta(days=1)):
            windows = exceptions.setdefault(day, [])
            if not entry.get("closed"):
                windows.append(_window(entry))
    return Schedule(
        weekly={day: _in_order(windows) for day, windows in weekly.items()},
        breaks={day: tuple(sorted(pauses)) for day, pauses in breaks.items()},
        exceptions={day: _in_order(windows) for day, windows in exceptions.items()},
        slot_minutes=document["slotMinutes"],
    )


def minute_of_day(clock: str) -> int:
    """Minutes since midnight of `HH:MM`; 1440 for `24:00`."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def span_of(start: str, end: str) -> Minutes:
    """From `HH:MM` to `HH:MM`, in minutes since midnight; an end that is not later is on the next
    day."""
    first, last = minute_of_day(start), minute_of_day(end)
    return first, last if last > first else last + DAY


def expand(schedule: Schedule, zone: ZoneInfo, first: date, last: date, offer: Offer) -> Expansion:
    """The slots of the hours that begin on the days from `first` to `last`, both included.

    Slots lie end to end in what the breaks leave of each window. One for a service lasts at least
    as long as the service, and the service's buffers are free around it, too: within the window,
    outside the breaks, and apart from the next slot's.
    """
    found = Expansion()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for window, free in _windows(schedule, day):
            length = _length(schedule, window, offer)
            if length is None:
                found.skips.append(Skip(wall_time(day, window.start), "not_offered"))
                continue
            for start, end in free:
                for slot in _lay(start, end, length):
                    _place(found, day, slot, length, window, zone)
    return found


def _windows(schedule: Schedule, day: date) -> Iterator[tuple[Window, list[Minutes]]]:
    """The windows of a day, each with what is left of it: between the breaks, and after the hours
    that began the day before."""
    night = [
        (window.start - DAY, window.end - DAY)
        for window in _hours(schedule, day - timedelta(days=1))
        if window.end > DAY
    ]
    breaks = [] if day in schedule.exceptions else list(_breaks_around(schedule, day))
    for window in _hours(schedule, day):
        yield window, _without((window.start, window.end), sorted([*night, *breaks]))


def _hours(schedule: Schedule, day: date) -> tuple[Window, ...]:
    if day in schedule.exceptions:
        return schedule.exceptions[day]
    return schedule.weekly.get(day.isoweekday(), ())


def _breaks_around(schedule: Schedule, day: date) -> Iterator[Minutes]:
    """The breaks that may lie in hours which begin on a day, in minutes of that day. A break of a
    day with an exception is replaced with that day."""
    for number in (-1, 0, 1):
        begins = day + timedelta(days=number)
        if begins not in schedule.exceptions:
            for start, end in schedule.breaks.get(begins.isoweekday(), ()):
                yield start + number * DAY, end + number * DAY


def _without(hours: Minutes, taken: Iterable[Minutes]) -> list[Minutes]:
    """What is left of some hours; what is taken comes in order."""
    start, end = hours
    free: list[Minutes] = []
    for taken_start, taken_end in taken:
        if start < min(taken_start, end):
            free.append((start, min(taken_start, end)))
        start = max(start, taken_end)
    if start < end:
        free.append((start, end))
    return free


def _length(schedule: Schedule, window: Window, offer: Offer) -> ServiceMinutes | None:
    """How long the slots of a window are; None when they cannot be offered."""
    if window.facility_id not in offer.facility_ids:
        return None
    if window.service_id is None:
        return ServiceMinutes(schedule.slot_minutes)
    service = offer.services.get(window.service_id)
    if service is None:
        return None
    return ServiceMinutes(
        max(schedule.slot_minutes, service.duration), service.buffer_before, service.buffer_after
    )


def _lay(start: int, end: int, length: ServiceMinutes) -> Iterator[int]:
    """The starts of the slots that fit between two minutes of a day, buffers included."""
    step = length.buffer_before + length.duration + length.buffer_after
    return (at + length.buffer_before for at in range(start, end - step + 1, step))


def _place(
    found: Expansion, day: date, start: int, length: ServiceMinutes, window: Window, zone: ZoneInfo
) -> None:
    """Offer a slot if clocks show its times: each of its minutes, buffers included, follows the
    one before. Its last minute may be the last before clocks go forward."""
    before = timedelta(minutes=length.buffer_before)
    duration = timedelta(minutes=length.duration)
    busy = before + duration + timedelta(minutes=length.buffer_after)
    wall = wall_time(day, start) - before
    busy_start = instant(wall, zone)
    busy_end = busy_start + busy
    shown = shown_at(busy_start, zone)
    ends = shown_at(busy_end, zone)
    if shown != wall:
        reason = "dst_gap"
    elif shown_at(busy_end - INSTANT, zone) != wall + busy - INSTANT:
        reason = "dst_change" if exists(wall + busy - INSTANT, zone) else "dst_gap"
    elif ends < wall + busy:  # the hour that now comes again
        reason = "dst_change"
    else:
        found.periods.append(
            Period(
                busy_start + before,
                busy_start + before + duration,
                busy_start,
                busy_end,
                window.facility_id,
                window.service_id,
            )
        )
        return
    found.skips.append(Skip(wall + before, reason))


def _days(entry: Mapping[str, Any], first: date, last: date) -> Iterator[date]:
    """The days of an exception, as far as they lie between two others."""
    begins = date.fromisoformat(entry.get("date") or entry["from"])
    ends = date.fromisoformat(entry.get("date") or entry["to"])
    begins, ends = max(begins, first), min(ends, last)
    return (begins + timedelta(days=number) for number in range((ends - begins).days + 1))


def _window(entry: Mapping[str, Any]) -> Window:
    service_id = entry.get("serviceId")
    start, end = span_of(entry["start"], entry["end"])
    return Window(
        start=start,
        end=end,
        facility_id=UUID(entry["facilityId"]),
        service_id=UUID(service_id) if service_id else None,
    )


def _in_order(windows: list[Window]) -> tuple[Window, ...]:
    return tuple(sorted(windows, key=lambda window: window.start))
