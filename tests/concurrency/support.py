"""Contention made on purpose: many clients, locks that the test holds, sight of who waits."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
import psycopg
from fastapi import FastAPI
from psycopg import AsyncConnection, Connection, sql

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User

LOCK_SLOT = "SELECT FROM slots WHERE id = %s FOR UPDATE"


async def eventually(
    condition: Callable[[], Awaitable[bool]], what: str, seconds: float = 20.0
) -> None:
    """Wait until a condition holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(0.005)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one client was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def scenario(self) -> str | None:
        return self.json()["scenario"] if self.status >= 400 else None


class Crowd:
    """Many clients of one application in this process.

    It speaks ASGI itself: an HTTP client library would cost more than what is tested.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def send(
        self,
        user: User,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request below /api/v1; `key` is an idempotency key (`new`: a fresh one)."""
        parts = urlsplit(f"/api/v1{path}")
        content = b"" if body is None else orjson.dumps(body)
        all_headers = {
            "host": "holdfast.test",
            "content-type": "application/json",
            "content-length": str(len(content)),
            **user.auth,
            **(headers or {}),
        }
        if key is not None:
            all_headers["idempotency-key"] = uuid4().hex if key == "new" else key
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode(), value.encode()) for name, value in all_headers.items()
            ],
            "client": ("127.0.0.1", 50000),
            "server": ("holdfast.test", 80),
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *rest = sent
        return Answer(
            start["status"],
            {name.decode().lower(): value.decode() for name, value in start["headers"]},
            b"".join(part.get("body", b"") for part in rest),
        )

    async def reserve(self, user: User, place: Place, slot_id: object, **more: Any) -> Answer:
        body = {
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "timeslotId": str(slot_id),
        }
        return await self.send(user, "POST", "/reservations", body, **more)

    async def book(self, user: User, token: str, *, key: str = "new") -> Answer:
        return await self.send(user, "POST", "/appointments", {"reservationToken": token}, key=key)

    async def book_at(
        self, user: User, place: Place, start: Any, *, key: str = "new", **more: Any
    ) -> Answer:
        body = {
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "start": start.isoformat(),
            **more,
        }
        return await self.send(user, "POST", "/appointments", body, key=key)


@asynccontextmanager
async def crowd_of(
    database: TestDatabase, settings: Settings, *, connections: int
) -> AsyncIterator[Crowd]:
    """The application in this process with so many connections, all open from the start."""
    db = Database(database.server_url, min_size=connections, max_size=connections)
    app = create_app(settings, db)
    async with app.router.lifespan_context(app):
        yield Crowd(app)


class Gate:
    """A lock held by the test, so that everybody else arrives while nobody can go on."""

    def __init__(self, connection: AsyncConnection[Any], watch: AsyncConnection[Any]) -> None:
        self._connection = connection
        self._watch = watch

    async def waiting(self) -> int:
        """How many connections of this database wait for a lock now."""
        cursor = await self._watch.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        row = await cursor.fetchone()
        return row[0] if row else 0

    async def until_waiting(self, count: int) -> None:
        """Wait until exactly so many connections wait for a lock."""

        async def all_there() -> bool:
            return await self.waiting() == count

        await eventually(all_there, f"{count} connections wait for a lock")

    async def until(self, moment: object) -> None:
        """Wait until the database's clock has reached a time."""

        async def reached() -> bool:
            cursor = await self._watch.execute(
                "SELECT clock_timestamp() >= %s::timestamptz", [moment]
            )
            row = await cursor.fetchone()
            return bool(row and row[0])

        await eventually(reached, f"the database's clock shows {moment}")

    async def is_before(self, moment: object) -> bool:
        cursor = await self._watch.execute("SELECT clock_timestamp() < %s::timestamptz", [moment])
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def open(self) -> None:
        """Let everybody go on, having changed nothing."""
        await self._connection.commit()


@asynccontextmanager
async def gate(
    database: TestDatabase, lock: LiteralString, *parameters: object
) -> AsyncIterator[Gate]:
    """Hold a lock, taken by `lock` in a transaction of its own, until `open()` or the end."""
    # A superuser may see what the other roles' connections wait for.
    url = database.superuser_url
    async with (
        await AsyncConnection.connect(url) as connection,
        await AsyncConnection.connect(url, autocommit=True) as watch,
    ):
        await connection.execute(lock, parameters)
        yield Gate(connection, watch)


async def all_of(attempts: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """Run all attempts at once."""
    return list(await asyncio.gather(*attempts))


def deadlocks(database: TestDatabase) -> int:
    """How many deadlocks PostgreSQL has counted in this database.

    Connections report what they counted when they end at the latest, so call this when those
    that matter have ended.
    """
    with Connection.connect(database.superuser_url, autocommit=True) as connection:
        # Longer than statement_timeout: a backend that runs a statement sees only then that its
        # client has gone.
        deadline = time.monotonic() + 60
        while True:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = d.datname "
                "AND usename = 'holdfast_server'), deadlocks "
                "FROM pg_stat_database AS d WHERE d.datname = current_database()"
            ).fetchone()
            assert row is not None
            if row[0] == 0:
                return row[1]
            assert time.monotonic() < deadline, "the server's connections have not ended"
            time.sleep(0.01)


def break_function(database: TestDatabase, name: str, found: str, put: str) -> None:
    """Replace a piece of an SQL function in this database, to see that a test notices.

    Args:
        name: the function, as `regproc` takes it.
        found: what to replace; it must occur.
        put: what to put in its place.
    """
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_get_functiondef(%s::regproc)", [name]).fetchone()
        assert row is not None
        assert found in row[0], f"{name} has no {found!r}"
        connection.execute(cast(LiteralString, row[0].replace(found, put)))


def fail_inserts_of(make: Make, table: str, user_id: UUID) -> None:
    """Let each insert of one user into a table fail, as by a bug or a constraint."""
    make.db.execute(
        sql.SQL("""
            CREATE FUNCTION fail_for_one() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.user_id = {user_id} THEN
                    RAISE EXCEPTION 'planted';
                END IF;
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER fail_for_one BEFORE INSERT ON {table}
                FOR EACH ROW EXECUTE FUNCTION fail_for_one();
        """).format(user_id=sql.Literal(str(user_id)), table=sql.Identifier(table))
    )


def history_of_slots(make: Make) -> dict[str, list[str]]:
    """The actions in each slot's audit, oldest first; fails when a version is missing."""
    histories: dict[str, list[str]] = {}
    for row in make.all(
        "SELECT slot_id, version, action FROM slot_audit ORDER BY slot_id, version"
    ):
        history = histories.setdefault(str(row["slot_id"]), [])
        assert row["version"] == len(history) + 1
        history.append(row["action"])
    return histories
