"""The calls of appointments, slots and reservations."""

from datetime import timedelta
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.http.pagination import FIRST_ID, LAST_ID, SCAN_LIMIT
from holdfast.http.wire import EARLIEST, LATEST
from tests.sql import large
from tests.sql.calls import (
    ADMIN,
    BOOKED,
    BUSY,
    DESK,
    FREE,
    HASH,
    HELD,
    LIMIT,
    LONG_STORY,
    NEW,
    NEW_HASH,
    NOW,
    REGULAR,
    RUN_OUT,
    SERVICE,
    Case,
    actor,
    of,
    page,
)
from tests.sql.calls_slots import MORE_SLOTS
from tests.sql.calls_writes import MORE_WRITES, WRITES
from tests.sql.large import key

# From the day before on, as an appointment lasts a day at most.
FROM_NOW = {"start": NOW - timedelta(days=1), "id": FIRST_ID, "from": NOW, "to": LATEST}
FROM_EVER = {"start": EARLIEST, "id": FIRST_ID, "from": EARLIEST, "to": LATEST}
BACK_FROM_END = {"start": LATEST, "id": LAST_ID}
INBOX = {
    "priority": "urgent",
    "created": EARLIEST,
    "id": FIRST_ID,
    "from": EARLIEST,
    "to": LATEST,
    "q": None,
    "phone": None,
}
ANNA = {"q": "anna", "phone": None}
NOBODY = {"q": "nobody", "phone": None}
FEW_CLIENTS = [key(large.USER, number) for number in range(0, 40_000, 1000)]

APPOINTMENTS = {
    "appointment": Case(
        {"appointments": [BOOKED, LONG_STORY], "actors": [DESK.as_parameter()] * 2},
        reads=50 + 2 * 200,
        rows=2,
        shows="document",
    ),
    "appointment_as_of": Case({**of(LONG_STORY), "at": NOW}, reads=25 + 2 * 200),
    "audit": page(2, **of(LONG_STORY), after_version=100),
    "upcoming_of_user": page(4, **actor(ADMIN), user_id=REGULAR, start=EARLIEST, id=FIRST_ID),
    "history_of_user": Case(
        {**actor(ADMIN), "user_id": REGULAR, **BACK_FROM_END, "limit": LIMIT},
        # What lies ahead of the client is passed over.
        reads=1500,
        reads_per_row=4,
        rows=LIMIT,
    ),
    "all_of_user": page(4, **actor(ADMIN), user_id=REGULAR, **BACK_FROM_END),
    "user_exists": Case({"user_id": REGULAR}),
    "access": Case({**of(), "rule": "own"}),
    **WRITES,
    "lock_many": Case(
        {"appointment_ids": [key(large.SLOT, 150_101 + 5 * n) for n in range(20)]},
        reads_per_row=5,
        rows=20,
    ),
    "quote": Case(of()),
}

LISTS = {
    "by_start": page(4, **FROM_NOW),
    # What this provider had in the day before is passed over.
    "by_start_of_provider": Case(
        {**FROM_NOW, "provider_id": BUSY, "limit": LIMIT}, reads=75, reads_per_row=4, rows=LIMIT
    ),
    # From the beginning of time to a status that is rare.
    "by_start_with_status": page(4, **FROM_EVER, status="no_show"),
    "by_start_of_provider_with_status": page(4, **FROM_EVER, status="cancelled", provider_id=BUSY),
    "inbox": Case({**INBOX, "limit": LIMIT}, reads=3 * LIMIT, reads_per_row=4, rows=LIMIT),
    "inbox_of_provider": Case(
        {**INBOX, "provider_id": BUSY, "limit": LIMIT},
        reads=3 * LIMIT,
        reads_per_row=4,
        rows=LIMIT,
    ),
    "of_clients": Case(
        {
            **FROM_EVER,
            "user_ids": FEW_CLIENTS,
            "provider_id": None,
            "status": None,
            "limit": LIMIT,
        },
        # What each client has; the regular one has 2000.
        reads=2500,
        reads_per_row=4,
        rows=LIMIT,
    ),
    "of_many_clients": Case(
        {**FROM_NOW, **ANNA, "status": None, "scan": SCAN_LIMIT, "limit": LIMIT},
        # One client in eight.
        reads_per_row=8 * 6,
        rows=LIMIT,
    ),
    "of_many_clients_of_provider": Case(
        {
            **FROM_EVER,
            **ANNA,
            "status": None,
            "provider_id": BUSY,
            "scan": SCAN_LIMIT,
            "limit": LIMIT,
        },
        reads=100,
        reads_per_row=8 * 6,
        rows=LIMIT,
    ),
}

