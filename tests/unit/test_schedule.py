"""The expansion of schedules into periods, over every IANA zone."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.catalogue.schedule import (
    Expansion,
    Offer,
    Period,
    Schedule,
    ServiceMinutes,
    Skip,
    Window,
    expand,
    minute_of_day,
    read_schedule,
)

PLACE, OTHER_PLACE, CLOSED_PLACE = (UUID(int=number) for number in (1, 2, 3))
VISIT, LONG_VISIT = UUID(int=11), UUID(int=12)
OFFER = Offer(
    facility_ids=frozenset({PLACE, OTHER_PLACE}),
    services={VISIT: ServiceMinutes(20, 5, 10), LONG_VISIT: ServiceMinutes(90, 0, 30)},
)
# "localtime" is whatever the machine is set to, not an IANA zone.
ZONES = sorted(available_timezones() - {"localtime"})
BERLIN = ZoneInfo("Europe/Berlin")
TICK = timedelta(microseconds=1)


def weekly(*windows: Window, minutes: int = 30, breaks: dict | None = None, **more) -> Schedule:
    """The same windows on every day of the week."""
    return Schedule(
        weekly=dict.fromkeys(range(1, 8), windows),
        breaks=breaks or {},
        exceptions=more.get("exceptions", {}),
        slot_minutes=minutes,
    )


def local_starts(found: Expansion, zone: ZoneInfo) -> list[str]:
    return [period.start.astimezone(zone).strftime("%H:%M") for period in found.periods]


def on(schedule: Schedule, day: date, zone: ZoneInfo = BERLIN) -> Expansion:
    return expand(schedule, zone, day, day, OFFER)


MONDAY = date(2026, 3, 2)


def test_slots_lie_end_to_end_in_a_window():
    found = on(weekly(Window(540, 660, PLACE)), MONDAY)
    assert local_starts(found, BERLIN) == ["09:00", "09:30", "10:00", "10:30"]
    assert {period.facility_id for period in found.periods} == {PLACE}
    assert found.skips == []


def test_what_does_not_fill_a_slot_stays_empty():
    assert local_starts(on(weekly(Window(540, 600, PLACE), minutes=25), MONDAY), BERLIN) == [
        "09:00",
        "09:25",
    ]
    assert on(weekly(Window(540, 560, PLACE)), MONDAY) == Expansion()


def test_slots_start_again_after_a_break():
    breaks = {1: ((620, 635), (545, 550), (630, 640))}
    schedule = weekly(Window(540, 720, PLACE), breaks={1: tuple(sorted(breaks[1]))})
    assert local_starts(on(schedule, MONDAY), BERLIN) == ["09:10", "09:40", "10:40", "11:10"]


def test_a_break_may_cover_a_window_or_miss_it():
    around = weekly(Window(540, 600, PLACE), breaks={1: ((500, 700),)})
    assert on(around, MONDAY).periods == []
    beside = weekly(Window(540, 600, PLACE), breaks={1: ((500, 540), (600, 700))})
    assert local_starts(on(beside, MONDAY), BERLIN) == ["09:00", "09:30"]


def test_a_service_stretches_its_slots_and_keeps_its_buffers_free():
    found = on(weekly(Window(540, 660, PLACE, VISIT), minutes=15), MONDAY)
    assert local_starts(found, BERLIN) == ["09:05", "09:40", "10:15"]
    assert {period.end - period.start for period in found.periods} == {timedelta(minutes=20)}
    first, second, third = found.periods
    assert first.busy_end == second.busy_start
    assert third.busy_end == third.end + timedelta(minutes=10)
    assert {period.service_id for period in found.periods} == {VISIT}


def test_buffers_stay_out_of_a_break():
    schedule = weekly(Window(540, 720, PLACE, VISIT), minutes=30, breaks={1: ((600, 610),)})
    # 09:05-09:35 with its buffers takes 09:00-09:45; nothing more fits before 10:00.
    assert local_starts(on(schedule, MONDAY), BERLIN) == ["09:05", "10:15", "11:00"]


def test_an_exception_replaces_the_whole_day():
    closed, shorter = date(2026, 3, 3), date(2026, 3, 4)
    schedule = weekly(
        Window(540, 660, PLACE),
        breaks=dict.fromkeys(range(1, 8), ((600, 630),)),
        exceptions={
            closed: (),
            shorter: (Window(600, 660, OTHER_PLACE), Window(720, 750, PLACE)),
        },
    )
    assert on(schedule, closed) == Expansion()
    found = on(schedule, shorter)
    assert local_starts(found, BERLIN) == ["10:00", "10:30", "12:00"]
    assert [period.facility_id for period in found.periods] == [OTHER_PLACE, OTHER_PLACE, PLACE]
    assert local_starts(on(schedule, MONDAY), BERLIN) == ["09:00", "09:30", "10:30"]


def test_what_is_no_longer_offered_is_told_once():
    schedule = weekly(Window(540, 660, CLOSED_PLACE), Window(660, 720, PLACE, UUID(int=99)))
    assert on(schedule, MONDAY) == Expansion(
        [],
        [
            Skip(datetime.fromisoformat("2026-03-02T09:00"), "not_offered"),
            Skip(datetime.fromisoformat("2026-03-02T11:00"), "not_offered"),
        ],
    )


def test_a_day_may_end_at_midnight():
    found = on(weekly(Window(1380, 1440, PLACE)), MONDAY)
    assert found.periods[-1].end == datetime(2026, 3, 2, 23, tzinfo=UTC)


def test_spring_gap():
    # 2026-03-29: 02:00 becomes 03:00 in Berlin.
    found = on(weekly(Window(60, 240, PLACE)), date(2026, 3, 29))
    # The half hour before ends as they change, and is a whole one.
    assert local_starts(found, BERLIN) == ["01:00", "01:30", "03:00", "03:30"]
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert found.periods[1].end == found.periods[2].start == change
    assert [(skip.start, skip.reason) for skip in found.skips] == [
        (datetime.fromisoformat("2026-03-29T02:00"), "dst_gap"),
        (datetime.fromisoformat("2026-03-29T02:30"), "dst_gap"),
    ]


@pytest.mark.parametrize(
    ("zone", "last_day"),
    [
        ("America/Asuncion", date(2023, 9, 30)),
        ("Africa/Cairo", date(2026, 4, 23)),
        ("Asia/Beirut", date(2026, 3, 28)),
        ("America/Havana", date(2026, 3, 7)),
    ],
)
def test_a_gap_at_midnight_leaves_the_day_before_whole(zone: str, last_day: date):
    found = on(weekly(Window(1380, 1440, PLACE)), last_day, ZoneInfo(zone))
    assert local_starts(found, ZoneInfo(zone)) == ["23:00", "23:30"]
    assert found.skips == []
    night = on(weekly(Window(1380, 1560, PLACE)), last_day, ZoneInfo(zone))
    assert local_starts(night, ZoneInfo(zone)) == ["23:00", "23:30", "01:00", "01:30"]
    midnight = datetime.combine(last_day + timedelta(days=1), time.min)
    assert [(skip.start, skip.reason) for skip in night.skips] == [
        (midnight, "dst_gap"),
        (midnight + timedelta(minutes=30), "dst_gap"),
    ]


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    night = Schedule(
        weekly={1: (Window(1320, 1560, PLACE),)},  # Monday 22:00 to Tuesday 02:00
        breaks={1: ((1425, 1455),), 2: ((60, 75),)},
        exceptions={},
        slot_minutes=30,
    )
    found = on(night, MONDAY)
    assert local_starts(found, BERLIN) == ["22:00", "22:30", "23:00", "00:15", "01:15"]
    assert {period.start.astimezone(BERLIN).date().day for period in found.periods[3:]} == {3}
    assert on(night, date(2026, 3, 3)) == Expansion()


def test_a_slot_may_lie_across_midnight():
    found = on(weekly(Window(1380, 1530, PLACE), minutes=45), MONDAY)
    assert local_starts(found, BERLIN) == ["23:00", "23:45", "00:30"]


def test_a_night_goes_on_into_a_day_with_an_exception():
    tuesday, wednesday = date(2026, 3, 3), date(2026, 3, 4)
    schedule = weekly(
        Window(1320, 1560, PLACE),
        breaks={3: ((0, 60),)},
        exceptions={tuesday: (), wednesday: (Window(0, 1440, OTHER_PLACE),)},
        minutes=60,
    )
    monday = on(schedule, MONDAY)
    assert local_starts(monday, BERLIN) == ["22:00", "23:00", "00:00", "01:00"]
    assert on(schedule, tuesday) == Expansion()
    # Tuesday is closed, so Wednesday is whole; its own breaks are replaced with it.
    assert len(on(schedule, wednesday).periods) == 24
    # Thursday's night begins when Wednesday's hours are over, and meets nothing.
    assert local_starts(on(schedule, date(2026, 3, 5)), BERLIN)[0] == "22:00"


def test_hours_begin_when_the_night_before_is_over():
    schedule = weekly(
        Window(0, 180, PLACE),
        exceptions={MONDAY: (Window(1320, 1530, OTHER_PLACE),)},
        minutes=30,
    )
    assert local_starts(on(schedule, date(2026, 3, 3)), BERLIN) == ["01:30", "02:00", "02:30"]


def test_a_slot_around_a_gap_would_be_too_short():
    found = on(weekly(Window(90, 210, PLACE), minutes=120), date(2026, 3, 29))
    assert (local_starts(found, BERLIN), [skip.reason for skip in found.skips]) == (
        [],
        ["dst_change"],
    )


def test_autumn_overlap_uses_the_first_hour_only():
    # 2026-10-25: 03:00 becomes 02:00 in Berlin.
    found = on(weekly(Window(60, 240, PLACE)), date(2026, 10, 25))
    assert local_starts(found, BERLIN) == ["01:00", "01:30", "02:00", "03:00", "03:30"]
    assert found.periods[2].start == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert found.skips == [Skip(datetime.fromisoformat("2026-10-25T02:30"), "dst_change")]


def test_buffers_across_a_clock_change_are_really_free():
    # 01:30-02:00 with its buffers reaches into the missing hour.
    schedule = weekly(Window(80, 300, PLACE, VISIT), minutes=30)
    found = on(schedule, date(2026, 3, 29))
    assert [skip.reason for skip in found.skips] == ["dst_gap", "dst_gap", "dst_gap"]
    assert local_starts(found, BERLIN) == ["03:40"]


def test_a_day_that_a_zone_left_out():
    # Samoa crossed the date line: there was no 2011-12-30.
    apia = ZoneInfo("Pacific/Apia")
    found = expand(
        weekly(Window(540, 600, PLACE)), apia, date(2011, 12, 29), date(2011, 12, 31), OFFER
    )
    assert [period.start.astimezone(apia).date().day for period in found.periods] == [
        29,
        29,
        31,
        31,
    ]
    assert [skip.reason for skip in found.skips] == ["dst_gap", "dst_gap"]


def test_reading_the_wire_form():
    schedule = read_schedule(
        {
            "weekly": [
                {"weekday": 1, "start": "13:00", "end": "24:00", "facilityId": str(PLACE)},
                {
                    "weekday": 1,
                    "start": "09:00",
                    "end": "12:00",
                    "facilityId": str(PLACE),
                    "serviceId": str(VISIT),
                },
            ],
            "breaks": [{"weekday": 1, "start": "10:00", "end": "10:15"}],
            "exceptions": [
                {"from": "2026-11-20", "to": "2026-12-02", "closed": True},
                {"date": "2026-12-24", "closed": True},
                {
                    "date": "2026-12-31",
                    "start": "09:00",
                    "end": "12:00",
                    "facilityId": str(OTHER_PLACE),
                },
            ],
            "slotMinutes": 45,
        },
        date(2026, 12, 1),
        date(2026, 12, 31),
    )
    assert schedule == Schedule(
        weekly={1: (Window(540, 720, PLACE, VISIT), Window(780, 1440, PLACE))},
        breaks={1: ((600, 615),)},
        exceptions={
            date(2026, 11, 30): (),
            date(2026, 12, 1): (),
            date(2026, 12, 2): (),
            date(2026, 12, 24): (),
            date(2026, 12, 31): (Window(540, 720, OTHER_PLACE),),
        },
        slot_minutes=45,
    )
    assert minute_of_day("00:05") == 5


# --- what holds for every schedule, in every zone ---------------------------------------------


@cache
def change_days(zone_name: str, year: int) -> tuple[date, ...]:
    """The days of a year on which a zone's clocks change."""
    zone = ZoneInfo(zone_name)
    noon = datetime(year, 1, 1, 12, tzinfo=UTC)
    noons = [noon + timedelta(days=number) for number in range(367)]
    offsets = [moment.astimezone(zone).utcoffset() for moment in noons]
    return tuple(
        noons[number].date() for number in range(1, 367) if offsets[number] != offsets[number - 1]
    )


