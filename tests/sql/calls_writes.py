"""The calls that change appointments: every verb through each statement that knows it."""

from typing import Any

import orjson
from psycopg.types.json import Jsonb

from holdfast.appointments.store_writes import Write
from holdfast.http.idempotency import KEY_LIFETIME_SECONDS
from tests.sql.calls import (
    ADMIN,
    BEGUN,
    BOOKED,
    BUSY,
    COMPLETED,
    DELETED,
    DESK,
    FITTING,
    HELD,
    NEW,
    OTHER_TIME,
    REGULAR,
    SERVICE,
    TOMORROW,
    WAITING,
    Case,
)

NEW_BOOKING = {"priority": "normal", "notes": "x"}
BOOKING = Write("book", DESK, NEW, {**NEW_BOOKING, "reservation": HELD})
DIRECT = Write(
    "book_directly",
    DESK,
    NEW,
    {
        **NEW_BOOKING,
        "user": REGULAR,
        "provider": BUSY,
        "service": SERVICE,
        "start": TOMORROW.replace(hour=9, minute=0, second=0, microsecond=0),
        "ifUnavailable": "request",
    },
)
EDIT = {"fields": {"notes": "new", "priority": "vip"}, "rule": "staff"}
# With what each may read: a direct booking looks at the slots that begin in the day before.
VERBS: list[tuple[Write, int]] = [
    (BOOKING, 25),
    (DIRECT, 60),
    (Write("reschedule", DESK, BOOKED, {"reservation": HELD}), 40),
    (Write("cancel", DESK, BOOKED, {"waiveFee": False, "reason": "test"}), 25),
    (Write("no_show", DESK, BEGUN, {}), 25),
    (Write("reopen", DESK, COMPLETED, {"reason": "test"}), 25),
    (Write("confirm", DESK, BOOKED, {}), 25),
    (Write("edit", DESK, BOOKED, EDIT), 25),
    (Write("delete", DESK, BOOKED, {}), 25),
    (Write("restore", ADMIN, DELETED, {}), 25),
    (Write("accept", DESK, WAITING, {"slot": FITTING}), 25),
    (Write("accept", DESK, WAITING, {"slot": OTHER_TIME, "move": True}), 25),
]


def keyed(write: Write) -> dict[str, Any]:
    """A request with an idempotency key that is new."""
    return {
        "rule": "own",
        **write.as_request(),
        "key": f"new {write.verb}",
        "fingerprint": "00" * 32,
        "keyLifetimeSeconds": KEY_LIFETIME_SECONDS,
    }


def call(request: dict[str, Any], reads: int, outcome: str = "") -> Case:
    """`outcome`: when it is not that of success."""
    return Case(
        {"request": Jsonb(request, dumps=orjson.dumps)},
        reads=reads,
        outcomes=(outcome or outcome_of(request),),
    )


def outcome_of(request: dict[str, Any]) -> str:
    return {"book": "booked", "book_directly": "requested"}.get(request["verb"], "done")


def together(*requests: dict[str, Any]) -> Case:
    """A batch; the rows that it needs are looked up once more."""
    return Case(
        {"requests": Jsonb(requests, dumps=orjson.dumps)},
        reads=20,
        reads_per_row=40,
        rows=len(requests),
        outcomes=tuple(map(outcome_of, requests)),
    )


WRITES = {
    "write": call(BOOKING.as_request(), 25),
    "write_once": call(keyed(BOOKING), 25),
    "write_together": together(
        keyed(BOOKING), keyed(Write("cancel", DESK, BOOKED, {"waiveFee": False}))
    ),
}
MORE_WRITES: list[tuple[str, str, Case]] = [
    ("appointments/queries.sql", statement, case)
    for write, reads in VERBS[1:]
    for statement, case in (
        ("write", call(write.as_request(), reads)),
        ("write_once", call(keyed(write), reads + 5)),
    )
]
