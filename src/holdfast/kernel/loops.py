"""Loops beside the requests: they go on whatever happens, and end when they are told to."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

from holdfast.kernel.errors import Refusal

FAILED_SECONDS = 0.5
CANCEL_AGAIN_SECONDS = 0.5


async def repeat(step: Callable[[], Awaitable[None]], log: logging.Logger, what: str) -> None:
    """Do a step again and again, until cancelled; the step itself waits where it has to.

    Args:
        what: the loop, as the log names it.
    """
    while True:
        try:
            await step()
        except Refusal as refusal:
            log.warning("%s waits: %s", what, refusal.detail)
            await asyncio.sleep(FAILED_SECONDS)
        except Exception:
            log.exception("%s failed", what)
            await asyncio.sleep(FAILED_SECONDS)


@asynccontextmanager
async def running(*loops: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run these loops as long as the block lasts."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        pending = set(tasks)
        while pending:
            # Again and again: `asyncio.wait_for` of Python 3.11 loses a cancellation that comes
            # just as what it waits for is done, and a loop would go on for ever.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
        await asyncio.gather(*tasks, return_exceptions=True)
