"""A real PostgreSQL for the tests, and cheap fresh databases in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from holdfast.kernel.embedded import EmbeddedPostgres
from holdfast.kernel.migrate import migrate

TEMPLATE = "holdfast_template"
# Nothing in a test database has to survive a crash of the machine; tests of crashes make a cluster
# of their own with the real defaults. The log is kept short, because it may lie in memory.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}


def bin_dir() -> Path | None:
    """PostgreSQL's programs named by HOLDFAST_TEST_PG_BIN (default: the embedded ones)."""
    named = os.environ.get("HOLDFAST_TEST_PG_BIN")
    return Path(named) if named else None


class Cluster:
    """One PostgreSQL with a migrated template database."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        migrate(make_conninfo(postgres.owner_url, dbname=TEMPLATE))

    @contextmanager
    def database(self) -> Iterator["TestDatabase"]:
        """A fresh, migrated database, dropped at the end."""
        name = f"test_{uuid4().hex[:12]}"
        self._run(
            self.postgres.owner_url,
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            ),
        )
        try:
            yield TestDatabase(self.postgres, name)
        finally:
            # Only a superuser may end the other roles' connections.
            self._run(
                self.postgres.superuser_url,
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)),
            )

    @staticmethod
    def _run(url: str, statement: sql.Composed) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)


class TestDatabase:
    """A database of one test, reachable as each of the three roles."""

    __test__ = False

    def __init__(self, postgres: EmbeddedPostgres, name: str) -> None:
        self.name = name
        self.owner_url = make_conninfo(postgres.owner_url, dbname=name)
        self.server_url = make_conninfo(postgres.server_url, dbname=name)
        self.superuser_url = make_conninfo(postgres.superuser_url, dbname=name)
