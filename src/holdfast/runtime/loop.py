"""The event loop."""

import asyncio
from collections.abc import Coroutine

import uvloop
from psycopg_pool import PoolTimeout

from holdfast.kernel.lean import end_start
from holdfast.runtime.errors import CannotRun


def run_in_loop(work: Coroutine[None, None, None]) -> None:
    """Run to the end, on the fast loop.

    Raises:
        CannotRun: the database did not answer when `work` opened its pool.
    """
    end_start()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(work)
        except PoolTimeout:
            raise CannotRun("the database does not answer") from None
