"""A database as an earlier version left it, to be filled and then upgraded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, cast
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from holdfast.kernel.schema_files import migrations
from tests.support.cluster import Cluster

Owner = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def before_migration(cluster: Cluster, name: str) -> Iterator[Owner]:
    """A database with the tables that all migrations before `name` make, dropped at the end."""
    postgres = cluster.postgres
    made = f"upgrade_{uuid4().hex[:12]}"
    database = sql.Identifier(made)
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        url = make_conninfo(postgres.owner_url, dbname=made)
        try:
            with psycopg.connect(url, autocommit=True) as owner:
                for script in migrations():
                    if script.name < name:
                        owner.execute(cast(LiteralString, script.text))
                yield owner
        finally:
            connection.execute(sql.SQL("DROP DATABASE {}").format(database))


def run_migration(owner: Owner, name: str) -> None:
    """Run the migration of this name."""
    (script,) = [script for script in migrations() if script.name == name]
    owner.execute(cast(LiteralString, script.text))


def forget_release(owner_url: str) -> None:
    """Make it a database of an unreleased version."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM schema_release")
