"""Calls on the large database: about which rows, and how much a call may read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from holdfast.kernel.actor import Actor
from tests.sql import large
from tests.sql.large import SLOTS, key

LIMIT = 21
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=1)
NEW = UUID("01900000-0000-7000-8000-000000000001")

ADMIN = Actor(key(large.USER, 1), "admin", "Ada", "ada@mail.test")
DESK = Actor(key(large.USER, 3), "operator", "Olga", "olga@mail.test")
BUSY = key(large.PROVIDER, 4)
REGULAR = key(large.USER, large.REGULAR)
SERVICE = key(large.SERVICE, 0)
FACILITY = key(large.FACILITY, 4)

# Provider 4, in five days: a free slot, then a booked one. Providers 8 and 12: held ones.
FREE = key(large.SLOT, 150_105)
BOOKED = key(large.SLOT, 150_106)
HELD = key(large.RESERVATION, 150_200)
RUN_OUT = key(large.RESERVATION, 150_300)
BEGUN = key(large.SLOT, 100_111)  # days ago, and still confirmed
COMPLETED = key(large.SLOT, 100_106)
LONG_STORY = key(large.SLOT, SLOTS - 1)  # 200 versions, 500 comments
WAITING = key(large.REQUEST, 11)
OTHER_TIME = key(large.SLOT, 180_290)  # and another one of that provider
FITTING = key(large.SLOT, 180_285)  # a free slot at the time that WAITING wants
DELETED = key(large.REQUEST, 9)
NEW_HASH = b"\x00" * 32
HASH = sha256((1).to_bytes(8, "big")).digest()  # of a share, a session, a token, a reset


@dataclass(frozen=True)
class Case:
    """A call.

    Attributes:
        reads: rows and index entries of big tables that it may read besides `reads_per_row`
            for each row it returns.
        rows: how many rows it returns at least; a call that finds nothing proves nothing.
        outcomes: of the rows, in order, where a refusal would prove nothing.
        shows: a column that is null where nothing was found, which would prove nothing.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    reads: int = 25
    reads_per_row: int = 0
    rows: int = 1
    outcomes: tuple[str, ...] = ()
    shows: str = ""


def page(reads_per_row: int, **parameters: Any) -> Case:
    """A full page of a list."""
    return Case({**parameters, "limit": LIMIT}, reads_per_row=reads_per_row, rows=LIMIT)


def no_rows(**parameters: Any) -> Case:
    """A statement that answers nothing."""
    return Case(parameters, rows=0)


def actor(who: Actor = DESK) -> dict[str, Any]:
    return {"actor": who.as_parameter()}


def of(appointment_id: UUID = BOOKED, who: Actor = DESK) -> dict[str, Any]:
    return {**actor(who), "appointment_id": appointment_id}