@st.composite
def day_windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Hours that begin on one day and do not overlap; the last may go on into the next one."""
    edges = sorted(draw(st.sets(st.integers(0, 288), max_size=6)))
    if len(edges) % 2 == 1 and edges[-1] < 288:
        edges.append(draw(st.integers(288, edges[-1] + 288)))
    return tuple(
        Window(
            start * 5,
            end * 5,
            draw(st.sampled_from([PLACE, PLACE, OTHER_PLACE, CLOSED_PLACE])),
            draw(st.sampled_from([None, None, VISIT, LONG_VISIT])),
        )
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    )


@st.composite
def pauses(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    found = draw(st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 90)), max_size=3))
    return tuple(sorted((start, min(start + length, 1440)) for start, length in found))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Schedule, ZoneInfo, date, date]:
    """A schedule and some days, mostly around a clock change."""
    name = draw(st.sampled_from(ZONES))
    year = draw(st.integers(1971, 2037))
    near = draw(st.sampled_from(change_days(name, year) or (date(year, 3, 1),)))
    first = near - timedelta(days=draw(st.integers(0, 3)))
    last = first + timedelta(days=draw(st.integers(0, 8)))
    schedule = Schedule(
        weekly={day: draw(day_windows()) for day in range(1, 8)},
        breaks={day: draw(pauses()) for day in draw(st.sets(st.integers(1, 7), max_size=4))},
        exceptions={
            first + timedelta(days=number): draw(day_windows())
            for number in draw(st.sets(st.integers(0, 8), max_size=2))
        },
        slot_minutes=draw(st.sampled_from([5, 15, 20, 30, 45, 60, 240])),
    )
    return schedule, ZoneInfo(name), first, last


def check_period(period: Period, schedule: Schedule, zone: ZoneInfo, days: set[date]) -> None:
    """A period says what the schedule says, on the clocks of the zone and in real minutes."""
    service = OFFER.services.get(period.service_id) if period.service_id else None
    length = max(schedule.slot_minutes, service.duration) if service else schedule.slot_minutes
    before, after = (service.buffer_before, service.buffer_after) if service else (0, 0)
    assert period.end - period.start == timedelta(minutes=length)
    assert period.start - period.busy_start == timedelta(minutes=before)
    assert period.busy_end - period.end == timedelta(minutes=after)

    start, end, busy_start, busy_end = (
        moment.astimezone(zone).replace(tzinfo=None)
        for moment in (period.start, period.end, period.busy_start, period.busy_end)
    )
    # Where the last minute is one before clocks go forward, they show the new time at the end.
    last = (period.busy_end - TICK).astimezone(zone).replace(tzinfo=None) + TICK
    assert busy_end >= last == busy_start + (period.busy_end - period.busy_start)
    assert start == busy_start + timedelta(minutes=before)
    if after:
        assert end == start + timedelta(minutes=length)
    assert period.start.astimezone(zone).fold == 0
    assert any(
        lies_in_hours(period, schedule, day, (busy_start, last))
        for day in (busy_start.date(), busy_start.date() - timedelta(days=1))
        if day in days
    )


def lies_in_hours(
    period: Period, schedule: Schedule, day: date, busy: tuple[datetime, datetime]
) -> bool:
    """Whether a period is part of hours that begin on a day, outside of breaks."""
    since, until = (minute_from(day, moment) for moment in busy)
    windows = schedule.exceptions.get(day, schedule.weekly[day.isoweekday()])
    if not any(
        window.start <= since
        and until <= window.end
        and (window.facility_id, window.service_id) == (period.facility_id, period.service_id)
        for window in windows
    ):
        return False
    if day in schedule.exceptions:
        return True
    for begins in (day - timedelta(days=1), day, day + timedelta(days=1)):
        if begins not in schedule.exceptions:
            moved = minute_from(day, datetime.combine(begins, time.min))
            for pause_start, pause_end in schedule.breaks.get(begins.isoweekday(), ()):
                if since < pause_end + moved and until > pause_start + moved:
                    return False
    return True


def minute_from(day: date, moment: datetime) -> int:
    return (moment - datetime.combine(day, time.min)) // timedelta(minutes=1)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_every_period_is_what_the_schedule_says(case: tuple[Schedule, ZoneInfo, date, date]):
    schedule, zone, first, last = case
    found = expand(schedule, zone, first, last, OFFER)
    days = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    for period in found.periods:
        check_period(period, schedule, zone, days)
    for one, other in zip(found.periods, found.periods[1:], strict=False):
        assert one.busy_end <= other.busy_start


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.data())
def test_days_are_independent(case: tuple[Schedule, ZoneInfo, date, date], data: st.DataObject):
    schedule, zone, first, last = case
    middle = first + timedelta(days=data.draw(st.integers(0, (last - first).days)))
    whole = expand(schedule, zone, first, last, OFFER)
    head = expand(schedule, zone, first, middle, OFFER)
    tail = expand(schedule, zone, middle + timedelta(days=1), last, OFFER)
    assert whole.periods == head.periods + tail.periods
    assert whole.skips == head.skips + tail.skips
    assert whole == expand(schedule, zone, first, last, OFFER)


def times_shown(zone: ZoneInfo, day: date) -> Counter[datetime]:
    """How often clocks there show each quarter of an hour, around a day."""
    midnight = datetime.combine(day, time.min, tzinfo=UTC)
    # Zones lie at most 26 hours from UTC together with a skipped or repeated day.
    return Counter(
        (midnight + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None)
        for minute in range(-2 * 1440, 4 * 1440, 15)
    )


@pytest.mark.parametrize("year", [2024, 2026])
def test_every_clock_change_of_every_zone(year: int):
    """On days of change: each quarter of an hour that is there once is offered, no other one but
    the first of two, and the rest is told for the right reason."""
    schedule = weekly(Window(0, 1440, PLACE), minutes=15)
    quarter = timedelta(minutes=15)
    seen = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        for noon_day in change_days(name, year):
            for day in (noon_day - timedelta(days=1), noon_day):
                seen += 1
                found = on(schedule, day, zone)
                shown = times_shown(zone, day)
                offered = [
                    period.start.astimezone(zone).replace(tzinfo=None) for period in found.periods
                ]
                midnight = datetime.combine(day, time.min)
                asked = {midnight + quarter * number for number in range(96)}
                once = {wall for wall in asked if shown[wall] == 1}
                never = {wall for wall in asked if shown[wall] == 0}
                skipped = {
                    reason: {skip.start for skip in found.skips if skip.reason == reason}
                    for reason in ("dst_gap", "dst_change")
                }
                assert len(offered) == len(set(offered)), (name, day)
                assert once <= set(offered) <= asked - never, (name, day)
                assert skipped["dst_gap"] == never, (name, day)
                # The last quarter of an hour that comes again would end at a time before its start.
                assert skipped["dst_change"] == asked - never - set(offered), (name, day)
                assert len(skipped["dst_change"]) <= 1, (name, day)
    assert seen > 300
