"""An appointment as an iCalendar object (RFC 5545, iTIP methods of RFC 5546)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from holdfast.calendars.timezones import vtimezone_text

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Holdfast//Appointments//EN"
REMINDERS = (timedelta(days=1), timedelta(hours=1))
_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Zulu"})
# No text can begin a line: in a value its line break is written as two characters.
_EVENT = b"\r\nBEGIN:VEVENT\r\n"

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
EventStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an address, as ORGANIZER or ATTENDEE."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar shows of one appointment.

    Attributes:
        sequence: rises whenever it is moved or called off; calendars keep the highest.
        changed_at: its last change; also the time stamp of this object, so that the same version
            always makes the same file.
        timezone: IANA name; times are written in it.
        attendee: whom an invitation (REQUEST, CANCEL) is for; none in a published file.
    """

    id: UUID
    sequence: int
    status: EventStatus
    start: datetime
    end: datetime
    timezone: str
    summary: str
    location: str | None
    description: str
    organizer: Person
    created_at: datetime
    changed_at: datetime
    attendee: Person | None = None


def calendar_file(entry: Entry, method: Method = "PUBLISH") -> bytes:
    """The iCalendar object of one appointment: CRLF lines, folded, UTF-8."""
    zone = ZoneInfo(entry.timezone)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    start, end = entry.start.astimezone(zone), entry.end.astimezone(zone)
    rules = b""
    # Of an hour that comes twice a local time means the first (RFC 5545 §3.3.5).
    if zone.key in _UTC or start.fold or end.fold:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    else:
        rules = vtimezone_text(zone, start.year, end.year)
    calendar.add_component(_event(entry, start, end))
    return calendar.to_ical().replace(_EVENT, rules + _EVENT, 1)


def uid(appointment_id: UUID) -> str:
    """The UID under which every calendar knows the appointment for good."""
    return f"{appointment_id}@holdfast"


def _event(entry: Entry, start: datetime, end: datetime) -> Event:
    event = Event()
    event.add("uid", uid(entry.id))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("created", entry.created_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("status", entry.status)
    event.add("summary", entry.summary)
    if entry.location is not None:
        event.add("location", entry.location)
    event.add("description", entry.description)
    event.add("organizer", _address(entry.organizer))
    if entry.attendee is not None:
        attendee = _address(entry.attendee)
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        # The client has booked, and the house has said yes: nobody is asked again.
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        attendee.params["RSVP"] = vText("FALSE")
        event.add("attendee", attendee)
    if entry.status == "CONFIRMED":
        for before in REMINDERS:
            event.add_component(_reminder(entry, before))
    return event


def _reminder(entry: Entry, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.summary)
    alarm.add("trigger", -before)
    return alarm


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    address.params["CN"] = vText(person.name)
    return address
