"""The public face: a PostgreSQL of our own in a data directory."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from holdfast.kernel.embedded import credentials, sockets
from holdfast.kernel.embedded.binaries import find_bin_dir
from holdfast.kernel.embedded.cluster import Cluster
from holdfast.kernel.embedded.config import check_settings, write_config
from holdfast.kernel.embedded.credentials import Credentials
from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.identity import choose_identity
from holdfast.kernel.embedded.leftovers import take_server_lock
from holdfast.kernel.embedded.locks import LockFile
from holdfast.kernel.embedded.ownership import claim
from holdfast.kernel.embedded.roles import ensure_roles_and_database
from holdfast.kernel.embedded.server_log import ServerLog
from holdfast.kernel.embedded.supervisor import Supervisor

logger = logging.getLogger("holdfast.embedded")


class EmbeddedPostgres:
    """A PostgreSQL of our own in `data_dir`, running from `start()` until `stop()`.

    While it runs it is supervised: when PostgreSQL dies, or crashes because one of its processes
    was killed, it is started again at the same socket, so that the URLs stay valid. When this
    process dies, in whatever way, PostgreSQL shuts itself down.

    Also a context manager. A forked child may use the URLs, and its copy of this object does
    nothing.
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
        self._owner_lock: LockFile | None = None
        self._owner_pid = 0
        self._supervisor: Supervisor | None = None
        self._credentials: Credentials | None = None
        self._socket_dir = Path()

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
        try:
            cluster, passwords = self._prepare()
            identity = cluster.identity
            self._socket_dir = sockets.make_directory(self._data_dir, identity.uid, identity.gid)
            write_config(cluster, self._socket_dir, self._settings)
            self._supervisor = Supervisor(cluster, self._log, self._on_restart)
            self._supervisor.start()
            ensure_roles_and_database(passwords, self._socket_dir)
            self._credentials = passwords
        except OSError as error:
            self.stop()
            raise EmbeddedError(f"cannot run PostgreSQL in {self._data_dir}: {error}") from error
        except BaseException:
            self.stop()
            raise
        logger.info(
            "PostgreSQL %d is ready (pid %d, data in %s, %.2f s)",
            cluster.major,
            self.pid,
            self._data_dir,
            time.monotonic() - began,
        )

    def stop(self) -> None:
        """Shut PostgreSQL down cleanly and give the directory up; harmless when not started."""
        lock = self._owner_lock
        if lock is None or self._owner_pid != os.getpid():
            return
        if self._supervisor is not None:
            self._supervisor.stop()
        sockets.remove_directory(self._data_dir)
        lock.close()
        self._owner_lock = None
        self._supervisor = None

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
        return self._url(credentials.OWNER)

    @property
    def server_url(self) -> str:
        """URL of the role that the server uses: it may log in, and owns nothing."""
        return self._url(credentials.SERVER)

    @property
    def superuser_url(self) -> str:
        """URL of the superuser, for diagnosis and tests only."""
        return self._url(credentials.SUPERUSER)

    @property
    def pid(self) -> int:
        """Pid of the main PostgreSQL process; another one after a restart.

        Raises EmbeddedError when it is not started.
        """
        pid = None if self._supervisor is None else self._supervisor.pid
        if pid is None:
            raise EmbeddedError(f"the PostgreSQL in {self._data_dir} is not started")
        return pid

    def _url(self, role: str) -> str:
        if self._credentials is None:
            raise EmbeddedError(f"the PostgreSQL in {self._data_dir} was never started")
        return self._credentials.url(role, self._socket_dir)

    def _prepare(self) -> tuple[Cluster, Credentials]:
        """Everything that comes before a server process: the programs, the passwords, the data."""
        bin_dir = find_bin_dir(self._bin_dir)
        identity, major = choose_identity(bin_dir, self._data_dir)
        cluster = Cluster(self._data_dir, bin_dir, major, identity)
        exists = cluster.exists()
        passwords = credentials.load_or_make(self._data_dir, may_make=not exists)
        if exists:
            cluster.settle_owner()
        else:
            logger.info("initialising PostgreSQL %d in %s", major, self._data_dir)
            lock = take_server_lock(self._data_dir, cluster.pgdata)
            try:
                cluster.create(passwords, lock)
            finally:
                lock.close()
        self._log.trim()
        # Of earlier versions, which used TCP.
        (self._data_dir / "port").unlink(missing_ok=True)
        return cluster, passwords
