"""The thread that starts PostgreSQL and brings it back when it dies."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from holdfast.kernel.embedded.cluster import Cluster
from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.postmaster import Postmaster
from holdfast.kernel.embedded.server_log import ServerLog

LOG_CHECK_SECONDS = 60.0
STABLE_SECONDS = 30.0  # having run that long, the next crash is a first one again
FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 5.0

logger = logging.getLogger("holdfast.embedded")


class Supervisor:
    """Keeps the PostgreSQL of one cluster running, from `start()` until `stop()`; used once."""

    def __init__(
        self,
        cluster: Cluster,
        log: ServerLog,
        on_restart: Callable[[], None] | None,
    ) -> None:
        self._cluster = cluster
        self._log = log
        self._on_restart = on_restart
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._postmaster: Postmaster | None = None
        # PostgreSQL is told when the thread that started it ends, not only the process: it has to
        # be one that lives as long as the supervision, whichever thread calls us.
        self._thread = threading.Thread(target=self._run, name="holdfast-postgres", daemon=True)
        self._first_start: Future[None] = Future()

    def start(self) -> None:
        """Start PostgreSQL and wait until it accepts connections.

        Raises EmbeddedError, OSError; `stop` is due also then.
        """
        self._thread.start()
        self._first_start.result()

    def stop(self) -> None:
        """Shut PostgreSQL down cleanly and end the supervision."""
        self._stopping.set()
        with self._spawning:
            postmaster = self._postmaster
        if postmaster is not None:
            postmaster.stop()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def pid(self) -> int | None:
        """Pid of the main PostgreSQL process that was started last."""
        return None if self._postmaster is None else self._postmaster.pid

    def _run(self) -> None:
        try:
            postmaster = self._spawn()
        except BaseException as error:
            self._first_start.set_exception(error)
            return
        self._first_start.set_result(None)
        backoff_seconds = 0.0
        while True:
            if not postmaster.wait_for_exit(LOG_CHECK_SECONDS):
                self._trim_log()
                continue
            if self._stopping.is_set():
                return
            if time.monotonic() - postmaster.started_at > STABLE_SECONDS:
                backoff_seconds = 0.0
            logger.error(
                "PostgreSQL (pid %d) ended unexpectedly (%s), starting it again",
                postmaster.pid,
                postmaster.how_it_ended(),
            )
            revived = self._revive(backoff_seconds)
            if revived is None:
                return
            postmaster, backoff_seconds = revived

    def _revive(self, backoff_seconds: float) -> tuple[Postmaster, float] | None:
        """Start it again, as often as it takes; None when we are to stop.

        Returns the new process and the seconds to wait before reviving that one.
        """
        while not self._stopping.wait(backoff_seconds):
            backoff_seconds = min(
                max(2 * backoff_seconds, FIRST_BACKOFF_SECONDS), LONGEST_BACKOFF_SECONDS
            )
            began = time.monotonic()
            try:
                postmaster = self._spawn()
            except Exception as error:  # whatever it is, giving up would be worse
                if not self._stopping.is_set():
                    logger.error("%s; next attempt in %.1f s", error, backoff_seconds)
                continue
            seconds = time.monotonic() - began
            logger.warning("PostgreSQL is back (pid %d) after %.2f s", postmaster.pid, seconds)
            self._tell_restarted()
            return postmaster, backoff_seconds
        return None

    def _spawn(self) -> Postmaster:
        with self._spawning:  # so that stop() finds every process that was started
            if self._stopping.is_set():
                raise EmbeddedError("PostgreSQL was stopped while it was starting")
            postmaster = self._postmaster = Postmaster(self._cluster, self._log)
        postmaster.wait_until_ready(self._stopping.is_set)
        return postmaster

    def _tell_restarted(self) -> None:
        if self._on_restart is None:
            return
        try:
            self._on_restart()
        except Exception:  # the caller's mistake must not end the supervision
            logger.exception("on_restart failed")

    def _trim_log(self) -> None:
        try:
            self._log.trim()
        except OSError as error:
            logger.warning("cannot trim the log of PostgreSQL: %s", error)
