"""The list of checks: which statement, over which keys, for which invariant."""

from dataclasses import dataclass
from typing import LiteralString

from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.verify")
HISTORY = Queries("holdfast.verify", "queries_history.sql")
GUARDS = Queries("holdfast.verify", "queries_guards.sql")
FEES = Queries("holdfast.verify", "queries_fees.sql")
DELIVERIES = Queries("holdfast.verify", "queries_deliveries.sql")
BUSY = Queries("holdfast.verify", "queries_busy.sql")

# Rows looked at in one statement: what the server may have to sort, and what a client gets at once.
RANGE_ROWS = 20_000
# The outbox has no index by key, so that each range reads all of it: fewer ranges.
EVENT_RANGE_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through a table: by ranges of a key (a uuid column) of about so many rows."""

    table: str
    key: str = "id"
    range_rows: int = RANGE_ROWS


@dataclass(frozen=True, slots=True)
class Check:
    """One statement that finds the violations of one rule.

    Attributes:
        table: the table that its violations are of; a statement without a walk says it itself.
        walk: the ranges to give it; without one it is run once.
        names: what its braces stand for.
        in_parts: whether one range costs what that range has; otherwise each range reads a whole
            table for want of an index, which a server at work is not asked to do.
    """

    name: str
    invariant: str
    title: str
    query: LiteralString
    table: str = ""
    walk: Walk | None = None
    names: tuple[tuple[str, str], ...] = ()
    in_parts: bool = True


SLOTS = Walk("slots")
APPOINTMENTS = Walk("appointments")
RESERVATIONS = Walk("reservations")
APPOINTMENT_NAMES = (
    ("table", "appointments"),
    ("audit", "appointment_audit"),
    ("id", "appointment_id"),
    ("facts", "appointment_facts"),
)
SLOT_NAMES = (
    ("table", "slots"),
    ("audit", "slot_audit"),
    ("id", "slot_id"),
    ("facts", "slot_facts"),
)


def _state(name: str, invariant: str, title: str, walk: Walk, *, in_parts: bool = True) -> Check:
    query = getattr(QUERIES, name)
    return Check(name, invariant, title, query, walk.table, walk, in_parts=in_parts)


def _fees(*checks: tuple[str, str]) -> tuple[Check, ...]:
    return tuple(
        Check(name, "I9", title, getattr(FEES, name), "appointments", APPOINTMENTS)
        for name, title in checks
    )


def _deliveries(*checks: tuple[str, str]) -> tuple[Check, ...]:
    return tuple(
        Check(name, "I7", title, getattr(DELIVERIES, name), "deliveries", Walk("deliveries"))
        for name, title in checks
    )


def _history(prefix: str, names: tuple[tuple[str, str], ...]) -> tuple[Check, ...]:
    """The checks of a table with an audit table; their statements are written once for both."""
    table, audit, key = (value for _, value in names[:3])
    by_row = [
        Check(
            f"{prefix}_{name}", rule, title, getattr(HISTORY, name), table, Walk(audit, key), names
        )
        for name, rule, title in (
            ("history", "I6, I8", f"{prefix} versions and audit rows"),
            ("chain", "I6", f"{prefix} audit rows in a chain"),
            ("entries", "I6", f"{prefix} audit hashes"),
            ("facts", "I6", f"{prefix} history against row"),
        )
    ]
    events = getattr(HISTORY, f"{prefix}_events")
    walk = Walk(audit, key, EVENT_RANGE_ROWS)
    title = f"{prefix} events"
    return (
        *by_row,
        Check(f"{prefix}_events", "I7", title, events, table, walk, in_parts=False),
    )


CHECKS: tuple[Check, ...] = (
    Check("constraints", "I1-I9", "constraints and indexes", GUARDS.constraints),
    Check("triggers", "I4-I9", "triggers enabled ALWAYS", GUARDS.triggers),
    Check("rights", "I6-I8", "rights of the server's role", GUARDS.rights),
    _state("appointment_overlaps", "I1", "live appointments do not overlap", APPOINTMENTS),
    _state("slot_overlaps", "I1", "open slots do not overlap", SLOTS),
    _state("slot_holders", "I1", "one live holder of a slot", SLOTS),
    _state(
        "recorded_answers",
        "I2, I3",
        "recorded answers and their effect",
        Walk("idempotency_records", "user_id"),
        in_parts=False,
    ),
    _state("slot_states", "I4", "slot status and columns", SLOTS),
    _state("slot_bookings", "I4", "slot names its appointment", SLOTS),
    _state("appointment_slots", "I4", "appointment names its slot", APPOINTMENTS),
    Check("busy_slots", "I4", "slots that a calendar blocks", BUSY.busy_slots, "slots", SLOTS),
    _state("held_slots", "I5", "held slot and its reservation", SLOTS),
    _state("reservation_states", "I5", "reservation and its slot", RESERVATIONS),
    _state("used_reservations", "I5", "bookings out of a hold", SLOTS, in_parts=False),
    *_history("appointment", APPOINTMENT_NAMES),
    *_history("slot", SLOT_NAMES),
    Check(
        "edit_lock_versions",
        "I8",
        "edit-lock versions and grants",
        HISTORY.edit_lock_versions,
        "edit_locks",
        Walk("edit_lock_history", "appointment_id"),
    ),
    *_fees(
        ("fees", "fee and refund by the policy"),
        ("late_cancel_costs", "late cancels that a client made cheaper"),
    ),
    *_deliveries(
        ("delivery_events", "deliveries and their events"),
        ("delivery_order", "deliveries of an appointment in order"),
        ("delivery_states", "deliveries and their attempts"),
    ),
    Check(
        "events_told",
        "I7",
        "events and the endpoints that ask for them",
        DELIVERIES.events_told,
        "webhook_endpoints",
        Walk("webhook_endpoints"),
        in_parts=False,
    ),
)
