"""The way to PostgreSQL: a pool, transactions, and the retry of what may be retried."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout, TooManyRequests

from holdfast.kernel.errors import Refusal, unavailable

Connection = AsyncConnection[DictRow]
Row = DictRow
T = TypeVar("T")

SERVER_ROLE = "holdfast_server"
MAX_ATTEMPTS = 5
# The pool tries less and less often to replace a lost connection. Giving up soon lets the next
# request start afresh, so that a database that was away for long is not missed for long.
RECONNECT_SECONDS = 3.0
_RETRYABLE = (errors.SerializationFailure, errors.DeadlockDetected)

log = logging.getLogger("holdfast.db")


class _UndoError(Exception):
    """Ends a transaction that is to leave nothing."""


class _Idle(deque[Connection]):
    """The pool's idle connections: the one that was used last is used next.

    In turns, as the pool would, all of them are used now and then, and each PostgreSQL process
    behind them plans every statement for itself and finds nothing in its caches.
    """

    def append(self, x: Connection, /) -> None:
        self.appendleft(x)


async def _configure(connection: Connection) -> None:
    """Read and write JSON by orjson: documents are most of what comes from the database."""
    set_json_loads(orjson.loads, connection)
    set_json_dumps(orjson.dumps, connection)


class Database:
    """A pool of connections to one PostgreSQL, all acting with the rights of one role.

    Connections are in autocommit: a single statement is one round trip and its own transaction;
    several belong into `transaction()`.

    Args:
        url: a libpq URL.
        role: the role to act as when the login role is a different one (None: as logged in).
        max_size: connections at most.
        acquire_timeout_seconds: how long a request waits for a connection before 503.
    """

    def __init__(
        self,
        url: str,
        *,
        role: str | None = None,
        min_size: int = 2,
        max_size: int = 20,
        acquire_timeout_seconds: float = 10.0,
    ) -> None:
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            with_session_options(url, role=role),
            connection_class=AsyncConnection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=min(min_size, max_size),
            max_size=max_size,
            configure=_configure,
            max_waiting=2000,
            timeout=acquire_timeout_seconds,
            reconnect_timeout=RECONNECT_SECONDS,
            open=False,
            name="holdfast",
        )
        self.pool._pool = _Idle()

    async def open(self) -> None:
        await self.pool.open(wait=True, timeout=30)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit.

        Raises:
            Refusal: `unavailable` when the database cannot be reached or does not answer in time.
        """
        try:
            async with self.pool.connection() as connection:
                yield connection
        except _RETRYABLE:
            raise
        except psycopg.OperationalError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: psycopg.OperationalError) -> Refusal:
        if isinstance(error, PoolTimeout | TooManyRequests):
            return unavailable("All database connections are busy. Please try again.")
        if isinstance(error, errors.LockNotAvailable | errors.QueryCanceled):
            return unavailable("This took too long. Please try again.")
        log.warning("database connection lost: %s", str(error).strip())
        asyncio.get_running_loop().create_task(self._drop_dead_connections())
        return unavailable("The database is not available. Please try again.")

    async def _drop_dead_connections(self) -> None:
        # After a restart of PostgreSQL every idle connection is dead; without this each of
        # them would cost one request a 503.
        try:
            await self.pool.check()
        except psycopg.Error:
            log.debug("pool check failed", exc_info=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction, committed when the block ends, rolled back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run one statement's worth of work in autocommit; repeat it on a deadlock."""
        return await retry(lambda: self._once(work))

    async def run_transaction(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run work in one transaction; repeat the whole of it on a deadlock."""
        return await retry(lambda: self._once_in_transaction(work))

    async def run_undone(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """As `run_transaction`, but undo everything: for what only asks what would come of it."""
        return await retry(lambda: self._once_undone(work))

    async def _once_undone(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        results: list[T] = []
        try:
            async with self.transaction() as connection:
                results.append(await work(connection))
                raise _UndoError
        except _UndoError:
            return results[0]

    async def _once(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        # As `connection()`, without the two context managers: they cost a tenth of a round trip.
        try:
            connection = await self.pool.getconn()
            try:
                return await work(connection)
            finally:
                await self.pool.putconn(connection)
        except _RETRYABLE:
            raise
        except psycopg.OperationalError as error:
            raise self._refusal(error) from error

    async def _once_in_transaction(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self.transaction() as connection:
            return await work(connection)


async def retry(attempt: Callable[[], Awaitable[T]]) -> T:
    """Repeat an operation that PostgreSQL undid (40001, 40P01), at most five times in all.

    Raises:
        Refusal: `unavailable` when the last attempt was undone, too.
    """
    for number in range(1, MAX_ATTEMPTS + 1):
        try:
            return await attempt()
        except _RETRYABLE as error:
            log.warning("attempt %d undone by the database: %s", number, error.sqlstate)
            if number == MAX_ATTEMPTS:
                raise unavailable("The server is busy. Please try again.") from error
            await asyncio.sleep(random.uniform(0, 0.02 * 2**number))
    raise AssertionError("unreachable")


def with_session_options(url: str, *, role: str | None = None) -> str:
    """The URL with time limits, UTC and (if given) the role as start-up options.

    Start-up options cost no round trip and survive a reconnect. The price of a random page is that
    of an SSD or of memory: with PostgreSQL's 4.0, made for disks that turn, a list in an index's
    order and a walk along all starts come out as equally dear, and the sample decides. A statement
    is planned once for each connection: left to choose, PostgreSQL plans one that takes arrays anew
    at every call with few elements, which costs several times as much as the call.
    """
    parts = conninfo_to_dict(url)
    options = [
        "-c timezone=UTC",
        "-c lock_timeout=8000",
        "-c statement_timeout=20000",
        "-c idle_in_transaction_session_timeout=30000",
        "-c random_page_cost=1.1",
        "-c plan_cache_mode=force_generic_plan",
    ]
    if role:
        options.append(f"-c role={role}")
    given = str(parts.get("options") or "")
    return make_conninfo(
        url,
        options=f"{' '.join(options)} {given}".strip(),
        application_name=parts.get("application_name") or "holdfast",
        connect_timeout=parts.get("connect_timeout") or 5,
    )


async def fetch_one(
    connection: Connection, query: Any, parameters: dict[str, Any] | None = None
) -> Row | None:
    """Run a statement and return its first row."""
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchone()


async def fetch_all(
    connection: Connection, query: Any, parameters: dict[str, Any] | None = None
) -> list[Row]:
    """Run a statement and return all its rows; the statement itself must bound them."""
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchall()
