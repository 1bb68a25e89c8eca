"""Observers of real processes, and a process that owns a data directory."""

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Poll `condition` until it holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a dead process that nobody has waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def family(pid: int) -> set[int]:
    """`pid` and the live processes that are its children."""
    children: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state not in "ZX":
                children.add(int(path.parent.name))
    return {pid, *children}


@dataclass
class OwnerProcess:
    """Another Python process that runs an EmbeddedPostgres."""

    process: subprocess.Popen[str]

    def facts(self) -> dict[str, str]:
        """What it printed once started: its pids and URLs, or the error."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the owner process ended without a word"
        return json.loads(line)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def finish(self) -> None:
        """Let it stop its PostgreSQL and exit."""
        self.process.communicate(timeout=30)


def one_value(url: str, query: str) -> object:
    """The single value that `query` returns."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


def execute(url: str, statement: str) -> None:
    """Run `statement` outside a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def accepts_connections(url: str) -> bool:
    """Whether one can log in and ask."""
    try:
        return one_value(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False
