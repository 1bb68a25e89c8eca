"""The process of all others of several (runtime/family.py), from its start to its end."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from holdfast.config import Settings
from holdfast.kernel.lean import end_start
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.signals import stop_on_signals

# More than the family gives its processes.
STOP_SECONDS = 30.0
STABLE_SECONDS = 30.0  # having run that long, the next death is a first one again
LONGEST_BACKOFF_SECONDS = 5.0

if TYPE_CHECKING:
    from holdfast.runtime.database import Login

log = logging.getLogger("holdfast.runtime")


class Supervisor:
    """Starts the family at once, so that it imports what it needs while PostgreSQL starts, and
    starts it again when it has died. Its end ends the family, in whatever way.

    A context manager.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._message = b""
        self._stop = asyncio.Event()
        self._process, self._control = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._control.close()
        self._process.terminate()  # of no effect on one that has been waited for
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def run(
        self,
        settings: Settings,
        login: Login,
        on_ready: Callable[[], None],
        *,
        with_duties: bool,
        metrics_dir: Path,
    ) -> None:
        """Run `api_processes` API processes until SIGTERM or SIGINT.

        Args:
            login: to a database that is ready.
            with_duties: run a worker, too, in a process of its own.
            metrics_dir: an empty directory for the numbers that the processes share.
        Raises:
            CannotRun: one of them ended before all were ready; it has said why.
        """
        assert settings.secret_key is not None
        # Neither on a command line nor in an environment, where others could read it.
        go = {
            "login": [login.url, login.role],
            "secret_key": settings.secret_key.get_secret_value(),
            "port": settings.port,
            "is_demo": settings.is_demo,
            "with_duties": with_duties,
            "metrics_dir": str(metrics_dir),
        }
        self._message = json.dumps(go).encode() + b"\n"
        end_start()
        asyncio.run(self._run(on_ready))

    async def _run(self, on_ready: Callable[[], None]) -> None:
        stop_on_signals(self._stop.set)
        self._go()
        keeper = asyncio.create_task(self._keep(on_ready))
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait([keeper, stopped], return_when=asyncio.FIRST_COMPLETED)
        self._listener.close()
        stopped.cancel()
        self._process.terminate()
        _, late = await asyncio.wait([keeper], timeout=STOP_SECONDS)
        if late:
            log.error("the processes did not end in time and are killed")
            self._process.kill()
        await keeper

    async def _keep(self, on_ready: Callable[[], None]) -> None:
        """Wait for the end, and start it again unless that was wanted."""
        loop = asyncio.get_running_loop()
        was_ready = False
        backoff_seconds = 0.0
        while True:
            began = time.monotonic()
            with suppress(ConnectionResetError):
                if await loop.sock_recv(self._control, 1):
                    if not was_ready:
                        was_ready = True
                        on_ready()
                    await loop.sock_recv(self._control, 1)  # nothing: it has ended
            code = await asyncio.to_thread(self._process.wait)
            if self._stop.is_set():
                return
            if not was_ready:
                raise CannotRun(f"the processes ended while starting, with exit code {code}")
            pid = self._process.pid
            log.error("the process of all others (pid %d) died (%d), starting another", pid, code)
            if time.monotonic() - began > STABLE_SECONDS:
                backoff_seconds = 0.0
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), backoff_seconds)
                return
            backoff_seconds = min(max(2 * backoff_seconds, 0.1), LONGEST_BACKOFF_SECONDS)
            self._control.close()
            self._process, self._control = self._start()
            self._go()

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "holdfast.runtime.family"),
                    *(str(theirs.fileno()), str(self._listener.fileno())),
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._listener.fileno()),
                # Ctrl-C in a terminal goes to this process only.
                start_new_session=True,
            )
        return process, ours

    def _go(self) -> None:
        with suppress(BrokenPipeError):  # it has died: whoever waits for its answer gets none
            self._control.send(self._message)
