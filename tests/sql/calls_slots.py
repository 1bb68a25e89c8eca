"""The calls of slots and availability."""

from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from holdfast.http.pagination import FIRST_ID, SCAN_LIMIT
from holdfast.http.wire import LATEST
from tests.sql import large
from tests.sql.calls import (
    BOOKED,
    BUSY,
    FACILITY,
    FREE,
    LIMIT,
    LONG_STORY,
    NEW,
    NOW,
    SERVICE,
    TOMORROW,
    Case,
    actor,
    page,
)
from tests.sql.large import key

ANY_SLOT = {"status": None, "facility_id": None, "scan": SCAN_LIMIT, "to": LATEST}
FROM_TODAY = {"after_start": NOW, "after_id": FIRST_ID}
# From the day before on, as a slot lasts a day at most.
SLOTS_NOW = {"from": NOW, "after_start": NOW - timedelta(days=1), "after_id": FIRST_ID}
IN_FIVE_DAYS = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=5)


def bulk(action: str, provider: int = 4) -> Case:
    """A day of 25 slots; five of them are free, or of another provider one is blocked."""
    parameters: dict[str, Any] = {
        **actor(),
        "provider_id": key(large.PROVIDER, provider),
        "action": action,
        "from": IN_FIVE_DAYS,
        "to": IN_FIVE_DAYS + timedelta(days=1),
        "reason": None,
        "limit": 1000,
    }
    return Case(parameters, reads=BULK_READS, outcomes=("done",))


# Each slot is found, locked, decided about and changed or told as a conflict, and the day before it
# is passed over.
BULK_READS = 25 * 2 * 6

SLOT_CASES = {
    "alternatives": Case(
        {"provider_id": BUSY, "service_id": SERVICE, "wanted": TOMORROW}, reads=150
    ),
    "availability": Case(
        {
            "providers": [BUSY, BUSY],
            "services": [SERVICE, SERVICE],
            "first_days": [(NOW + timedelta(days=days)).date() for days in (2, 3)],
            "numbers": [1, 1],
        },
        reads=2 * 60,
        rows=2,
        shows="body",
    ),
    "availability_unchanged": Case(
        {
            "providers": [BUSY, BUSY],
            "services": [SERVICE, SERVICE],
            "states": ["0.0.0", "0.0.0"],
            "valid_until": [None, LATEST],
        },
        rows=2,
    ),
    "service_offered_anywhere": Case({"service_id": SERVICE}),
    "free_timeslots": Case(
        {
            "service_id": SERVICE,
            "to": NOW + timedelta(days=20),
            "facility_id": None,
            **FROM_TODAY,
            "limit": LIMIT,
        },
        # The first ones of each of the fifty providers who offer the service; one slot in five
        # is free.
        reads=50 * LIMIT * 5 * 3,
        rows=LIMIT,
    ),
    "next_timeslot": Case({"provider_id": BUSY, "service_id": SERVICE, "after": None}, reads=50),
    "publish_slot": Case(
        {
            **actor(),
            "slot_id": NEW,
            "provider_id": BUSY,
            "facility_id": FACILITY,
            "service_id": None,
            "start": NOW + timedelta(days=90),
            "end": NOW + timedelta(days=90, hours=1),
        }
    ),
    "change_slot": Case(
        {
            **actor(),
            "slot_id": FREE,
            "precondition": Jsonb({"required": False}),
            "start": None,
            "end": None,
            "status": "blocked",
            "reason": None,
        }
    ),
    "change_slots": bulk("block"),
    "delete_slot": Case(
        {
            **actor(),
            "slot_id": FREE,
            "precondition": Jsonb({"required": False}),
            "reason": None,
        }
    ),
    "slot": Case({**actor(), "slot_id": FREE}),
    # What this provider had in the day before is passed over.
    "slots_of_provider": Case(
        {**ANY_SLOT, **SLOTS_NOW, "provider_id": BUSY, "limit": LIMIT},
        reads=75,
        reads_per_row=3,
        rows=LIMIT,
    ),
    # One of twenty facilities: the walk by start is as good as the one by facility.
    "slots_of_facility": page(25, **{**ANY_SLOT, "facility_id": FACILITY}, **SLOTS_NOW),
    "slots": page(3, **ANY_SLOT, **SLOTS_NOW),
    "slot_sync": Case({**actor(), "slot_id": BOOKED}),
    "slot_audit": page(2, **actor(), slot_id=LONG_STORY, after_version=100),
    "slot_known": Case({**actor(), "slot_id": FREE}),
}

MORE_SLOTS: list[tuple[str, str, Case]] = [
    ("slots/queries.sql", "change_slots", bulk("delete")),
    ("slots/queries.sql", "change_slots", bulk("unblock", provider=6)),
    # What is not found costs a bounded walk.
    (
        "slots/queries.sql",
        "slots",
        Case({**ANY_SLOT, **SLOTS_NOW, "status": "none", "limit": LIMIT}, reads=SCAN_LIMIT + 50),
    ),
    (
        "slots/queries.sql",
        "slots_of_facility",
        Case(
            {
                **ANY_SLOT,
                **SLOTS_NOW,
                "facility_id": FACILITY,
                "status": "none",
                "limit": LIMIT,
            },
            reads=2 * SCAN_LIMIT,
        ),
    ),
]
