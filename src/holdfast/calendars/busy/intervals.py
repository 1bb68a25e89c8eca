"""When one iCalendar object makes somebody busy: pure functions from text to intervals.

Times without a zone (floating) and whole days are those of the provider's zone. A series keeps its
time by the clock over changes of the clock, and so does its length. A time that clocks leave out is
read with the offset before the change (RFC 5545 §3.3.5), and one that comes twice means the first.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component

from holdfast.calendars.busy.trim import UnreadableError, trim

Interval = tuple[datetime, datetime]

# How many steps a rule may take from its beginning to the window's end: the days since 1900 are
# some fewer.
MAXIMUM_STEPS = 60_000
MAXIMUM_INTERVALS = 2_000
_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@holdfast", re.IGNORECASE)
# The library has its own idea of days and times without a zone: what it finds is looked at again.
_MARGIN = timedelta(days=2)
_STEP_SECONDS = {
    "HOURLY": 3600,
    "DAILY": 86_400,
    "WEEKLY": 86_400,
    "MONTHLY": 86_400,
    "YEARLY": 86_400,
}


@dataclass(frozen=True, slots=True)
class Basis:
    """How objects are read.

    Attributes:
        zone: of the provider.
        since, until: the window; intervals end at `until` at the latest.
        addresses: who declines for the provider, in lower case: the connection's user name, the
            addresses of the provider's users.
    """

    zone: ZoneInfo
    since: datetime
    until: datetime
    addresses: frozenset[str]


def busy_times(data: str, basis: Basis) -> list[Interval]:
    """When this object makes the provider busy: in UTC, in order, those that touch made one.

    Raises:
        UnreadableError: broken, or beyond the limits.
    """
    try:
        calendars = Calendar.from_ical(trim(data), multiple=True)
        found = [each for calendar in calendars for each in _occurrences(calendar, basis)]
    except UnreadableError:
        raise
    # Whatever a library makes of what somebody else wrote: it must not stop the other objects.
    except Exception as error:
        raise UnreadableError(type(error).__name__) from None
    merged = merge(found)
    if len(merged) > MAXIMUM_INTERVALS:
        raise UnreadableError("too many occurrences")
    return merged


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same times in order, those that overlap or touch made one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _occurrences(calendar: Calendar, basis: Basis) -> Iterator[Interval]:
    for event in calendar.walk("VEVENT"):
        _check_rules(event, basis)
    query = recurring_ical_events.of(calendar)
    for event in query.between(basis.since - _MARGIN, basis.until + _MARGIN):
        if not _blocks(event, basis.addresses):
            continue
        start, end = _period(event, basis.zone)
        if start < end and start < basis.until and end > basis.since:
            yield start, min(end, basis.until)


def _blocks(event: Component, addresses: frozenset[str]) -> bool:
    """Whether this occurrence makes anybody busy."""
    if _OURS.fullmatch(_text(event, "UID")):
        return False
    if _text(event, "TRANSP") == "TRANSPARENT" or _text(event, "STATUS") == "CANCELLED":
        return False
    if _text(event, "X-MICROSOFT-CDO-BUSYSTATUS") == "FREE":
        return False
    attendees: Any = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        if str(attendee.params.get("PARTSTAT", "")).upper() == "DECLINED":
            address = str(attendee).strip().lower().removeprefix("mailto:")
            if address in addresses:
                return False
    return True


def _text(event: Component, name: str) -> str:
    value: Any = event.get(name, "")
    # Given twice, the first one counts.
    value = value[0] if isinstance(value, list) and value else value
    return str(value).strip().upper()


def _period(event: Component, zone: ZoneInfo) -> Interval:
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if not isinstance(start, datetime) and end <= start:
        end = start + timedelta(days=1)  # a day is what many mean who end it as it begins
    return _instant(start, zone), _instant(end, zone)


def _moment(event: Component, name: str) -> date | datetime:
    value: Any = event[name]
    return value.dt


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def _check_rules(event: Component, basis: Basis) -> None:
    """Refuse rules that take more steps than anybody's appointments do, before a step is taken."""
    rules: Any = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        (frequency,) = [str(value).upper() for value in rule["FREQ"]]
        if frequency not in _STEP_SECONDS:
            raise UnreadableError("more often than every hour")
        seconds = _STEP_SECONDS[frequency]
        (interval,) = [int(value) for value in rule.get("INTERVAL", [1])]
        if interval < 1:
            raise UnreadableError("a rule that stands still")
        if frequency == "HOURLY":
            seconds *= interval
        start = _instant(_moment(event, "DTSTART"), basis.zone)
        steps = max(1.0, (basis.until - start) / timedelta(seconds=seconds))
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"):
            steps *= max(1, len(rule.get(part, [])))
        if steps > MAXIMUM_STEPS:
            raise UnreadableError("too many steps to the window")
