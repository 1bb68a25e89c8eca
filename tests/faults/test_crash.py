"""kill -9 at the worst moments: what was answered is there, and what was not can be repeated.

I2: a write that was answered 2xx survives. I3: one idempotency key has at most one effect.
"""

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from holdfast.verify import assert_clean
from tests.concurrency.load import Load
from tests.embedded.support import wait_until
from tests.support.make import Make, Place, User, soon
from tests.support.server import Server

KEY = {"Idempotency-Key": "one"}
pytestmark = pytest.mark.timeout(300)  # each starts a server or two


@contextmanager
def made(server: Server) -> Iterator[Make]:
    with closing(Make(server.owner_url)) as make:
        yield make


def booking(place: Place, start: Any) -> dict[str, str]:
    return {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": start.isoformat(),
    }


def post(server: Server, user: User, body: dict[str, str]) -> httpx.Response:
    url = f"{server.url}/api/v1/appointments"
    return httpx.post(url, json=body, headers={**user.auth, **KEY}, timeout=60)


def test_killed_before_the_answer_was_read(tmp_path: Path) -> None:
    """The effect is committed, and the client dies of thirst in front of an unread socket."""
    with Server(tmp_path) as server:
        with made(server) as make:
            user, place, start = make.client(), make.place(), soon()
            make.slot(place, start)
            body = booking(place, start)
            request = httpx.Request(
                "POST", f"{server.url}/api/v1/appointments", json=body, headers={**user.auth, **KEY}
            )
            lines = [f"POST {request.url.path} HTTP/1.1", *map(": ".join, request.headers.items())]
            address = ("127.0.0.1", int(server.env["HOLDFAST_PORT"]))
            with socket.create_connection(address) as connection:
                connection.sendall("\r\n".join([*lines, "", ""]).encode() + request.content)
                wait_until(
                    lambda: make.all("SELECT FROM idempotency_records") != [], "it is committed"
                )
                server.kill9()
        server.start()
        check_it_is_booked_once(server, user, body, was_booked=True)


def test_killed_between_the_commit_and_the_answer(tmp_path: Path) -> None:
    """PostgreSQL has written the commit down, but confirms it to nobody: it waits for a standby
    that does not exist. Then all of it is killed."""
    with Server(tmp_path) as server, ThreadPoolExecutor() as pool:
        with made(server) as make:
            user, place, start = make.client(), make.place(), soon()
            make.slot(place, start)
        body = booking(place, start)
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            connection.execute("SELECT pg_reload_conf()")
            answer = pool.submit(post, server, user, body)

            def commits() -> bool:
                # The booking's: the server's background work may wait to commit something, too.
                rows = connection.execute(
                    "SELECT FROM pg_stat_activity AS a JOIN pg_locks AS l USING (pid) "
                    "WHERE a.wait_event = 'SyncRep' AND l.relation = 'appointments'::regclass "
                    "AND l.mode = 'RowExclusiveLock'"
                ).fetchall()
                return len(rows) == 1

            wait_until(commits, "the booking waits to be confirmed")
            # Nobody sees it yet.
            assert connection.execute("SELECT FROM appointments").fetchall() == []
            server.kill9()
        with pytest.raises(httpx.TransportError):
            answer.result()
        (server.data_dir / "pgdata" / "postgresql.auto.conf").write_text("")
        server.start()
        check_it_is_booked_once(server, user, body, was_booked=True)


def test_killed_before_the_commit(tmp_path: Path) -> None:
    with Server(tmp_path) as server, ThreadPoolExecutor() as pool:
        with made(server) as make:
            user, place, start = make.client(), make.place(), soon()
            slot_id = make.slot(place, start)
        body = booking(place, start)
        with closing(psycopg.connect(server.owner_url)) as blocker, made(server) as make:
            blocker.execute("SELECT FROM slots WHERE id = %s FOR UPDATE", [slot_id])
            answer = pool.submit(post, server, user, body)
            wait_until(
                lambda: make.one("SELECT count(*) FROM pg_locks WHERE NOT granted")["count"] == 1,
                "the booking waits for the slot",
            )
            server.kill9()
        with pytest.raises(httpx.TransportError):
            answer.result()
        server.start()
        check_it_is_booked_once(server, user, body, was_booked=False)


def check_it_is_booked_once(
    server: Server, user: User, body: dict[str, str], *, was_booked: bool
) -> None:
    """The retry is answered with the one appointment that there is."""
    answers = [post(server, user, body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201], answers[0].text
    replayed = [answer.headers.get("idempotency-replayed") == "true" for answer in answers]
    assert replayed == [was_booked, True, True]
    assert len({answer.content for answer in answers}) == 1
    with made(server) as make:
        (appointment,) = make.all("SELECT id, status::text FROM appointments")
    assert answers[0].json()["id"] == str(appointment["id"])
    assert answers[0].json()["status"] == appointment["status"] == "confirmed"
    assert_clean(server.owner_url)


def kill_the_server(server: Server) -> None:
    """Its PostgreSQL goes with it."""
    server.kill9()
    server.start()


def kill_postgres(server: Server) -> None:
    """The server starts it again by itself."""
    (postgres,) = server.children("bin/postgres")
    os.kill(postgres, signal.SIGKILL)
    wait_until(lambda: server.children("bin/postgres") not in ([], [postgres]), "a new one runs")
    server.wait_for("/health/ready", 200)


def kill_a_backend(server: Server) -> None:
    """PostgreSQL ends all others with it and recovers."""
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'holdfast_server' LIMIT 1"
        ).fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGKILL)
    server.wait_for("/health/ready", 200)


CRASHES = [kill_the_server, kill_postgres, kill_a_backend]


def crash_under_load(tmp_path: Path, crashes: int, *, answers_between: int) -> None:
    with Server(tmp_path) as server:
        with made(server) as make:
            load = Load(server.url, make, clients=16)
        with load.running():
            for number in range(crashes):
                load.wait_for_more(answers_between)
                CRASHES[number % len(CRASHES)](server)
            load.wait_for_more(answers_between)
        with made(server) as make:
            load.check(make)
        assert_clean(server.owner_url)
        assert server.stop() == 0


@pytest.mark.timeout(600)
def test_crashes_under_load(tmp_path: Path) -> None:
    crash_under_load(tmp_path, 3, answers_between=150)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_crashes_under_load(tmp_path: Path) -> None:
    crash_under_load(tmp_path, 30, answers_between=300)
