"""The HTTP server in this process, from its first connection to its last answer."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from holdfast.runtime.connections import Connections
from holdfast.runtime.protocol import HttpProtocol
from holdfast.runtime.websocket import MAXIMUM_FRAME_BYTES, WebSocketProtocol

# How long requests may take to finish once the server was told to stop.
FINISH_SECONDS = 10
# Longer than reverse proxies keep their idle connections, so that it is they who close them.
KEEP_ALIVE_SECONDS = 75


class ApiServer(uvicorn.Server):
    """uvicorn's server, without its own idea of signals."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
        trusted_proxies: Sequence[str] = (),
        connections: Connections | None = None,
    ) -> None:
        """Touches nothing yet.

        on_ready: called when requests are accepted. on_stop: called when no more will be.
        trusted_proxies: addresses and networks whose `X-Forwarded-…` headers are believed.
        connections: which are taken; by default with the limits of `Connections`.
        """
        taken = connections or Connections(trusted=trusted_proxies)
        super().__init__(
            uvicorn.Config(
                app,
                http=cast(Any, partial(HttpProtocol, open_connections=taken)),
                ws=cast(Any, partial(WebSocketProtocol, open_connections=taken)),
                ws_max_size=MAXIMUM_FRAME_BYTES,
                # Compression would cost each connection hundreds of kilobytes; Socket.IO has its
                # own heartbeat.
                ws_per_message_deflate=False,
                ws_ping_interval=None,
                interface="asgi3",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=list(trusted_proxies),
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=FINISH_SECONDS,
            )
        )
        self._on_ready = on_ready
        self._on_stop = on_stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: `runtime.signals` has them."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def stop(self) -> None:
        """Accept nothing more, finish what runs, then end."""
        self._on_stop()
        self.should_exit = True
