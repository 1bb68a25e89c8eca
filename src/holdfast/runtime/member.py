"""One of several processes, as the family (runtime/family.py) knows it."""

import os
import socket
import time

STABLE_SECONDS = 30.0  # having run that long, the next death is a first one again
LONGEST_BACKOFF_SECONDS = 5.0


class Member:
    """A running process, or one that is to start when it is due.

    Attributes:
        place: its number; those of the API processes come first.
        control: of a running one, whose end is the end of the process.
    """

    def __init__(self, part: str, place: int) -> None:
        self.part = part
        self.place = place
        self.pid = 0
        self.control: socket.socket | None = None
        self.is_ready = False
        self.due = 0.0
        self._began = 0.0
        self._backoff_seconds = 0.0

    def started(self, pid: int, control: socket.socket) -> None:
        self.pid = pid
        self.control = control
        self._began = time.monotonic()

    def says(self) -> bool:
        """Whether it says that it is ready; otherwise it has ended. Waits for either."""
        assert self.control is not None
        try:
            return self.control.recv(1) != b""
        except ConnectionResetError:
            return False

    def ended(self) -> int:
        """Its exit code, once its control has ended; it is due again."""
        assert self.control is not None
        self.control.close()
        self.control = None
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        now = time.monotonic()
        if now - self._began > STABLE_SECONDS:
            self._backoff_seconds = 0.0
        self.due = now + self._backoff_seconds
        self._backoff_seconds = min(max(2 * self._backoff_seconds, 0.1), LONGEST_BACKOFF_SECONDS)
        return code
