"""As the server's role, no row is rewritten past its history: each column is tried."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.support.cluster import TestDatabase
from tests.support.make import Make

# What a row is, and since when: of no table may the server change it.
IDENTITY = {"id", "created_at", "created_by", "appointment_id", "secret_hash"}
# Tables of secrets, counters and positions, which have no history: rows come and go as a whole. The
# columns named are those that say what a row is; `appointment_id` of a slot says what became of it.
CHANGEABLE = {("slots", "appointment_id")}
NO_HISTORY = {
    *("sign_ins", "sign_in_failures", "stale_calendars", "user_search"),
    *("refresh_tokens", "password_resets", "throttle_windows", "idempotency_records"),
    *("provider_facilities", "provider_services", "channels", "relay", "pusher_bridge"),
    "push_subscriptions",
}
OTHER_VALUE = {
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "{column} + interval '1 day'",
    "text": "'rewritten'",
    "integer": "{column} + 7",
    "bigint": "{column} + 7",
    "bytea": "'\\x00'",
}


@pytest.fixture
def server(database: TestDatabase, make: Make) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The server's login, in a database with a row in each table that has history."""
    place, client = make.place(), make.client()
    appointment = make.appointment(client, place, make.slot(place))
    make.db.execute(
        "INSERT INTO appointment_shares (id, appointment_id, secret_hash, created_by) "
        "VALUES (gen_random_uuid(), %s, 'x', %s)",
        [appointment, client.id],
    )
    with psycopg.connect(database.server_url, autocommit=True) as connection:
        yield connection


def columns(make: Make) -> list[tuple[str, str, str]]:
    rows = make.all(
        "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) AS type "
        "FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
        "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2"
    )
    return [(row["relname"], row["attname"], row["type"]) for row in rows]


def test_no_row_becomes_another_and_none_gets_another_past(
    server: psycopg.Connection[tuple[object, ...]], make: Make
) -> None:
    tried = 0
    for table, column, type_ in columns(make):
        if table in NO_HISTORY or column not in IDENTITY or (table, column) in CHANGEABLE:
            continue
        other = OTHER_VALUE[type_].format(column=column)
        statement = f"UPDATE {table} SET {column} = {other}".encode()
        with pytest.raises((errors.InsufficientPrivilege, errors.GeneratedAlways)):
            server.execute(statement)
        tried += 1
    assert tried > 25


# Counted and chained by the trigger itself, whatever is assigned; the last ones are generated.
BY_THE_TRIGGER = {"version", "updated_at", "audit_hash", "during", "is_live", "is_open"}
# A change that history records, to smuggle another one in with.
RECORDED = {
    "appointments": ("appointment_audit", "notes", "coalesce(notes, '') || 'x'"),
    "slots": ("slot_audit", "end_at", "end_at + interval '1 second'"),
}


@pytest.mark.parametrize("table", RECORDED)
def test_a_change_of_what_has_a_chain_is_in_it_or_is_none(
    server: psycopg.Connection[tuple[object, ...]], make: Make, table: str
) -> None:
    """Each column by itself, and together with one that history records."""
    audit, carrier, value = RECORDED[table]
    look = (
        f"SELECT to_jsonb(t) AS row, (SELECT count(*) FROM {audit}) AS entries, "
        f"(SELECT changes FROM {audit} ORDER BY version DESC LIMIT 1) AS changes FROM {table} AS t"
    ).encode()
    changed_some = False
    for name, column, type_ in columns(make):
        if name != table or column == carrier or type_ not in OTHER_VALUE:
            continue
        other = OTHER_VALUE[type_].format(column=column)
        for more in ("", f", {carrier} = {value}"):
            before = make.db.execute(look).fetchone()
            try:
                server.execute(f"UPDATE {table} SET {column} = {other}{more}".encode())
            except psycopg.Error:
                continue
            after = make.db.execute(look).fetchone()
            assert before is not None and after is not None
            changed = {k for k, v in after["row"].items() if v != before["row"][k]}
            assert bool(changed) == (after["entries"] == before["entries"] + 1)
            told = set(after["changes"]) if changed else set()
            assert {wire(k) for k in changed - BY_THE_TRIGGER} <= told, (column, more)
            changed_some = changed_some or bool(changed)
    assert changed_some


def wire(column: str) -> str:
    """`deleted_at` is `deletedAt` on the wire; `start_at` is `start`."""
    if column in ("start_at", "end_at"):
        column = column.removesuffix("_at")
    first, *rest = column.split("_")
    return first + "".join(part.title() for part in rest)
