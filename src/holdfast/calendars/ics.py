"""Appointments as iCalendar objects (RFC 5545, iTIP methods of RFC 5546)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.calendars.lines import escaped, joined, local_time, quoted, utc_time
from holdfast.calendars.timezones import vtimezone_text

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Holdfast//Appointments//EN"
REMINDERS = ("-P1D", "-PT1H")
_DAY = timedelta(days=1)
_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Zulu"})

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
EventStatus = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
# How Outlook shows the time; without it, it goes by TRANSP and knows no "tentative" (MS-OXCICAL).
_SHOWN_AS = {"TENTATIVE": "TENTATIVE", "CONFIRMED": "BUSY", "CANCELLED": "FREE"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an address, as ORGANIZER or ATTENDEE. name: none is shown where it is empty."""

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
        organizer: none in an object that a server stores: many would write to all who are named.
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
    organizer: Person | None
    created_at: datetime
    changed_at: datetime
    attendee: Person | None = None


def calendar_file(entry: Entry, method: Method | None = "PUBLISH") -> bytes:
    """The iCalendar object of one appointment: CRLF lines, folded, UTF-8.

    Args:
        method: none in an object that is stored by CalDAV (RFC 4791 §4.1), which does not remind
            either: that is for its calendar's owner.
    """
    return _calendar([], [entry], method, with_reminders=method is not None)


def feed_file(name: str, entries: Sequence[Entry]) -> bytes:
    """Appointments as a calendar that others subscribe to, without reminders.

    Args:
        name: what calendars call it.
    """
    shown = escaped(name)
    about = [f"NAME:{shown}", f"X-WR-CALNAME:{shown}"]
    # How often to ask (RFC 7986 §5.7, and Outlook's own). Google asks when it likes.
    about += ["REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M"]
    return _calendar(about, entries, "PUBLISH", with_reminders=False)


def uid(appointment_id: UUID) -> str:
    """The UID under which every calendar knows the appointment for good."""
    return f"{appointment_id}@holdfast"


def _calendar(
    about: list[str], entries: Sequence[Entry], method: Method | None, *, with_reminders: bool
) -> bytes:
    zones = _zones(entries)
    head = ["BEGIN:VCALENDAR", f"PRODID:{PRODUCT}", "VERSION:2.0", "CALSCALE:GREGORIAN"]
    lines: list[str] = []
    for entry in entries:
        _add_event(lines, entry, zones[entry.timezone][0], with_reminders=with_reminders)
    return b"".join(
        (
            joined([*head, *([f"METHOD:{method}"] if method else []), *about]),
            *(rules for _, rules in zones.values()),
            joined(lines),
            b"END:VCALENDAR\r\n",
        )
    )


def _zones(entries: Iterable[Entry]) -> dict[str, tuple[ZoneInfo | None, bytes]]:
    """By name: what local times are written in, and its component; None and nothing for UTC."""
    years: dict[str, tuple[int, int]] = {}
    for entry in entries:
        # In local time a year begins up to fourteen hours earlier or later.
        first, last = (entry.start - _DAY).year, (entry.end + _DAY).year
        known = years.get(entry.timezone, (first, last))
        years[entry.timezone] = min(first, known[0]), max(last, known[1])
    zones: dict[str, tuple[ZoneInfo | None, bytes]] = {}
    for name, (first, last) in years.items():
        zone = ZoneInfo(name)
        rules = None if name in _UTC else vtimezone_text(zone, first, last)
        zones[name] = (None, b"") if rules is None else (zone, rules)
    return zones


def _times(entry: Entry, zone: ZoneInfo | None) -> list[str]:
    if zone is not None:
        start, end = entry.start.astimezone(zone), entry.end.astimezone(zone)
        # Of an hour that comes twice a local time means the first (RFC 5545 §3.3.5).
        if not start.fold and not end.fold:
            return [
                f"DTSTART;TZID={zone.key}:{local_time(start)}",
                f"DTEND;TZID={zone.key}:{local_time(end)}",
            ]
    return [f"DTSTART:{utc_time(entry.start)}", f"DTEND:{utc_time(entry.end)}"]


def _add_event(
    lines: list[str], entry: Entry, zone: ZoneInfo | None, *, with_reminders: bool
) -> None:
    changed = utc_time(entry.changed_at)
    summary = escaped(entry.summary)
    lines += [
        "BEGIN:VEVENT",
        f"UID:{uid(entry.id)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{changed}",
        f"CREATED:{utc_time(entry.created_at)}",
        f"LAST-MODIFIED:{changed}",
        *_times(entry, zone),
        f"STATUS:{entry.status}",
        f"TRANSP:{'TRANSPARENT' if entry.status == 'CANCELLED' else 'OPAQUE'}",
        f"X-MICROSOFT-CDO-BUSYSTATUS:{_SHOWN_AS[entry.status]}",
        f"SUMMARY:{summary}",
    ]
    if entry.location is not None:
        lines.append(f"LOCATION:{escaped(entry.location)}")
    if entry.description:
        lines.append(f"DESCRIPTION:{escaped(entry.description)}")
    if entry.organizer is not None:
        lines.append(f"ORGANIZER{_address(entry.organizer)}")
    if entry.attendee is not None:
        # The client has booked, and the house has said yes: nobody is asked again.
        standing = ";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE"
        lines.append(f"ATTENDEE{standing}{_address(entry.attendee)}")
    if entry.status == "CONFIRMED" and with_reminders:
        for before in REMINDERS:
            lines += [
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                f"DESCRIPTION:{summary}",
                f"TRIGGER:{before}",
                "END:VALARM",
            ]
    lines.append("END:VEVENT")


def _address(person: Person) -> str:
    name = f";CN={quoted(person.name)}" if person.name else ""
    return f"{name}:mailto:{person.email}"
