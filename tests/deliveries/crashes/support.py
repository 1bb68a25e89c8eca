"""A database with events to tell, and workers as processes."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deliveries.crashes.sink import Sink
from tests.deliveries.drive import Drive
from tests.embedded.support import wait_until
from tests.support.documents import ROOT
from tests.support.make import Make

EVENTS = 24
# What production sets to 60.
LEASE_SECONDS = 2.0


class Job:
    """Events that one endpoint has to be told of, each once."""

    def __init__(self, drive: Drive, url: str, sink: Sink) -> None:
        self.drive = drive
        self.make: Make = drive.make
        self.url = url
        self.sink = sink
        self.endpoint = drive.endpoint()
        drive.start()
        self.make.db.execute(
            "INSERT INTO outbox (topic, key, type, payload) "
            "SELECT 'bookings', gen_random_uuid(), 'booking.updated', '{\"updates\": {}}' "
            "FROM generate_series(1, %s)",
            [EVENTS],
        )
        drive.relay()
        rows = self.make.all("SELECT position FROM outbox ORDER BY position")
        self.positions = [row["position"] for row in rows]

    @contextmanager
    def worker(
        self, point: str = "-", nth: int = 1, *, room: int = 1, lease_seconds: float = LEASE_SECONDS
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker that dies at this point; killed at the block's end."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.deliveries.crashes.worker"),
                *(self.url, self.sink.url, point, str(nth), str(room), str(lease_seconds)),
            ],
            cwd=ROOT,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def count(self, *states: str) -> int:
        row = self.make.one(
            "SELECT count(*) AS n FROM deliveries WHERE state = ANY (%s)", list(states)
        )
        return row["n"]

    def finish(self, **how: float) -> None:
        """Let a worker do the rest."""
        with self.worker(
            room=int(how.get("room", 1)), lease_seconds=how.get("lease", LEASE_SECONDS)
        ):
            wait_until(lambda: self.count("sent") == EVENTS, "all are sent", seconds=60)

    def check(self, most: int = 2) -> list[str]:
        """Every event is a delivery once and was sent; what came twice came without our knowing
        better. Those that came twice.
        """
        deliveries = self.drive.deliveries()
        assert [row["position"] for row in deliveries] == self.positions
        assert {row["state"] for row in deliveries} == {"sent"}
        times = Counter(seen.delivery for seen in self.sink.seen if seen.status in (0, 204))
        assert set(times) == {str(row["id"]) for row in deliveries}
        assert max(times.values()) <= most
        twice = [id for id, count in times.items() if count > 1]
        for row in deliveries:
            attempts = self.drive.attempts(row["id"])
            assert attempts[-1] == "sent"
            assert attempts.count("sent") == 1
            if str(row["id"]) in twice:
                assert "unknown" in attempts
        for seen in self.sink.seen:
            [row] = [row for row in deliveries if str(row["id"]) == seen.delivery]
            assert seen.event == f"evt_{row['position']}"
        return twice
