"""Cuts connections that send too much (SPEC §5): more than 50 messages a second for 10 seconds."""

import time
from collections.abc import Callable

MESSAGES_PER_SECOND = 50
SECONDS = 10


class FloodMeter:
    """Counts the messages of one connection since it last was within its rate.

    The mean counts, not each second by itself: otherwise whoever is silent every other second could
    send whatever it likes in between.
    """

    __slots__ = ("_clock", "_messages", "_since")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._messages = 0

    def is_flooding(self) -> bool:
        """Count one message; whether the connection has now sent too much for too long."""
        now = self._clock()
        if self._messages <= MESSAGES_PER_SECOND * (now - self._since):
            self._since, self._messages = now, 0
        self._messages += 1
        return now - self._since >= SECONDS
