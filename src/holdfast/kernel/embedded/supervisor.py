"""The owner of a data directory: starts its PostgreSQL, brings it back, stops it."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

from holdfast.kernel.embedded import credentials, ports
from holdfast.kernel.embedded.binaries import find_bin_dir
from holdfast.kernel.embedded.cluster import Cluster
from holdfast.kernel.embedded.config import check_settings, write_config
from holdfast.kernel.embedded.credentials import Credentials
from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.identity import choose_identity
from holdfast.kernel.embedded.leftovers import take_server_lock
from holdfast.kernel.embedded.locks import LockFile
from holdfast.kernel.embedded.ownership import claim
from holdfast.kernel.embedded.postmaster import Postmaster
from holdfast.kernel.embedded.roles import ensure_roles_and_database
from holdfast.kernel.embedded.server_log import ServerLog

PORT_ATTEMPTS = 5
LOG_CHECK_SECONDS = 60.0
STABLE_SECONDS = 30.0  # having run that long, the next crash is a first one again
FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 5.0

logger = logging.getLogger("holdfast.embedded")


class EmbeddedPostgres:
    """A PostgreSQL of our own in `data_dir`, running from `start()` until `stop()`.

    While it runs it is supervised: when PostgreSQL dies, or crashes because one of its processes
    was killed, it is started again on the same port, so that the URLs stay valid. When this
    process dies, in whatever way, PostgreSQL shuts itself down.

    Thread-safe. Also a context manager. A forked child may use the URLs, and its copy of this
    object does nothing.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        on_restart: Callable[[], None] | None = None,
    ) -> None:
        """Touches nothing yet.

        data_dir: a directory for this alone; made when missing, otherwise empty or ours.
        bin_dir: the PostgreSQL programs; by default the wheel's, else the newest of the system.
        settings: PostgreSQL settings over the defaults, as in postgresql.conf, without quotes.
        on_restart: called in the supervising thread each time connections are accepted again
        after a death of PostgreSQL.

        Raises EmbeddedError for a setting that cannot be made.
        """
        self._data_dir = data_dir.resolve()
        self._bin_dir = bin_dir
        self._settings = dict(settings or {})
        check_settings(self._settings)
        self._on_restart = on_restart
        self._log = ServerLog(self._data_dir)
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._owner_lock: LockFile | None = None
        self._owner_pid = 0
        self._thread: threading.Thread | None = None
        self._postmaster: Postmaster | None = None
        self._credentials: Credentials | None = None
        self._port = 0

    def start(self) -> None:
        """Make the database where there is none, start it and wait until it can be used.

        Afterwards the roles and the database exist and all properties have a value.

        Raises DataDirInUse when another process owns the directory, EmbeddedError for everything
        else that prevents it; then nothing is left running and `start` may be called again.
        """
        if self._owner_lock is not None:
            raise EmbeddedError(f"the PostgreSQL in {self._data_dir} is already started")
        began = time.monotonic()
        self._owner_lock = claim(self._data_dir)
        self._owner_pid = os.getpid()
        self._stopping.clear()
        try:
            cluster = self._prepare()
            first_start: Future[None] = Future()
            # PostgreSQL is told when the thread that started it ends, not only the process: it has
            # to be one that lives as long as the supervision, whichever thread calls us.
            self._thread = threading.Thread(
                target=self._supervise,
                args=(cluster, first_start),
                name="holdfast-embedded-postgres",
                daemon=True,
            )
            self._thread.start()
            first_start.result()
            ensure_roles_and_database(self._known_credentials, self._port)
        except OSError as error:
            self.stop()
            raise EmbeddedError(f"cannot run PostgreSQL in {self._data_dir}: {error}") from error
        except BaseException:
            self.stop()
            raise
        logger.info(
            "PostgreSQL %d is ready on 127.0.0.1:%d (pid %d, data in %s, %.2f s)",
            cluster.major,
            self._port,
            self.pid,
            self._data_dir,
            time.monotonic() - began,
        )

    def stop(self) -> None:
        """Shut PostgreSQL down cleanly and give the directory up; harmless when not started."""
        lock = self._owner_lock
        if lock is None or self._owner_pid != os.getpid():
            return
        self._stopping.set()
        with self._spawning:
            postmaster = self._postmaster
        if postmaster is not None:
            postmaster.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        lock.close()
        self._owner_lock = None
        self._thread = None
        self._postmaster = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def owner_url(self) -> str:
        """URL of the role that owns the database and may create others; no superuser."""
        return self._known_credentials.url(credentials.OWNER, self._port)

    @property
    def server_url(self) -> str:
        """URL of the role that the server uses: it may log in, and owns nothing."""
        return self._known_credentials.url(credentials.SERVER, self._port)

    @property
    def superuser_url(self) -> str:
        """URL of the superuser, for diagnosis and tests only."""
        return self._known_credentials.url(credentials.SUPERUSER, self._port)

    @property
    def pid(self) -> int:
        """Pid of the main PostgreSQL process; another one after a restart.

        Raises EmbeddedError when it is not started.
        """
        postmaster = self._postmaster
        if postmaster is None:
            raise EmbeddedError(f"the PostgreSQL in {self._data_dir} is not started")
        return postmaster.pid

    @property
    def _known_credentials(self) -> Credentials:
        if self._credentials is None:
            raise EmbeddedError(f"the PostgreSQL in {self._data_dir} was never started")
        return self._credentials

    def _prepare(self) -> Cluster:
        """Everything that comes before a process: the programs, the passwords, the data."""
        bin_dir = find_bin_dir(self._bin_dir)
        identity, major = choose_identity(bin_dir, self._data_dir)
        cluster = Cluster(self._data_dir, bin_dir, major, identity)
        exists = cluster.exists()
        self._credentials = credentials.load_or_make(self._data_dir, may_make=not exists)
        if exists:
            cluster.settle_owner()
        else:
            logger.info("initialising PostgreSQL %d in %s", major, self._data_dir)
            lock = take_server_lock(self._data_dir, cluster.pgdata)
            try:
                cluster.create(self._credentials, lock)
            finally:
                lock.close()
        self._log.trim()
        return cluster

    def _supervise(self, cluster: Cluster, first_start: "Future[None]") -> None:
        try:
            postmaster = self._start_on_a_free_port(cluster)
        except BaseException as error:
            first_start.set_exception(error)
            return
        first_start.set_result(None)
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
            revived = self._revive(cluster, backoff_seconds)
            if revived is None:
                return
            postmaster, backoff_seconds = revived

    def _start_on_a_free_port(self, cluster: Cluster) -> Postmaster:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self._port = ports.pick_port(self._data_dir)
            write_config(cluster, self._port, self._settings)
            try:
                postmaster = self._spawn(cluster)
            except EmbeddedError:
                # Somebody took the port between our look and PostgreSQL's.
                if attempt < PORT_ATTEMPTS and not ports.is_free(self._port):
                    continue
                raise
            ports.keep_port(self._data_dir, self._port)
            return postmaster
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _revive(self, cluster: Cluster, backoff_seconds: float) -> tuple[Postmaster, float] | None:
        """Start it again, as often as it takes; None when we are to stop.

        Returns it with the seconds to wait before reviving it the next time.
        """
        while not self._stopping.wait(backoff_seconds):
            backoff_seconds = min(
                max(2 * backoff_seconds, FIRST_BACKOFF_SECONDS), LONGEST_BACKOFF_SECONDS
            )
            began = time.monotonic()
            try:
                postmaster = self._spawn(cluster)
            except (EmbeddedError, OSError) as error:
                if not self._stopping.is_set():
                    logger.error("%s; next attempt in %.1f s", error, backoff_seconds)
                continue
            seconds = time.monotonic() - began
            logger.warning("PostgreSQL is back (pid %d) after %.2f s", postmaster.pid, seconds)
            self._tell_restarted()
            return postmaster, backoff_seconds
        return None

    def _spawn(self, cluster: Cluster) -> Postmaster:
        with self._spawning:  # so that stop() finds every process that was started
            if self._stopping.is_set():
                raise EmbeddedError("PostgreSQL was stopped while it was starting")
            postmaster = self._postmaster = Postmaster(cluster, self._log)
        postmaster.wait_until_ready(self._stopping.is_set)
        return postmaster

    def _tell_restarted(self) -> None:
        if self._on_restart is None:
            return
        try:
            self._on_restart()
        except Exception:  # not ours to die of
            logger.exception("on_restart failed")

    def _trim_log(self) -> None:
        try:
            self._log.trim()
        except OSError as error:
            logger.warning("cannot trim the log of PostgreSQL: %s", error)
