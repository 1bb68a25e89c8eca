"""The calendar file's builder: what RFC 5545 asks for, read back with another parser's eyes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from holdfast.calendars.ics import Entry, Person, calendar_file

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


def zone_rules(data: bytes) -> list[tuple[datetime, timedelta]]:
    """When each observance of the file's own VTIMEZONE begins, and its offset."""
    zones: Any = Calendar.from_ical(data.decode()).walk("VTIMEZONE")
    (zone,) = zones
    return sorted(
        (item["DTSTART"].dt.replace(tzinfo=UTC) - item["TZOFFSETFROM"].td, item["TZOFFSETTO"].td)
        for item in [*zone.walk("STANDARD"), *zone.walk("DAYLIGHT")]
    )


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "America/New_York",
        "Africa/Casablanca",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Europe/Dublin",
        "Pacific/Apia",
        "America/Sao_Paulo",
    ],
)
@pytest.mark.parametrize("year", [2011, 2026, 2037])
def test_the_zone_that_is_sent_is_right(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    start = datetime(year, 6, 1, 12, tzinfo=UTC)
    data = calendar_file(replace(ENTRY, timezone=name, start=start, end=start + timedelta(hours=1)))
    rules = zone_rules(data)
    moment = datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        offset = [after for onset, after in rules if onset <= moment][-1]
        assert offset == moment.astimezone(zone).utcoffset(), moment
        moment += timedelta(minutes=30)


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


def test_no_place_is_no_location() -> None:
    assert "LOCATION" not in event_of(calendar_file(replace(ENTRY, location=None)))
