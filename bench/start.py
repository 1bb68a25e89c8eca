"""How long `holdfast serve` takes on an existing data directory until it says that it is ready.

The whole is measured from outside, on a program that nobody interferes with. Where the time goes is
measured in further starts between those, in which each step of the command notes its end; what the
processes import meanwhile is no step of its own.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from tests.support.server import Server

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from bench.stack import api_processes

STARTS = 5
AIM_SECONDS = 1.5
LONGEST_SECONDS = 60.0
POLL_SECONDS = 0.005
NOTES = "HOLDFAST_BENCH_NOTES"
STEPS = ("imports", "PostgreSQL", "migrations looked at", "answering")


def run(bench: Bench) -> Found:
    """One API process and several, an embedded PostgreSQL, everything already there."""
    starts = max(1, min(STARTS, bench.rounds + 2))
    found = Found()
    for processes in sorted({1, api_processes()}):
        _measure(bench.stack.folder, starts, processes, found)
    return found


def _measure(parent: Path, starts: int, processes: int, found: Found) -> None:
    with TemporaryDirectory(prefix="holdfast-start-", dir=parent) as name:
        folder = Path(name)
        with Server(folder) as server:
            server.stop()
        url = server.url
        env = {**server.env, "HOLDFAST_API_PROCESSES": str(processes)}
        _start(
            ["-m", "holdfast", "serve"], folder, env, url
        )  # with what files are read in the cache
        notes = folder / "notes.json"
        whole: list[float] = []
        parts: list[dict[str, float]] = []
        for _ in range(starts):
            whole.append(_start(["-m", "holdfast", "serve"], folder, env, url))
            began = time.time()
            program = ["-c", "from bench.start import noted; noted()"]
            seconds = _start(program, folder, {**env, NOTES: str(notes)}, url)
            ends = [began, *json.loads(notes.read_text()), began + seconds]
            parts.append(
                {step: ends[number + 1] - ends[number] for number, step in enumerate(STEPS)}
            )
    breakdown = {step: median(part[step] for part in parts) for step in STEPS}
    what = f"start on existing data, API processes: {processes}"
    report.console.print(f"{what}: {median(whole):.2f} s")
    for step, seconds in breakdown.items():
        report.console.print(f"  {step}: {seconds:.2f} s")
    found.rows.append(Row(what, "a limit", tuple(whole), AIM_SECONDS, "s", at_most=True))
    found.series[f"start_seconds_{processes}"] = whole
    found.series[f"start_breakdown_{processes}"] = breakdown


def _start(program: list[str], folder: Path, env: dict[str, str], url: str) -> float:
    """Seconds until /health/ready says yes; it is stopped again."""
    root = str(Path(__file__).parents[1])
    with (folder / "starts.log").open("ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *program],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**env, "PYTHONPATH": root},
            cwd=folder,
        )
        try:
            while not _is_ready(url):
                if process.poll() is not None or time.perf_counter() - began > LONGEST_SECONDS:
                    raise RuntimeError((folder / "starts.log").read_text()[-2000:])
                time.sleep(POLL_SECONDS)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(LONGEST_SECONDS)


def _is_ready(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def noted() -> None:
    """`holdfast serve` in this process; writes down when each step of `STEPS` had ended."""
    from holdfast import cli
    from holdfast.runtime import serve

    ends: list[float] = []

    def then_note(make: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any) -> Any:
            thing = make(*arguments)
            _note_steps(ends)  # imports what the command itself needs, where it would
            ends.append(time.time())
            return thing

        return made

    # The last thing before the command imports the rest is one or the other.
    for name in ("Supervisor", "nullcontext"):
        setattr(serve, name, then_note(getattr(serve, name)))
    cli.app(["serve"])


def _note_steps(ends: list[float]) -> None:
    from holdfast.config import Settings
    from holdfast.runtime import on_postgres
    from holdfast.runtime.database import Place

    database, prepare = on_postgres.database, on_postgres.prepare

    @contextmanager
    def noted_database(settings: Settings, *, join: bool = False) -> Iterator[Place]:
        with database(settings, join=join) as place:
            ends.append(time.time())
            yield place

    def noted_prepare(place: Place) -> Any:
        login = prepare(place)
        ends.append(time.time())
        Path(os.environ[NOTES]).write_text(json.dumps(ends))
        return login

    on_postgres.database = noted_database
    on_postgres.prepare = noted_prepare
