"""From the text of an object to when somebody is busy."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from holdfast.calendars.busy.intervals import Basis, Interval, busy_times
from holdfast.calendars.busy.trim import UnreadableError, trim
from holdfast.calendars.timezones import vtimezone_text
from tests.deliveries.busy.objects import calendar, component, event, period

BERLIN = ZoneInfo("Europe/Berlin")
# Sunday, the 29th of March 2026: clocks go from two to three in Berlin.
SINCE = datetime(2026, 3, 20, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=62)


def basis(zone: ZoneInfo = BERLIN, *addresses: str) -> Basis:
    return Basis(zone, SINCE, UNTIL, frozenset(addresses))


def busy(data: str, zone: ZoneInfo = BERLIN, *addresses: str) -> list[Interval]:
    return busy_times(data, basis(zone, *addresses))


def at(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


TEN_TO_ELEVEN = period(at(1, 10), at(1, 11))


def test_an_event_makes_busy_from_its_start_to_its_end() -> None:
    assert busy(event(*TEN_TO_ELEVEN)) == [(at(1, 10), at(1, 11))]


@pytest.mark.parametrize(
    "lines",
    [
        ("TRANSP:TRANSPARENT",),
        ("STATUS:CANCELLED",),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE",),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:Ada@Example.test",),
        ("ATTENDEE;PARTSTAT=declined;CN=Ada:MAILTO:ada@example.test",),
        (
            "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@x.test",
            "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.test",
        ),
        ("ATTENDEE;PARTSTAT=DECLINED:ada",),
    ],
)
def test_what_makes_nobody_busy_is_left_out(lines: tuple[str, ...]) -> None:
    assert busy(event(*TEN_TO_ELEVEN, *lines), BERLIN, "ada@example.test", "ada") == []


@pytest.mark.parametrize(
    "lines",
    [
        ("TRANSP:OPAQUE",),
        ("STATUS:TENTATIVE",),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF",),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.test",),
        ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.test",),
        ("ATTENDEE:mailto:ada@example.test",),
        ("SUMMARY:STATUS:CANCELLED",),
    ],
)
def test_all_else_does(lines: tuple[str, ...]) -> None:
    assert busy(event(*TEN_TO_ELEVEN, *lines), BERLIN, "ada@example.test")


def test_our_own_appointments_are_left_out() -> None:
    assert busy(event(*TEN_TO_ELEVEN, uid=f"{uuid4()}@holdfast")) == []
    assert busy(event(*TEN_TO_ELEVEN, uid="lunch@holdfast")) != []


def test_a_series_has_exceptions_of_its_own() -> None:
    """Weekly at ten; the second one is an hour later, the third one was called off, the fourth is
    for nobody, and the fifth was taken out."""
    zone = "TZID=Europe/Berlin"

    def other(day: int, hour: int, *lines: str) -> str:
        return component(
            "VEVENT",
            "UID:one@elsewhere",
            "DTSTAMP:20260101T000000Z",
            f"RECURRENCE-ID;{zone}:202604{day:02}T100000",
            f"DTSTART;{zone}:202604{day:02}T{hour}0000",
            f"DTEND;{zone}:202604{day:02}T{hour + 1}0000",
            *lines,
        )

    data = event(
        f"DTSTART;{zone}:20260401T100000",
        f"DTEND;{zone}:20260401T110000",
        "RRULE:FREQ=WEEKLY;COUNT=5",
        f"EXDATE;{zone}:20260429T100000",
        more=other(8, 11) + other(15, 10, "STATUS:CANCELLED") + other(22, 10, "TRANSP:TRANSPARENT"),
    )
    assert busy(data) == [(at(1, 8), at(1, 9)), (at(8, 9), at(8, 10))]


def test_a_series_ends_with_the_window() -> None:
    found = busy(event(*TEN_TO_ELEVEN, "RRULE:FREQ=DAILY"))
    assert len(found) == (UNTIL.date() - date(2026, 4, 1)).days
    assert found[-1][1] <= UNTIL


def test_what_overlaps_or_touches_is_one() -> None:
    hourly = event(*period(at(1, 10), at(1, 11)), "RRULE:FREQ=HOURLY;COUNT=30")
    assert busy(hourly) == [(at(1, 10), at(2, 16))]


def test_a_day_lasts_from_midnight_to_midnight_there() -> None:
    """The 29th of March has 23 hours in Berlin."""
    day = event("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330")
    assert busy(day) == [(at(28, 23, month=3), at(29, 22, month=3))]
    assert busy(day, ZoneInfo("America/New_York")) == [(at(29, 4, month=3), at(30, 4, month=3))]
    assert busy(event("DTSTART;VALUE=DATE:20260329")) == busy(day)
    assert busy(event("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260329")) == busy(day)
    assert busy(event("DTSTART;VALUE=DATE:20260329", "DURATION:P1D")) == busy(day)


def test_a_day_in_a_zone_that_leaves_out_midnight() -> None:
    """In Beirut clocks went from midnight to one on the 29th of March."""
    day = event("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330")
    assert busy(day, ZoneInfo("Asia/Beirut")) == [(at(28, 22, month=3), at(29, 21, month=3))]


def test_a_floating_time_is_what_clocks_show_there() -> None:
    nightly = event("DTSTART:20260327T233000", "DTEND:20260328T030000", "RRULE:FREQ=DAILY;COUNT=3")
    march = [((27, 22), (28, 2)), ((28, 22), (29, 1)), ((29, 21), (30, 1))]
    expected = [(at(*start, 30, month=3), at(*end, month=3)) for start, end in march]
    assert busy(nightly) == expected


def test_a_time_in_the_gap_is_read_with_the_offset_before() -> None:
    gap = event("DTSTART:20260329T023000", "DTEND:20260329T033000")
    assert busy(gap) == []  # half past three begins when it ends
    assert busy(event("DTSTART:20260329T023000", "DTEND:20260329T040000")) == [
        (at(29, 1, 30, month=3), at(29, 2, month=3))
    ]


def test_a_zone_that_the_object_brings_itself() -> None:
    text = vtimezone_text(BERLIN, 2026, 2026)
    assert text is not None
    rules = text.decode().lstrip()
    own = rules.replace("TZID:Europe/Berlin", "TZID:Our Zone")
    lines = ("DTSTART;TZID=Our Zone:20260401T100000", "DTEND;TZID=Our Zone:20260401T110000")
    assert busy(event(*lines, more=own)) == [(at(1, 8), at(1, 9))]
    windows = [line.replace("Our Zone", '"W. Europe Standard Time"') for line in lines]
    assert busy(event(*windows)) == [(at(1, 8), at(1, 9))]


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20260401T100000Z",),
        ("DTSTART:20260401T100000Z", "DTEND:20260401T100000Z"),
        period(at(1, 10, month=2), at(1, 11, month=2)),
        period(at(1, 10, month=9), at(1, 11, month=9)),
    ],
)
def test_what_takes_no_time_or_lies_elsewhere_makes_nobody_busy(lines: tuple[str, ...]) -> None:
    assert busy(event(*lines)) == []


def test_what_goes_on_for_long_ends_with_the_window() -> None:
    lines = period(datetime(1990, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC))
    assert busy(event(*lines)) == [(datetime(1990, 1, 1, tzinfo=UTC), UNTIL)]


def test_a_megabyte_of_description_does_no_harm() -> None:
    folded = "DESCRIPTION:" + "\r\n ".join(["word " * 14] * 15_000)
    data = event(*TEN_TO_ELEVEN, folded, "X-LONG:" + "y" * 1_000_000, "SUMMARY;;;=:\x00\ufffd")
    assert len(data) > 2_000_000
    assert busy(data) == [(at(1, 10), at(1, 11))]
    assert len(trim(data)) < 300


def test_other_components_are_dropped() -> None:
    alarm = component("VALARM", "TRIGGER:nonsense", "DTSTART:nonsense")
    data = calendar(
        component("VTODO", "UID:x", "DTSTART:nonsense", component("VEVENT", "DTSTART:nonsense")),
        component("VEVENT", "UID:a", *TEN_TO_ELEVEN, alarm),
    )
    assert busy(data) == [(at(1, 10), at(1, 11))]
    assert busy(calendar(component("VTODO", "UID:x"))) == []


HOUR = "\r\n".join(TEN_TO_ELEVEN)
UNREADABLE = {
    "nothing": "",
    "no calendar": "<html>Not found</html>",
    "bytes": "\x00\x01\ufffd" * 100,
    "no end": event(*TEN_TO_ELEVEN)[:-20],
    "another end": event(*TEN_TO_ELEVEN).replace("END:VEVENT", "END:VTODO"),
    "no start": event("SUMMARY:Lunch"),
    "a start that is none": event("DTSTART:soon", "DTEND:later"),
    "every second": event(HOUR, "RRULE:FREQ=SECONDLY"),
    "every minute": event(HOUR, "RRULE:FREQ=MINUTELY;COUNT=9999999"),
    "every second by lists": event(
        HOUR,
        "RRULE:FREQ=HOURLY;BYMINUTE=" + ",".join(map(str, range(60)))
        + ";BYSECOND=" + ",".join(map(str, range(60))),
    ),
    "hourly for long": event("DTSTART:19000101T000000Z", "DURATION:PT1M", "RRULE:FREQ=HOURLY"),
    "a rule without frequency": event(HOUR, "RRULE:COUNT=3"),
    "a rule that is none": event(HOUR, "RRULE:FREQ=SOMETIMES"),
    "a count beyond numbers": event(HOUR, "RRULE:FREQ=DAILY;COUNT=" + "9" * 400),
    "an interval of nothing": event(HOUR, "RRULE:FREQ=DAILY;INTERVAL=0"),
    "sixty thousand dates": event(
        HOUR, *(f"RDATE:20260401T10{n // 60 % 60:02}{n % 60:02}Z" for n in range(60_000))
    ),
    "a nest": "BEGIN:VCALENDAR\r\n" * 10_000,
    "a hidden nest": calendar("BEGIN:VTODO\r\n" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_said_to_be_so(data: str) -> None:
    with pytest.raises(UnreadableError):
        busy(data)


def test_what_calendars_write_in_their_own_ways() -> None:
    whole = event(*TEN_TO_ELEVEN)
    expected = [(at(1, 10), at(1, 11))]
    for data in (
        "\ufeff" + whole,
        whole.replace("\r\n", "\n"),
        whole.replace("\r\n", "\r\n\r\n"),
        whole.replace("UID:one@elsewhere\r\n", ""),
        # Of a series that somebody else has, only the time to which one was invited.
        event("RECURRENCE-ID:20260401T090000Z", *TEN_TO_ELEVEN),
        # A zone that nobody knows is taken for the provider's.
        event("DTSTART;TZID=Mars:20260401T120000", "DTEND;TZID=Mars:20260401T130000"),
    ):
        assert busy(data) == expected, data
    dates = "RDATE;VALUE=PERIOD:20260405T100000Z/20260405T120000Z,20260406T100000Z/PT3H"
    assert busy(event(*TEN_TO_ELEVEN, dates))[1:] == [
        (at(5, 10), at(5, 12)),
        (at(6, 10), at(6, 13)),
    ]
