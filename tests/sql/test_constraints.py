"""The database itself refuses what must never be, whoever writes it (I1, I4, I9).

Each case is a write by the schema's owner, past every function, that breaks one rule; the name of
the constraint that refuses it is part of the case.
"""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString, cast

import psycopg
import pytest

from holdfast.kernel.ids import new_id
from tests.support.cluster import Cluster
from tests.support.make import Make, soon

# Values of a row that breaks no rule, as SQL; a case overrides some. Times are hours after `start`.
SLOT = {
    "id": "%(new)s",
    "provider_id": "%(provider)s",
    "facility_id": "%(facility)s",
    "start_at": "%(start)s::timestamptz + interval '10 h'",
    "end_at": "%(start)s::timestamptz + interval '11 h'",
}
RESERVATION = {
    "id": "%(new)s",
    "slot_id": "%(free)s",
    "provider_id": "%(provider)s",
    "service_id": "%(service)s",
    "user_id": "%(client)s",
    "created_by": "%(client)s",
    "ttl_seconds": "120",
    "expires_at": "now() + interval '2 min'",
    "price_cents": "5000",
    "currency": "'EUR'",
    "duration_minutes": "30",
    "free_until_hours": "24",
    "no_show_fee_cents": "0",
}
REQUEST = {
    "id": "%(new)s",
    "user_id": "%(client)s",
    "provider_id": "%(provider)s",
    "service_id": "%(service)s",
    "start_at": "%(start)s::timestamptz",
    "end_at": "%(start)s::timestamptz + interval '1 h'",
    "status": "'requested'",
    "price_cents": "5000",
    "currency": "'EUR'",
    "free_until_hours": "24",
    "late_fee_percent": "50",
    "no_show_fee_cents": "0",
}
BOOKING = REQUEST | {
    "status": "'confirmed'",
    "slot_id": "%(free)s",
    "facility_id": "%(facility)s",
}
CANCELLED = REQUEST | {"status": "'cancelled'", "fee_cents": "0", "refund_cents": "5000"}
SERVICE = {
    "id": "%(new)s",
    "title": "'A service'",
    "duration_minutes": "30",
    "price_cents": "0",
    "currency": "'EUR'",
}
USER = {"id": "%(new)s", "email": "'new@example.test'", "password_hash": "'x'", "name": "'New'"}
NO_ADDRESS = USER | {"email": "NULL", "password_hash": "NULL"}
SCHEDULE = {"provider_id": "%(provider)s", "slot_minutes": "30"}
AFTER_FREE = "%(start)s::timestamptz + interval '30 min'"


def insert(table: str, row: dict[str, str], **changes: str) -> str:
    row = row | changes
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def as_client(statement: str) -> str:
    """The same as an act of its client."""
    return f"""SELECT act_as('{{"type": "user", "name": "C"}}'); {statement}"""


def slot(**changes: str) -> str:
    return insert("slots", SLOT, **changes)


def reservation(**changes: str) -> str:
    return insert("reservations", RESERVATION, **changes)


def request(**changes: str) -> str:
    return insert("appointments", REQUEST, **changes)


def booking(**changes: str) -> str:
    return insert("appointments", BOOKING, **changes)


def cancelled(**changes: str) -> str:
    return insert("appointments", CANCELLED, **changes)


def service(**changes: str) -> str:
    return insert("services", SERVICE, **changes)


def set_slot(name: str, change: str) -> str:
    return f"UPDATE slots SET {change} WHERE id = %({name})s"


def set_appointment(name: str, change: str) -> str:
    return f"UPDATE appointments SET {change} WHERE id = %({name})s"


BOOK_FREE = set_slot("free", "status = 'booked', appointment_id = %(new)s")
HOLD = "status = 'held', held_until = now() + interval '1 h', reservation_id = %(reservation)s"

