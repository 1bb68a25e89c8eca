"""`holdfast serve`, `api` and `worker`, from the settings to the end.

What takes long to import is imported after the processes have been started that import more.
"""

import logging
import socket
from contextlib import nullcontext

from holdfast.config import Settings, check_demo_is_local, check_public_url, check_secret_key
from holdfast.kernel.lean import begin_start
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.listener import listen
from holdfast.runtime.signals import orderly_exit
from holdfast.runtime.supervisor import Supervisor

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
    begin_start()
    check_secret_key(settings)
    if demo:
        check_demo_is_local(settings)
        settings = settings.for_demo()
    else:
        check_public_url(settings)
    with (
        orderly_exit(),
        _listening(settings) as listener,
        Supervisor(listener) if settings.api_processes > 1 else nullcontext() as supervisor,
    ):
        from holdfast.runtime.on_postgres import serve_on_postgres

        serve_on_postgres(settings, listener, supervisor, with_duties=with_duties, demo=demo)
    log.info("stopped")


def _listening(settings: Settings) -> socket.socket:
    try:
        return listen(settings)
    except CannotRun:
        from holdfast.kernel.embedded.ownership import LOCK_NAME, claim

        # Most likely another Holdfast of the same data has the port; that says more.
        data_dir = settings.data_dir.resolve()
        if settings.database_url is None and (data_dir / LOCK_NAME).exists():
            claim(data_dir).close()
        raise


def work(settings: Settings) -> None:
    """Do the workers' duties until a signal. Errors as in `serve`."""
    check_public_url(settings)
    with orderly_exit():
        from holdfast.runtime.on_postgres import work_on_postgres

        work_on_postgres(settings)
    log.info("stopped")
