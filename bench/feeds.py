"""A calendar feed of 500 events: how long a 304 takes, and the whole file.

One client reads it over and over through HTTP on one connection, as long as a round takes. Half of
the events have been changed since they were booked, so that their history is looked at.
"""

import time
from typing import Any

import httpx
from psycopg import Connection

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from holdfast.http.auth import secret_hash

DATABASE = "feeds"
PROVIDERS = 20
EVENTS = 500
WARM = 10
REQUESTS = 100
SECRET = "the-address-of-a-feed-that-is-measured"
UNCHANGED_MS = 2.0
WHOLE_MS = 60.0


def run(bench: Bench) -> Found:
    """Milliseconds of a request in each round, with p50 and p99."""
    bench.stack.create_database(DATABASE, is_migrated=True)
    bench.load(DATABASE, PROVIDERS)
    with bench.stack.superuser(DATABASE) as connection:
        _prepare(connection)
    with (
        bench.stack.server(database=DATABASE) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        path = f"/api/v1/feeds/{SECRET}.ics"
        answer = client.get(path)
        shown = answer.text.count("BEGIN:VEVENT")
        if shown != EVENTS:
            raise SystemExit(f"{answer.status_code}: {shown} events instead of {EVENTS}")
        known = {"If-None-Match": answer.headers["etag"]}
        unchanged, whole = [], []
        for _ in range(bench.rounds):  # in turns
            unchanged.append(_times(client, path, known, 304))
            whole.append(_times(client, path, {}, 200))
    rows = [
        _row("feed that has not changed (304)", unchanged, UNCHANGED_MS),
        _row(f"feed of {EVENTS} events", whole, WHOLE_MS),
    ]
    for row in rows:
        report.console.print(f"  {row.name}: p50 {row.p50_ms:.2f} ms, p99 {row.p99_ms:.2f} ms")
    return Found(rows=rows)


def _prepare(connection: Connection[Any]) -> None:
    """A client with so many appointments in the feed's window, and its feed."""
    connection.execute("SET session_replication_role = replica")
    row = connection.execute("SELECT id FROM users WHERE role = 'client' LIMIT 1").fetchone()
    assert row is not None
    client_id = row[0]
    connection.execute(
        "UPDATE appointments SET user_id = (SELECT id FROM users WHERE id <> %(id)s "
        "AND role = 'client' LIMIT 1) WHERE user_id = %(id)s",
        {"id": client_id},
    )
    connection.execute(
        "UPDATE appointments SET user_id = %s WHERE id IN ("
        "SELECT id FROM appointments WHERE status = 'confirmed' AND deleted_at IS NULL "
        "AND start_at BETWEEN now() AND now() + interval '300 days' ORDER BY id LIMIT %s)",
        [client_id, EVENTS],
    )
    connection.execute(
        "INSERT INTO calendar_feeds (id, user_id, detail, secret_hash) "
        "VALUES (gen_random_uuid(), %s, 'full', %s)",
        [client_id, secret_hash(SECRET)],
    )
    connection.execute("SET session_replication_role = DEFAULT")
    connection.execute(
        "UPDATE appointments SET notes = 'Changed' WHERE id IN ("
        "SELECT id FROM appointments WHERE user_id = %s ORDER BY id LIMIT %s)",
        [client_id, EVENTS // 2],
    )
    connection.execute("VACUUM ANALYZE appointments, appointment_audit")


def _times(client: httpx.Client, path: str, headers: dict[str, str], status: int) -> list[float]:
    """Milliseconds of each request, ascending."""
    times = []
    for number in range(WARM + REQUESTS):
        began = time.perf_counter()
        answer = client.get(path, headers=headers)
        if number >= WARM:
            times.append((time.perf_counter() - began) * 1000)
        if answer.status_code != status:
            raise SystemExit(f"{answer.status_code} instead of {status}")
    return sorted(times)


def _row(name: str, rounds: list[list[float]], aim: float) -> Row:
    medians = tuple(times[len(times) // 2] for times in rounds)
    every = sorted(one for times in rounds for one in times)
    return Row(
        name=name,
        against="a limit",
        values=medians,
        aim=aim,
        unit=" ms",
        at_most=True,
        p50_ms=every[len(every) // 2],
        p99_ms=every[len(every) * 99 // 100],
    )
