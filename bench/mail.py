"""How many mails a second leave, confirmations with calendar entries, to a server that takes all,
and how soon after the booking.

For the rate they are planned beforehand, so that the sender alone is measured: reading the
appointment, rendering, SMTP, the mark and the settling. For the time, clients book at a steady
pace. The sink shares the machine.
"""

import asyncio
import time
from typing import Any

from psycopg import Connection
from tests.support.server import Server

from bench import plans, report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, in_loop
from bench.sinks import mail_sink, until_settled
from bench.world import World

DATABASE = "mail"
PROVIDERS = 30
MAILS_EACH = 100  # of each second that a round takes
WARM = 50
AIM = 150.0
BOOKINGS_PER_SECOND = 20
BOOKINGS = 200
P99_AIM_MS = 1000


def run(bench: Bench) -> Found:
    """Mails a second in each round, from the first one's answer to the last one's."""
    bench.stack.create_database(DATABASE, is_migrated=True)
    world = bench.load(DATABASE, PROVIDERS)
    count = MAILS_EACH * bench.seconds
    with mail_sink() as url, bench.stack.superuser(DATABASE) as connection:
        env = {"HOLDFAST_SMTP_URL": url, "HOLDFAST_NOTIFY_DELAY_SECONDS": "0"}
        with bench.stack.server(database=DATABASE, env=env) as server:
            _round(connection, WARM)
            rates = [_round(connection, count) for _ in range(bench.rounds)]
            in_loop(lambda: _book(server, world))
            until_settled(connection)
        p50_ms, p99_ms, told = _lags(connection)
    report.console.print("  mails a second: " + ", ".join(f"{rate:.0f}" for rate in rates))
    report.console.print(f"  {told} bookings told: p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms")
    return Found(
        rows=[
            Row("mails a second", "a sink on this machine", tuple(rates), aim=AIM, unit="/s"),
            Row(
                "commit to mail accepted, p99",
                f"{BOOKINGS_PER_SECOND} bookings a second",
                (p99_ms,),
                *(P99_AIM_MS, "ms", True, p50_ms, p99_ms),
            ),
            Row("commit to mail: missing", "none", (BOOKINGS - told,), 0, "", True),
        ]
    )


async def _book(server: Server, world: World) -> None:
    """Bookings at a steady pace, of slots that were reserved before."""
    fleet = await Fleet.connect(server.url, 1)
    clients, tokens = world.next_clients(BOOKINGS), list[str]()
    slots = world.next_slots(BOOKINGS)
    await fleet.run([plans.reserve(world, list(zip(clients, slots, strict=True)), tokens)])
    began = time.perf_counter()
    for number, (client, token) in enumerate(zip(clients, tokens, strict=True)):
        due = began + number / BOOKINGS_PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await fleet.run([plans.book([client], [token], [])])
    fleet.close()


def _lags(connection: Connection[Any]) -> tuple[float, float, int]:
    """From event to sent: p50 and p99 in milliseconds, and of how many."""
    row = connection.execute(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY l.ms), "
        "percentile_cont(0.99) WITHIN GROUP (ORDER BY l.ms), count(*) FROM deliveries AS d "
        "JOIN outbox AS o ON o.position = d.position "
        "CROSS JOIN LATERAL (SELECT extract(epoch FROM d.sent_at - o.at)::float * 1000 AS ms) AS l "
        "WHERE d.channel = 'email' AND d.state = 'sent' AND d.purpose = 'confirmed'"
    ).fetchone()
    assert row is not None
    return row


def _round(connection: Connection[tuple[Any, ...]], count: int) -> float:
    connection.execute("SELECT ensure_lane('smtp', 'email')")
    planned = connection.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, user_id, appointment_id, start_at, "
        "due_at, expires_at) SELECT new_uuid_v7(), 'email', 'confirmed', 'smtp', a.user_id, a.id, "
        "a.start_at, clock_timestamp(), clock_timestamp() + interval '1 hour' "
        "FROM appointments AS a WHERE a.status = 'confirmed' AND a.deleted_at IS NULL "
        "AND a.start_at > now() LIMIT %s RETURNING id",
        [count],
    ).fetchall()
    until_settled(connection)
    row = connection.execute(
        "SELECT count(*), extract(epoch FROM max(sent_at) - min(sent_at))::float FROM deliveries "
        "WHERE id = ANY(%s) AND state = 'sent'",
        [[id for (id,) in planned]],
    ).fetchone()
    assert row is not None
    sent, seconds = row
    assert sent == len(planned), f"{sent} of {len(planned)} mails were sent"
    return sent / max(seconds, 1e-9)
