"""What is measured: a private PostgreSQL with durable defaults, and Holdfast on it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import psycopg
from psycopg import sql
from tests.support.server import Server

from bench.processes import tree_seconds
from holdfast.kernel.embedded import EmbeddedPostgres
from holdfast.kernel.migrate import migrate

RESERVATION_TTL_SECONDS = 300
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
HOLDFAST = "holdfast"


def api_processes() -> int:
    """HOLDFAST_API_PROCESSES, or as many as there are cores."""
    return int(os.environ.get("HOLDFAST_API_PROCESSES", os.cpu_count() or 1))


@dataclass(frozen=True)
class Stack:
    """A PostgreSQL and the folder that everything is in."""

    postgres: EmbeddedPostgres
    folder: Path

    def url(self, database: str) -> str:
        """A database of this PostgreSQL, as the schema's owner."""
        return _with_database(self.postgres.owner_url, database)

    def superuser(self, database: str = HOLDFAST) -> psycopg.Connection[tuple[Any, ...]]:
        """For loading past the triggers, and for CHECKPOINT."""
        url = _with_database(self.postgres.superuser_url, database)
        return psycopg.connect(url, autocommit=True)

    def create_database(self, name: str, *, is_migrated: bool = False) -> str:
        """An empty database, or one with Holdfast's schema."""
        with psycopg.connect(self.postgres.owner_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        if is_migrated:
            migrate(self.url(name))
        return self.url(name)

    def checkpoint(self) -> None:
        """Let both sides of a pair begin alike: with nothing left to write from before."""
        with self.superuser() as connection:
            connection.execute("CHECKPOINT")

    @contextmanager
    def server(
        self,
        *,
        database: str = HOLDFAST,
        database_url: str | None = None,
        processes: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Server]:
        """A `holdfast serve`: API processes and a worker, everything on but the rate limit.

        Args:
            database_url: another way to the database.
            processes: by default as the environment says.
            env: more settings.
        """
        migrate(self.url(database))  # the code may have been edited since it was loaded
        folder = Path(mkdtemp(prefix=f"server-{database}-", dir=self.folder))
        url = database_url or _with_database(self.postgres.server_url, database)
        environment = {
            "HOLDFAST_DATABASE_URL": url,
            "HOLDFAST_API_PROCESSES": str(processes or api_processes()),
            "HOLDFAST_RESERVATION_TTL_SECONDS": str(RESERVATION_TTL_SECONDS),
            **(env or {}),
        }
        server = Server(folder, "serve", env=environment)
        try:
            try:
                server.start()
            except AssertionError:
                raise SystemExit("\n".join(server.output.splitlines()[-3:])) from None
            yield server
        finally:
            if server.process.poll() is None:
                server.stop()

    def cpu_seconds(self, server: Server) -> tuple[float, float]:
        """What Holdfast's processes and PostgreSQL's have used so far."""
        return tree_seconds(server.pid), tree_seconds(self.postgres.pid)


def api_pids(server: Server) -> list[int]:
    """The processes that answer requests."""
    return server.children("holdfast api ") or [server.pid]


@contextmanager
def stack() -> Iterator[Stack]:
    """A fresh PostgreSQL with Holdfast's schema, gone at the end."""
    with TemporaryDirectory(prefix="holdfast-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "postgres") as postgres:
            migrate(postgres.owner_url)
            check_durable(postgres.owner_url)
            yield Stack(postgres, folder)


def check_durable(url: str) -> None:
    """Fail unless a commit is on disk when it is answered."""
    with psycopg.connect(url) as connection:
        for name in DURABLE:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row == ("on",), f"{name} is {row}"


def server_version(url: str) -> str:
    """Such as 18.4."""
    with psycopg.connect(url) as connection:
        return "{}.{}".format(*divmod(connection.info.server_version, 10000))


def _with_database(url: str, database: str) -> str:
    return url.rpartition("/")[0] + "/" + database
