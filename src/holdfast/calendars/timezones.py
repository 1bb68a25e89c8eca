"""VTIMEZONE components (RFC 5545 §3.6.5) from the time-zone database.

A zone whose clocks change by one rule is written as calendars do it themselves: an observance for
standard time and one for daylight saving time, each with an RRULE, which is all that Outlook and
Windows can keep of a zone. One whose rule cannot be said so (Morocco, whose changes follow the
moon; Chile, on the day after the first Saturday) has no component, and times there are written in
UTC, which means the same instant to every reader.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holdfast.calendars.lines import joined, local_time

# After so many years, the same dates have the same weekdays.
_ROUND_YEARS = 28
# Two changes that undo each other are further apart than this: Ramadan has 29 days.
_STEP = timedelta(days=7)
# Observances begin before anything that is written here; calendars use the same year.
_FIRST_YEAR = 1970
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of the clocks. at: what they showed before it."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str


@lru_cache(maxsize=2000)
def vtimezone_text(zone: ZoneInfo, first_year: int, last_year: int) -> bytes | None:
    """The zone as lines of a file, right for these years; None where it has no such rule.

    The year before the first one counts, too: what holds in January began in autumn. So do those
    that follow, because a rule has no end.
    """
    start = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    end = datetime(last_year + _ROUND_YEARS, 1, 1, tzinfo=UTC)
    changes = list(_changes(zone, start, end))
    years = list(range(start.year, end.year))
    observances = _pair(changes, years) if changes else _fixed(zone, start)
    if observances is None:
        return None
    return joined(["BEGIN:VTIMEZONE", f"TZID:{zone.key}", *observances, "END:VTIMEZONE"])


def zone_offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    """How far the zone's clocks are ahead of UTC then."""
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _fixed(zone: ZoneInfo, moment: datetime) -> list[str]:
    offset = zone_offset(zone, moment)
    name = moment.astimezone(zone).tzname() or zone.key
    begin = datetime(_FIRST_YEAR, 1, 1)  # noqa: DTZ001 what the clocks show
    return _observance("STANDARD", _Change(begin, offset, offset, name), None)


def _pair(changes: list[_Change], years: list[int]) -> list[str] | None:
    """Both observances, where each of these years has one change to each, by one rule."""
    lines: list[str] = []
    for is_summer in (False, True):
        found = [change for change in changes if (change.after > change.before) == is_summer]
        rule = _rule(found) if [change.at.year for change in found] == years else None
        if rule is None:
            return None
        month, weekday, number = rule
        onset = found[-1]
        day = _day(_FIRST_YEAR, month, weekday, number)
        first = onset.at.replace(year=_FIRST_YEAR, month=month, day=day)
        lines += _observance(
            "DAYLIGHT" if is_summer else "STANDARD",
            _Change(first, onset.before, onset.after, onset.name),
            f"FREQ=YEARLY;BYMONTH={month};BYDAY={number}{_WEEKDAYS[weekday]}",
        )
    return lines


def _rule(changes: list[_Change]) -> tuple[int, int, int] | None:
    """Month, weekday and which one of the month (-1: the last) of changes that come once a year."""
    first = changes[0]
    month, weekday = first.at.month, first.at.weekday()
    for change in changes:
        if (change.at.month, change.at.weekday()) != (month, weekday):
            return None
        if (change.at.time(), change.before, change.after) != (
            first.at.time(),
            first.before,
            first.after,
        ):
            return None
    for number in (-1, 1, 2, 3, 4):
        if all(c.at.day == _day(c.at.year, month, weekday, number) for c in changes):
            return month, weekday, number
    return None


def _day(year: int, month: int, weekday: int, number: int) -> int:
    """The day of the month of its nth such weekday, or of the last one."""
    first, days = calendar.monthrange(year, month)
    day = 1 + (weekday - first) % 7
    return day + (number - 1) * 7 if number > 0 else day + (days - day) // 7 * 7


def _observance(kind: str, change: _Change, rule: str | None) -> list[str]:
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{local_time(change.at)}",
        *([f"RRULE:{rule}"] if rule is not None else []),
        f"TZOFFSETFROM:{_offset(change.before)}",
        f"TZOFFSETTO:{_offset(change.after)}",
        f"TZNAME:{change.name}",
        f"END:{kind}",
    ]


def _offset(value: timedelta) -> str:
    minutes, seconds = divmod(abs(round(value.total_seconds())), 60)
    sign = "-" if value < timedelta(0) else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[_Change]:
    moment, offset = start, zone_offset(zone, start)
    while moment < end:
        following = zone_offset(zone, moment + _STEP)
        if following != offset:
            onset = _onset(zone, moment, moment + _STEP)
            local = onset.astimezone(zone)
            at = (onset + offset).replace(tzinfo=None)
            yield _Change(at, offset, following, local.tzname() or zone.key)
        moment, offset = moment + _STEP, following


def _onset(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second between the two at which the offset changes."""
    old = zone_offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if zone_offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after
