"""One call of every statement on the large database, and how much of it the call may read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.http.pagination import FIRST_ID, LAST_ID, SCAN_LIMIT
from holdfast.http.wire import EARLIEST, LATEST
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
LONG_STORY = key(large.SLOT, SLOTS - 1)  # 200 versions, 500 comments
WAITING = key(large.REQUEST, 11)
FITTING = key(large.SLOT, 180_285)  # a free slot at the time that WAITING wants
DELETED = key(large.REQUEST, 9)
HASH = b"\x00" * 32
_CLOCK = "compares an indexed time with clock_timestamp(), which no index can be searched for"


@dataclass(frozen=True)
class Case:
    """A call.

    Attributes:
        reads: rows and index entries of big tables that it may read besides `reads_per_row`
            for each row it returns.
        rows: how many rows it returns at least; a call that finds nothing proves nothing.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    reads: int = 25
    reads_per_row: int = 0
    rows: int = 1


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


def write(appointment_id: UUID = BOOKED, who: Actor = DESK, **more: Any) -> dict[str, Any]:
    return {
        **of(appointment_id, who),
        "precondition": Jsonb({"required": False}),
        "lock_version": None,
        "reason": "test",
        **more,
    }


FROM_NOW = {"start": NOW, "id": FIRST_ID, "to": LATEST}
FROM_EVER = {"start": EARLIEST, "id": FIRST_ID, "to": LATEST}
BACK_FROM_END = {"start": LATEST, "id": LAST_ID}
INBOX = {
    "priority": "urgent",
    "created": EARLIEST,
    "id": FIRST_ID,
    "from": EARLIEST,
    "to": LATEST,
    "words": None,
}
ANY_SLOT = {"status": None, "facility_id": None, "scan": SCAN_LIMIT, "to": LATEST}
FROM_TODAY = {"after_start": NOW, "after_id": FIRST_ID}
FEW_CLIENTS = [key(large.USER, number) for number in range(0, 40_000, 1000)]

APPOINTMENTS = {
    "book_reservation": Case(
        {
            **actor(),
            "appointment_id": NEW,
            "reservation_id": HELD,
            "priority": "normal",
            "notes": "x",
        }
    ),
    "book_directly": Case(
        {
            **actor(),
            "appointment_id": NEW,
            "user_id": REGULAR,
            "provider_id": BUSY,
            "service_id": SERVICE,
            "facility_id": None,
            "start": TOMORROW.replace(hour=9, minute=0, second=0, microsecond=0),
            "end": None,
            "priority": "normal",
            "notes": None,
            "if_unavailable": "request",
        },
        # The slots that begin in the day before.
        reads=60,
    ),
    "appointment": Case(of()),
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
    "reschedule": Case({**write(), "reservation_id": HELD}, reads=40),
    "cancel": Case({**write(), "waive_fee": False}),
    "end": Case({**write(), "status": "no_show"}),
    "confirm_attendance": Case(write()),
    "delete": Case(write()),
    "restore": Case(write(DELETED, ADMIN)),
    "edit": Case(
        {**write(), "fields": Jsonb({"notes": "new", "priority": "vip"}), "rule": "staff"}
    ),
    "accept": Case({**write(WAITING), "slot_id": FITTING}),
    "lock_many": Case(
        {"appointment_ids": [key(large.SLOT, 150_101 + 5 * n) for n in range(20)]},
        reads_per_row=5,
        rows=20,
    ),
    "quote": Case(of()),
}

LISTS = {
    "by_start": page(4, **FROM_NOW),
    "by_start_of_provider": page(4, **FROM_NOW, provider_id=BUSY),
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
    "clients_found": Case({"words": "'surname77':*", "limit": 1001}, reads_per_row=3, rows=20),
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
        {**FROM_NOW, "words": "'anna':*", "status": None, "scan": SCAN_LIMIT, "limit": LIMIT},
        # One client in eight.
        reads_per_row=8 * 6,
        rows=LIMIT,
    ),
    "of_many_clients_of_provider": Case(
        {
            **FROM_EVER,
            "words": "'anna':*",
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
        {"appointment_id": BOOKED, "secret_hash": HASH, "user_id": DESK.id, "limit": 20}
    ),
    "revoke_share": Case(
        {**of(key(large.SLOT, 1)), "share_id": key(large.OTHER, 1)},
    ),
    "shared": Case({"secret_hash": bytes.fromhex("0" * 64)}, rows=0),
    "comments": page(3, appointment_id=LONG_STORY, created=NOW - timedelta(minutes=5), id=FIRST_ID),
    "add_comment": Case(
        {"appointment_id": BOOKED, "author_id": DESK.id, "author_name": "Olga", "body": "x"}
    ),
}

