"""The calls of everything else."""

from datetime import timedelta
from hashlib import sha256

from psycopg.types.json import Jsonb

from holdfast.accounts.limits import SIGN_IN_RULES
from holdfast.http.pagination import FIRST_ID
from tests.sql import large
from tests.sql.calls import (
    ADMIN,
    BOOKED,
    DESK,
    HASH,
    LIMIT,
    LONG_STORY,
    NEW,
    NEW_HASH,
    NOW,
    REGULAR,
    Case,
    actor,
    no_rows,
    of,
    page,
)
from tests.sql.large import key

SESSION_HASH = sha256((6001).to_bytes(8, "big")).digest()  # of a cookie's sign-in that goes on
HASH_IN_USE = sha256((10).to_bytes(8, "big")).digest()  # of a token of one that goes on

HTTP = {
    "caller_by_sign_in": Case({"sign_in_id": key(large.OTHER, 1), "user_id": key(large.USER, 1)}),
    "caller_by_session": Case({"secret_hash": SESSION_HASH}),
    "note_use": no_rows(sign_in_id=key(large.OTHER, 1)),
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
    "release": Case({**of(key(large.SLOT, 1)), "expected_version": None, "metadata": Jsonb({})}),
    "change": Case(
        {
            "requests": Jsonb(
                [
                    {
                        "verb": verb,
                        "actor": DESK.facts(),
                        "appointment": str(appointment),
                        "expectedVersion": None,
                        "position": None,
                        "metadata": {},
                    }
                    # Never locked, free, run out; released; twice in a batch.
                    for verb, appointment in (
                        ("acquire", BOOKED),
                        ("acquire", key(large.SLOT, 6)),
                        ("acquire", key(large.SLOT, 1)),
                        ("release", key(large.SLOT, 11)),
                        ("acquire", key(large.SLOT, 16)),
                        ("release", key(large.SLOT, 16)),
                    )
                ]
            ),
            "ttl_seconds": 300,
            "waits": False,
        },
        reads=0,
        reads_per_row=25,
        rows=6,
    ),
    "statuses": Case(
        {
            "requests": Jsonb(
                [
                    {"actor": DESK.facts(), "appointment": str(key(large.SLOT, 5 * n + 1))}
                    for n in range(20)
                ]
            )
        },
        reads=0,
        reads_per_row=5,
        rows=20,
    ),
    "force_release": Case({**of(key(large.SLOT, 1), ADMIN), "metadata": Jsonb({})}),
    "take_over": Case({**of(key(large.SLOT, 1), ADMIN), "ttl_seconds": 300, "metadata": Jsonb({})}),
    "status": Case(of(key(large.SLOT, 1))),
    "history": page(3, **of(LONG_STORY), before_at=None, before_id=None),
    # Counts over the whole history of one appointment.
    "statistics": Case(of(LONG_STORY), reads=2 * 510),
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
    "changed_users": Case({"within_seconds": 60}, rows=0),
    "ended_sign_ins": Case({"within_seconds": 60}, rows=0),
}

