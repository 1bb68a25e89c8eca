"""The workers in this process, on a database that is ready."""

import asyncio
from collections.abc import Callable

from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.loops import running
from holdfast.runtime.database import WORKER_POOL, Login
from holdfast.runtime.loop import run_in_loop
from holdfast.runtime.signals import stop_on_signals
from holdfast.workers.duties import duties
from holdfast.workers.outgoing import deliveries_running


def run_worker(
    settings: Settings, login: Login, on_ready: Callable[[], None], *, insistent: bool = True
) -> None:
    """Do the workers' duties until SIGTERM or SIGINT.

    Args:
        insistent: let a second signal end the process at once.
    Raises:
        CannotRun: the database does not answer.
    """
    db = Database(login.url, role=login.role, max_size=WORKER_POOL)

    async def run() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop.set, insistent=insistent)
        await db.open()
        try:
            async with running(*duties(settings, db)), deliveries_running(settings, db):
                on_ready()
                await stop.wait()
        finally:
            await db.close()

    run_in_loop(run())
