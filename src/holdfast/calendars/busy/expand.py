"""Reading objects beside the server: in a process, which can be ended.

A thread cannot: a rule that never comes true keeps its library busy for as long as it likes, and
all the while the thread holds the interpreter up. A process costs a third of a second where
something has changed, and nothing where nothing has.
"""

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

WAIT_SECONDS = 180.0
_COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "holdfast.calendars.busy.expander")

# By object: its busy times in seconds since 1970, or None where it cannot be read.
Expanded = dict[UUID, list[tuple[int, int]] | None]


class ExpansionError(Exception):
    """The process gave no answer; nothing is known of any object."""


async def expand(
    objects: Mapping[UUID, str],
    *,
    zone: str,
    since: datetime,
    until: datetime,
    addresses: list[str],
) -> Expanded:
    """When each object makes the provider busy, as `intervals.busy_times` says.

    Raises:
        ExpansionError: all of them together took too long or too much.
    """
    if not objects:
        return {}
    job: dict[str, Any] = {
        "zone": zone,
        "since": int(since.timestamp()),
        "until": int(until.timestamp()),
        "addresses": addresses,
        "objects": [[str(key), data] for key, data in objects.items()],
    }
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},  # it has no use for our secrets
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            output, _ = await process.communicate(orjson.dumps(job))
    except TimeoutError:
        raise ExpansionError("took too long") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ExpansionError(f"ended with {process.returncode}")
    try:
        found = orjson.loads(output)
    except orjson.JSONDecodeError:
        raise ExpansionError("ended without an answer") from None
    return {
        UUID(key): None if times is None else [(start, end) for start, end in times]
        for key, times in found.items()
    }