WORKERS = {
    "prune_throttle_windows": Case({"limit": 20}, reads=100, rows=0),
    "prune_sign_in_failures": Case({"limit": 20}, reads=100, rows=0),
    "prune_idempotency_records": Case({"limit": 20}, reads=100, rows=0),
    "prune_sign_ins": Case({"limit": 20}, reads=100, rows=0),
    "prune_password_resets": Case({"limit": 20}, reads=100, rows=0),
    "prune_refresh_tokens": Case({"limit": 20}, reads=100, rows=0),
    "prune_user_actions": Case(
        {"before": key(large.OTHER, 50_000), "limit": 20}, reads=100, rows=0
    ),
    "prune_channel_events": Case({"limit": 20}, reads=100, rows=0),
    "prune_webhook_days": Case({"limit": 20}, reads=100, rows=0),
    "prune_outbox": Case({"limit": 20}, reads=100, rows=0),
    "prune_deliveries": Case({"limit": 20, "delivery_log_days": 90}, reads=200, rows=0),
    "prune_received_webhooks": Case({"limit": 20}, reads=100, rows=0),
    # Each of a few lanes, and whether something waits there.
    "prune_lanes": Case({"limit": 20, "delivery_log_days": 90}, reads=200, rows=0),
    "prune_calendar_passwords": Case({"limit": 20}, reads=100, rows=0),
    "prune_calendar_objects": Case({"limit": 20}, reads=100, rows=0),
    "sweep_reservations": Case({"limit": 10}, reads=300),
    "sweep_edit_locks": Case({"limit": 10}, reads=200),
    "expire_requests": Case({"limit": 10}, reads=300),
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
            "phone_e164": None,
            "provider_id": None,
            "entered_by": None,
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
    "users": page(2, before_id=None, role=None),
    "account_by_email": Case({"email": "Client7@mail7.test"}),
    "account_by_id": Case({"user_id": REGULAR}),
    "start_sign_in": Case(
        {
            "sign_in_id": NEW,
            "user_id": REGULAR,
            "password_hash": "x",
            "secret_hash": NEW_HASH,
            "token_hash": None,
            "former_hash": SESSION_HASH,
            "ttl_seconds": 60,
            "address": None,
            "user_agent": None,
            "limit": 1000,
        },
        shows="document",
    ),
    "rotate_refresh_token": Case(
        {
            "token_hash": HASH_IN_USE,
            "new_id": NEW,
            "new_hash": NEW_HASH,
            "ttl_seconds": 60,
            "grace_seconds": 30,
            "limit": 600,
            "address": None,
            "user_agent": None,
        },
        shows="document",
    ),
    "sign_out": Case(
        {"secret_hash": SESSION_HASH, "token_hash": HASH_IN_USE, "sign_in_id": key(large.OTHER, 5)},
        rows=3,
    ),
    "end_own_sign_in": Case(
        {"user_id": key(large.USER, 1), "sign_in_id": key(large.OTHER, 1)}, outcomes=("ended",)
    ),
    # All of the user's.
    "end_other_sign_ins": Case({"user_id": REGULAR, "keep": key(large.OTHER, 1)}, reads=80),
    "sign_ins": Case(
        {"user_id": key(large.USER, 1), "current": None, "before_id": None, "limit": LIMIT},
        reads_per_row=3,
    ),
    "sign_in": Case(
        {"user_id": key(large.USER, 1), "sign_in_id": key(large.OTHER, 1), "current": None}
    ),
    "change_password": Case(
        {
            "user_id": REGULAR,
            "former_hash": "x",
            "password_hash": "y",
            "keep": key(large.OTHER, 1),
        },
        reads=80,
        outcomes=("changed",),
    ),
    "plan_password_reset": Case(
        {
            "email": "Client7@mail7.test",
            "secret_hash": NEW_HASH,
            "ttl_seconds": 60,
            "delivery_id": NEW,
            "sealed": b"x",
        },
        outcomes=("planned",),
    ),
    "password_reset_owner": Case({"secret_hash": HASH}),
    "admin_by_email": Case({"email": "Client7@mail7.test"}, rows=0),
    "reset_admin_password": Case({"user_id": REGULAR, "password_hash": "x"}, reads=80),
    "reset_password": Case({"secret_hash": HASH, "password_hash": "x"}, reads=80),
    "sign_in_standing": Case(
        {
            "email": "Client7@mail7.test",
            "address": "10.0.0.9",
            "has_failed": True,
            "rules": Jsonb(SIGN_IN_RULES),
        }
    ),
    "account_key": Case({"email": "Client7@mail7.test"}),
    "add_actions": Case({"actions": Jsonb([])}, rows=0),
    "actions": page(2, user_id=REGULAR, before_id=None),
}

PUSHER = {
    "lease": Case({"sender": NEW, "seconds": 10}),
    "advance": Case({"sender": NEW, "position": 1, "seconds": 10}, rows=0),
}
