"""A worker's duty: a loop that may finish its pass when the worker stops (SPEC §7)."""

import math
from collections.abc import Awaitable, Callable

from holdfast.kernel.db import Database
from holdfast.kernel.loops import Loop

FINISH_SECONDS = 10.0
# Longer than any pass: reading calendars gives each one up after five minutes.
STUCK_SECONDS = 900.0


def duty(
    name: str,
    rest_seconds: float,
    run: Callable[[Database], Awaitable[int]],
    db: Database,
    batch_rows: float = math.inf,
) -> Loop:
    """Something that several processes may do at once.

    Args:
        run: one pass, bounded in work; says how many things it has dealt with.
        batch_rows: a pass that deals with as many has left some, and the next does not wait.
    """
    return Loop(
        name,
        lambda: run(db),
        rest_seconds=rest_seconds,
        batch_rows=batch_rows,
        stuck_seconds=STUCK_SECONDS,
        finish_seconds=FINISH_SECONDS,
    )
