"""What SIGTERM and SIGINT do: the first ends Holdfast in order, the second at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def orderly_exit() -> Iterator[None]:
    """Make the first signal leave the block, with exit code 0, where nothing else takes it."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for each in ENDING:
            signal.signal(each, signal.SIG_DFL)
        sys.exit(0)

    for number in ENDING:
        signal.signal(number, leave)
    yield


def stop_on_signals(stop: Callable[[], None], *, insistent: bool = True) -> None:
    """Call `stop` at the first signal, in the running loop.

    Args:
        insistent: end the process at the second; otherwise it is ignored.
    """
    loop = asyncio.get_running_loop()
    told = False

    def on_signal(number: signal.Signals) -> None:
        nonlocal told
        if told and insistent:
            os._exit(128 + number)
        if not told:
            told = True
            stop()

    for number in ENDING:
        loop.add_signal_handler(number, on_signal, number)
