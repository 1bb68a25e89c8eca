"""When a reminder goes: never in quiet hours unless it is urgent, never late, in all zones.

The database's rule is tried against a model that knows nothing but what a clock on the wall shows,
minute by minute (Python's zoneinfo).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.support.cluster import Cluster
from tests.support.make import Make

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone not in ("localtime", "Factory", "posixrules")
    and not zone.startswith(("right", "posix"))
)
# Clocks change at midnight, by half an hour, by two hours, to the past of the day before.
ODD_ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll"),
    *("America/Havana", "Asia/Beirut", "Africa/Cairo", "Europe/Dublin", "Africa/Casablanca"),
    *("America/Santiago", "Pacific/Chatham", "Asia/Kathmandu", "Pacific/Apia", "UTC"),
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES_OF_TWO_YEARS = 2 * 366 * 24 * 60


@pytest.fixture(scope="module")
def lasting(cluster: Cluster) -> Iterator[Make]:
    with cluster.database() as database:
        make = Make(database.owner_url)
        yield make
        make.close()


def changes_of(zone: str) -> list[datetime]:
    """Days on which the clocks of a zone are changed, in two years."""
    info = ZoneInfo(zone)
    days = [BEGIN + timedelta(days=n) for n in range(2 * 366)]
    return [
        day
        for day, following in pairwise(days)
        if day.astimezone(info).utcoffset() != following.astimezone(info).utcoffset()
    ]


def is_quiet(at: datetime, zone: str, begins: time, ends: time) -> bool:
    """Whether the clock on the wall shows a time of the quiet hours."""
    wall = at.astimezone(ZoneInfo(zone)).time()
    if begins <= ends:
        return begins <= wall < ends
    return wall >= begins or wall < ends


def end_of_quiet(at: datetime, zone: str, begins: time, ends: time) -> datetime:
    """The first full minute that is not quiet any more."""
    at = at.replace(second=0, microsecond=0)
    while is_quiet(at, zone, begins, ends):
        at += MINUTE
    return at


def is_near_a_change(at: datetime, zone: str) -> bool:
    info = ZoneInfo(zone)
    offsets = {(at + n * HOUR).astimezone(info).utcoffset() for n in range(-28, 29, 2)}
    return len(offsets) > 1


@st.composite
def starts(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a start; every second one near a change of the clocks, where there is one."""
    zone = draw(st.sampled_from(ZONES) | st.sampled_from(ODD_ZONES))
    at = BEGIN + MINUTE * draw(st.integers(0, MINUTES_OF_TWO_YEARS))
    changes = changes_of(zone)
    if changes and draw(st.booleans()):
        at = draw(st.sampled_from(changes)) + MINUTE * draw(st.integers(-24 * 60, 60 * 60))
    return zone, at


WALL = st.builds(time, st.integers(0, 23), st.sampled_from([0, 5, 15, 30, 45, 59]))
LEADS = st.sampled_from([15, 30, 60, 90, 120, 240, 660, 720, 1440, 10080]) | st.integers(15, 10080)


def goes_at(
    make: Make,
    now: datetime,
    start: datetime,
    lead: int,
    booked: datetime,
    zone: str,
    quiet: tuple[time, time],
) -> datetime | None:
    row = make.one(
        "SELECT reminder_goes_at(%s, %s, %s, %s, true, %s, %s, %s) AS at",
        now,
        start,
        lead,
        booked,
        zone,
        *quiet,
    )
    return row["at"]


