"""Several API processes behind one address (HOLDFAST_API_PROCESSES)."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.embedded.support import is_alive, wait_until
from tests.support.cluster import TestDatabase
from tests.support.server import Server, as_url


@pytest.fixture
def server(tmp_path: Path, database: TestDatabase) -> Iterator[Server]:
    env = {"HOLDFAST_API_PROCESSES": "2", "HOLDFAST_DATABASE_URL": as_url(database.server_url)}
    with Server(tmp_path, env=env) as server:
        yield server


def test_a_killed_process_is_replaced_while_the_others_answer(server: Server) -> None:
    first, second = server.children("holdfast api")
    (worker,) = server.children("holdfast worker")

    os.kill(first, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not is_alive(first), "it is dead")
    assert httpx.get(f"{server.url}/health/ready").status_code == 200

    def replaced() -> bool:
        return (
            len(server.children("holdfast api")) == 2
            and len(server.children("holdfast worker")) == 1
        )

    wait_until(replaced, "both are replaced")
    assert second in server.children("holdfast api")
    server.wait_for("/health/ready", 200)
    assert server.stop() == 0


def test_all_processes_answer_and_are_counted_together(server: Server) -> None:
    def request(_: int) -> int:
        return httpx.get(f"{server.url}/health/live").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(request, range(60))) == {200}
    metrics = httpx.get(f"{server.url}/metrics").text
    counted = 'http_requests_total{method="GET",route="/health/live",status="200"} 60.0'
    assert counted in metrics.splitlines()
    # Two API processes of at least two connections each.
    (pool_size,) = [
        line for line in metrics.splitlines() if line.startswith("holdfast_db_pool_connections ")
    ]
    assert float(pool_size.split()[1]) >= 4


def test_none_outlives_the_parent_and_the_port_is_free_at_once(server: Server) -> None:
    children = server.children("holdfast.runtime.family")
    assert len(children) == 4  # the one that the three others were made of, too
    server.kill9()
    wait_until(lambda: not any(map(is_alive, children)), "the children end, too")
    server.start()
    assert server.stop(signal.SIGINT) == 0


def test_all_come_back_when_the_one_dies_that_they_were_made_of(server: Server) -> None:
    processes = server.children("holdfast.runtime.family")
    forked = server.children("holdfast api") + server.children("holdfast worker")
    (origin,) = set(processes) - set(forked)

    os.kill(origin, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, forked)), "they end with it")
    server.wait_for("/health/ready", 200)
    wait_until(lambda: len(server.children("holdfast api")) == 2, "both are there again")
    assert server.stop() == 0


def test_a_start_can_be_stopped_while_the_processes_import(
    tmp_path: Path, database: TestDatabase
) -> None:
    env = {"HOLDFAST_API_PROCESSES": "2", "HOLDFAST_DATABASE_URL": as_url(database.server_url)}
    server = Server(tmp_path, env=env)
    server.launch()
    wait_until(lambda: bool(server.children("holdfast.runtime.family")), "one is there")
    origin = server.children("holdfast.runtime.family")
    assert server.stop() == 0
    assert not any(map(is_alive, origin))
    assert "Traceback" not in server.output


def test_secrets_are_on_no_command_line(server: Server, database: TestDatabase) -> None:
    for pid in [server.pid, *server.children("holdfast.runtime.family")]:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert server.env["HOLDFAST_SECRET_KEY"] not in line
        assert "password" not in line


def test_a_child_that_cannot_start_ends_it_all(tmp_path: Path, database: TestDatabase) -> None:
    # So many that they are not all ready when the first is seen.
    env = {"HOLDFAST_API_PROCESSES": "8", "HOLDFAST_DATABASE_URL": as_url(database.server_url)}
    server = Server(tmp_path, env=env)
    server.launch()
    wait_until(lambda: bool(server.children("holdfast api")), "a child is there")
    for child in server.children("holdfast api"):
        os.kill(child, signal.SIGKILL)
    assert server.wait() == 1
    assert "ended while starting" in server.output
