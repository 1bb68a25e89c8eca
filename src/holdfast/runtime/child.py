"""One process of several, just forked from the family (runtime/family.py)."""

import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.config import Settings
from holdfast.realtime.neighbours import Neighbours
from holdfast.runtime.api_process import run_api
from holdfast.runtime.database import Login
from holdfast.runtime.worker_process import run_worker


@dataclass(frozen=True, slots=True)
class Given:
    """What all processes get.

    listener: what the API processes listen on; pairs: one for each of them, which reads from the
    first what the others send into the second.
    """

    settings: Settings
    login: Login
    listener: socket.socket
    pairs: Sequence[tuple[socket.socket, socket.socket]]


def make_pairs(processes: int) -> list[tuple[socket.socket, socket.socket]]:
    return [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(processes)]


def be(part: str, place: int, given: Given, family: socket.socket) -> None:
    """Be the API process or the worker in this place until SIGTERM or SIGINT.

    Args:
        family: is told when this process is ready; ends with the family.
    Raises:
        CannotRun: the database does not answer.
    """
    # A thread, so that this works from the first moment and whatever the loop is doing.
    threading.Thread(target=_end_with, args=(family,), daemon=True).start()
    with suppress(OSError):
        Path("/proc/self/comm").write_text(f"holdfast {part}")  # for whoever looks with ps or top

    def on_ready() -> None:
        family.send(b"r")

    # The parent alone decides what a second signal means: service managers send the first one to
    # all processes, and the parent's own comes on top.
    if part == "worker":
        given.listener.close()
        run_worker(given.settings, given.login, on_ready, insistent=False)
        return
    neighbours = Neighbours(
        given.pairs[place][0], [pair[1] for n, pair in enumerate(given.pairs) if n != place]
    )
    run_api(
        given.settings,
        given.login,
        given.listener,
        on_ready,
        with_duties=False,
        insistent=False,
        neighbours=neighbours,
    )


def _end_with(family: socket.socket) -> None:
    """End this process as soon as the family has ended: it would keep the port."""
    family.recv(1)
    os._exit(1)