def knows_the_same_clocks(make: Make, zone: str, at: datetime) -> bool:
    """Whether the database's time zones are of the same year as Python's."""
    hours = [at + n * HOUR for n in range(-40, 41, 4)]
    rows = make.all(
        "SELECT t AT TIME ZONE %s AS wall FROM unnest(%s::timestamptz[]) AS t", zone, hours
    )
    wanted = [hour.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for hour in hours]
    return [row["wall"] for row in rows] == wanted


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=starts(), lead=LEADS, quiet=st.tuples(WALL, WALL), offset=st.integers(0, 60 * 24 * 8))
@example(
    at=("Europe/Berlin", datetime(2026, 3, 29, 6, 30, tzinfo=UTC)),
    lead=60,
    quiet=(time(21), time(8)),
    offset=0,
)
@example(
    at=("America/Havana", datetime(2026, 11, 1, 14, 0, tzinfo=UTC)),
    lead=600,
    quiet=(time(0, 30), time(5)),
    offset=0,
)
def test_in_every_zone_quiet_hours_are_kept(
    lasting: Make, at: tuple[str, datetime], lead: int, quiet: tuple[time, time], offset: int
) -> None:
    zone, start = at
    begins, ends = quiet
    assume(begins != ends)
    due = start - MINUTE * lead
    assume(knows_the_same_clocks(lasting, zone, due))
    booked = due - timedelta(days=30)
    urgent = start - HOUR

    # As soon as it is due.
    answer = goes_at(lasting, due, start, lead, booked, zone, quiet)
    assert answer is not None
    assert due <= answer < start
    if not is_quiet(due, zone, begins, ends) and not is_near_a_change(due, zone):
        assert answer == due
    if is_quiet(answer, zone, begins, ends):
        assert end_of_quiet(due, zone, begins, ends) > urgent - 2 * HOUR * is_near_a_change(
            due, zone
        )
        assert answer == due
    elif answer > due:
        expected = end_of_quiet(due, zone, begins, ends)
        if is_near_a_change(due, zone):
            assert expected <= answer <= expected + 2 * HOUR
        else:
            assert answer == expected

    # At any other time: late, or the evening before.
    now = start - timedelta(days=8) + MINUTE * offset
    answer = goes_at(lasting, now, start, lead, booked, zone, quiet)
    if answer is None:
        return
    assert now <= answer < start
    assert now < start - MINUTE * lead / 2
    if now < due:
        assert answer == now
        assert not is_quiet(now, zone, begins, ends)
        assert is_quiet(due, zone, begins, ends) or is_near_a_change(due, zone)
        # At most a change of the clocks earlier than five minutes before.
        until = now + 5 * MINUTE + 2 * HOUR * is_near_a_change(now, zone)
        assert any(
            is_quiet(now + MINUTE * n, zone, begins, ends)
            for n in range(1, int((until - now) / MINUTE) + 1)
        )
    elif is_quiet(answer, zone, begins, ends):
        assert end_of_quiet(answer, zone, begins, ends) > urgent - 2 * HOUR * is_near_a_change(
            now, zone
        )


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=starts(), lead=st.integers(15, 659), quiet=st.tuples(WALL, WALL))
def test_what_must_not_wait_goes_the_evening_before(
    lasting: Make, at: tuple[str, datetime], lead: int, quiet: tuple[time, time]
) -> None:
    zone, start = at
    begins, ends = quiet
    due = start - MINUTE * lead
    assume(begins != ends and is_quiet(due, zone, begins, ends))
    assume(knows_the_same_clocks(lasting, zone, due) and not is_near_a_change(due, zone))
    assume(end_of_quiet(due, zone, begins, ends) > start - HOUR)
    evening = due
    while is_quiet(evening, zone, begins, ends):
        evening -= MINUTE
    evening += MINUTE - 5 * MINUTE
    assume(not is_quiet(evening, zone, begins, ends))

    def asked(now: datetime, booked: datetime) -> datetime | None:
        return goes_at(lasting, now, start, lead, booked, zone, quiet)

    long_ago = due - timedelta(days=30)
    assert asked(evening - timedelta(seconds=1), long_ago) is None
    assert asked(evening, long_ago) == evening
    # Booked after that: when it is due, though it is quiet; in the meantime not.
    assert asked(evening + MINUTE, evening + MINUTE) is None
    if evening + 5 * MINUTE < due:
        assert asked(evening + 5 * MINUTE, long_ago) is None
    if evening + MINUTE <= due - HOUR:
        assert asked(due, evening + MINUTE) == due


@pytest.mark.parametrize(
    ("zone", "at", "quiet", "until"),
    [
        # The night of the change is an hour shorter, or longer.
        ("Europe/Berlin", "2026-03-29T00:30+00:00", ("21:00", "08:00"), "2026-03-29T06:00+00:00"),
        ("Europe/Berlin", "2026-10-25T00:30+00:00", ("21:00", "08:00"), "2026-10-25T07:00+00:00"),
        # 02:30 comes twice: quiet from the first one, until the last one.
        ("Europe/Berlin", "2026-10-25T00:40+00:00", ("02:30", "06:00"), "2026-10-25T05:00+00:00"),
        ("Europe/Berlin", "2026-10-25T01:20+00:00", ("01:00", "02:30"), "2026-10-25T01:30+00:00"),
        # 02:30 does not come at all.
        ("Europe/Berlin", "2026-03-29T01:05+00:00", ("02:30", "06:00"), "2026-03-29T04:00+00:00"),
        ("UTC", "2026-03-29T08:00+00:00", ("21:00", "08:00"), None),
        ("UTC", "2026-03-29T07:59+00:00", ("21:00", "08:00"), "2026-03-29T08:00+00:00"),
        ("UTC", "2026-03-29T21:00+00:00", ("21:00", "08:00"), "2026-03-30T08:00+00:00"),
        ("UTC", "2026-03-29T12:00+00:00", ("00:00", "00:00"), None),
    ],
)
def test_when_quiet_hours_end(
    lasting: Make, zone: str, at: str, quiet: tuple[str, str], until: str | None
) -> None:
    row = lasting.one("SELECT ends FROM quiet_hours_at(%s, %s, %s, %s)", at, zone, *quiet)
    assert row["ends"] == (datetime.fromisoformat(until) if until else None)
