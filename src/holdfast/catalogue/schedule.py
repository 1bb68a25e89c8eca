"""From a provider's schedule to the periods of its slots (SPEC 4.2). Pure: no clock, no database.

A schedule speaks of wall-clock times in the provider's zone; slots are real periods in UTC. Where
a clock change makes the two disagree, the slot is left out and the reason told: a slot that is
offered starts and ends at the local times that its schedule says, and lasts as long as it says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

SkipReason = Literal["dst_gap", "dst_change", "not_offered"]
Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """Part of a day, in minutes since its midnight; `end` may be 1440, the next midnight."""

    start: int
    end: int
    facility_id: UUID
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A week as it repeats, and the days that differ.

    Attributes:
        weekly: windows of each ISO weekday (1 is Monday).
        breaks: what is cut out of the windows of a weekday.
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
    """A slot that the schedule asks for but that cannot be.

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


def read_schedule(document: Mapping[str, Any]) -> Schedule:
    """A schedule out of its wire form (which was checked when it was put)."""
    weekly: dict[int, list[Window]] = {}
    for entry in document["weekly"]:
        weekly.setdefault(entry["weekday"], []).append(_window(entry))
    breaks: dict[int, list[Minutes]] = {}
    for entry in document["breaks"]:
        pause = (minute_of_day(entry["start"]), minute_of_day(entry["end"]))
        breaks.setdefault(entry["weekday"], []).append(pause)
    exceptions: dict[date, list[Window]] = {}
    for entry in document["exceptions"]:
        windows = exceptions.setdefault(date.fromisoformat(entry["date"]), [])
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


def expand(schedule: Schedule, zone: ZoneInfo, first: date, last: date, offer: Offer) -> Expansion:
    """The slots of the days from `first` to `last`, both included.

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
                start = _instant(_wall(day, window.start), zone)
                found.skips.append(Skip(start, "not_offered"))
                continue
            for start, end in free:
                for slot in _lay(start, end, length):
                    _place(found, day, slot, length, window, zone)
    return found


def _windows(schedule: Schedule, day: date) -> Iterator[tuple[Window, list[Minutes]]]:
    """The windows of a day, each with what is left of it between the breaks."""
    if day in schedule.exceptions:
        for window in schedule.exceptions[day]:
            yield window, [(window.start, window.end)]
        return
    breaks = schedule.breaks.get(day.isoweekday(), ())
    for window in schedule.weekly.get(day.isoweekday(), ()):
        free: list[Minutes] = []
        start = window.start
        for pause_start, pause_end in breaks:
            if start < min(pause_start, window.end):
                free.append((start, min(pause_start, window.end)))
            start = max(start, pause_end)
        if start < window.end:
            free.append((start, window.end))
        yield window, free


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
    walls = [
        _wall(day, minute)
        for minute in (
            start - length.buffer_before,
            start,
            start + length.duration,
            start + length.duration + length.buffer_after,
        )
    ]
    at = [(_instant(wall, zone), wall) for wall in walls]
    busy_start, slot_start, slot_end, busy_end = (instant for instant, _ in at)
    if any(instant.astimezone(zone).replace(tzinfo=None) != wall for instant, wall in at):
        found.skips.append(Skip(slot_start, "dst_gap"))
    elif len({wall - instant.replace(tzinfo=None) for instant, wall in at}) > 1:
        found.skips.append(Skip(slot_start, "dst_change"))
    else:
        found.periods.append(
            Period(
                slot_start, slot_end, busy_start, busy_end, window.facility_id, window.service_id
            )
        )


def _wall(day: date, minute: int) -> datetime:
    return datetime.combine(day, time.min) + timedelta(minutes=minute)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks there show this time; the offset before a gap counts."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _window(entry: Mapping[str, Any]) -> Window:
    service_id = entry.get("serviceId")
    return Window(
        start=minute_of_day(entry["start"]),
        end=minute_of_day(entry["end"]),
        facility_id=UUID(entry["facilityId"]),
        service_id=UUID(service_id) if service_id else None,
    )


def _in_order(windows: list[Window]) -> tuple[Window, ...]:
    return tuple(sorted(windows, key=lambda window: window.start))
