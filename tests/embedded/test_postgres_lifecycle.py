"""Starting, using and stopping."""

import logging
import os
import signal
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from holdfast.kernel.embedded import EmbeddedError, EmbeddedPostgres, sockets
from holdfast.kernel.embedded.server_log import ServerLog

from .support import accepts_connections, execute, family, is_alive, one_value, wait_until


def test_data_port_and_passwords_survive_a_restart(new_dir: Path) -> None:
    server = EmbeddedPostgres(new_dir)
    server.start()
    first_urls, first_pid, first_family = server.owner_url, server.pid, family(server.pid)
    execute(server.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    server.stop()  # harmless
    wait_until(lambda: not any(map(is_alive, first_family)), "all PostgreSQL processes gone")
    assert "database system is shut down" in (new_dir / "postgres.log").read_text()

    server.start()  # the same object may be used again
    try:
        assert server.owner_url == first_urls
        assert server.pid != first_pid
        assert one_value(server.owner_url, "SELECT answer FROM kept") == 42
    finally:
        server.stop()
    assert "not properly shut down" not in (new_dir / "postgres.log").read_text()


def test_the_database_is_what_the_application_expects(pg: EmbeddedPostgres) -> None:
    with psycopg.connect(pg.superuser_url) as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in (
                *("fsync", "synchronous_commit", "full_page_writes", "data_checksums"),
                *("server_encoding", "TimeZone", "password_encryption", "listen_addresses"),
            )
        }
        assert {name: row and row[0] for name, row in shown.items()} == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "TimeZone": "UTC",
            "password_encryption": "scram-sha-256",
            "listen_addresses": "",
        }
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
            " FROM pg_roles WHERE rolname LIKE 'holdfast%' ORDER BY 1"
        ).fetchall()
        assert roles == [
            ("holdfast_owner", False, True, False, False, False),
            ("holdfast_server", False, False, False, False, False),
        ]
        database = connection.execute(
            "SELECT datcollate, pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'holdfast'"
        ).fetchone()
        assert database == ("C", "holdfast_owner")


def test_the_owner_makes_tables_and_databases_and_the_server_does_not(pg: EmbeddedPostgres) -> None:
    execute(pg.owner_url, "CREATE TABLE things (id int)")
    execute(pg.owner_url, "CREATE DATABASE copy TEMPLATE holdfast")
    execute(pg.owner_url, "DROP DATABASE copy")
    for forbidden in ("CREATE TABLE mine (id int)", "SELECT FROM things", "CREATE DATABASE x"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(pg.server_url, forbidden)


def test_settings_are_made_and_wrong_ones_are_named(data_dir: Path) -> None:
    with pytest.raises(EmbeddedError, match="port is made by Holdfast"):
        EmbeddedPostgres(data_dir, settings={"port": "5432"})
    with pytest.raises(EmbeddedError, match="not the name of a PostgreSQL setting"):
        EmbeddedPostgres(data_dir, settings={"work_mem = 1\nfsync": "off"})
    with EmbeddedPostgres(data_dir, settings={"search_path": r"it's, \here"}) as server:
        assert one_value(server.owner_url, "SHOW search_path") == r"it's, \here"
    with pytest.raises(EmbeddedError, match=r'invalid value for parameter "work_mem": "plenty"'):
        EmbeddedPostgres(data_dir, settings={"work_mem": "plenty"}).start()
    with EmbeddedPostgres(data_dir):  # nothing is left behind by the failure
        pass


def test_nothing_is_known_before_the_start(new_dir: Path) -> None:
    server = EmbeddedPostgres(new_dir)
    for read in (lambda: server.owner_url, lambda: server.pid):
        with pytest.raises(EmbeddedError, match="start"):
            read()
    server.stop()
    assert not new_dir.exists()


def test_it_outlives_the_thread_that_started_it(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    try:
        pid = server.pid
        for _ in range(3):
            assert one_value(server.owner_url, "SELECT 1") == 1
        assert server.pid == pid
    finally:
        server.stop()


def test_what_an_earlier_version_left_of_tcp_is_removed(data_dir: Path) -> None:
    (data_dir / "port").write_text("20000\n")
    with EmbeddedPostgres(data_dir) as server:
        assert one_value(server.owner_url, "SELECT 1") == 1
        assert not (data_dir / "port").exists()


@pytest.mark.parametrize("name", ["/".join(["deep" * 10] * 3), "a,b"])
def test_a_data_directory_whose_path_will_not_do_for_a_socket(
    tmp_path: Path, data_dir: Path, name: str
) -> None:
    deep_dir = tmp_path / name
    deep_dir.parent.mkdir(parents=True, exist_ok=True)
    data_dir.rename(deep_dir)
    killed = tmp_path / "holdfast-of-a-killed-run"
    killed.mkdir()
    (deep_dir / "socket").write_text(f"{killed}\n")
    with EmbeddedPostgres(deep_dir) as server:
        directory = sockets.find_directory(deep_dir)
        assert conninfo_to_dict(server.owner_url)["host"] == str(directory)
        assert directory.stat().st_mode & 0o777 == 0o700
        assert directory.stat().st_uid == os.geteuid()
        assert one_value(server.owner_url, "SELECT 1") == 1
        os.kill(server.pid, signal.SIGKILL)  # the URLs stay what they were
        wait_until(lambda: accepts_connections(server.owner_url), "it is back")
        assert not killed.exists()
    assert not directory.exists()
    assert not (deep_dir / "socket").exists()


def test_an_odd_directory_name(tmp_path: Path) -> None:
    odd_dir = tmp_path / 'it\'s "a" $HOME b\\c é'
    with EmbeddedPostgres(odd_dir) as server:
        assert one_value(server.owner_url, "SELECT 1") == 1
        assert str(conninfo_to_dict(server.owner_url)["host"]).startswith("/")


def test_the_log_is_bounded(tmp_path: Path) -> None:
    log = ServerLog(tmp_path)
    with log.open() as output:
        output.write(b"old\n" * 100)
        log.trim(limit_bytes=1_000)
        assert log.size() == 400
        log.trim(limit_bytes=399)
        output.write(b"new\n")  # as PostgreSQL does, through the file it has open
    assert (tmp_path / "postgres.log").read_bytes() == b"new\n"
    assert (tmp_path / "postgres.log.1").read_bytes() == b"old\n" * 100
    assert (tmp_path / "postgres.log.1").stat().st_mode & 0o777 == 0o600


def test_the_start_is_logged_without_passwords(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "holdfast"), EmbeddedPostgres(data_dir) as server:
        passwords = [conninfo_to_dict(server.owner_url)["password"]]
        passwords.append(conninfo_to_dict(server.superuser_url)["password"])
        process = Path(f"/proc/{server.pid}")
        visible = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert "PostgreSQL 18 is ready" in caplog.text
    written = caplog.text + (data_dir / "postgres.log").read_text() + os.fsdecode(visible)
    assert not any(str(password) in written for password in passwords)
