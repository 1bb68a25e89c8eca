"""An appointment as an object of a calendar, and what others have made of it (RFC 5545)."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from icalendar import Alarm, Calendar, Event

from holdfast.calendars.ics import Entry, calendar_file, uid
from holdfast.kernel.db import Row
from holdfast.notifications.message.dictionary import one_line

MAXIMUM_ALARMS = 20
MAXIMUM_KEPT_BYTES = 64 * 1024
# Theirs, besides all that begins with X- and is not ours.
_KEPT = frozenset({"CATEGORIES", "COLOR"})
_OURS = frozenset({"X-MICROSOFT-CDO-BUSYSTATUS"})


def entry_of(row: Row) -> Entry:
    """What a provider's calendar shows of an appointment: neither notes nor anybody's contact data,
    and nobody is named whom a server could write to.

    Args:
        row: of `load_calendar_pushes`.
    """
    names = (row["facility_name"], row["facility_address"])
    place = [line for name in names if (line := one_line(name, ", "))]
    title = f"{one_line(row['service_title'])}: {one_line(row['client_name'])}"
    return Entry(
        id=row["appointment_id"],
        sequence=row["sequence"],
        status="CONFIRMED",
        start=row["start_at"],
        end=row["end_at"],
        timezone=row["timezone"],
        summary=title,
        location=", ".join(place) or None,
        description="\n".join([title, *place, f"Appointment {row['appointment_id']}"]),
        organizer=None,
        created_at=row["created_at"],
        changed_at=row["updated_at"],
    )


def content(entry: Entry) -> bytes:
    """The object as it is written where nothing is yet."""
    return calendar_file(entry, method=None)


def content_hash(entry: Entry) -> bytes:
    """Of what people see: the same as long as nothing of that changes."""
    seen = [
        *(entry.sequence, entry.status, entry.start, entry.end, entry.timezone),
        *(entry.summary, entry.location, entry.description),
    ]
    return hashlib.sha256(orjson.dumps(seen)).digest()


@dataclass(frozen=True, slots=True)
class Theirs:
    """An object of ours as somebody left it.

    facts: what a calendar shows, to be compared. start, end: None where it has none that make
        sense. kept: what stays theirs.
    """

    is_ours: bool
    sequence: str
    facts: tuple[Any, ...]
    start: datetime | None
    end: datetime | None
    kept: tuple[tuple[str, Any], ...] = ()
    alarms: tuple[Alarm, ...] = ()

    @property
    def has_some(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self.kept or self.alarms)


def read(data: bytes, appointment_id: UUID, zone: str) -> Theirs | None:
    """What is in the calendar; None for what is no calendar object.

    Args:
        zone: in which times without one, and days, are meant.
    """
    try:
        calendar = Calendar.from_ical(data)
        found = [part for part in calendar.walk("VEVENT") if isinstance(part, Event)]
        ours = [part for part in found if str(part.get("UID", "")) == uid(appointment_id)]
        # Of a repetition that somebody made of it, the rule itself.
        ours.sort(key=lambda part: "RECURRENCE-ID" in part)
        event = next(iter(ours or found))
        return _theirs(event, bool(ours), len(found), ZoneInfo(zone))
    # The library raises whatever comes from a value that is broken.
    except Exception:
        return None


def same(theirs: Theirs, entry: Entry) -> bool:
    """Whether it says what we were about to write: then a try before this one has written it."""
    ours = read(content(entry), entry.id, entry.timezone)
    return ours is not None and theirs.facts == ours.facts


def over(theirs: Theirs | None, entry: Entry) -> bytes:
    """Our facts over theirs: what they may keep stays, within bounds."""
    if theirs is None or not theirs.has_some:
        return content(entry)
    calendar = Calendar.from_ical(content(entry))
    [event] = calendar.walk("VEVENT")
    left = MAXIMUM_KEPT_BYTES
    for name, value in theirs.kept:
        left -= len(name) + len(_text(value))
        if left >= 0:
            event.add(name, value, encode=False)
    for alarm in theirs.alarms[:MAXIMUM_ALARMS]:
        left -= len(alarm.to_ical())
        if left >= 0:
            event.add_component(alarm)
    return calendar.to_ical()


def _theirs(event: Event, is_ours: bool, events: int, zone: ZoneInfo) -> Theirs:
    start = _instant(event, "DTSTART", zone)
    end = _instant(event, "DTEND", zone)
    if end is None and start is not None and "DURATION" in event:
        end = start + event.decoded("DURATION")
    named = ("SEQUENCE", "STATUS", "SUMMARY", "LOCATION", "DESCRIPTION")
    texts = tuple(str(event.get(name, "")).replace("\r\n", "\n").strip() for name in named)
    repeats = any(
        name in event
        for name in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "ATTENDEE", "ORGANIZER")
    )
    kept = [
        (name, value)
        for name, values in event.items()
        if name.upper() in _KEPT or (name.upper().startswith("X-") and name.upper() not in _OURS)
        for value in (values if isinstance(values, list) else [values])
    ]
    alarms = [
        part
        for part in event.subcomponents
        if isinstance(part, Alarm)
        # They have attendees, whom a server could write to.
        and str(part.get("ACTION", "")).upper() != "EMAIL"
        and "ATTENDEE" not in part
    ]
    facts = (is_ours, events, repeats, start, end, *texts)
    return Theirs(is_ours, texts[0], facts, start, end, tuple(kept), tuple(alarms))


def _instant(event: Event, name: str, zone: ZoneInfo) -> datetime | None:
    if name not in event:
        return None
    value = event.decoded(name)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone).astimezone(UTC)
    return None


def _text(value: Any) -> bytes:
    made = value.to_ical() if hasattr(value, "to_ical") else str(value).encode()
    return made if isinstance(made, bytes) else str(made).encode()
