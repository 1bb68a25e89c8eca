"""Times, dates and money in the words of a reader's language.

Babel is imported when something is written: its tables are large, and not everybody sends mail.
"""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

FALLBACK = "en"


@lru_cache(maxsize=256)
def locale_of(name: str | None) -> "Locale":
    """The locale of a name such as `de` or `de-AT`; English where there is no such locale."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse((name or FALLBACK).replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK)


class Moment:
    """A point in time as somebody reads it; `{{ moment }}` prints date and time."""

    def __init__(self, at: datetime, zone: str, locale: "Locale") -> None:
        self._at = at.astimezone(ZoneInfo(zone))
        self._zone = zone
        self._locale = locale

    @property
    def date(self) -> str:
        from babel.dates import format_date

        return format_date(self._at.date(), "full", locale=self._locale)

    @property
    def shortDate(self) -> str:
        from babel.dates import format_date

        return format_date(self._at.date(), "medium", locale=self._locale)

    @property
    def time(self) -> str:
        from babel.dates import format_time

        # CLDR writes a narrow space before AM; SMS and old mail programs do not know it.
        return format_time(self._at, "short", locale=self._locale).replace("\u202f", " ")

    @property
    def zone(self) -> str:
        """The city by which the zone is known."""
        from babel.dates import get_timezone_location

        return get_timezone_location(self._zone, locale=self._locale, return_city=True)

    @property
    def iso(self) -> str:
        return self._at.isoformat()

    def __str__(self) -> str:
        return f"{self.date}, {self.time}"


def money(cents: int, currency: str, locale: "Locale") -> str:
    """An amount in the smallest unit of a currency."""
    from babel.numbers import format_currency, get_currency_precision

    precision = get_currency_precision(currency)
    return format_currency(cents / 10**precision, currency, locale=locale)
