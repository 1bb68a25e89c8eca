"""`holdfast serve` as an operator meets it: real processes, signals, crashes (SPEC §9)."""

from pathlib import Path

import httpx

from tests.support.server import Server


def test_starts_from_nothing_and_stops_cleanly(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert httpx.get(f"{server.url}/health").json()["status"] == "healthy"
        assert server.stop() == 0
        server.start()
        assert server.stop() == 0
