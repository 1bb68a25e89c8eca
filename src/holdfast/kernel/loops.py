"""Loops that have to go on whatever happens: a failed step is logged, and the next one comes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from holdfast.kernel.errors import Refusal

FAILED_SECONDS = 0.5


async def repeat(
    step: Callable[[], Awaitable[None]], log: logging.Logger, what: str
) -> None:
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
