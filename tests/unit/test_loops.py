"""Loops end when they are told to, also one to which a cancellation gets lost."""

import asyncio

from holdfast.kernel.loops import running


async def test_a_loop_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost = 0

    async def deaf_at_first() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if lost:
                    raise
                lost += 1

    async with running(deaf_at_first()):
        await asyncio.sleep(0)
    assert lost == 1
