"""`holdfast serve`, `api` and `worker`, from the settings to the end."""

import logging
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from holdfast.config import Settings
from holdfast.kernel.embedded.ownership import LOCK_NAME, claim
from holdfast.runtime import logs
from holdfast.runtime.announce import announce
from holdfast.runtime.database import (
    Login,
    Place,
    check_secret_key,
    database,
    prepare,
    with_secret_key,
)
from holdfast.runtime.demo import load_demo_into
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.listener import listen, port_of
from holdfast.runtime.signals import orderly_exit

log = logging.getLogger("holdfast.runtime")


def serve(settings: Settings, *, with_duties: bool = True, demo: bool = False) -> None:
    """Answer requests, on a PostgreSQL that is ready and up to date, until a signal.

    Args:
        with_duties: do the workers' duties, too, and own the data directory; otherwise join the
            embedded PostgreSQL of another Holdfast where one runs.
        demo: load the demo data first, where it is missing.
    Raises:
        SettingsError, CannotRun, EmbeddedError, MigrationError: it cannot be run.
    """
    logs.configure(settings.log_format)
    check_secret_key(settings)
    with (
        orderly_exit(),
        _listening(settings) as listener,
        _importing_meanwhile(_runner(settings)),
        database(settings, join=not with_duties) as place,
    ):
        settings = with_secret_key(settings, place)
        settings = settings.model_copy(update={"port": port_of(listener)})
        login = prepare(place)
        if demo:
            load_demo_into(place)
        _run(settings, place, login, listener, with_duties=with_duties, demo=demo)
    log.info("stopped")


def _listening(settings: Settings) -> socket.socket:
    try:
        return listen(settings)
    except CannotRun:
        # Most likely another Holdfast of the same data has the port; that says more.
        data_dir = settings.data_dir.resolve()
        if settings.database_url is None and (data_dir / LOCK_NAME).exists():
            claim(data_dir).close()
        raise


def _runner(settings: Settings) -> str:
    # The parent of several processes does without the API's code and stays small.
    alone = settings.api_processes == 1
    return "holdfast.runtime.api_process" if alone else "holdfast.runtime.supervisor"


@contextmanager
def _importing_meanwhile(name: str) -> Iterator[None]:
    """Import a module while the block waits for PostgreSQL: either takes about as long."""
    thread = threading.Thread(target=import_module, args=[name])
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _run(
    settings: Settings,
    place: Place,
    login: Login,
    listener: socket.socket,
    *,
    with_duties: bool,
    demo: bool,
) -> None:
    def on_ready() -> None:
        announce(settings, place, demo=demo)

    if settings.api_processes == 1:
        from holdfast.runtime.api_process import run_api

        run_api(settings, login, listener, on_ready, with_duties=with_duties)
        return

    from holdfast.runtime.supervisor import run_processes

    with _metrics_directory(settings, place) as metrics_dir:
        run_processes(
            settings, login, listener, on_ready, with_duties=with_duties, metrics_dir=metrics_dir
        )


def work(settings: Settings) -> None:
    """Do the workers' duties until a signal. Errors as in `serve`."""
    logs.configure(settings.log_format)
    with orderly_exit(), database(settings, join=True) as place:
        login = prepare(place)

        from holdfast.runtime.worker_process import run_worker

        run_worker(settings, login, lambda: log.info("the worker is ready"))
    log.info("stopped")


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
