"""Cuts connections that send too much (SPEC §5): more than 50 messages a second for 10 seconds."""

import time
from collections.abc import Callable

MESSAGES_PER_SECOND = 50
SECONDS = 10


class FloodGuard:
    """Counts the messages of each connection, second by second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: dict[str, tuple[int, int, int]] = {}  # second, messages in it, hot seconds

    def is_flooding(self, connection: str) -> bool:
        """Count one message; whether the connection has now sent too much for too long."""
        now = int(self._clock())
        second, messages, hot_seconds = self._counts.get(connection, (now, 0, 0))
        if now != second:
            was_hot = messages > MESSAGES_PER_SECOND and now == second + 1
            hot_seconds = hot_seconds + 1 if was_hot else 0
            second, messages = now, 0
        messages += 1
        self._counts[connection] = (second, messages, hot_seconds)
        return hot_seconds >= SECONDS - 1 and messages > MESSAGES_PER_SECOND

    def forget(self, connection: str) -> None:
        self._counts.pop(connection, None)
