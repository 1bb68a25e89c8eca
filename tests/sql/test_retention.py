"""Retention: what has expired goes away, and nothing else (SPEC §7)."""

from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest

from holdfast.kernel.db import Database
from holdfast.workers import retention
from holdfast.workers.retention import prune
from tests.support.cluster import TestDatabase
from tests.support.make import Make

TABLES = (
    "throttle_windows",
    "sign_in_failures",
    "idempotency_records",
    "password_resets",
    "refresh_tokens",
    "sign_ins",
)


def fill(make: Make, count: int, expires: str) -> None:
    """So many rows in each table that expire at the time given by an SQL expression."""
    user_id = make.client().id
    for statement in (
        f"INSERT INTO throttle_windows SELECT gen_random_uuid()::text, 1, {expires} "
        "FROM generate_series(1, %(count)s)",
        "INSERT INTO sign_in_failures SELECT sha256(gen_random_uuid()::text::bytea), '', 1, "
        f"{expires} FROM generate_series(1, %(count)s)",
        "INSERT INTO idempotency_records (user_id, key, fingerprint, status, headers, body, "
        f"expires_at) SELECT %(user)s, gen_random_uuid()::text, '', 200, '{{}}', '', {expires} "
        "FROM generate_series(1, %(count)s)",
        "INSERT INTO password_resets (secret_hash, user_id, expires_at) "
        f"SELECT sha256(gen_random_uuid()::text::bytea), %(user)s, {expires} "
        "FROM generate_series(1, %(count)s)",
        "WITH s AS (INSERT INTO sign_ins (id, user_id, kind, expires_at) "
        f"SELECT gen_random_uuid(), %(user)s, 'tokens', {expires} "
        "FROM generate_series(1, %(count)s) RETURNING id) "
        "INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, expires_at) "
        f"SELECT id, id, %(user)s, sha256(id::text::bytea), {expires} FROM s",
    ):
        make.db.execute(statement.encode(), {"user": user_id, "count": count})


def rows_in(make: Make, table: LiteralString) -> int:
    return make.one(f"SELECT count(*) AS n FROM {table}")["n"]


async def test_what_has_expired_goes_and_the_rest_stays(db: Database, make: Make) -> None:
    fill(make, 3, "now() - interval '1 second'")
    fill(make, 2, "now() + interval '1 hour'")
    assert await prune(db) == 3 * len(TABLES)
    # And the sign-ins of the two users whose rows they are.
    left = {**dict.fromkeys(TABLES, 2), "sign_ins": 4}
    assert {table: rows_in(make, table) for table in TABLES} == left
    assert await prune(db) == 0


async def test_much_goes_in_batches(
    db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 10)
    fill(make, 25, "now() - interval '1 second'")
    passes = [await prune(db) for _ in range(4)]
    assert passes == [rows * len(TABLES) for rows in (10, 10, 5, 0)]


async def test_a_row_in_use_is_left_for_later_without_waiting(
    db: Database, make: Make, database: TestDatabase
) -> None:
    fill(make, 2, "now() - interval '1 second'")
    with psycopg.connect(database.owner_url) as other:
        other.execute("SELECT FROM password_resets LIMIT 1 FOR UPDATE")
        assert await prune(db) == 2 * len(TABLES) - 1
    assert await prune(db) == 1


async def test_old_user_actions_go(db: Database, make: Make) -> None:
    user = make.client()
    now = datetime.now(UTC)
    for days in (1, 364, 366, 800):
        at = now - timedelta(days=days)
        make.db.execute(
            "INSERT INTO user_actions (id, user_id, at, action, status) "
            "VALUES (%s, %s, %s, 'sign_in', 200)",
            [UUID(int=int(at.timestamp() * 1000) << 80), user.id, at],
        )
    assert await prune(db) == 2
    assert rows_in(make, "user_actions") == 2


async def test_a_sign_in_goes_after_its_last_token(db: Database, make: Make) -> None:
    fill(make, 2, "now() - interval '1 second'")
    make.db.execute(
        "UPDATE refresh_tokens SET expires_at = now() + interval '1 hour' "
        "WHERE id = (SELECT id FROM refresh_tokens LIMIT 1)"
    )
    await prune(db)
    assert rows_in(make, "refresh_tokens") == 1
    assert (
        make.one(
            "SELECT count(*) AS n FROM sign_ins AS s JOIN refresh_tokens AS t ON t.family_id = s.id"
        )["n"]
        == 1
    )
    make.db.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    assert await prune(db) == 2
