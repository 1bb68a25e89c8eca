"""VTIMEZONE components (RFC 5545 §3.6.5) from the time-zone database."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_STEP = timedelta(days=1)


@lru_cache(maxsize=500)
def vtimezone(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The zone's rules from the year before the first one to the year after the last one.

    Every change of the clock in these years is an observance of its own, because not every zone
    has rules that recur. Callers share the component and must not change it.
    """
    moment = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    end = datetime(last_year + 2, 1, 1, tzinfo=UTC)
    offset = zone_offset(zone, moment)
    component = Timezone()
    component.add("tzid", zone.key)
    component.add_component(_observance(zone, moment, offset))
    while moment < end:
        following = zone_offset(zone, moment + _STEP)
        if following != offset:
            onset = _change(zone, moment, moment + _STEP)
            component.add_component(_observance(zone, onset, offset))
        moment, offset = moment + _STEP, following
    return component


@lru_cache(maxsize=500)
def vtimezone_text(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    """The rules as lines of a file, after a line break: half of what an invitation consists of."""
    return b"\r\n" + vtimezone(zone, first_year, last_year).to_ical().rstrip(b"\r\n")


def zone_offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    """How far the zone's clocks are ahead of UTC then."""
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _observance(
    zone: ZoneInfo, onset: datetime, before: timedelta
) -> TimezoneStandard | TimezoneDaylight:
    after = zone_offset(zone, onset)
    is_summer = after > before if after != before else bool(onset.astimezone(zone).dst())
    observance = TimezoneDaylight() if is_summer else TimezoneStandard()
    # The onset is written as the clocks showed it before the change.
    observance.add("dtstart", (onset + before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", after)
    observance.add("tzname", onset.astimezone(zone).tzname())
    return observance


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second between the two at which the offset changes."""
    old = zone_offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if zone_offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after
