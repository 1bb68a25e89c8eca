"""The database as a verification sees it: one read-only snapshot, read range by range."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection, Error, IsolationLevel, errors, sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from holdfast.kernel.db import SERVER_ROLE
from holdfast.verify.checks import QUERIES, Check, Walk

LAST_KEY = (1 << 128) - 1
# Sorts and hash joins of one range stay in memory up to this; beyond, they use temporary files.
WORK_MEM = "64MB"


class CannotVerify(Exception):
    """The checks cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys from `first` to `last`, both included, with about so many rows of the walk's table."""

    first: UUID
    last: UUID
    rows: int


def statement(check: Check, keys: KeyRange | None) -> tuple[sql.SQL | sql.Composed, dict[str, Any]]:
    """A check's statement for a range of keys (None: it has no ranges), with its parameters."""
    query: sql.SQL | sql.Composed = sql.SQL(check.query)
    if check.names:
        query = query.format(**{name: sql.Identifier(value) for name, value in check.names})
    parameters: dict[str, Any] = {"role": SERVER_ROLE}
    if keys is not None:
        parameters |= {"first": keys.first, "last": keys.last}
    return query, parameters


class Snapshot:
    """A database at one moment."""

    def __init__(self, connection: Connection[DictRow]) -> None:
        self._connection = connection

    def ranges(self, walk: Walk) -> list[KeyRange]:
        """Ranges that cover every key there can be, also keys that the table does not have."""
        query = sql.SQL(QUERIES.ranges).format(
            key=sql.Identifier(walk.key), table=sql.Identifier(walk.table)
        )
        rows = self._connection.execute(query, {"size": walk.range_rows}).fetchall()
        ranges: list[KeyRange] = []
        first, done = 0, 0
        for row in rows[:-1]:
            if row["key"].int >= first:
                ranges.append(KeyRange(UUID(int=first), row["key"], row["rows"] - done))
                first, done = row["key"].int + 1, row["rows"]
        total = rows[-1]["rows"] if rows else 0
        if first <= LAST_KEY:
            ranges.append(KeyRange(UUID(int=first), UUID(int=LAST_KEY), total - done))
        return ranges

    def rows(self, check: Check, keys: KeyRange | None) -> list[DictRow]:
        """What the check's statement returns for a range of keys (None: it has no ranges)."""
        query, parameters = statement(check, keys)
        return self._connection.execute(query, parameters).fetchall()


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Open a snapshot of the database; nothing in it can be changed, nothing is locked.

    Raises:
        CannotVerify: the database cannot be reached, or cannot be read as this version expects.
    """
    try:
        with _transaction(url) as connection:
            yield Snapshot(connection)
    except (errors.UndefinedTable, errors.UndefinedFunction, errors.UndefinedColumn) as error:
        raise CannotVerify(
            "This database lacks this version's schema. Run `holdfast migrate` first."
        ) from error
    except Error as error:
        raise CannotVerify(f"The database could not be checked: {str(error).strip()}") from error


@contextmanager
def _transaction(url: str) -> Iterator[Connection[DictRow]]:
    with Connection[DictRow].connect(
        make_conninfo(url, application_name="holdfast verify", connect_timeout=10),
        row_factory=dict_row,
        prepare_threshold=None,  # a plan for each range, from its own keys
    ) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            # Time limits differ between versions of PostgreSQL; those that there are, are lifted.
            connection.execute(
                """
                SELECT set_config(name, '0', true) FROM pg_settings
                WHERE name IN ('statement_timeout', 'transaction_timeout',
                               'idle_in_transaction_session_timeout')
                """
            )
            connection.execute(sql.SQL("SET LOCAL work_mem = {}").format(WORK_MEM))
            # A live server has better use for its other cores.
            connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            connection.execute("SET LOCAL jit = off")
            yield connection
