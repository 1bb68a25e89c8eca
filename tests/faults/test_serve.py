"""`holdfast serve` as an operator meets it: real processes, signals and crashes (SPEC §9)."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from holdfast import __version__
from tests.embedded.support import wait_until
from tests.support.api import problem
from tests.support.make import Make, Place, User
from tests.support.server import Server, run_command


@contextmanager
def made(server: Server) -> Iterator[Make]:
    with closing(Make(server.owner_url)) as make:
        yield make


def reserve(server: Server, user: User, place: Place, slot_id: object) -> httpx.Response:
    body = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "timeslotId": str(slot_id),
    }
    url = f"{server.url}/api/v1/reservations"
    return httpx.post(url, json=body, headers=user.auth, timeout=30)


def test_starts_from_nothing_stops_cleanly_and_starts_again(tmp_path: Path) -> None:
    with Server(tmp_path, env={"HOLDFAST_SECRET_KEY": None}) as server:
        health = httpx.get(f"{server.url}/health")
        assert health.json()["database"] == "connected"
        secret = (server.data_dir / "secret_key").read_text()
        assert len(secret) > 32
        assert stat.S_IMODE((server.data_dir / "secret_key").stat().st_mode) == 0o600
        with made(server) as make:
            user = make.client()

        assert server.stop() == 0
        assert "Traceback" not in server.output

        server.start()
        assert (server.data_dir / "secret_key").read_text() == secret
        with made(server) as make:
            assert make.one("SELECT email FROM users WHERE id = %s", user.id)
        assert server.stop(signal.SIGINT) == 0


def test_a_killed_server_starts_again_with_everything_it_confirmed(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        with made(server) as make:
            user, place = make.client(), make.place()
            slot_ids = make.slots(place, 3)
        answers = [reserve(server, user, place, slot_id) for slot_id in slot_ids]
        assert [answer.status_code for answer in answers] == [201, 201, 201]

        server.kill9()
        server.start()

        for answer in answers:
            path = f"/api/v1/reservations/{answer.json()['reservationToken']}"
            again = httpx.get(server.url + path, headers=user.auth)
            assert again.status_code == 200, again.text


def test_when_postgres_dies_requests_get_503_until_it_is_back(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        with made(server) as make:
            user, place = make.client(), make.place()
            first, second = make.slots(place, 2)
        assert reserve(server, user, place, first).status_code == 201

        (postgres,) = server.children("bin/postgres")
        with made(server) as make:
            backends = make.all(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'holdfast_server'"
            )
        os.kill(postgres, signal.SIGSTOP)  # so that it cannot come back before we have looked
        for backend in backends:
            os.kill(backend["pid"], signal.SIGKILL)

        refused = reserve(server, user, place, second)
        problem(refused, 503, "unavailable")
        assert refused.headers["Retry-After"] == "1"
        down = httpx.get(f"{server.url}/health", timeout=30)
        assert down.status_code == 503
        assert down.json() | {"timestamp": ""} == {
            "status": "unhealthy",
            "timestamp": "",
            "database": "disconnected",
            "websocket": "active",
            "version": __version__,
        }
        assert httpx.get(f"{server.url}/health/live").status_code == 200

        os.kill(postgres, signal.SIGKILL)
        server.wait_for("/health/ready", 200)
        assert reserve(server, user, place, second).status_code == 201
        assert server.children("bin/postgres") != [postgres]
        assert server.stop() == 0


def test_requests_under_way_are_finished_before_it_stops(tmp_path: Path) -> None:
    with Server(tmp_path) as server, made(server) as make:
        user, place = make.client(), make.place()
        slot_id = make.slot(place)
        with closing(psycopg.connect(server.owner_url)) as blocker, ThreadPoolExecutor() as pool:
            blocker.execute("SELECT FROM slots WHERE id = %s FOR UPDATE", [slot_id])
            answer = pool.submit(reserve, server, user, place, slot_id)
            wait_until(lambda: _waits_for_a_lock(make), "the request waits for the slot")
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not _accepts(server), "it accepts nothing more")
            blocker.rollback()
            assert answer.result().status_code == 201
        assert server.wait() == 0


def _waits_for_a_lock(make: Make) -> bool:
    return make.one("SELECT count(*) AS n FROM pg_locks WHERE NOT granted")["n"] == 1


def _accepts(server: Server) -> bool:
    address = ("127.0.0.1", int(server.env["HOLDFAST_PORT"]))
    try:
        socket.create_connection(address).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return False
    return True


def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    with Server(tmp_path) as server, made(server) as make:
        user, place = make.client(), make.place()
        slot_id = make.slot(place)
        with closing(psycopg.connect(server.owner_url)) as blocker, ThreadPoolExecutor() as pool:
            blocker.execute("SELECT FROM slots WHERE id = %s FOR UPDATE", [slot_id])
            answer = pool.submit(reserve, server, user, place, slot_id)
            wait_until(lambda: _waits_for_a_lock(make), "the request waits for the slot")
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not _accepts(server), "it accepts nothing more")
            assert server.stop(signal.SIGTERM) == 128 + signal.SIGTERM
            with pytest.raises(httpx.TransportError):
                answer.result()
        server.start()
        assert reserve(server, user, place, slot_id).status_code == 201


def test_a_second_owner_of_the_data_is_refused_by_name(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        for port in ("0", server.env["HOLDFAST_PORT"]):
            second = run_command(tmp_path, "serve", env={"HOLDFAST_PORT": port})
            assert second.returncode == 1
            assert f"in use by process {server.pid}" in second.stderr
            assert second.stderr.count("\n") == 1, second.stderr
        assert httpx.get(f"{server.url}/health/ready").status_code == 200


def test_an_api_and_tools_join_the_database_of_a_running_server(tmp_path: Path) -> None:
    env = {"HOLDFAST_DATA_DIR": str(tmp_path / "data")}
    with (
        Server(tmp_path) as server,
        Server(_folder(tmp_path, "api"), "api", env=env) as api,
    ):
        worker = Server(_folder(tmp_path, "worker"), "worker", env=env)
        worker.launch()
        worker.wait_until_logged("the worker is ready")
        assert httpx.get(f"{api.url}/health/ready").status_code == 200
        created = run_command(
            tmp_path,
            *("create-admin", "--email", "kim@example.org", "--name", "Kim", "--password-stdin"),
            stdin="a long enough one\n",
        )
        assert created.returncode == 0, created.stderr
        with made(server) as make:
            assert make.one("SELECT role FROM users WHERE email = 'kim@example.org'")
        examined = run_command(tmp_path, "doctor")
        assert examined.returncode == 0, examined.stdout
        assert [other.stop() for other in (api, worker, server)] == [0, 0, 0]


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        ended = run_command(tmp_path, "serve", env={"HOLDFAST_PORT": port})
    assert ended.returncode == 1
    assert f"port {port} of 127.0.0.1 is in use" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_every_bad_setting_is_named(tmp_path: Path) -> None:
    bad = {
        "HOLDFAST_PORT": ("99999", "less than or equal to 65535"),
        "HOLDFAST_API_PROCESSES": ("0", "greater than or equal to 1"),
        "HOLDFAST_SECRET_KEY": ("short", "at least 32 characters"),
        "HOLDFAST_DATABASE_URL": ("mysql://x", "must start with postgresql://"),
        "HOLDFAST_ALLOWED_ORIGINS": ("example.org", "is not an origin"),
        "HOLDFAST_TRUSTED_PROXIES": ("10.0.0.300", "10.0.0.300"),
    }
    env = {name: value for name, (value, _) in bad.items()}
    ended = run_command(tmp_path, "serve", env=env)
    assert ended.returncode == 2
    lines = ended.stderr.removeprefix("holdfast: ").splitlines()
    assert len(lines) == len(bad)
    for name, (_, says) in bad.items():
        assert any(line.startswith(f"{name}: ") and says in line for line in lines), ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_is_not_here_is_named(tmp_path: Path) -> None:
    ended = run_command(tmp_path, "serve", env={"HOLDFAST_HOST": "192.0.2.1"})
    assert ended.returncode == 1
    assert ended.stderr == (
        "holdfast: HOLDFAST_HOST: 192.0.2.1 is not an address of this machine\n"
    )


def test_a_start_can_be_stopped_too(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start(wait=False)
    wait_until(lambda: "initialising PostgreSQL" in server.output, "it makes its database")
    assert server.stop() == 0
    assert "Traceback" not in server.output
    with server:
        assert httpx.get(f"{server.url}/health").status_code == 200
