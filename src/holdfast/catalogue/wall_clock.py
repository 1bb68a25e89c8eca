"""Wall-clock times of a zone and the instants that they stand for."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# The smallest step of a time: the instant before a clock change still has the old offset.
INSTANT = timedelta(microseconds=1)


def wall_time(day: date, minute: int) -> datetime:
    """A minute of a day, counted from its midnight as clocks show it; without a zone."""
    return datetime.combine(day, time.min) + timedelta(minutes=minute)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks there show this time; the offset before a gap counts."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def shown_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks there show at a moment, without the zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks there ever show this time."""
    return shown_at(instant(wall, zone), zone) == wall


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins; where clocks leave out midnight, that of the change."""
    return instant(wall_time(day, 0), zone)