# (constraint, statements)
CASES: list[tuple[str, str]] = [
    # Slots
    ("slots_overlap_excl", slot(start_at=AFTER_FREE)),
    ("slots_overlap_excl", set_slot("held", f"start_at = {AFTER_FREE}")),
    ("slots_overlap_excl", set_slot("blocked", "status = 'available'")),
    ("slots_overlap_excl", set_slot("withdrawn", "deleted_at = NULL")),
    ("slots_period_check", slot(end_at=SLOT["start_at"])),
    ("slots_period_check", slot(end_at="%(start)s::timestamptz + interval '35 h'")),
    ("slots_period_check", slot(end_at="'infinity'")),
    ("slots_period_check", slot(start_at="'-infinity'", end_at="'-infinity'")),
    ("slots_held_check", set_slot("free", "status = 'held'")),
    ("slots_held_check", set_slot("free", "held_until = now()")),
    ("slots_held_check", set_slot("free", "status = 'held', held_until = now()")),
    ("slots_held_check", set_slot("held", "status = 'available'")),
    ("slots_held_check", set_slot("held", "held_until = NULL")),
    ("slots_held_check", set_slot("held", "reservation_id = NULL, held_until = now()")),
    ("slots_booked_check", set_slot("free", "status = 'booked'")),
    ("slots_booked_check", set_slot("free", "appointment_id = %(appointment)s")),
    ("slots_booked_check", set_slot("booked", "status = 'available'")),
    ("slots_booked_check", set_slot("booked", "appointment_id = NULL")),
    ("slots_origin_check", set_slot("free", "origin = 'withdrawn'")),
    ("slots_origin_check", set_slot("free", "origin = 'surplus'")),
    ("slots_deleted_check", set_slot("held", "deleted_at = now()")),
    ("slots_deleted_check", set_slot("booked", "deleted_at = now()")),
    ("slots_provider_id_fkey", slot(provider_id="%(nobody)s")),
    ("slots_facility_id_fkey", slot(facility_id="%(nobody)s")),
    ("slots_service_id_fkey", slot(service_id="%(nobody)s")),
    (
        "slots_reservation_fkey",
        set_slot("free", HOLD.replace("%(reservation)s", "%(nobody)s")),
    ),
    ("slots_appointment_fkey", BOOK_FREE),
    # Reservations
    ("reservations_slot_key", reservation(slot_id="%(held)s")),
    ("reservations_slot_fkey", reservation(provider_id="%(other)s")),
    ("reservations_slot_fkey", reservation(slot_id="%(nobody)s")),
    ("reservations_service_id_fkey", reservation(service_id="%(nobody)s")),
    ("reservations_user_id_fkey", reservation(user_id="%(nobody)s")),
    ("reservations_created_by_fkey", reservation(created_by="%(nobody)s")),
    ("reservations_closed_check", reservation(closed_at="now()")),
    ("reservations_closed_check", reservation(status="'used'")),
    ("reservations_closed_check", reservation(status="'released'")),
    ("reservations_closed_check", reservation(status="'expired'")),
    ("reservations_expires_check", reservation(expires_at="now() - interval '1 s'")),
    ("reservations_extensions_check", reservation(extensions="3")),
    ("reservations_extensions_check", reservation(extensions="-1")),
    ("reservations_promise_check", reservation(price_cents="NULL")),
    ("reservations_promise_check", reservation(currency="NULL")),
    ("reservations_promise_check", reservation(free_until_hours="NULL")),
    ("reservations_ttl_check", reservation(ttl_seconds="0")),
    ("reservations_ttl_check", reservation(ttl_seconds="301")),
    # Appointments
    ("appointments_overlap_excl", booking(start_at="%(booked_start)s", end_at="%(booked_end)s")),
    (
        "appointments_slot_key",
        booking(slot_id="%(booked)s", start_at="%(booked_end)s", end_at="%(booked_slot_end)s"),
    ),
    ("appointments_slot_fkey", booking(slot_id="%(foreign)s")),
    ("appointments_slot_fkey", booking(slot_id="%(nobody)s")),
    ("appointments_slot_check", booking(slot_id="NULL")),
    ("appointments_slot_check", booking(slot_id="NULL", status="'completed'")),
    ("appointments_slot_check", request(slot_id="%(free)s", facility_id="%(facility)s")),
    ("appointments_slot_check", cancelled(slot_id="%(free)s", facility_id="%(facility)s")),
    ("appointments_slot_check", set_appointment("appointment", "slot_id = NULL")),
    ("appointments_facility_check", booking(facility_id="NULL")),
    ("appointments_period_check", request(end_at="%(start)s")),
    ("appointments_period_check", request(end_at="%(start)s::timestamptz + interval '25 h'")),
    ("appointments_period_check", request(start_at="'-infinity'")),
    ("appointments_fee_check", request(fee_cents="0", refund_cents="0")),
    ("appointments_fee_check", booking(fee_cents="0", refund_cents="0")),
    ("appointments_fee_check", cancelled(fee_cents="NULL", refund_cents="NULL")),
    ("appointments_fee_check", cancelled(status="'no_show'", fee_cents="NULL")),
    ("appointments_fee_check", cancelled(refund_cents="NULL")),
    ("appointments_fee_check", cancelled(fee_cents="-1")),
    ("appointments_fee_check", cancelled(refund_cents="-1")),
    ("appointments_user_id_fkey", request(user_id="%(nobody)s")),
    ("appointments_provider_id_fkey", request(provider_id="%(nobody)s")),
    ("appointments_facility_id_fkey", request(facility_id="%(nobody)s")),
    ("appointments_service_id_fkey", request(service_id="%(nobody)s")),
    # The policy of a booking and a fee once decided (I9)
    ("appointments_policy_check", set_appointment("appointment", "free_until_hours = 0")),
    ("appointments_policy_check", set_appointment("appointment", "late_fee_percent = 100")),
    ("appointments_policy_check", set_appointment("appointment", "late_fee_percent = NULL")),
    ("appointments_policy_check", set_appointment("appointment", "late_fee_cents = 1")),
    ("appointments_policy_check", set_appointment("appointment", "no_show_fee_cents = 1")),
    ("appointments_policy_check", set_appointment("cancelled", "fee_cents = 1")),
    ("appointments_policy_check", set_appointment("cancelled", "refund_cents = 1")),
    ("appointments_policy_check", set_appointment("cancelled", "fee_waived = true")),
    (
        "appointments_policy_check",
        set_appointment("cancelled", "fee_cents = NULL, refund_cents = NULL"),
    ),
    (
        "appointments_policy_check",
        as_client("UPDATE appointments SET price_cents = 1 WHERE id = %(appointment)s"),
    ),
    (
        "appointments_policy_check",
        set_appointment("appointment", "refundable_until = refundable_until - interval '1 day'")
        + "; "
        + as_client(
            "UPDATE appointments SET refundable_until = refundable_until + interval '1 hour' "
            "WHERE id = %(appointment)s"
        ),
    ),
    (
        "appointments_refundable_check",
        set_appointment("appointment", "refundable_until = start_at"),
    ),
    # Slot and appointment agree when the transaction ends (I4)
    ("slots_agreement_check", booking()),
    (
        "slots_agreement_check",
        set_slot("free", "status = 'booked', appointment_id = %(other_one)s"),
    ),
    (
        "slots_agreement_check",
        set_slot("free", "status = 'booked', appointment_id = %(appointment)s"),
    ),
    ("slots_agreement_check", set_slot("booked", "appointment_id = %(cancelled)s")),
    ("slots_agreement_check", set_slot("booked", "status = 'available', appointment_id = NULL")),
    ("slots_agreement_check", set_slot("booked", "start_at = start_at + interval '1 min'")),
    ("slots_agreement_check", set_slot("booked", "end_at = start_at + interval '59 min'")),
    ("slots_agreement_check", slot(status="'booked'", appointment_id="%(appointment)s")),
    (
        "slots_agreement_check",
        set_appointment("appointment", "start_at = start_at - interval '1 min'"),
    ),
    (
        "slots_agreement_check",
        set_appointment("appointment", "end_at = end_at + interval '61 min'"),
    ),
    ("slots_agreement_check", set_appointment("appointment", "slot_id = %(free)s")),
    ("slots_agreement_check", set_appointment("appointment", "deleted_at = now()")),
    (
        "slots_agreement_check",
        set_appointment(
            "appointment", "status = 'cancelled', slot_id = NULL, fee_cents = 0, refund_cents = 0"
        ),
    ),
    (
        "slots_agreement_check",
        set_appointment(
            "appointment", "slot_id = %(free)s, start_at = %(start)s, end_at = " + AFTER_FREE
        )
        + "; "
        + set_slot("free", "status = 'booked', appointment_id = %(appointment)s"),
    ),
    (
        "slots_agreement_check",
        booking(end_at="%(start)s::timestamptz + interval '2 h'") + "; " + BOOK_FREE,
    ),
    # The catalogue and its users
    ("users_email_key", insert("users", USER, email="%(email)s")),
    ("users_provider_role_check", insert("users", USER, provider_id="%(provider)s")),
    (
        "users_provider_role_check",
        insert("users", USER, provider_id="%(provider)s", role="'admin'"),
    ),
    ("users_contact_check", insert("users", NO_ADDRESS)),
    ("users_sign_in_check", insert("users", NO_ADDRESS, phone="'1'", password_hash="'x'")),
    ("users_sign_in_check", insert("users", NO_ADDRESS, phone="'1'", role="'operator'")),
    ("users_entered_by_fkey", insert("users", USER, entered_by="%(nobody)s")),
    ("users_provider_fkey", insert("users", USER, provider_id="%(nobody)s", role="'operator'")),
    ("services_duration_check", service(duration_minutes="0")),
    ("services_duration_check", service(duration_minutes="1441")),
    ("services_buffers_check", service(buffer_before_minutes="-1")),
    ("services_buffers_check", service(buffer_after_minutes="1441")),
    ("services_price_check", service(price_cents="-1")),
    ("services_currency_check", service(currency="'eur'")),
    ("services_currency_check", service(currency="'EURO'")),
    ("services_policy_check", service(late_fee_cents="1", late_fee_percent="1")),
    ("services_policy_check", service(late_fee_percent="101")),
    ("services_policy_check", service(late_fee_cents="-1")),
    ("services_policy_check", service(no_show_fee_cents="-1")),
    ("services_policy_check", service(free_until_hours="-1")),
    ("services_policy_check", service(free_until_hours="8761")),
    ("schedules_slot_minutes_check", insert("schedules", SCHEDULE, slot_minutes="4")),
    ("schedules_slot_minutes_check", insert("schedules", SCHEDULE, slot_minutes="1441")),
]
# Their rules are those of others: (id, provider_id) is unique because id is.
IMPLIED = {"slots_provider_key"}
COVERED_TABLES = ["slots", "reservations", "appointments", "users", "services", "schedules"]
REQUIRED = {
    "slots": (SLOT, ["provider_id", "facility_id", "start_at", "end_at"]),
    "reservations": (RESERVATION, ["slot_id", "provider_id", "expires_at", "ttl_seconds"]),
    "appointments": (REQUEST, ["user_id", "provider_id", "service_id", "start_at", "end_at"]),
}


