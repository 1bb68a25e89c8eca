"""One process's work: the API, the workers' duties, or both."""

import asyncio
import socket
from collections.abc import Callable

import uvloop

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.runtime.api import ApiServer
from holdfast.runtime.database import WORKER_POOL, Login, pool_size
from holdfast.runtime.signals import stop_on_signals
from holdfast.workers.duties import duties
from holdfast.workers.loop import duties_running


def run_api(
    settings: Settings,
    login: Login,
    listener: socket.socket,
    on_ready: Callable[[], None],
    *,
    with_duties: bool,
    insistent: bool = True,
) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        with_duties: do the workers' duties, too.
        insistent: let a second signal end the process at once.
    Raises:
        PoolTimeout: the database does not answer.
    """
    db = Database(login.url, role=login.role, max_size=pool_size(settings.api_processes))
    app = create_app(settings, db, duties=duties() if with_duties else ())

    async def run() -> None:
        await db.open()
        server = ApiServer(app, on_ready)
        stop_on_signals(server.stop, insistent=insistent)
        await server.serve(sockets=[listener])

    _run(run())


def run_worker(login: Login, on_ready: Callable[[], None], *, insistent: bool = True) -> None:
    """Do the workers' duties until SIGTERM or SIGINT. Arguments and errors as in `run_api`."""
    db = Database(login.url, role=login.role, max_size=WORKER_POOL)

    async def run() -> None:
        await db.open()
        stop = asyncio.Event()
        stop_on_signals(stop.set, insistent=insistent)
        try:
            async with duties_running(duties(), db):
                on_ready()
                await stop.wait()
        finally:
            await db.close()

    _run(run())


def _run(work) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
