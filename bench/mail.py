"""How many mails a second leave, confirmations with calendar entries, to a server that takes all.

They are planned beforehand, so that the sender alone is measured: reading the appointment,
rendering, SMTP, the mark and the settling. The sink shares the machine.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from bench import report
from bench.context import Bench
from bench.found import Found, Row

DATABASE = "mail"
PROVIDERS = 30
MAILS_EACH = 100  # of each second that a round takes
AIM = 150.0
LOOK_SECONDS = 0.5
LIMIT_SECONDS = 120.0


def run(bench: Bench) -> Found:
    """Mails a second in each round, from the first one's answer to the last one's."""
    bench.stack.create_database(DATABASE, is_migrated=True)
    bench.load(DATABASE, PROVIDERS)
    count = MAILS_EACH * bench.seconds
    with _sink() as url, bench.stack.superuser(DATABASE) as connection:
        env = {"HOLDFAST_SMTP_URL": url}
        with bench.stack.server(database=DATABASE, env=env):
            rates = [_round(connection, count) for _ in range(bench.rounds)]
    report.console.print("  mails a second: " + ", ".join(f"{rate:.0f}" for rate in rates))
    return Found(
        rows=[Row("mails a second", "a sink on this machine", tuple(rates), aim=AIM, unit="/s")]
    )


def _round(connection: Connection[tuple[Any, ...]], count: int) -> float:
    connection.execute("DELETE FROM deliveries")
    connection.execute("SELECT ensure_lane('smtp', 'email')")
    planned = connection.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, user_id, appointment_id, start_at, "
        "due_at, expires_at) SELECT new_uuid_v7(), 'email', 'confirmed', 'smtp', a.user_id, a.id, "
        "a.start_at, clock_timestamp(), clock_timestamp() + interval '1 hour' "
        "FROM appointments AS a WHERE a.status = 'confirmed' AND a.deleted_at IS NULL "
        "AND a.start_at > now() LIMIT %s",
        [count],
    ).rowcount
    until = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        row = connection.execute(
            "SELECT count(*), extract(epoch FROM max(sent_at) - min(sent_at)) FROM deliveries "
            "WHERE state = 'sent'"
        ).fetchone()
        assert row is not None
        if row[0] == planned:
            return planned / max(float(row[1]), 1e-9)
    raise TimeoutError(f"of {planned} mails not all were sent")


@contextmanager
def _sink() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.mail_sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"smtp://127.0.0.1:{process.stdout.readline().strip()}?from=desk@clinic.example"
        finally:
            process.terminate()