@pytest.fixture(scope="module")
def make(cluster: Cluster) -> Iterator[Make]:
    """One database for all cases: none of them leaves anything behind."""
    with cluster.database() as database:
        make = Make(database.owner_url)
        yield make
        make.close()


@pytest.fixture(scope="module")
def world(make: Make) -> dict[str, Any]:
    """One provider with slots in every state, and what lies in them; the cases' parameters.

    `free` is open for an hour from `start`; `blocked` and `withdrawn` lie at the same time. `held`
    follows two hours later, `booked` (two hours, the first of which is taken by `appointment`) four
    hours later. `foreign` is another provider's slot at the time of `free`, `other_one` that
    provider's appointment.
    """
    place, other, client, start = make.place(), make.place(), make.client(), soon()
    free = make.slot(place, start, minutes=60)
    names: dict[str, Any] = {
        "client": client.id,
        "email": client.email.upper(),
        "provider": place.provider_id,
        "facility": place.facility_id,
        "service": place.service_id,
        "other": other.provider_id,
        "free": free,
        "blocked": make.slot(place, start, minutes=60, status="blocked"),
        "held": make.slot(place, soon(2)),
        "booked": make.slot(place, soon(4), minutes=120),
        "foreign": make.slot(other, start, minutes=60),
        "start": start,
        "booked_start": soon(4),
        "booked_end": soon(5),
        "booked_slot_end": soon(6),
        "nobody": new_id(),
        "new": new_id(),
    }
    for name in ("withdrawn", "reservation", "appointment", "cancelled", "other_one"):
        names[name] = new_id()
    withdrawn = slot(
        id="%(withdrawn)s", start_at="%(start)s", end_at=AFTER_FREE, deleted_at="now()"
    )
    hold = reservation(id="%(reservation)s", slot_id="%(held)s") + "; " + set_slot("held", HOLD)
    book = (
        booking(
            id="%(appointment)s",
            slot_id="%(booked)s",
            start_at="%(booked_start)s",
            end_at="%(booked_end)s",
        )
        + "; "
        + set_slot("booked", "status = 'booked', appointment_id = %(appointment)s")
    )
    others = (
        cancelled(id="%(cancelled)s") + "; " + request(id="%(other_one)s", provider_id="%(other)s")
    )
    for statements in (withdrawn, hold, book, others):
        write(make, statements, names)
    return names


