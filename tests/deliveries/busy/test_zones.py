"""Days and times without a zone, in all zones and over all changes of their clocks."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.calendars.busy.intervals import Basis, busy_times, merge
from holdfast.catalogue.wall_clock import instant, shown_at
from tests.deliveries.busy.objects import event

ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
minutes = st.integers(0, 24 * 60 - 1)


@cache
def changes(name: str) -> list[date]:
    """The days on which the clocks of a zone change, in years in which zones left out a day (Apia
    2011) or had their summer twice (Morocco); one day for a zone without any."""
    zone, day = ZoneInfo(name), datetime(2005, 1, 1, tzinfo=UTC)
    steps = [day + timedelta(days=number) for number in range(31 * 365)]
    offsets = [step.astimezone(zone).utcoffset() for step in steps]
    found = [steps[at].date() for at in range(len(steps) - 1) if offsets[at] != offsets[at + 1]]
    return found or [day.date()]


@st.composite
def zones_and_days(draw: st.DrawFn) -> tuple[ZoneInfo, date]:
    """A zone, and a day around a change of its clocks."""
    name = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(changes(name)))
    return ZoneInfo(name), day + timedelta(days=draw(st.integers(-3, 1)))


def around(day: date) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time.min, UTC)
    return midnight - timedelta(days=3), midnight + timedelta(days=60)


def stamp(value: date | datetime) -> str:
    return value.strftime("%Y%m%dT%H%M%S" if isinstance(value, datetime) else "%Y%m%d")


@given(zones_and_days(), st.integers(1, 5))
@settings(max_examples=300, deadline=None)
def test_whole_days_are_busy_exactly_while_calendars_there_show_them(
    where: tuple[ZoneInfo, date], length: int
) -> None:
    zone, first = where
    end = first + timedelta(days=length)
    data = event(f"DTSTART;VALUE=DATE:{stamp(first)}", f"DTEND;VALUE=DATE:{stamp(end)}")
    found = busy_times(data, Basis(zone, *around(first), frozenset()))
    for offset in range(-28 * 4, (length + 2) * 24 * 4):
        moment = datetime.combine(first, time.min, UTC) + timedelta(minutes=15 * offset)
        is_busy = any(begin <= moment < until for begin, until in found)
        assert is_busy == (first <= shown_at(moment, zone).date() < end)


@given(zones_and_days(), minutes, st.integers(1, 40 * 60), st.integers(1, 50), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_series_keeps_its_time_by_the_clock(
    where: tuple[ZoneInfo, date], minute: int, length: int, count: int, is_floating: bool
) -> None:
    """Floating in the provider's zone, or named for a provider elsewhere."""
    zone, first = where
    start = datetime.combine(first, time.min) + timedelta(minutes=minute)
    end = start + timedelta(minutes=length)
    named = "" if is_floating else f";TZID={zone.key}"
    data = event(
        f"DTSTART{named}:{stamp(start)}",
        f"DTEND{named}:{stamp(end)}",
        f"RRULE:FREQ=DAILY;COUNT={count}",
    )
    since, until = around(first)
    reader = Basis(zone if is_floating else ZoneInfo("Asia/Kolkata"), since, until, frozenset())
    steps = [timedelta(days=number) for number in range(count)]
    expected = [(instant(start + step, zone), instant(end + step, zone)) for step in steps]
    within = [(begin, min(ends, until)) for begin, ends in expected if begin < min(ends, until)]
    assert busy_times(data, reader) == merge(within)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), max_size=30))
def test_merged_intervals_cover_the_same_and_do_not_touch(spans: list[tuple[int, int]]) -> None:
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    given_ = [
        (zero + timedelta(minutes=at), zero + timedelta(minutes=at + length))
        for at, length in spans
    ]
    merged = merge(given_)
    for moment in (zero + timedelta(minutes=number) for number in range(121)):
        assert any(a <= moment < b for a, b in given_) == any(a <= moment < b for a, b in merged)
    assert all(one[1] < other[0] for one, other in pairwise(merged))