SLOT_CASES = {
    "alternatives": Case(
        {"provider_id": BUSY, "service_id": SERVICE, "wanted": TOMORROW}, reads=150
    ),
    "availability": Case(
        {
            "provider_id": BUSY,
            "service_id": SERVICE,
            "date": (NOW + timedelta(days=2)).date(),
            "days": 1,
        },
        reads=60,
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
    "delete_slot": Case(
        {
            **actor(),
            "slot_id": FREE,
            "precondition": Jsonb({"required": False}),
            "reason": None,
        }
    ),
    "slot": Case({**actor(), "slot_id": FREE}),
    "slots_of_provider": page(3, **ANY_SLOT, **FROM_TODAY, provider_id=BUSY),
    "slots_of_facility": page(3, **{**ANY_SLOT, "facility_id": FACILITY}, **FROM_TODAY),
    "slots": page(3, **ANY_SLOT, **FROM_TODAY),
    "slot_sync": Case({**actor(), "slot_id": BOOKED}),
    "slot_audit": page(2, **actor(), slot_id=LONG_STORY, after_version=100),
    "slot_known": Case({**actor(), "slot_id": FREE}),
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
        }
    ),
    "reservation_state": Case({**actor(), "reservation_id": HELD, "extension_limit": 2}),
    "extend_reservation": Case({**actor(), "reservation_id": HELD, "extension_limit": 2}),
    "release_reservation": Case({**actor(), "reservation_id": RUN_OUT}),
}

HTTP = {
    "caller_by_id": Case({"user_id": REGULAR}),
    "caller_by_session": Case({"secret_hash": HASH}, rows=0),
    "callers_changed": Case({"overlap_seconds": 60}, rows=0),
    "count_hits": Case({"keys": ["shared:10.0.0.9", "x:y"], "windows": [60, 60]}, rows=2),
    "read_hits": Case({"keys": ["shared:10.0.0.9", "x:y"], "windows": [60, 60]}, rows=2),
    "begin_idempotent": Case({"user_id": key(large.USER, 9), "key": "key-9", "fingerprint": HASH}),
    "record_answer": Case(
        {
            "user_id": REGULAR,
            "key": "new",
            "fingerprint": HASH,
            "status": 200,
            "headers": Jsonb({}),
            "body": b"{}",
            "ttl_seconds": 60,
        },
        rows=0,
    ),
}

EDIT_LOCKS = {
    "acquire": Case(
        {
            **of(),
            "expected_version": None,
            "position": None,
            "ttl_seconds": 300,
            "metadata": Jsonb({}),
        }
    ),
    "release": Case({**of(key(large.SLOT, 1)), "expected_version": None}),
    "force_release": Case(of(key(large.SLOT, 1), ADMIN)),
    "take_over": Case({**of(key(large.SLOT, 1), ADMIN), "ttl_seconds": 300, "metadata": Jsonb({})}),
    "status": Case(of(key(large.SLOT, 1))),
    "history": page(3, appointment_id=LONG_STORY, is_staff=True, before_at=None, before_id=None),
    "visible": Case(of()),
    # Counts over the whole history of one appointment.
    "statistics": Case({"appointment_id": LONG_STORY}, reads=2 * 510),
    # Those that have run out and are not swept yet are passed over.
    "held": Case(
        {**actor(ADMIN), "before_at": None, "before_id": None, "limit": LIMIT},
        reads=200,
        rows=LIMIT,
    ),
    # Counts over a day of a log with one entry a minute.
    "analytics": Case(
        {"from": NOW - timedelta(days=1), "to": NOW},
        reads=8 * 1440,
    ),
    "sweep": Case({"limit": 10}, reads=200),
}

EVENTS = {
    # Nothing waits, but index entries of what was rolled back before are passed over.
    "relay": Case({"limit": 500, "flush_milliseconds": 100}, reads=300),
    "last_event_id": Case(),
    "events_after": page(2, after_id=30_000),
    "missed_events": Case(
        {"channel": f"appointment.{key(large.SLOT, 1)}", "after": 0, "limit": LIMIT}, rows=2
    ),
}

REALTIME = {
    "open_channel": Case(
        {
            **actor(),
            "kind": "appointment",
            "id": BOOKED,
            "name": f"appointment.{BOOKED}",
        }
    ),
    "request_takeover": Case(of(key(large.SLOT, 1))),
    "live_sessions": Case({"secret_hashes": [HASH]}, rows=0),
    "changed_users": Case({"within_seconds": 60}, rows=0),
}

WORKERS = {
    "prune_throttle_windows": Case({"limit": 20}, reads=100, rows=0),
    "prune_idempotency_records": Case({"limit": 20}, reads=100, rows=0),
    "prune_sessions": Case({"limit": 20}, reads=100, rows=0),
    "prune_password_resets": Case({"limit": 20}, reads=100, rows=0),
    "prune_refresh_tokens": Case({"limit": 20}, reads=100, rows=0),
    "prune_user_actions": Case(
        {"before": key(large.OTHER, 50_000), "limit": 20}, reads=100, rows=0
    ),
    "prune_channel_events": Case({"limit": 20}, reads=100, rows=0),
    "prune_outbox": Case({"limit": 20}, reads=100, rows=0),
    "sweep_reservations": Case({"limit": 10}, reads=300),
    "sweep_edit_locks": Case({"limit": 10}, reads=200),
    "free_orphaned_slots": Case({"after": FIRST_ID, "limit": 100}, reads=600),
}

