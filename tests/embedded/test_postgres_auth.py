"""Nobody gets in without the password, on any way in."""

from pathlib import Path

import psycopg
import pytest

from holdfast.kernel.embedded import EmbeddedPostgres

from .support import one_value


def test_every_role_needs_its_password_everywhere(pg: EmbeddedPostgres) -> None:
    with psycopg.connect(pg.superuser_url) as connection:
        row = connection.execute("SHOW unix_socket_directories").fetchone()
        assert row is not None
        socket_dir = row[0].strip('"')
    hosts = ["127.0.0.1", *([socket_dir] if socket_dir else [])]
    for url in (pg.owner_url, pg.server_url, pg.superuser_url):
        for host in hosts:
            with psycopg.connect(url, host=host) as connection:
                assert connection.pgconn.used_password
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(url, host=host, password="wrong")
            with pytest.raises(psycopg.OperationalError, match="no password supplied"):
                psycopg.connect(url, host=host, password="", passfile="/dev/null")
            with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
                psycopg.connect(url + "?replication=true", host=host)


def test_the_rules_and_the_stored_passwords_are_scram(pg: EmbeddedPostgres) -> None:
    with psycopg.connect(pg.superuser_url) as connection:
        rules = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
        assert set(rules) == {("scram-sha-256",)}
        stored = connection.execute(
            "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
        ).fetchone()
        assert stored == (True,)


def test_variables_of_the_environment_change_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGDATA": "/nowhere",
        "PGPORT": "1",
        "PGHOST": "nowhere.invalid",
        "PGDATABASE": "nothing",
        "PGOPTIONS": "-c nonsense=1",
        "PGSSLMODE": "require",
        "PGREQUIREAUTH": "none",
        "LC_ALL": "nonsense",
    }.items():
        monkeypatch.setenv(name, value)
    with EmbeddedPostgres(data_dir) as server:
        monkeypatch.undo()
        assert one_value(server.owner_url, "SELECT 1") == 1
