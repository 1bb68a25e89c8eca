"""Fixtures and observers for tests that run real PostgreSQL servers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdfast.kernel.embedded import EmbeddedPostgres

OWNER_SCRIPT = Path(__file__).with_name("owner.py")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
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


@pytest.fixture
def run_owner() -> Iterator[Callable[..., OwnerProcess]]:
    """Start owner processes, by way of a command `prefix` if given; killed after the test."""
    started: list[OwnerProcess] = []

    def run(data_dir: Path, *, prefix: Sequence[str | Path] = (), mode: str = "run"):
        owner = OwnerProcess(
            subprocess.Popen(
                [*map(str, prefix), sys.executable, str(OWNER_SCRIPT), str(data_dir), mode],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        started.append(owner)
        return owner

    yield run
    for owner in started:
        with contextlib.suppress(ProcessLookupError):
            owner.kill()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def pg(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A started server."""
    with EmbeddedPostgres(data_dir) as server:
        yield server


@pytest.fixture
def as_root() -> None:
    """Skip where the test cannot become other users."""
    if os.geteuid() != 0:
        pytest.skip("only root can run processes as other users")
