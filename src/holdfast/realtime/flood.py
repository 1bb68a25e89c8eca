"""Cuts connections that send too much (SPEC §5): more than 50 messages a second for 10 seconds."""

import time
from collections.abc import Callable

MESSAGES_PER_SECOND = 50
SECONDS = 10


class FloodMeter:
    """Counts the messages of one connection, second by second."""

    __slots__ = ("_clock", "_hot_seconds", "_messages", "_second")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._second = 0
        self._messages = 0
        self._hot_seconds = 0

    def is_flooding(self) -> bool:
        """Count one message; whether the connection has now sent too much for too long."""
        now = int(self._clock())
        if now != self._second:
            was_hot = self._messages > MESSAGES_PER_SECOND and now == self._second + 1
            self._hot_seconds = self._hot_seconds + 1 if was_hot else 0
            self._second, self._messages = now, 0
        self._messages += 1
        return self._hot_seconds >= SECONDS - 1 and self._messages > MESSAGES_PER_SECOND