AROUND = {
    "nearest": Case({**of(), "limit": 5}, reads=150),
    "soonest": Case({**of(), "limit": 5, "tomorrow": False}, reads=100),
    "calendar_entry": Case(of()),
    "lock_for_share": Case(of()),
    "add_share": Case(
        {"appointment_id": BOOKED, "secret_hash": NEW_HASH, "user_id": DESK.id, "limit": 20}
    ),
    "revoke_share": Case(
        {**of(key(large.SLOT, 1)), "share_id": key(large.OTHER, 1)},
    ),
    "shared": Case({"secret_hash": HASH}),
    "comments": page(3, appointment_id=LONG_STORY, created=NOW - timedelta(minutes=5), id=FIRST_ID),
    "add_comment": Case(
        {"appointment_id": BOOKED, "author_id": DESK.id, "author_name": "Olga", "body": "x"}
    ),
}

RESERVATIONS = {
    "reserve_slot": Case(
        {
            **actor(),
            "reservation_id": NEW,
            "slot_id": FREE,
            "provider_id": BUSY,
            "service_id": SERVICE,
            "user_id": key(large.USER, 7),
            "ttl_seconds": 120,
            "live_limit": 3,
            "idle_limit": 10,
        }
    ),
    "reserve_slots": Case(
        {
            "requests": Jsonb(
                [
                    {
                        "actor": ADMIN.facts(),
                        "id": str(UUID(int=NEW.int + number)),
                        "slot": str(slot),
                        "provider": str(BUSY),
                        "service": str(SERVICE),
                        "user": str(key(large.USER, 7 + number)),
                    }
                    for number, slot in enumerate((FREE, BOOKED, LONG_STORY))
                ]
            ),
            "ttl_seconds": 120,
            "live_limit": 3,
            "idle_limit": 10,
            "waits": False,
        },
        reads=75,
        rows=3,
    ),
    "reservation_state": Case({**actor(), "reservation_id": HELD, "extension_limit": 2}),
    "extend_reservation": Case({**actor(), "reservation_id": HELD, "extension_limit": 2}),
    "release_reservation": Case({**actor(), "reservation_id": RUN_OUT}),
}

# Second calls of some statements.
MORE: list[tuple[str, str, Case]] = [
    *MORE_WRITES,
    *MORE_SLOTS,
    (
        "appointments/queries_lists.sql",
        "of_many_clients",
        Case(
            {**FROM_NOW, **NOBODY, "status": None, "scan": SCAN_LIMIT, "limit": LIMIT},
            # Each appointment's client is looked at.
            reads=2 * SCAN_LIMIT + 300,
        ),
    ),
    (
        "appointments/queries_lists.sql",
        "by_start_with_status",
        page(4, **FROM_NOW, status="confirmed"),
    ),
    (
        "appointments/queries_around.sql",
        "soonest",
        Case({**of(), "limit": 5, "tomorrow": True}, reads=100),
    ),
    (
        "appointments/queries_lists.sql",
        "inbox",
        Case(
            {**INBOX, "q": "surname77", "limit": LIMIT},
            # All that wait, and the client of each.
            reads=3 * large.REQUESTS,
            rows=LIMIT,
        ),
    ),
]
