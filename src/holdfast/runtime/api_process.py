"""The API in this process, on a database that is ready."""

import socket
from collections.abc import Callable

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.realtime.neighbours import Neighbours
from holdfast.runtime.connections import Connections
from holdfast.runtime.database import Login, pool_size
from holdfast.runtime.http_server import ApiServer
from holdfast.runtime.loop import run_in_loop
from holdfast.runtime.signals import stop_on_signals
from holdfast.workers.duties import duties


def run_api(
    settings: Settings,
    login: Login,
    listener: socket.socket,
    on_ready: Callable[[], None],
    *,
    with_duties: bool,
    insistent: bool = True,
    neighbours: Neighbours | None = None,
) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        with_duties: do the workers' duties, too.
        insistent: let a second signal end the process at once.
        neighbours: the way to the other processes of this server, where there are some.
    Raises:
        CannotRun: the database does not answer.
    """
    db = Database(login.url, role=login.role, max_size=pool_size(settings.api_processes))
    app = create_app(
        settings, db, duties=duties(settings, db) if with_duties else (), neighbours=neighbours
    )

    async def run() -> None:
        server = ApiServer(
            app,
            on_ready=on_ready,
            on_stop=app.state.on_stop,
            trusted_proxies=settings.trusted_proxies,
            connections=Connections(
                per_address=settings.connections_per_address,
                in_all=settings.connections,
                trusted=settings.trusted_proxies,
            ),
        )
        stop_on_signals(server.stop, insistent=insistent)
        await db.open()
        await server.serve(sockets=[listener])

    run_in_loop(run())
