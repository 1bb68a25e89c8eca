"""Several processes behind one listening socket, each replaced when it dies (SPEC §9)."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from prometheus_client import multiprocess

from holdfast.config import Settings
from holdfast.runtime.database import Login
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.signals import stop_on_signals

# More than a child gives its requests and its duties, one after the other.
STOP_SECONDS = 25.0
STABLE_SECONDS = 30.0  # having run that long, the next death is a first one again
LONGEST_BACKOFF_SECONDS = 5.0

log = logging.getLogger("holdfast.runtime")


def run_processes(
    settings: Settings,
    login: Login,
    listener: socket.socket,
    on_ready: Callable[[], None],
    *,
    with_duties: bool,
    metrics_dir: Path,
) -> None:
    """Run `api_processes` API processes until SIGTERM or SIGINT.

    Args:
        with_duties: run a worker, too, in a process of its own.
        metrics_dir: an empty directory for the numbers that the processes share.
    Raises:
        CannotRun: one of them ended before all were ready; it has said why.
    """
    family = Family(settings, login, listener, metrics_dir)
    parts = ["api"] * settings.api_processes + (["worker"] if with_duties else [])
    asyncio.run(family.run(parts, on_ready))


class Family:
    """The child processes of this one."""

    def __init__(
        self, settings: Settings, login: Login, listener: socket.socket, metrics_dir: Path
    ) -> None:
        assert settings.secret_key is not None
        self._listener = listener
        self._role = login.role or ""
        self._metrics_dir = metrics_dir
        self._environment = {
            **os.environ,
            "HOLDFAST_DATABASE_URL": login.url,
            "HOLDFAST_SECRET_KEY": settings.secret_key.get_secret_value(),
            "HOLDFAST_PORT": str(settings.port),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics_dir),
        }
        # One pair for each API process: it reads from the first what others send into the second.
        self._pairs = [
            socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            for _ in range(settings.api_processes)
        ]
        self._running: set[Process] = set()
        self._unready = 0
        self._all_ready = asyncio.Event()
        self._stopping = False

    async def run(self, parts: Sequence[str], on_ready: Callable[[], None]) -> None:
        stop = asyncio.Event()
        stop_on_signals(stop.set)
        self._unready = len(parts)
        keepers = [asyncio.create_task(self._keep(part, place)) for place, part in enumerate(parts)]
        started = asyncio.create_task(self._all_ready.wait())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([started, stopped, *keepers], return_when=asyncio.FIRST_COMPLETED)
            if self._all_ready.is_set():
                on_ready()
                await asyncio.wait([stopped, *keepers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._listener.close()
            await self._stop()
            for each in (end for pair in self._pairs for end in pair):
                each.close()
            for task in (started, stopped, *keepers):
                task.cancel()
            results = await asyncio.gather(*keepers, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _keep(self, part: str, place: int) -> None:
        """Start a child, and another one whenever it has died.

        Args:
            place: its number; those of the API processes come first.
        """
        was_ready = False
        backoff_seconds = 0.0
        while not self._stopping:
            began = time.monotonic()
            process, control = await self._start(part, place)
            if self._stopping:
                process.kill()
            with control:
                is_ready = await asyncio.get_running_loop().sock_recv(control, 1) != b""
                if is_ready and not was_ready:
                    was_ready = True
                    self._one_is_ready()
                code = await process.wait()
            self._running.discard(process)
            multiprocess.mark_process_dead(process.pid, str(self._metrics_dir))
            if self._stopping:
                return
            if not self._all_ready.is_set():
                raise CannotRun(f"a process ({part}) ended while starting, with exit code {code}")
            log.error("a process (%s, pid %d) died (%d), starting another", part, process.pid, code)
            if time.monotonic() - began > STABLE_SECONDS:
                backoff_seconds = 0.0
            await asyncio.sleep(backoff_seconds)
            backoff_seconds = min(max(2 * backoff_seconds, 0.1), LONGEST_BACKOFF_SECONDS)

    async def _start(self, part: str, place: int) -> tuple[Process, socket.socket]:
        ours, theirs = socket.socketpair()
        own, others = self._sockets_of(place)
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "holdfast.runtime.child", part),
                *(str(theirs.fileno()), str(self._listener.fileno()), self._role),
                *(",".join(map(str, own)), ",".join(map(str, others))),
                stdin=asyncio.subprocess.DEVNULL,
                env=self._environment,
                pass_fds=(theirs.fileno(), self._listener.fileno(), *own, *others),
                # Ctrl-C in a terminal goes to this process only.
                start_new_session=True,
            )
        self._running.add(process)
        return process, ours

    def _sockets_of(self, place: int) -> tuple[list[int], list[int]]:
        """The descriptors that the process in this place reads from, and sends to."""
        if place >= len(self._pairs):
            return [], []
        others = [pair[1].fileno() for n, pair in enumerate(self._pairs) if n != place]
        return [self._pairs[place][0].fileno()], others

    def _one_is_ready(self) -> None:
        self._unready -= 1
        if self._unready == 0:
            self._all_ready.set()

    async def _stop(self) -> None:
        self._stopping = True
        for process in self._running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        waiting = [asyncio.create_task(process.wait()) for process in self._running]
        if not waiting:
            return
        _, late = await asyncio.wait(waiting, timeout=STOP_SECONDS)
        if late:
            log.error("%d processes did not end in time and are killed", len(late))
        for process in list(self._running):
            with suppress(ProcessLookupError):
                process.kill()
        await asyncio.gather(*waiting)
