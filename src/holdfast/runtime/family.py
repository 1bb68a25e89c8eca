"""The process of all others of several: `python -m holdfast.runtime.family CONTROL LISTENER`.

It imports the application once, while its parent (runtime/supervisor.py) still starts PostgreSQL,
and forks the API processes and the worker from that: they share the memory, and one that has died
is replaced in the time of a fork. That is why there is never a thread, an event loop or a
connection in here.

CONTROL and LISTENER are inherited descriptors. The parent sends one line when the database is
ready, and is told when all are.
"""

import json
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from holdfast.config import read_settings
from holdfast.kernel.lean import begin_start, end_start
from holdfast.runtime import logs
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.member import Member
from holdfast.runtime.signals import ENDING, orderly_exit

# More than a process gives its requests and its duties, one after the other.
STOP_SECONDS = 25.0

log = logging.getLogger("holdfast.runtime")


class Family:
    """The child processes of this one, each replaced when it dies.

    Args:
        parts: `api` or `worker` for each.
        parent: of this process; ends with it.
        listener: what the API processes listen on.
        metrics_dir: has the numbers of each process.
    """

    def __init__(
        self,
        parts: Sequence[str],
        parent: socket.socket,
        listener: socket.socket,
        metrics_dir: str,
    ) -> None:
        self._members = [Member(part, place) for place, part in enumerate(parts)]
        self._parent = parent
        self._listener = listener
        self._metrics_dir = metrics_dir
        self._are_ready = False
        self._signalled, self._signals = socket.socketpair()

    def run(self) -> tuple[Member, socket.socket]:
        """Keep them running until a signal. Returns in each of them: which one it is, and what
        ends with this process.

        Raises:
            SystemExit: in this process, after the signal.
            CannotRun: one of them ended before all were ready.
        """
        self._signals.setblocking(False)
        signal.set_wakeup_fd(self._signals.fileno())
        for number in ENDING:
            signal.signal(number, lambda *_: None)
        while True:
            for member in self._members:
                if member.control is None and member.due <= time.monotonic():
                    ours = self._fork(member)
                    if ours is not None:
                        return member, ours
            readable = self._wait(min(self._waits(), default=None))
            if self._signalled in readable:
                self._stop()
                sys.exit(0)
            for member in self._members:
                if member.control in readable:
                    self._hear(member)

    def _waits(self) -> list[float]:
        now = time.monotonic()
        return [max(0.0, each.due - now) for each in self._members if each.control is None]

    def _wait(self, seconds: float | None) -> list[socket.socket]:
        controls = [each.control for each in self._members if each.control is not None]
        watched = [self._parent, self._signalled, *controls]
        readable = select.select(watched, [], [], seconds)[0]
        if self._parent in readable:
            os._exit(1)  # it has died: nobody may keep the port
        return readable

    def _hear(self, member: Member) -> None:
        if member.says():
            member.is_ready = True
            if not self._are_ready and all(each.is_ready for each in self._members):
                self._are_ready = True
                with suppress(BrokenPipeError):
                    self._parent.send(b"r")
            return
        pid, code = member.pid, self._reap(member)
        if not self._are_ready:
            raise CannotRun(
                f"a process ({member.part}) ended while starting, with exit code {code}"
            )
        log.error("a process (%s, pid %d) died (%d), starting another", member.part, pid, code)

    def _reap(self, member: Member) -> int:
        from prometheus_client import multiprocess

        code = member.ended()
        multiprocess.mark_process_dead(member.pid, self._metrics_dir)
        return code

    def _fork(self, member: Member) -> socket.socket | None:
        """Start it. Returns in the new process only: its end of the control."""
        ours, theirs = socket.socketpair()
        # A signal may not meet the new process before it is itself.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        pid = os.fork()
        if pid:
            theirs.close()
            member.started(pid, ours)
        else:
            ours.close()
            self._leave()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        return None if pid else theirs

    def _leave(self) -> None:
        """Let go of all that is the family's: the ends of the others' controls above all, which
        would keep them from seeing its end."""
        signal.set_wakeup_fd(-1)
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)
        for each in (self._parent, self._signalled, self._signals):
            each.close()
        for member in self._members:
            if member.control is not None:
                member.control.close()

    def _stop(self) -> None:
        self._listener.close()
        for member in self._running():
            os.kill(member.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while running := self._running():
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                log.error("%d processes did not end in time and are killed", len(running))
                for member in running:
                    os.kill(member.pid, signal.SIGKILL)
                return
            readable = self._wait(seconds)
            if self._signalled in readable:
                self._signalled.recv(64)  # the parent alone decides what a second one means
            for member in running:
                if member.control in readable and not member.says():
                    self._reap(member)

    def _running(self) -> list[Member]:
        return [member for member in self._members if member.control is not None]


def main() -> None:
    try:
        _run()
    except CannotRun as error:
        log.error("%s", error)
        sys.exit(1)


def _run() -> None:
    begin_start()
    parent, listener = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    settings = read_settings()
    logs.configure(settings.log_format)
    with orderly_exit(), TemporaryDirectory(prefix="holdfast-") as name:
        # The numbers want a directory at once; each process begins anew in the one it is told.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = name
        from holdfast.runtime import child
    with parent.makefile("rb") as lines:
        line = lines.readline()
    if not line:
        sys.exit(1)  # the parent has ended
    go: dict[str, Any] = json.loads(line)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = go["metrics_dir"]
    settings = settings.model_copy(
        update={"port": go["port"], "secret_key": SecretStr(go["secret_key"])}
    )
    if go["is_demo"]:
        settings = settings.for_demo()
    given = child.Given(
        settings,
        child.Login(*go["login"]),
        listener,
        child.make_pairs(settings.api_processes),
    )
    parts = ["api"] * settings.api_processes + ["worker"] * go["with_duties"]
    end_start()
    member, family = Family(parts, parent, listener, go["metrics_dir"]).run()
    child.be(member.part, member.place, given, family)


if __name__ == "__main__":
    main()
