"""Filling large tables quickly: without triggers, indexes and keys, which are put back afterwards.

What is put back is what was there, word for word, and PostgreSQL checks every row against it while
it builds: a constraint that the rows break fails the load.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, LiteralString, cast

import psycopg

TABLES = ("slots", "appointments", "appointment_audit", "slot_audit", "reservations", "users")
CONNECTIONS = 2
# Nothing that is loaded has to survive a crash before the checkpoint at the end.
SETTINGS = (
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '512MB'",
    "SET max_parallel_maintenance_workers = 0",
    "SET work_mem = '128MB'",
)
_TRIGGERS = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled = 'A'
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype IN ('p', 'u', 'x', 'f')
  AND (conrelid = ANY (%(tables)s::regclass[])
       OR (contype = 'f' AND confrelid = ANY (%(tables)s::regclass[])))
ORDER BY array_position(ARRAY['f', 'x', 'u', 'p'], contype::text), conname
"""
_INDEXES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index AS i
WHERE i.indrelid = ANY (%(tables)s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
ORDER BY 2
"""

Connection = psycopg.Connection[tuple[Any, ...]]
Job = Callable[[Connection], None]


class Loader:
    """Superuser connections to one database, for several jobs at a time."""

    def __init__(self, connection: Connection) -> None:
        """Args: connection: of a superuser; others like it are made."""
        self._connection = connection
        info = connection.info
        self._how: dict[str, Any] = {**info.get_parameters(), "password": info.password}

    def run(
        self, jobs: Iterable[Job], after_each: Callable[[int], None] = lambda done: None
    ) -> None:
        """Do the jobs, each on one of the connections; the first failure is raised."""
        idle: list[Connection] = []

        def work(job: Job) -> None:
            connection = idle.pop()
            try:
                job(connection)
            finally:
                idle.append(connection)

        try:
            for _ in range(CONNECTIONS):
                idle.append(psycopg.connect(**self._how, autocommit=True))
                _execute(idle[-1], SETTINGS)
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                for done, _ in enumerate(pool.map(work, jobs), 1):
                    after_each(done)
        finally:
            for connection in idle:
                connection.close()

    @contextmanager
    def bare(self, say: Callable[[str], None]) -> Iterator[None]:
        """The tables have no triggers, indexes and keys as long as the block lasts."""
        names = {"tables": list(TABLES)}
        triggers = self._all(_TRIGGERS, {})
        constraints = self._all(_CONSTRAINTS, names)
        indexes = self._all(_INDEXES, names)
        here = self._connection
        _execute(here, [f"ALTER TABLE {t} DISABLE TRIGGER {name}" for t, name in triggers])
        _execute(here, [f"ALTER TABLE {t} SET (autovacuum_enabled = off)" for t in TABLES])
        _execute(here, [f"ALTER TABLE {t} DROP CONSTRAINT {name}" for t, name, *_ in constraints])
        _execute(here, [f"DROP INDEX {name}" for _, name, _ in indexes])
        _execute(here, ["ALTER SYSTEM SET max_wal_size = '8GB'", "SELECT pg_reload_conf()"])
        try:
            yield
        finally:
            _execute(here, ["ALTER SYSTEM RESET max_wal_size", "SELECT pg_reload_conf()"])
        say("building indexes ...")
        keys = [row for row in constraints if row[2] != "f"]
        self.run(
            _job(
                [
                    f"ALTER TABLE {t} ADD CONSTRAINT {name} {text}"
                    for t, name, _, text in keys
                    if t == table
                ]
                + [f"{text}" for t, _, text in indexes if t == table]
            )
            for table in TABLES
        )
        say("checking foreign keys ...")
        _execute(here, SETTINGS)
        foreign = [row for row in constraints if row[2] == "f"]
        _execute(
            here, [f"ALTER TABLE {t} ADD CONSTRAINT {name} {text}" for t, name, _, text in foreign]
        )
        _execute(
            here, ["RESET ALL", *(f"ALTER TABLE {t} RESET (autovacuum_enabled)" for t in TABLES)]
        )
        _execute(here, [f"ALTER TABLE {t} ENABLE ALWAYS TRIGGER {name}" for t, name in triggers])
        say("vacuum and analyze ...")
        self.run(_job([f"VACUUM (ANALYZE) {table}"]) for table in TABLES)
        _execute(here, ["ANALYZE", "CHECKPOINT"])

    def _all(self, query: LiteralString, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()


@contextmanager
def without_triggers(connection: Connection, tables: Sequence[str]) -> Iterator[None]:
    """No trigger of these tables fires here; those that fire always are off for everybody."""
    found = connection.execute(_TRIGGERS).fetchall()
    triggers = [(table, name) for table, name in found if table in tables]
    _execute(connection, [f"ALTER TABLE {t} DISABLE TRIGGER {name}" for t, name in triggers])
    _execute(connection, ["SET session_replication_role = replica"])
    try:
        yield
    finally:
        _execute(connection, ["RESET session_replication_role"])
        _execute(
            connection, [f"ALTER TABLE {t} ENABLE ALWAYS TRIGGER {name}" for t, name in triggers]
        )


def _job(statements: Sequence[str]) -> Job:
    return lambda connection: _execute(connection, statements)


def _execute(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(cast(LiteralString, statement))
