"""Whatever is killed, PostgreSQL is usable again by itself and every committed row is kept."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from holdfast.kernel.embedded import DataDirInUse, EmbeddedError, EmbeddedPostgres

from .conftest import RunOwner
from .support import accepts_connections, execute, family, is_alive, one_value, wait_until

COUNT_ROWS = "SELECT count(*) FROM kept"


@pytest.fixture
def restarts() -> list[float]:
    """When `on_restart` was called, monotonic seconds."""
    return []


@pytest.fixture
def server(data_dir: Path, restarts: list[float]) -> Iterator[EmbeddedPostgres]:
    """A started server with one committed row, that counts its restarts."""
    noted = EmbeddedPostgres(data_dir, on_restart=lambda: restarts.append(time.monotonic()))
    with noted as started:
        execute(started.owner_url, "CREATE TABLE kept AS SELECT 1 AS row")
        yield started


def test_kill_9_of_the_main_process(
    server: EmbeddedPostgres, restarts: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    killed, processes = server.pid, family(server.pid)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(restarts) == 1, "restarted by itself")
    assert one_value(server.owner_url, COUNT_ROWS) == 1
    assert server.pid != killed
    assert not any(map(is_alive, processes))
    assert f"PostgreSQL (pid {killed}) ended unexpectedly (signal SIGKILL)" in caplog.text
    assert f"PostgreSQL is back (pid {server.pid})" in caplog.text


def test_kill_9_of_a_backend(server: EmbeddedPostgres, restarts: list[float]) -> None:
    with psycopg.connect(server.owner_url) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
    wait_until(lambda: len(restarts) == 1, "restarted by itself")
    assert one_value(server.owner_url, COUNT_ROWS) == 1


def test_a_backend_that_is_too_busy_to_notice_does_not_delay_the_return(
    server: EmbeddedPostgres, restarts: list[float]
) -> None:
    connection = psycopg.connect(server.owner_url)
    busy = connection.info.backend_pid

    def never_end() -> None:
        with pytest.raises(psycopg.OperationalError):
            connection.execute("DO $$ BEGIN LOOP END LOOP; END $$")

    caller = threading.Thread(target=never_end)
    caller.start()
    try:
        query = f"SELECT state = 'active' FROM pg_stat_activity WHERE pid = {busy}"
        wait_until(lambda: one_value(server.superuser_url, query) is True, "busy")
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: len(restarts) == 1, "restarted by itself")
        assert not is_alive(busy)
    finally:
        if is_alive(busy):
            os.kill(busy, signal.SIGKILL)
        caller.join()
        connection.close()
    assert one_value(server.owner_url, COUNT_ROWS) == 1


def test_it_keeps_trying_while_it_cannot_start(
    server: EmbeddedPostgres,
    restarts: list[float],
    caplog: pytest.LogCaptureFixture,
    data_dir: Path,
) -> None:
    config = data_dir / "pgdata" / "postgresql.conf"
    good = config.read_text()
    config.write_text(good + "shared_buffers = 'plenty'\n")
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: caplog.text.count("PostgreSQL did not start") >= 2, "two failed attempts")
    assert "invalid value for parameter" in caplog.text
    config.write_text(good)
    wait_until(lambda: len(restarts) == 1, "restarted by itself")
    assert one_value(server.owner_url, COUNT_ROWS) == 1


def test_stop_interrupts_the_attempts(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = EmbeddedPostgres(data_dir)
    server.start()
    (data_dir / "pgdata" / "postgresql.conf").write_text("nonsense\n")
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: "PostgreSQL did not start" in caplog.text, "a failed attempt")
    server.stop()
    with EmbeddedPostgres(data_dir) as again:
        assert accepts_connections(again.owner_url)


def test_kill_9_of_the_owner_takes_postgresql_with_it(data_dir: Path, run_owner: RunOwner) -> None:
    owner = run_owner(data_dir)
    facts = owner.facts()
    processes = family(int(facts["postgres_pid"]))
    execute(facts["owner_url"], "CREATE TABLE kept AS SELECT 1 AS row")
    connection = psycopg.connect(facts["owner_url"])
    connection.execute("INSERT INTO kept VALUES (2)")  # an open transaction hinders nothing
    owner.kill()
    wait_until(lambda: not any(map(is_alive, processes)), "all PostgreSQL processes gone")
    connection.close()
    with EmbeddedPostgres(data_dir) as server:
        assert one_value(server.owner_url, COUNT_ROWS) == 1


def test_a_start_right_after_kill_9_of_the_owner(data_dir: Path, run_owner: RunOwner) -> None:
    for count in range(1, 4):
        owner = run_owner(data_dir)
        facts = owner.facts()
        execute(facts["owner_url"], "CREATE TABLE IF NOT EXISTS kept (row int)")
        execute(facts["owner_url"], "INSERT INTO kept VALUES (1)")
        assert one_value(facts["owner_url"], COUNT_ROWS) == count
        owner.kill()


def test_an_orphan_is_stopped_by_the_next_start(
    data_dir: Path, run_owner: RunOwner, caplog: pytest.LogCaptureFixture
) -> None:
    owner = run_owner(data_dir)
    facts = owner.facts()
    orphan = int(facts["postgres_pid"])
    execute(facts["owner_url"], "CREATE TABLE kept AS SELECT 1 AS row")
    os.kill(orphan, signal.SIGSTOP)  # deaf to the death of its parent
    owner.kill()
    server = EmbeddedPostgres(data_dir)
    starter = threading.Thread(target=server.start)
    starter.start()
    message = f"stopping a PostgreSQL left over from an earlier run (pid {orphan})"
    wait_until(lambda: message in caplog.text, message)
    os.kill(orphan, signal.SIGCONT)
    starter.join()
    try:
        assert not is_alive(orphan)
        assert one_value(server.owner_url, COUNT_ROWS) == 1
    finally:
        server.stop()


def test_lock_files_that_name_a_live_stranger(data_dir: Path, run_owner: RunOwner) -> None:
    with EmbeddedPostgres(data_dir) as server:
        execute(server.owner_url, "CREATE TABLE kept AS SELECT 1 AS row")
        pid_file = (data_dir / "pgdata" / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        stale = pid_file.replace(pid_file.split()[0], str(stranger.pid), 1)
        (data_dir / "pgdata" / "postmaster.pid").write_text(stale)
        (data_dir / "pgdata" / ".s.PGSQL.5432.lock").write_text(stale)
        with EmbeddedPostgres(data_dir) as server:
            assert one_value(server.owner_url, COUNT_ROWS) == 1
        assert stranger.poll() is None

        (data_dir / "pgdata" / "postmaster.pid").write_bytes(b"\xff\x00 not a pid")
        (data_dir / "socket").write_bytes(b"\xff")
        with EmbeddedPostgres(data_dir) as server:
            assert one_value(server.owner_url, COUNT_ROWS) == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_a_pid_file_that_names_another_postgresql(data_dir: Path, pg: EmbeddedPostgres) -> None:
    (data_dir / "pgdata" / "postmaster.pid").write_text(f"{pg.pid}\n{data_dir}/pgdata\n")
    with EmbeddedPostgres(data_dir) as server:
        assert accepts_connections(server.owner_url)
    assert accepts_connections(pg.owner_url)


def test_a_postgresql_that_somebody_else_started_is_left_alone(
    data_dir: Path, tmp_path: Path
) -> None:
    with EmbeddedPostgres(data_dir) as server:
        program = Path(f"/proc/{server.pid}/exe").resolve()
    command = [program, "-D", data_dir / "pgdata"]
    if os.geteuid() == 0:
        command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", *command]
    stranger = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        pid_file = data_dir / "pgdata" / "postmaster.pid"
        wait_until(lambda: pid_file.exists() and "ready" in pid_file.read_text(), "it is ready")
        with pytest.raises(DataDirInUse, match=f"process {stranger.pid}"):
            EmbeddedPostgres(data_dir).start()
        assert stranger.poll() is None
    finally:
        stranger.send_signal(signal.SIGINT)
        stranger.wait()
    with EmbeddedPostgres(data_dir):
        pass


def test_kill_9_during_the_initialisation(
    new_dir: Path, run_owner: RunOwner, caplog: pytest.LogCaptureFixture
) -> None:
    owner = run_owner(new_dir)
    staged = new_dir / "pgdata.initializing" / "PG_VERSION"
    wait_until(staged.exists, "initdb is half done")
    owner.kill()
    assert not (new_dir / "pgdata").exists()
    with EmbeddedPostgres(new_dir) as server:
        assert accepts_connections(server.owner_url)
    assert "removing" in caplog.text
    assert not (new_dir / "pgdata.initializing").exists()
    assert not (new_dir / "initdb.password").exists()


def test_kill_9_before_roles_and_database_are_made(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        maintenance = make_conninfo(server.superuser_url, dbname="postgres")
        execute(maintenance, "DROP DATABASE holdfast")
        execute(maintenance, "DROP ROLE holdfast_server")
    with EmbeddedPostgres(data_dir) as server:
        assert accepts_connections(server.owner_url)
        assert accepts_connections(server.server_url)


def test_lost_passwords_are_reported(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    kept = (data_dir / "credentials.json").read_text()
    (data_dir / "credentials.json").write_text(kept[:40])
    with pytest.raises(EmbeddedError, match=r"credentials\.json is damaged"):
        EmbeddedPostgres(data_dir).start()
    (data_dir / "credentials.json").unlink()
    with pytest.raises(EmbeddedError, match=r"credentials\.json .* is missing"):
        EmbeddedPostgres(data_dir).start()
    (data_dir / "credentials.json").write_text(kept)
    with caplog.at_level(logging.INFO), EmbeddedPostgres(data_dir) as server:
        assert accepts_connections(server.owner_url)
