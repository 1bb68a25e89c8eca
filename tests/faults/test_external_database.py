"""`holdfast serve` on a PostgreSQL of the operator's (HOLDFAST_DATABASE_URL)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from holdfast.runtime.database import Login, Place, prepare
from tests.support.cluster import Cluster, TestDatabase
from tests.support.server import Server, as_url, run_command


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[TestDatabase]:
    """A database without a schema."""
    name = f"empty_{uuid4().hex[:12]}"
    database = sql.Identifier(name)
    postgres = cluster.postgres
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
    try:
        yield TestDatabase(postgres, name)
    finally:
        # Only a superuser may end the others' connections, and an autovacuum that has just begun.
        with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def test_a_stronger_login_acts_as_the_server(database: TestDatabase) -> None:
    url = as_url(database.superuser_url)
    assert prepare(Place(url, url, None)) == Login(url, "holdfast_server")


def test_a_login_that_may_not_act_as_the_server_is_warned_of(
    tmp_path: Path, database: TestDatabase
) -> None:
    env = {"HOLDFAST_DATABASE_URL": as_url(database.owner_url)}
    with Server(tmp_path, env=env) as server:
        assert "may not act as holdfast_server" in server.output


def acting_as(database: TestDatabase) -> set[str]:
    """The roles that the server's connections act as."""
    with psycopg.connect(database.superuser_url) as connection:
        rows = connection.execute(
            "SELECT usename FROM pg_stat_activity "
            "WHERE datname = %s AND application_name = 'holdfast'",
            [database.name],
        )
        return {name for (name,) in rows}


def test_the_owners_login_migrates(tmp_path: Path, empty_database: TestDatabase) -> None:
    env = {"HOLDFAST_DATABASE_URL": as_url(empty_database.owner_url)}
    with Server(tmp_path, env=env) as server:
        assert httpx.get(f"{server.url}/health").json()["database"] == "connected"
        assert not server.data_dir.exists()
        assert server.logged("migrated")
        assert server.stop() == 0


def test_the_servers_own_login_is_enough_once_migrated(
    tmp_path: Path, database: TestDatabase
) -> None:
    with Server(tmp_path, env={"HOLDFAST_DATABASE_URL": as_url(database.server_url)}) as server:
        assert acting_as(database) == {"holdfast_server"}
        assert server.stop() == 0


def test_the_servers_own_login_cannot_migrate(tmp_path: Path, empty_database: TestDatabase) -> None:
    ended = run_command(
        tmp_path, "serve", env={"HOLDFAST_DATABASE_URL": as_url(empty_database.server_url)}
    )
    assert ended.returncode == 1
    assert "may not change the schema" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_older_server_refuses_a_newer_database(tmp_path: Path, database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE schema_release SET release = release + 1")
    ended = run_command(
        tmp_path, "serve", env={"HOLDFAST_DATABASE_URL": as_url(database.owner_url)}
    )
    assert ended.returncode == 1
    assert "is older, and leaves the database alone" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_several_may_start_at_once_on_an_empty_database(
    tmp_path: Path, empty_database: TestDatabase
) -> None:
    with ExitStack() as stack:
        servers = []
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            env = {"HOLDFAST_DATABASE_URL": as_url(empty_database.owner_url)}
            servers.append(Server(folder, env=env))
            stack.push(servers[-1])
        with ThreadPoolExecutor() as pool:
            list(pool.map(Server.start, servers))
        migrated = [server for server in servers if server.logged("migrated")]
        assert len(migrated) == 1


def test_a_missing_secret_key_is_named(tmp_path: Path, database: TestDatabase) -> None:
    env = {"HOLDFAST_DATABASE_URL": as_url(database.server_url), "HOLDFAST_SECRET_KEY": None}
    ended = run_command(tmp_path, "serve", env=env)
    assert ended.returncode == 2
    assert ended.stderr.startswith("holdfast: HOLDFAST_SECRET_KEY is needed")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("change", [{"port": "1"}, {"dbname": "no_such"}, {"password": "wrong"}])
def test_a_database_that_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, database: TestDatabase, change: dict[str, str]
) -> None:
    url = make_conninfo(database.server_url, **change)
    ended = run_command(tmp_path, "serve", env={"HOLDFAST_DATABASE_URL": as_url(url)})
    assert ended.returncode == 1
    assert ended.stderr.startswith("holdfast: the database cannot be used: ")
    assert ended.stderr.count("\n") == 1
    assert str(conninfo_to_dict(url)["password"]) not in ended.stderr
