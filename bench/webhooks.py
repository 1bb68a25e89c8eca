"""How many webhooks leave a second, to a sink that says 204, and how soon after the commit.

For the rate they are planned beforehand, to as many endpoints as a process sends to at once. For
the time, events come at a steady pace, and the sink holds its clock against their own.
"""

import httpx
from psycopg import Connection
from tests.support.make import Make, soon

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import in_loop
from bench.realtime import WRITERS, write
from bench.sample import percentile
from bench.sinks import ALLOWED, add_endpoint, until_settled, webhook_sink

DATABASE = "webhooks"
PROVIDERS = 30
ENDPOINTS = 8
RATE_AIM = 800.0
CHANGES_PER_SECOND = 100
APPOINTMENTS = 20 * WRITERS
SECONDS = 15.0
P99_AIM_MS = 500


def run(bench: Bench) -> Found:
    """Webhooks a second in each round, and how late the last of a hundred is."""
    bench.stack.create_database(DATABASE, is_migrated=True)
    bench.load(DATABASE, PROVIDERS)
    make = Make(bench.stack.url(DATABASE))
    admin, place = make.admin(), make.place()
    slots = make.slots(place, APPOINTMENTS, soon(days=2))
    ids = [str(make.appointment(admin, place, slot)) for slot in slots]
    make.close()
    events = int(RATE_AIM * bench.seconds) // ENDPOINTS
    with (
        webhook_sink() as url,
        bench.stack.superuser(DATABASE) as connection,
        bench.stack.server(database=DATABASE, env=ALLOWED) as server,
    ):
        for number in range(ENDPOINTS):
            # They want what never happens here: the rounds plan for them.
            add_endpoint(server, admin, f"{url}/{number}", "booking.deleted")
        until_settled(connection)
        rates = [_round(connection, events) for _ in range(bench.rounds)]
        add_endpoint(server, admin, f"{url}/steady", "booking.updated")
        httpx.get(f"{url}/latencies")
        made, refused = in_loop(lambda: write(server.url, admin, ids, CHANGES_PER_SECOND, SECONDS))
        until_settled(connection)
        latencies_ms = sorted(httpx.get(f"{url}/latencies").json())
    p50_ms, p99_ms = percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99)
    report.console.print("  webhooks a second: " + ", ".join(f"{rate:.0f}" for rate in rates))
    report.console.print(
        f"  {made} changes, {refused} refused: p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms"
    )
    missing = made - refused - len(latencies_ms)
    sink = "a sink on this machine"
    return Found(
        rows=[
            Row("webhooks a second", sink, tuple(rates), aim=RATE_AIM, unit="/s"),
            Row(
                "commit to webhook's first try, p99",
                f"{CHANGES_PER_SECOND} events a second",
                (p99_ms,),
                *(P99_AIM_MS, "ms", True, p50_ms, p99_ms),
            ),
            Row("commit to webhook: missing", sink, (missing,), 0, "", True),
        ],
        series={"rates": rates, "latencies_ms": latencies_ms},
    )


def _round(connection: Connection[tuple[object, ...]], events: int) -> float:
    """Plan so many events for each endpoint; how many left a second."""
    with connection.transaction():
        connection.execute("SELECT FROM consumers WHERE name = 'webhook' FOR UPDATE")
        row = connection.execute(
            "WITH new AS (INSERT INTO outbox (position, topic, key, type, payload) "
            "SELECT (SELECT position FROM relay FOR UPDATE) + n, 'bookings', a.id, "
            "'booking.deleted', jsonb_build_object('appointmentId', a.id, 'version', 1, "
            "'userId', a.user_id, 'providerId', a.provider_id, 'updates', '{}'::jsonb) "
            "FROM (SELECT row_number() OVER () AS n, id, user_id, provider_id FROM appointments "
            "LIMIT %s) AS a RETURNING position) SELECT min(position), max(position) FROM new",
            [events],
        ).fetchone()
        assert row is not None
        first, last = row
        connection.execute("UPDATE relay SET position = %s", [last])
        connection.execute("UPDATE consumers SET position = %s WHERE name = 'webhook'", [last])
        connection.execute(
            "SELECT insert_webhook_deliveries(ARRAY(SELECT id FROM webhook_endpoints), %s, %s)",
            [first, last],
        )
    until_settled(connection)
    row = connection.execute(
        "SELECT count(*), extract(epoch FROM max(sent_at) - min(sent_at))::float FROM deliveries "
        "WHERE position BETWEEN %s AND %s AND state = 'sent'",
        [first, last],
    ).fetchone()
    assert row is not None
    sent, seconds = row
    assert isinstance(sent, int)
    assert isinstance(seconds, float)
    assert sent == events * ENDPOINTS, f"{sent} of {events * ENDPOINTS} were sent"
    return sent / seconds
