"""The calendar file's builder: what RFC 5545 asks for, read back with another parser's eyes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar

from holdfast.calendars.ics import Entry, Person, calendar_file, feed_file

ID = UUID("018f0000-0000-7000-8000-000000000001")
START = datetime(2026, 6, 3, 9, tzinfo=UTC)
ENTRY = Entry(
    id=ID,
    sequence=3,
    status="CONFIRMED",
    start=START,
    end=START + timedelta(minutes=45),
    timezone="Europe/Berlin",
    summary="Check-up; long, with “Dr.” Ünal \\ Co " * 4,
    location="Haus 2, 1. Stock; links",
    description="Line one\nLine two, with; all \\ signs 日本語" * 3,
    organizer=Person('Dr. "Quoted"; Name: x', "no-reply@clinic.test"),
    created_at=START - timedelta(days=2),
    changed_at=START - timedelta(days=1),
)


def event_of(data: bytes) -> Any:
    (event,) = Calendar.from_ical(data.decode()).walk("VEVENT")
    return event


def test_everything_can_be_read_back() -> None:
    calendar = Calendar.from_ical(calendar_file(ENTRY).decode())
    assert isinstance(calendar, Calendar)
    assert calendar["VERSION"] == "2.0"
    assert calendar["METHOD"] == "PUBLISH"
    event = event_of(calendar_file(ENTRY))
    assert event["UID"] == f"{ID}@holdfast"
    assert event["SEQUENCE"] == 3
    assert event["STATUS"] == "CONFIRMED"
    assert event["SUMMARY"] == ENTRY.summary
    assert event["LOCATION"] == ENTRY.location
    assert event["DESCRIPTION"] == ENTRY.description
    assert event["ORGANIZER"] == "mailto:no-reply@clinic.test"
    assert ENTRY.organizer is not None
    assert event["ORGANIZER"].params["CN"] == ENTRY.organizer.name
    assert event["DTSTART"].dt == ENTRY.start
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["DTSTART"].dt.hour == 11
    assert event["DTEND"].dt == ENTRY.end
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == ENTRY.changed_at
    assert event["CREATED"].dt == ENTRY.created_at
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [
        timedelta(days=-1),
        timedelta(hours=-1),
    ]


def test_lines_end_with_crlf_and_are_folded() -> None:
    data = calendar_file(ENTRY)
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    data.decode()


def test_the_same_version_makes_the_same_file() -> None:
    assert calendar_file(ENTRY) == calendar_file(replace(ENTRY))


def test_invitations_name_whom_they_are_for() -> None:
    asked = replace(ENTRY, attendee=Person("Anna", "anna@mail.test"))
    calendar = Calendar.from_ical(calendar_file(asked, "REQUEST").decode())
    assert isinstance(calendar, Calendar)
    assert calendar["METHOD"] == "REQUEST"
    event = event_of(calendar_file(asked, "REQUEST"))
    assert event["ATTENDEE"] == "mailto:anna@mail.test"
    assert event["ATTENDEE"].params["CN"] == "Anna"
    cancelled = replace(asked, status="CANCELLED", sequence=4)
    event = event_of(calendar_file(cancelled, "CANCEL"))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 4)
    assert event.walk("VALARM") == []


def test_clocks_going_forward_and_back() -> None:
    forward = datetime(2026, 3, 29, 1, tzinfo=UTC)
    event = event_of(calendar_file(replace(ENTRY, start=forward, end=forward + timedelta(hours=1))))
    assert event["DTSTART"].dt == forward
    assert event["DTSTART"].to_ical() == b"20260329T030000"

    # 02:30 comes twice that night, and a local time would mean the first.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for start in (first, first + timedelta(hours=1), first - timedelta(minutes=30)):
        one = replace(ENTRY, start=start, end=start + timedelta(hours=1))
        event = event_of(calendar_file(one))
        assert event["DTSTART"].dt.astimezone(UTC) == one.start
        assert event["DTEND"].dt.astimezone(UTC) == one.end
        assert ("TZID" in event["DTSTART"].params) == ("TZID" in event["DTEND"].params)


def test_utc_needs_no_zone() -> None:
    data = calendar_file(replace(ENTRY, timezone="Etc/UTC"))
    assert b"DTSTART:20260603T090000Z\r\n" in data
    assert b"VTIMEZONE" not in data


def test_how_outlook_shows_the_time() -> None:
    shown = {"TENTATIVE": "TENTATIVE", "CONFIRMED": "BUSY", "CANCELLED": "FREE"}
    for status, busy in shown.items():
        event = event_of(calendar_file(replace(ENTRY, status=status)))
        assert event["X-MICROSOFT-CDO-BUSYSTATUS"] == busy
        assert event["TRANSP"] == ("TRANSPARENT" if status == "CANCELLED" else "OPAQUE")


def test_a_feed_names_itself_and_has_no_reminders() -> None:
    later = replace(ENTRY, id=UUID(int=7), timezone="America/New_York")
    data = feed_file("Dr. A, B; C", [ENTRY, later, replace(ENTRY, timezone="UTC")])
    calendar: Any = Calendar.from_ical(data.decode())
    assert calendar["METHOD"] == "PUBLISH"
    assert b"\r\nX-WR-CALNAME:Dr. A\\, B\\; C\r\n" in data
    assert len(calendar.walk("VEVENT")) == 3
    assert calendar.walk("VALARM") == []
    zones = [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")]
    assert zones == ["Europe/Berlin", "America/New_York"], "each zone once"
    # Components come after all properties, and zones before what refers to them.
    assert data.index(b"REFRESH-INTERVAL") < data.index(b"BEGIN:VTIMEZONE")
    assert data.rindex(b"END:VTIMEZONE") < data.index(b"BEGIN:VEVENT")


def test_who_is_not_named_has_an_address_only() -> None:
    data = calendar_file(replace(ENTRY, organizer=Person("", "a@b.test")))
    assert b"ORGANIZER:mailto:a@b.test\r\n" in data


def test_no_text_begins_a_line() -> None:
    evil = "x\r\nEND:VEVENT\nBEGIN:VEVENT\rUID:evil"
    entry = replace(ENTRY, summary=evil, location=evil, description=evil)
    data = calendar_file(replace(entry, organizer=Person(evil, "a@b.test")))
    assert data.count(b"\r\nBEGIN:VEVENT") == data.count(b"\r\nUID:") == 1


def test_no_place_is_no_location() -> None:
    assert "LOCATION" not in event_of(calendar_file(replace(ENTRY, location=None)))
