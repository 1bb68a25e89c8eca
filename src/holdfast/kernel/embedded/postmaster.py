"""One running PostgreSQL: from its start to its end."""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from holdfast.kernel.embedded.cluster import Cluster
from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.leftovers import take_server_lock
from holdfast.kernel.embedded.server_log import ServerLog

# Recovery after a crash replays at most max_wal_size and takes minutes on a very slow disk.
READY_SECONDS = 600.0
STILL_WAITING_SECONDS = 10.0
POLL_SECONDS = 0.005
STOP_STEPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))

logger = logging.getLogger("holdfast.embedded")


class Postmaster:
    """The main process of PostgreSQL, a child of the thread that started it."""

    def __init__(self, cluster: Cluster, log: ServerLog) -> None:
        """Start it, after stopping what an earlier run left. Raises EmbeddedError, OSError."""
        self._cluster = cluster
        self._log = log
        self.started_at = time.monotonic()
        lock = take_server_lock(cluster.data_dir, cluster.pgdata)
        self._log_start = log.size()
        try:
            with log.open() as output:
                self._process = cluster.identity.spawn(
                    (cluster.bin_dir / "postgres", "-D", cluster.pgdata),
                    output=output,
                    pass_fds=[lock.fileno()],
                )
        finally:
            lock.close()  # PostgreSQL keeps it locked

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self, given_up: Callable[[], bool]) -> None:
        """Wait until connections are accepted; end it when that does not happen.

        Raises EmbeddedError with the words of PostgreSQL when it ends instead, when it takes
        longer than READY_SECONDS, or when `given_up` says so.
        """
        reminder = self.started_at + STILL_WAITING_SECONDS
        try:
            while not self._is_ready():
                now = time.monotonic()
                if self._process.poll() is not None:
                    said = self._log.since(self._log_start)
                    raise EmbeddedError(f"PostgreSQL did not start ({self.how_it_ended()}): {said}")
                if now > self.started_at + READY_SECONDS:
                    raise EmbeddedError(
                        f"PostgreSQL was not ready after {READY_SECONDS:.0f} seconds: "
                        + self._log.since(self._log_start)
                    )
                if given_up():
                    raise EmbeddedError("PostgreSQL was stopped while it was starting")
                if now > reminder:
                    waited = now - self.started_at
                    logger.info("PostgreSQL is still recovering after %.0f s", waited)
                    reminder += STILL_WAITING_SECONDS
                time.sleep(POLL_SECONDS)
        except BaseException:
            self.stop()
            raise

    def wait_for_exit(self, seconds: float) -> bool:
        """Wait until it has ended, `seconds` at most; say whether it has."""
        if self._process.poll() is not None:
            return True
        if sys.platform == "linux":
            # Sleeps in the kernel, where Popen.wait with a timeout wakes up 20 times a second.
            try:
                pidfd = os.pidfd_open(self._process.pid)
            except OSError:  # ended and reaped meanwhile, or not supported by this kernel
                pass
            else:
                try:
                    poll = select.poll()
                    poll.register(pidfd, select.POLLIN)
                    poll.poll(seconds * 1000)
                finally:
                    os.close(pidfd)
                return self._process.poll() is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def how_it_ended(self) -> str:
        """`signal SIGKILL` or `exit code 1`; only meaningful after the end."""
        code = self._process.returncode
        if code is not None and code < 0:
            return f"signal {signal.Signals(-code).name}"
        return f"exit code {code}"

    def stop(self) -> None:
        """Shut it down cleanly, and by force if it does not listen. Harmless after its end."""
        for number, patience_seconds in STOP_STEPS:
            self._process.send_signal(number)
            if self.wait_for_exit(patience_seconds):
                return
            logger.warning("PostgreSQL (pid %d) did not stop on %s", self.pid, number.name)

    def _is_ready(self) -> bool:
        """Whether `postmaster.pid`, written by this process, says so in its eighth line."""
        try:
            lines = (
                (self._cluster.pgdata / "postmaster.pid").read_text(errors="replace").splitlines()
            )
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"
