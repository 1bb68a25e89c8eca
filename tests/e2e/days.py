"""Times of a day ahead, as the clocks of the browser and of the providers show them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
AHEAD_DAYS = 3


def at(hour: int, minute: int = 0, *, days: int = AHEAD_DAYS) -> datetime:
    """That time some days ahead."""
    day = datetime.now(ZONE) + timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def day_key(*, days: int = AHEAD_DAYS) -> str:
    """2026-11-24: that day as the app's addresses and date fields have it."""
    return at(12, days=days).date().isoformat()


def times(text: str) -> str:
    """10:00-10:30 as the app writes it, with the dash of ranges."""
    return text.replace("-", "\u2013")