def execute(make: Make, statements: str, names: dict[str, Any]) -> None:
    for statement in statements.split("; "):
        make.db.execute(cast(LiteralString, statement), names)


def write(make: Make, statements: str, names: dict[str, Any]) -> None:
    """Run statements in one transaction."""
    with make.db.transaction():
        execute(make, statements, names)


def refusal_of(make: Make, statements: str, names: dict[str, Any]) -> psycopg.Error:
    try:
        write(make, statements, names)
    except psycopg.Error as error:
        return error
    pytest.fail(f"the database took it: {statements}")


def everything(make: Make) -> list[Any]:
    tables = ("slots", "reservations", "appointments", "users", "services", "schedules")
    return [make.all(f"SELECT to_jsonb(t) FROM {table} AS t ORDER BY 1") for table in tables]


@pytest.mark.parametrize(
    ("constraint", "statements"),
    CASES,
    ids=[f"{constraint}-{number}" for number, (constraint, _) in enumerate(CASES)],
)
def test_the_database_refuses(
    make: Make, world: dict[str, Any], constraint: str, statements: str
) -> None:
    before = everything(make)
    error = refusal_of(make, statements, world)
    assert error.diag.constraint_name == constraint, error
    assert everything(make) == before


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table, (_, columns) in REQUIRED.items() for column in columns],
)
def test_what_a_rule_looks_at_is_never_null(
    make: Make, world: dict[str, Any], table: str, column: str
) -> None:
    """NULL would slip through an exclusion constraint and most checks."""
    statement = insert(table, REQUIRED[table][0], **{column: "NULL"})
    error = refusal_of(make, statement, world)
    assert isinstance(error, psycopg.errors.NotNullViolation)
    declared = make.one(
        "SELECT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
        table,
        column,
    )
    assert declared["attnotnull"]


