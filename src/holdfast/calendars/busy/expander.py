"""A process of its own that reads objects: `python -m holdfast.calendars.busy.expander`.

It gets `{zone, since, until, addresses, objects: [[key, data], …]}` as JSON at its standard input
and writes `{key: [[start, end], …] | null}` (null: unreadable; seconds since 1970) to its standard
output. What it reads was written by anybody: it knows no secret, has no connection, and limits on
time and memory.
"""

import resource
import signal
import sys
from datetime import UTC, datetime
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from holdfast.calendars.busy.intervals import Basis, busy_times
from holdfast.calendars.busy.trim import UnreadableError

MEMORY_BYTES = 1024 * 1024 * 1024
# Of the processor, for one object; for all that take as long, and for everything.
OBJECT_SECONDS = 1.0
SLOW_OBJECTS = 5
HASTY_SECONDS = 0.05
ALL_SECONDS = 120


class _OverdueError(BaseException):
    """An object takes too long. No library catches it."""


def expand(job: dict[str, Any]) -> dict[str, list[list[int]] | None]:
    """Read all objects of a job; one that cannot be read stops no other."""
    basis = Basis(
        zone=ZoneInfo(job["zone"]),
        since=datetime.fromtimestamp(job["since"], UTC),
        until=datetime.fromtimestamp(job["until"], UTC),
        addresses=frozenset(job["addresses"]),
    )
    seconds, slow = OBJECT_SECONDS, 0
    found: dict[str, list[list[int]] | None] = {}
    for key, data in job["objects"]:
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
            try:
                times = busy_times(data, basis)
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            found[key] = [[int(start.timestamp()), int(end.timestamp())] for start, end in times]
        except (UnreadableError, MemoryError, RecursionError):
            found[key] = None
        except _OverdueError:
            found[key] = None
            slow += 1
            seconds = OBJECT_SECONDS if slow < SLOW_OBJECTS else HASTY_SECONDS
    return found


def _overdue(_number: int, _frame: FrameType | None) -> None:
    raise _OverdueError


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (ALL_SECONDS, ALL_SECONDS))
    signal.signal(signal.SIGVTALRM, _overdue)
    job = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(expand(job)))


if __name__ == "__main__":
    main()
