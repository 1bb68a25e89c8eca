"""Times of a calendar file mean the same instant to two libraries that have nothing in common: one
goes by the name of the zone and its own tables, one by the rules in the file."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from holdfast.calendars.ics import calendar_file
from holdfast.calendars.timezones import vtimezone_text
from tests.unit.test_ics import ENTRY

ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone not in ("localtime", "Factory", "posixrules")
    and not zone.startswith(("right", "posix"))
)
ODD_ZONES = (
    *("Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Havana", "Asia/Beirut"),
    *("Australia/Sydney", "America/Asuncion", "Pacific/Auckland", "America/Santiago"),
    *("Africa/Casablanca", "Africa/El_Aaiun", "Africa/Cairo", "Asia/Gaza", "Asia/Jerusalem"),
    *("Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "Asia/Tokyo"),
    *("Africa/Johannesburg", "Pacific/Apia", "America/Sao_Paulo", "Antarctica/Troll", "UTC"),
)
MINUTE = timedelta(minutes=1)
BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
MINUTES = 40 * 366 * 24 * 60


def file_at(zone: str, start: datetime, minutes: int = 45) -> bytes:
    end = start + minutes * MINUTE
    return calendar_file(replace(ENTRY, timezone=zone, start=start, end=end))


def read_by_name(data: bytes) -> tuple[datetime, datetime]:
    (event,) = Calendar.from_ical(data.decode()).walk("VEVENT")
    found: Any = event
    return found["DTSTART"].dt.astimezone(UTC), found["DTEND"].dt.astimezone(UTC)


# A name that no table knows, and another one each time: zones are remembered by name.
NAMES = (f"Nowhere/{number}" for number in count())


def read_by_rules(data: bytes) -> tuple[datetime, datetime]:
    """By the rules in the file."""
    text = re.sub(r"TZID([:=])[^:\r]+", rf"TZID\1{next(NAMES)}", data.decode())
    event = vobject.readOne(text).vevent
    return event.dtstart.value.astimezone(UTC), event.dtend.value.astimezone(UTC)


@st.composite
def times(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a time; every second one within a day of a change of the clocks."""
    zone = draw(st.sampled_from(ZONES) | st.sampled_from(ODD_ZONES))
    at = BEGIN + MINUTE * draw(st.integers(0, MINUTES))
    if draw(st.booleans()):
        info = ZoneInfo(zone)
        for _ in range(366):
            if at.astimezone(info).utcoffset() != (at + 1440 * MINUTE).astimezone(info).utcoffset():
                break
            at += 1440 * MINUTE
        at += MINUTE * draw(st.integers(0, 1440))
    return zone, at


@settings(max_examples=400, deadline=None)
@given(times(), st.integers(1, 1440))
@example(("Africa/Casablanca", datetime(2026, 2, 20, 12, tzinfo=UTC)), 30)
@example(("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)), 60)
@example(("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 45, tzinfo=UTC)), 30)
def test_two_libraries_read_the_same_instants(at: tuple[str, datetime], minutes: int) -> None:
    zone, start = at
    data = file_at(zone, start, minutes)
    wanted = (start, start + minutes * MINUTE)
    assert read_by_name(data) == wanted
    assert read_by_rules(data) == wanted


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_in_each_quarter_of_a_year(zone: str) -> None:
    for month in (1, 4, 7, 10):
        start = datetime(2026, month, 14, 11, 15, tzinfo=UTC)
        assert read_by_rules(file_at(zone, start)) == (start, start + 45 * MINUTE), start


def observances(zone: str, year: int = 2026) -> list[str] | None:
    """What begins the observances of a zone, and their rules."""
    text = vtimezone_text(ZoneInfo(zone), year, year)
    if text is None:
        return None
    return re.findall(r"(?:BEGIN:(?!VTIMEZONE)|RRULE:)([^\r]+)", text.decode())


@pytest.mark.parametrize(
    ("zone", "standard", "daylight"),
    [
        ("Europe/Berlin", "BYMONTH=10;BYDAY=-1SU", "BYMONTH=3;BYDAY=-1SU"),
        ("Europe/Dublin", "BYMONTH=10;BYDAY=-1SU", "BYMONTH=3;BYDAY=-1SU"),
        ("America/New_York", "BYMONTH=11;BYDAY=1SU", "BYMONTH=3;BYDAY=2SU"),
        ("Australia/Sydney", "BYMONTH=4;BYDAY=1SU", "BYMONTH=10;BYDAY=1SU"),
        ("Australia/Lord_Howe", "BYMONTH=4;BYDAY=1SU", "BYMONTH=10;BYDAY=1SU"),
    ],
)
def test_one_pair_where_the_rules_recur(zone: str, standard: str, daylight: str) -> None:
    assert observances(zone) == [
        *("STANDARD", f"FREQ=YEARLY;{standard}"),
        *("DAYLIGHT", f"FREQ=YEARLY;{daylight}"),
    ]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Etc/GMT+5", "Asia/Tokyo"])
def test_a_zone_that_never_changes_has_one_observance(zone: str) -> None:
    assert observances(zone) == ["STANDARD"]


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Asia/Gaza", "Africa/Cairo"])
def test_what_no_rule_says_is_written_in_utc(zone: str) -> None:
    assert observances(zone) is None
    data = file_at(zone, datetime(2026, 6, 3, 9, tzinfo=UTC))
    assert b"DTSTART:20260603T090000Z\r\n" in data
    assert b"TZID" not in data


def test_rules_that_were_changed_are_no_rule() -> None:
    """Summer time was put forward in 2007, and ended in Sao Paulo in 2019."""
    assert observances("America/New_York", 2006) is None
    assert observances("America/New_York", 2008) is not None
    assert observances("America/Sao_Paulo", 2018) is None
    assert observances("America/Sao_Paulo", 2026) == ["STANDARD"]
