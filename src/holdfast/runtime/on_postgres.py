"""A server on its PostgreSQL, from the start of the one to the end of both."""

import logging
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path

from holdfast.config import Settings
from holdfast.runtime import logs
from holdfast.runtime.announce import announce
from holdfast.runtime.database import Place, database, prepare, with_kept_keys
from holdfast.runtime.demo import load_demo_into
from holdfast.runtime.listener import port_of
from holdfast.runtime.supervisor import Supervisor

log = logging.getLogger("holdfast.runtime")


def serve_on_postgres(
    settings: Settings,
    listener: socket.socket,
    supervisor: Supervisor | None,
    *,
    with_duties: bool,
    demo: bool,
) -> None:
    """Answer requests until a signal. Errors and arguments as of `serve.serve`.

    Args:
        supervisor: of the processes, where there are several.
    """
    logs.configure(settings.log_format)
    with (
        _importing_meanwhile() if supervisor is None else nullcontext(),
        database(settings, join=not with_duties) as place,
    ):
        settings = with_kept_keys(settings, place)
        settings = settings.model_copy(update={"port": port_of(listener)})
        login = prepare(place)
        if demo:
            load_demo_into(place)

        def on_ready() -> None:
            announce(settings, place, demo=demo)
            if not demo:
                from holdfast.runtime.demo_accounts import warn_in_background

                warn_in_background(place.server_url)

        if supervisor is not None:
            with _metrics_directory(settings, place) as metrics_dir:
                supervisor.run(
                    settings, login, on_ready, with_duties=with_duties, metrics_dir=metrics_dir
                )
            return

        from holdfast.runtime.api_process import run_api

        run_api(settings, login, listener, on_ready, with_duties=with_duties)


@contextmanager
def _importing_meanwhile() -> Iterator[None]:
    """Import the API while the block waits for PostgreSQL: either takes about as long."""
    thread = threading.Thread(target=import_module, args=["holdfast.runtime.api_process"])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def work_on_postgres(settings: Settings) -> None:
    """Do the workers' duties until a signal. Errors as of `serve.serve`."""
    logs.configure(settings.log_format)
    with database(settings, join=True) as place:
        login = prepare(place)

        from holdfast.runtime.worker_process import run_worker

        run_worker(settings, login, lambda: log.info("the worker is ready"))


@contextmanager
def _metrics_directory(settings: Settings, place: Place) -> Iterator[Path]:
    if place.embedded_in is None:
        with tempfile.TemporaryDirectory(prefix="holdfast-metrics-") as name:
            yield Path(name)
        return
    # By the port, which only one server can have: others may have joined this database.
    directory = place.embedded_in / f"metrics-{settings.port}"
    shutil.rmtree(directory, ignore_errors=True)  # a killed run leaves it behind
    directory.mkdir(mode=0o700)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
