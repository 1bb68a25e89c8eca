"""Sessions and refresh tokens from before sign-ins had a table go on after the upgrade (0016)."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from holdfast.accounts.device import Device
from holdfast.accounts.sign_in import refresh
from holdfast.http.auth import secret_hash
from holdfast.http.callers import Callers
from holdfast.http.tokens import Tokens
from holdfast.kernel import migrate
from holdfast.kernel.db import Database
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import SECRET_KEY
from tests.support.upgrade import forget_release

BEFORE = "0016"
DEVICE = Device(None, None)


@pytest.fixture
def former(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestDatabase]:
    """A database whose tables are those of the migrations before."""
    name = f"former_{uuid4().hex[:12]}"
    with psycopg.connect(cluster.postgres.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    earlier = [script for script in migrate.migrations() if script.name < BEFORE]
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: earlier)
        patch.setattr(migrate, "replaceable", list)
        migrate.migrate(make_conninfo(cluster.postgres.owner_url, dbname=name))
    forget_release(make_conninfo(cluster.postgres.owner_url, dbname=name))
    yield TestDatabase(cluster.postgres, name)
    with psycopg.connect(cluster.postgres.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def fill(connection: psycopg.Connection[DictRow]) -> UUID:
    user_id = uuid4()
    connection.execute(
        "INSERT INTO users (id, email, password_hash, name) VALUES (%s, 'k@mail.test', 'x', 'K')",
        [user_id],
    )
    live, ended = uuid4(), uuid4()
    for family, secret, used, revoked in (
        (live, "live-1", 1, None),
        (live, "live-2", None, None),
        (ended, "ended-1", 2, 1),
        (ended, "ended-2", None, 1),
    ):
        connection.execute(
            "INSERT INTO refresh_tokens "
            "(id, family_id, user_id, token_hash, expires_at, used_at, revoked_at) "
            "VALUES (gen_random_uuid(), %s, %s, %s, now() + interval '9 days', "
            "now() - %s * interval '1 hour', now() - %s * interval '1 hour')",
            [family, user_id, secret_hash(secret), used, revoked],
        )
    for secret in ("web-1", "web-2"):
        connection.execute(
            "INSERT INTO sessions (secret_hash, user_id, expires_at) "
            "VALUES (%s, %s, now() + interval '9 days')",
            [secret_hash(secret), user_id],
        )
    return user_id


async def test_what_was_signed_in_stays_signed_in(former: TestDatabase) -> None:
    with psycopg.Connection[DictRow].connect(
        former.owner_url, autocommit=True, row_factory=dict_row
    ) as connection:
        user_id = fill(connection)
        migrate.migrate(former.owner_url)
        rows = connection.execute(
            "SELECT kind, ended_at IS NULL AS live, expires_at > now() AS lasts FROM sign_ins "
            "ORDER BY kind, live"
        ).fetchall()
    assert [(row["kind"], row["live"], row["lasts"]) for row in rows] == [
        ("cookie", True, True),
        ("cookie", True, True),
        ("tokens", False, True),
        ("tokens", True, True),
    ]
    db, tokens = Database(former.server_url, max_size=2), Tokens(SECRET_KEY)
    await db.open()
    try:
        for secret in ("web-1", "web-2"):
            caller = await Callers(db).by_session(secret_hash(secret))
            assert caller is not None
            assert caller.actor.id == user_id
        assert (await refresh(db, tokens, "ended-2", DEVICE)).answer is None
        renewed = await refresh(db, tokens, "live-2", DEVICE)
        assert renewed.answer is not None
        claims = tokens.read_access_token(renewed.answer["accessToken"])
        assert claims is not None
        assert await Callers(db).by_token(claims) is not None
        # A token that was used before the upgrade still gives away who copied it.
        reused = await refresh(db, tokens, "live-1", DEVICE)
        assert (reused.answer, reused.is_ended, reused.sign_in_id) == (
            None,
            True,
            claims.sign_in_id,
        )
    finally:
        await db.close()