ACCOUNTS = {
    "create_user": Case(
        {
            "user_id": NEW,
            "email": "new@mail.test",
            "password_hash": "x",
            "role": "client",
            "name": "New",
            "phone": None,
            "provider_id": None,
        }
    ),
    "change_user": Case(
        {
            "user_id": REGULAR,
            "patch": Jsonb({"name": "Anna"}),
            "precondition": Jsonb({"required": False}),
        }
    ),
    "user": Case({"user_id": REGULAR}),
    "users": page(2, before_id=None, role=None, search=None),
    "account_by_email": Case({"email": "Client7@mail7.test"}),
    "start_family": Case(
        {
            "user_id": REGULAR,
            "password_hash": "x",
            "token_id": NEW,
            "token_hash": HASH,
            "ttl_seconds": 60,
        }
    ),
    "start_session": Case(
        {"user_id": REGULAR, "password_hash": "x", "secret_hash": HASH, "ttl_seconds": 60}
    ),
    "end_session": no_rows(secret_hash=HASH),
    "rotate_refresh_token": Case(
        {"token_hash": HASH, "new_id": NEW, "new_hash": HASH, "ttl_seconds": 60}
    ),
    "end_refresh_family": Case({"token_hash": HASH}),
    "add_password_reset": Case(
        {"email": "Client7@mail7.test", "secret_hash": HASH, "ttl_seconds": 60}
    ),
    "password_reset_is_open": Case({"secret_hash": HASH}),
    "reset_password": Case({"secret_hash": HASH, "password_hash": "x"}),
    "add_actions": Case({"actions": Jsonb([])}, rows=0),
    "actions": page(2, user_id=REGULAR, before_id=None),
}

CASES: dict[str, dict[str, Case]] = {
    "appointments/queries.sql": APPOINTMENTS,
    "appointments/queries_lists.sql": LISTS,
    "appointments/queries_around.sql": AROUND,
    "slots/queries.sql": SLOT_CASES,
    "reservations/queries.sql": RESERVATIONS,
    "http/queries.sql": HTTP,
    "edit_locks/queries.sql": EDIT_LOCKS,
    "events/queries.sql": EVENTS,
    "realtime/queries.sql": REALTIME,
    "workers/queries.sql": WORKERS,
    "accounts/queries.sql": ACCOUNTS,
}
# Second calls of some statements.
MORE: list[tuple[str, str, Case]] = [
    # What is not found costs a bounded walk.
    (
        "slots/queries.sql",
        "slots",
        Case({**ANY_SLOT, **FROM_TODAY, "status": "none", "limit": LIMIT}, reads=SCAN_LIMIT + 50),
    ),
    (
        "slots/queries.sql",
        "slots_of_facility",
        Case(
            {
                **ANY_SLOT,
                **FROM_TODAY,
                "facility_id": FACILITY,
                "status": "none",
                "limit": LIMIT,
            },
            reads=2 * SCAN_LIMIT,
        ),
    ),
    (
        "appointments/queries_lists.sql",
        "of_many_clients",
        Case(
            {**FROM_NOW, "words": "'nobody':*", "status": None, "scan": SCAN_LIMIT, "limit": LIMIT},
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
            {**INBOX, "words": "'surname77':*", "limit": LIMIT},
            # All that wait, and the client of each.
            reads=3 * large.REQUESTS,
            rows=LIMIT,
        ),
    ),
]
# Statements that read more than they need, and why. They have to be looked at again when one of
# them does not any more.
WASTEFUL: dict[str, str] = {
    "http/queries.sql callers_changed": _CLOCK,
    "realtime/queries.sql changed_users": _CLOCK,
    "workers/queries.sql prune_throttle_windows": _CLOCK,
    "workers/queries.sql prune_idempotency_records": _CLOCK,
    "workers/queries.sql prune_sessions": _CLOCK,
    "workers/queries.sql prune_password_resets": _CLOCK,
    "workers/queries.sql prune_refresh_tokens": _CLOCK,
    "workers/queries.sql prune_channel_events": "walks the log as far as it is young",
    "workers/queries.sql prune_outbox": "walks the log as far as it is young",
}
# Why the statements of a file need not be bounded by what they return.
EXEMPT = {
    "catalogue/queries.sql": "tables of some hundred rows; a removal looks at all that is to come",
    "verify/queries.sql": "reads everything, because that is its duty",
    "verify/queries_guards.sql": "reads the catalogue of PostgreSQL",
    "verify/queries_history.sql": "reads everything, because that is its duty",
    "doctor/queries.sql": "reads the catalogue of PostgreSQL",
    "demo/queries.sql": "fills an empty database",
    "http/health.sql": "a table of some dozen rows",
}