@pytest.mark.parametrize("insert_one", [slot, request])
def test_a_period_does_not_run_backwards(
    make: Make, world: dict[str, Any], insert_one: Callable[..., str]
) -> None:
    """The period's range type refuses this before the check does."""
    statement = insert_one(end_at="%(start)s::timestamptz - interval '1 s'")
    assert isinstance(refusal_of(make, statement, world), psycopg.errors.DataException)


@pytest.mark.parametrize(
    "statements",
    [
        slot(),
        slot(start_at="%(start)s", end_at=AFTER_FREE, status="'blocked'"),
        slot(
            start_at="%(start)s::timestamptz - interval '1 h'",
            end_at="%(start)s::timestamptz",
        ),
        reservation(),
        request(),
        request(start_at="%(booked_start)s", end_at="%(booked_end)s"),
        booking() + "; " + BOOK_FREE,
        cancelled(),
        service(late_fee_cents="100"),
        insert("users", USER, provider_id="%(provider)s", role="'operator'"),
        insert("schedules", SCHEDULE),
        set_slot("held", "status = 'available', held_until = NULL, reservation_id = NULL"),
        set_appointment(
            "appointment", "status = 'cancelled', slot_id = NULL, fee_cents = 0, refund_cents = 0"
        )
        + "; "
        + set_slot("booked", "status = 'available', appointment_id = NULL"),
        set_appointment(
            "appointment", "slot_id = %(free)s, start_at = %(start)s, end_at = " + AFTER_FREE
        )
        + "; "
        + set_slot("free", "status = 'booked', appointment_id = %(appointment)s")
        + "; "
        + set_slot("booked", "status = 'available', appointment_id = NULL"),
        set_appointment("appointment", "deleted_at = now()")
        + "; "
        + set_slot("booked", "status = 'available', appointment_id = NULL"),
    ],
)
def test_what_breaks_no_rule_is_taken(make: Make, world: dict[str, Any], statements: str) -> None:
    """So that the cases above fail for their reason, and not for another."""
    with make.db.transaction():
        execute(make, statements, world)
        make.db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        raise psycopg.Rollback


def test_every_constraint_has_a_case(make: Make) -> None:
    """Checks, exclusions, foreign keys and unique indexes other than primary keys."""
    rows = make.all(
        """
        SELECT conname AS name FROM pg_constraint
        WHERE conrelid::regclass::text = ANY(%(tables)s) AND contype IN ('c', 'x', 'u', 'f')
        UNION
        SELECT indexrelid::regclass::text FROM pg_index
        WHERE indrelid::regclass::text = ANY(%(tables)s) AND indisunique AND NOT indisprimary
        """.replace("%(tables)s", "%s"),
        COVERED_TABLES,
        COVERED_TABLES,
    )
    declared = {row["name"] for row in rows}
    # Foreign keys of the catalogue have no rule of this file's.
    declared -= {name for name in declared if name.startswith("schedules_") and "fkey" in name}
    assert declared - IMPLIED - {constraint for constraint, _ in CASES} == set()
