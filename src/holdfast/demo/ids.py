"""Identifiers that are the same in every demo: UUIDv7 in form, derived from a name and a day."""

import hashlib
from datetime import UTC, date, datetime, time
from uuid import UUID

FIRST_DAY = date(2026, 1, 1)


def demo_id(name: str, day: date = FIRST_DAY) -> UUID:
    """The id of a thing of the demo, sorted by its day."""
    midnight = datetime.combine(day, time.min, UTC)
    bits = int.from_bytes(hashlib.sha256(f"holdfast demo {name} {day}".encode()).digest())
    value = int(midnight.timestamp() * 1000) << 80
    value |= 0x7 << 76
    value |= (bits & 0xFFF) << 64
    value |= 0b10 << 62
    value |= (bits >> 12) & ((1 << 62) - 1)
    return UUID(int=value)
