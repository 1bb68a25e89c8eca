"""`holdfast serve`, `api` and `worker`, from the settings to the end."""

import logging
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.listener import listen, port_of
from holdfast.runtime.signals import orderly_exit

log = logging.getLogger("holdfast.runtime")


def serve(settings: Settings, *, with_duties: bool = True) -> None:
    """Answer requests, on a PostgreSQL that is ready and up to date, until a signal.

    Args:
        with_duties: do the workers' duties, too, and own the data directory; otherwise join the
            embedded PostgreSQL of another Holdfast where one runs.
    Raises:
        SettingsError, CannotRun, EmbeddedError, MigrationError: it cannot be run.
    """
    logs.configure(settings.log_format)
    check_secret_key(settings)
    with (
        orderly_exit(),
        _listening(settings) as listener,
        database(settings, join=not with_duties) as place,
    ):
        settings = with_secret_key(settings, place)
        settings = settings.model_copy(update={"port": port_of(listener)})
        login = prepare(place)
        _run(settings, place, login, listener, with_duties=with_duties)
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


def _run(
    settings: Settings,
    place: Place,
    login: Login,
    listener: socket.socket,
    *,
    with_duties: bool,
) -> None:
    def on_ready() -> None:
        announce(settings, place, demo=False)

    # Imported where needed: the parent of several processes then stays small.
    if settings.api_processes == 1:
        from holdfast.runtime.api_process import run_api

        run_api(settings, login, listener, on_ready, with_duties=with_duties)
        return

    from holdfast.runtime.supervisor import run_processes

    with _metrics_directory(place) as metrics_dir:
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
def _metrics_directory(place: Place) -> Iterator[Path]:
    if place.embedded_in is None:
        with tempfile.TemporaryDirectory(prefix="holdfast-metrics-") as name:
            yield Path(name)
        return
    directory = place.embedded_in / "metrics"
    shutil.rmtree(directory, ignore_errors=True)  # a killed run leaves it behind
    directory.mkdir(mode=0o700)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
