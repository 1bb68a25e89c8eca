"""Several relays, late commits, and relays that are killed: each event once, in order (SPEC §5)."""

import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection

from tests.support.cluster import TestDatabase
from tests.support.make import Make

WRITERS = 6
TRANSACTIONS = 100
RELAYS = 3
KILLS = 30

EMIT = (
    "INSERT INTO outbox (topic, key, type, payload) VALUES ('locks', %s, 'lock-update', "
    "jsonb_build_object('writer', %s::int, 'number', %s::int))"
)


def write(database: TestDatabase, writer: int, keys: list[UUID]) -> None:
    """Transactions of one to five events each. One of a key at a time, as behind a row lock; every
    other one commits only after a transaction that began later has."""
    rng = random.Random(writer)
    number = 0
    with (
        Connection.connect(database.owner_url) as late,
        Connection.connect(database.owner_url) as early,
    ):
        for _ in range(TRANSACTIONS // 2):
            for key, connection in zip(keys, (late, early), strict=True):
                for _ in range(rng.randint(1, 5)):
                    number += 1
                    connection.execute(EMIT, [key, writer, number])
            early.commit()
            late.commit()


def relay_until(database: TestDatabase, stop: threading.Event, pids: dict[int, int]) -> None:
    """Relay, on a new connection whenever the old one was killed."""
    while not stop.is_set():
        with (
            suppress(psycopg.OperationalError),
            Connection.connect(database.owner_url, autocommit=True) as connection,
        ):
            pids[threading.get_ident()] = connection.info.backend_pid
            while not stop.is_set():
                connection.execute("SELECT relay_outbox(7, 0)")


def is_all_relayed(make: Make, writers: list[Future[None]]) -> bool:
    if not all(writer.done() for writer in writers):
        return False
    for writer in writers:
        writer.result()
    return not make.one("SELECT count(*) AS n FROM outbox WHERE position IS NULL")["n"]


def test_each_event_is_on_its_channel_once_and_in_order(database: TestDatabase, make: Make) -> None:
    stop = threading.Event()
    pids: dict[int, int] = {}
    keys = [[uuid4(), uuid4()] for _ in range(WRITERS)]
    killed = 0
    with (
        ThreadPoolExecutor(WRITERS + RELAYS) as pool,
        Connection.connect(database.superuser_url, autocommit=True) as superuser,
    ):
        relays = [pool.submit(relay_until, database, stop, pids) for _ in range(RELAYS)]
        writers = [pool.submit(write, database, n, keys[n]) for n in range(WRITERS)]
        try:
            while killed < KILLS or not is_all_relayed(make, writers):
                for relay in relays:
                    assert not relay.done(), relay.exception()
                if killed == KILLS:
                    continue
                # One that works now: it dies in the middle of a pass.
                for row in superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid = ANY(%s) AND state = 'active' LIMIT 1",
                    [list(pids.values())],
                ):
                    killed += row[0]
        finally:
            stop.set()

    positions = make.all("SELECT position FROM outbox ORDER BY position")
    assert [row["position"] for row in positions] == list(range(1, len(positions) + 1))
    events = make.all("SELECT channel, sequence, payload FROM channel_events ORDER BY id")
    assert len(events) == len(positions)
    for key in (key for pair in keys for key in pair):
        told = [event for event in events if event["channel"] == f"appointment.{key}"]
        assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))
        numbers = [event["payload"]["number"] for event in told]
        assert numbers == sorted(set(numbers))
        written = make.all("SELECT payload FROM outbox WHERE key = %s", key)
        assert len(written) == len(told)
