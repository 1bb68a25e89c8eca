"""An installation with appointments gets until when cancelling each of them is free (I9)."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from holdfast.kernel import migrate
from holdfast.kernel.ids import new_id
from tests.support.cluster import Cluster
from tests.support.make import soon
from tests.support.upgrade import forget_release

MIGRATION = "0014_time_and_money.sql"


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """The owner's URL of a database without anything in it."""
    owner_url = cluster.postgres.owner_url
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE upgraded")
    yield make_conninfo(owner_url, dbname="upgraded")
    with psycopg.connect(cluster.postgres.superuser_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE upgraded WITH (FORCE)")


def test_rows_get_what_the_policy_says(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    every = migrate.migrations()
    before = [script for script in every if script.name < MIGRATION]
    assert len(before) < len(every)
    monkeypatch.setattr(migrate, "migrations", lambda: before)
    monkeypatch.setattr(migrate, "replaceable", list[migrate.Script])
    migrate.migrate(empty)
    forget_release(empty)
    ids = {name: new_id() for name in ("user", "provider", "service", "a", "b")}
    start = soon(days=3)
    with Connection[DictRow].connect(empty, autocommit=True, row_factory=dict_row) as connection:
        connection.execute(
            "INSERT INTO users (id, email, password_hash, name) VALUES (%(user)s, 'a@b.test', 'x', "
            "'A')",
            ids,
        )
        connection.execute(
            "INSERT INTO providers (id, name, timezone) VALUES (%(provider)s, 'P', 'UTC')", ids
        )
        connection.execute(
            "INSERT INTO services (id, title, duration_minutes, price_cents, currency) "
            "VALUES (%(service)s, 'S', 30, 0, 'EUR')",
            ids,
        )
        for name, hours in (("a", 24), ("b", 0)):
            connection.execute(
                "INSERT INTO appointments (id, user_id, provider_id, service_id, start_at, end_at, "
                "status, price_cents, currency, free_until_hours, no_show_fee_cents) "
                "VALUES (%s, %s, %s, %s, %s, %s, 'requested', 0, 'EUR', %s, 0)",
                [
                    ids[name],
                    ids["user"],
                    ids["provider"],
                    ids["service"],
                    start,
                    start + timedelta(minutes=30),
                    hours,
                ],
            )
    monkeypatch.undo()
    assert MIGRATION in migrate.migrate(empty)
    with Connection[DictRow].connect(empty, autocommit=True, row_factory=dict_row) as connection:
        rows = connection.execute("SELECT id, refundable_until, version FROM appointments")
        kept = {row["id"]: (row["refundable_until"], row["version"]) for row in rows}
        assert kept == {ids["a"]: (start - timedelta(hours=24), 1), ids["b"]: (start, 1)}
