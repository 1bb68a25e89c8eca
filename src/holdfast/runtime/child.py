"""One process of several (runtime/supervisor.py): `child.py PART CONTROL LISTENER ROLE OWN OTHERS`.

PART is `api` or `worker`; CONTROL and LISTENER are inherited descriptors; ROLE is the role to take
in the database, or nothing. OWN and OTHERS are the descriptors of the sockets between the API
processes. Everything else comes from the environment, as for any Holdfast.
"""

import logging
import os
import socket
import sys
import threading

from holdfast.config import read_settings
from holdfast.runtime import logs
from holdfast.runtime.database import Login
from holdfast.runtime.errors import CannotRun


def main() -> None:
    try:
        _run()
    except CannotRun as error:
        logging.getLogger("holdfast.runtime").error("%s", error)
        sys.exit(1)


def _run() -> None:
    part, control, listener, role, own, others = sys.argv[1:]
    parent = socket.socket(fileno=int(control))
    # A thread, so that this works from the first moment and whatever the loop is doing.
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    settings = read_settings()
    logs.configure(settings.log_format)
    assert settings.database_url is not None
    login = Login(settings.database_url.get_secret_value(), role or None)

    def on_ready() -> None:
        parent.send(b"r")

    # The parent alone decides what a second signal means: service managers send the first one to
    # all processes, and the parent's own comes on top.
    if part == "worker":
        from holdfast.runtime.worker_process import run_worker

        run_worker(settings, login, on_ready, insistent=False)
    else:
        from holdfast.realtime.neighbours import Neighbours
        from holdfast.runtime.api_process import run_api

        shared = socket.socket(fileno=int(listener))
        neighbours = Neighbours(
            socket.socket(fileno=int(own)),
            [socket.socket(fileno=int(number)) for number in others.split(",") if number],
        )
        run_api(
            settings,
            login,
            shared,
            on_ready,
            with_duties=False,
            insistent=False,
            neighbours=neighbours,
        )


def _end_with(parent: socket.socket) -> None:
    """End this process as soon as the parent has ended: it would keep the port."""
    parent.recv(1)
    os._exit(1)


if __name__ == "__main__":
    main()
