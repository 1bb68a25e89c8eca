"""The delivery engine by itself: how fast the log is planned, and what a dead endpoint costs.

No network: what is claimed is settled at once. Planning is measured with one endpoint that wants
all events, and with messages to people; claims with ten healthy endpoints, with and without a dead
one beside them in whose lane 50,000 deliveries wait.
"""

import time
from collections.abc import Callable
from datetime import time as wall_time
from typing import Any, LiteralString

from psycopg import Connection

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from holdfast.kernel.ids import new_id

DATABASE = "deliveries"
PROVIDERS = 100
EVENTS = 10_000
DEAD = 50_000
HEALTHY = 10
WAITING = 2_000  # of each healthy endpoint
PASS_EVENTS = 500
ROOM = 10_000
PLANNING_AIM = 5_000.0
HEALTHY_AIM = 0.9
PEOPLE = ["email", "push", "sms"]


def run(bench: Bench) -> Found:
    """Events planned a second, and deliveries claimed and settled a second."""
    bench.stack.create_database(DATABASE, is_migrated=True)
    bench.load(DATABASE, PROVIDERS)
    with bench.stack.superuser(DATABASE) as connection:
        planned: dict[str, list[float]] = {"webhooks": [], "messages": []}
        for _ in range(bench.rounds):
            for what, rate in _planning(connection).items():
                planned[what].append(rate)
        alone: list[float] = []
        beside: list[float] = []
        for _ in range(bench.rounds):  # in turns
            alone.append(_claims(connection, is_dead_beside=False))
            beside.append(_claims(connection, is_dead_beside=True))
    for what, rates in planned.items():
        report.console.print(f"  {what}: {max(rates):,.0f} events planned a second")
    report.console.print(
        f"  claims: {max(alone):,.0f} a second, {max(beside):,.0f} beside a dead endpoint"
    )
    return Found(
        rows=[
            *(
                Row(
                    name=f"events planned a second, {what}",
                    against="aim",
                    values=tuple(rate / PLANNING_AIM for rate in rates),
                    aim=1.0,
                )
                for what, rates in planned.items()
            ),
            Row(
                name=f"deliveries claimed beside {DEAD:,} of a dead endpoint",
                against="without it",
                values=tuple(b / a for a, b in zip(alone, beside, strict=True)),
                aim=HEALTHY_AIM,
            ),
        ],
        series={"planned": planned, "alone": alone, "beside": beside},
    )


def _planning(connection: Connection[Any]) -> dict[str, float]:
    """Events a second, for one endpoint and for people."""
    _clear(connection)
    connection.execute(
        "INSERT INTO webhook_endpoints (id, url, types, secret_sealed) "
        "VALUES (gen_random_uuid(), 'https://example.test/', '{booking.*}', '')"
    )
    connection.execute("UPDATE consumers SET position = (SELECT position FROM relay)")
    _events(connection, EVENTS)
    quiet = [wall_time(21), wall_time(8)]
    return {
        "webhooks": _rate(
            lambda: _value(connection, "SELECT plan_webhooks(%s, %s)", [PASS_EVENTS, 10 * EVENTS])
        ),
        "messages": _rate(
            lambda: _value(
                connection,
                "SELECT plan_notifications(%s, 10, %s, %s, %s)",
                [PASS_EVENTS, PEOPLE, *quiet],
            )
        ),
    }


def _events(connection: Connection[Any], count: int) -> None:
    """So many bookings in the log, of one client at one provider, as triggers would write them."""
    connection.execute(
        "INSERT INTO outbox (position, topic, key, type, payload) "
        "SELECT (SELECT position FROM relay) + n, 'bookings', a.id, 'booking.confirmed', "
        "jsonb_build_object('appointmentId', a.id, 'version', 1, 'userId', a.user_id, "
        "'providerId', a.provider_id, 'updates', '{}'::jsonb) "
        "FROM (SELECT row_number() OVER () AS n, id, user_id, provider_id FROM appointments "
        "LIMIT %s) AS a",
        [count],
    )
    connection.execute("UPDATE relay SET position = (SELECT max(position) FROM outbox)")


def _rate(one_pass: Callable[[], Any]) -> float:
    began, passed = time.perf_counter(), 0
    while more := one_pass():
        passed += more
    return passed / (time.perf_counter() - began)


def _claims(connection: Connection[Any], *, is_dead_beside: bool) -> float:
    """Deliveries a second that one worker claims and settles."""
    _clear(connection)
    for number in range(HEALTHY):
        _waiting(connection, f"webhook:{number}", WAITING, "1 second")
    if is_dead_beside:
        # What waits there is older than all else.
        _waiting(connection, "webhook:dead", DEAD, "1 hour")
        connection.execute(
            "UPDATE lanes SET failures = 4, paused_until = now() + interval '1 hour', "
            "pause_seconds = 900 WHERE id = 'webhook:dead'"
        )
    connection.execute("VACUUM ANALYZE deliveries")
    return _rate(lambda: _claim_and_settle(connection))


def _claim_and_settle(connection: Connection[Any]) -> int:
    worker = new_id()
    rows = connection.execute(
        "SELECT id FROM claim_deliveries(%s, 60, 64, '{webhook}', '{8}', '{}', '{}')", [worker]
    ).fetchall()
    ids = [id for (id,) in rows]
    many = len(ids)
    nothing = [None] * many
    return _value(
        connection,
        "SELECT settle_deliveries(%s, %s, %s, %s::text[], %s, %s::text[], %s::float8[], %s, "
        "%s::text[])",
        [
            *([worker] * many, ids, ["sent"] * many, nothing, ["204"] * many),
            *(nothing, nothing, [False] * many, nothing),
        ],
    )


def _waiting(connection: Connection[Any], lane: str, count: int, since: str) -> None:
    connection.execute("SELECT ensure_lane(%s, 'webhook')", [lane])
    connection.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, appointment_id, due_at, expires_at) "
        "SELECT new_uuid_v7(), 'webhook', 'test', %s, gen_random_uuid(), now() - %s::interval, "
        "now() + interval '1 day' FROM generate_series(1, %s)",
        [lane, since, count],
    )


def _clear(connection: Connection[Any]) -> None:
    append_only = "TRIGGER delivery_attempts_append_only"
    connection.execute(
        f"ALTER TABLE delivery_attempts DISABLE {append_only}; "
        "TRUNCATE deliveries, delivery_attempts, lanes, webhook_endpoints CASCADE; "
        f"ALTER TABLE delivery_attempts ENABLE ALWAYS {append_only}"
    )


def _value(connection: Connection[Any], query: LiteralString, parameters: list[Any]) -> Any:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]
