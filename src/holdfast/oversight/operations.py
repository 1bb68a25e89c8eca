"""The verbs of oversight: search the history, count what happened."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.http.pagination import FIRST_ID, SCAN_LIMIT
from holdfast.http.wire import EARLIEST, LATEST
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.errors import Refusal, invalid
from holdfast.oversight import store

ANALYTICS_DAYS = 92
# Rows counted for one answer. A day is counted to its end, so a little more may be.
ANALYTICS_ROWS = 500_000
DAY = timedelta(days=1)
COUNTS = (
    "reservations_made",
    "reservations_used",
    "reservations_released",
    "reservations_expired",
    "bookings",
    "requests",
    "cancellations",
    "no_shows",
    "reschedules",
    "reschedule_failures",
)


async def search_audit(
    connection: Connection,
    *,
    start: datetime | None,
    end: datetime | None,
    appointment_id: UUID | None,
    actor_id: UUID | None,
    action: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """Up to `limit + 1` history entries, the newest first, as `page_of` wants them.

    Raises:
        Refusal: `invalid_time_range`.
    """
    first, last = start or EARLIEST, end or LATEST
    if last <= first:
        raise Refusal("invalid_time_range", "The end must be after the start.")
    behind = (last, FIRST_ID) if before is None else min(before, (last, FIRST_ID))
    return await store.search_audit(
        connection,
        {
            "appointment_id": appointment_id,
            "actor_id": actor_id,
            "action": action,
            "from": first,
            "before_at": behind[0],
            "before_id": behind[1],
            "limit": limit + 1,
            "scan": SCAN_LIMIT,
        },
    )


async def booking_analytics(db: Database, start: datetime, end: datetime) -> dict[str, Any]:
    """What happened in a period: day by day from its end, and in all.

    The days are the facility's (`home_timezone()`), each in its own statement. When
    `ANALYTICS_ROWS` have been counted it stops, and `from` says how far back it came: what is
    answered is always complete for the period that it names.

    Raises:
        Refusal: `invalid_time_range`, `validation_failed` (more than 92 days).
    """
    if end <= start:
        raise Refusal("invalid_time_range", "The end must be after the start.")
    if end - start > timedelta(days=ANALYTICS_DAYS):
        raise invalid("to", f"may lie {ANALYTICS_DAYS} days after `from` at most")
    zone = ZoneInfo(await db.run(store.home_timezone))
    by_day: list[dict[str, Any]] = []
    fees: dict[str, dict[str, int]] = {}
    reached, rows = end, 0
    for day_start, day_end in days_back(start, end, zone):
        if rows >= ANALYTICS_ROWS:
            break
        ids = first_id_at(day_start), first_id_at(day_end)
        row = await db.run(
            lambda connection, period=(day_start, day_end), ids=ids: store.bookings_between(
                connection, *period, ids
            )
        )
        reached = day_start
        rows += row["changes"] + row["reservations_made"]
        by_day.append(
            {"day": day_start.astimezone(zone).date(), **{name: row[name] for name in COUNTS}}
        )
        for fee in row["fees"]:
            _add(fees.setdefault(fee.pop("currency"), {}), fee)
    totals: dict[str, int] = dict.fromkeys(COUNTS, 0)
    for day in by_day:
        _add(totals, {name: day[name] for name in COUNTS})
    return {
        "from": reached,
        "to": end,
        "timezone": zone.key,
        "is_complete": reached == start,
        "totals": totals,
        "expiry_rate": _expiry_rate(totals),
        "fees": [{"currency": currency, **sums} for currency, sums in sorted(fees.items())],
        "by_day": by_day[::-1],
    }


def days_back(
    start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The days of a zone that a period touches, the last one first, cut to the period; in UTC."""
    while end > start:
        day = (end - timedelta(microseconds=1)).astimezone(zone).date()
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        begin = max(midnight, start)
        yield begin, end
        end = begin


def first_id_at(moment: datetime) -> UUID:
    """The smallest UUIDv7 of a moment: where those made from then on begin."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _expiry_rate(totals: dict[str, int]) -> float | None:
    """Which part of the reservations that are over ran out; None while there are none."""
    expired = totals["reservations_expired"]
    over = expired + totals["reservations_used"] + totals["reservations_released"]
    return round(expired / over, 4) if over else None


def _add(sums: dict[str, int], more: dict[str, int]) -> None:
    for name, value in more.items():
        sums[name] = sums.get(name, 0) + value
