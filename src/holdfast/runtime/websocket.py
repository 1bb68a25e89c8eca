"""WebSockets as uvicorn speaks them, with a deadline, a limit on frames, and problems."""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.server import ServerProtocol

from holdfast.kernel import metrics
from holdfast.realtime.flood import FloodMeter
from holdfast.runtime.connections import Connections
from holdfast.runtime.refusals import refusal

# The server above has its own, lower limit for a message; this one is for what never gets there.
MAXIMUM_FRAME_BYTES = 64 * 1024
# From the request to the end of the handshake.
HANDSHAKE_SECONDS = 30.0

NO_HANDSHAKE = "This request does not begin a WebSocket connection as RFC 6455 describes it."
_VERSION = (b"sec-websocket-version", b"13")


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *args: Any, open_connections: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_connections = open_connections
        self._deadline: asyncio.TimerHandle | None = None
        # Pings, pongs and parts of messages: the application never hears of them.
        self._meter = FloodMeter()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._open_connections.busy(transport)
        self._deadline = self.loop.call_later(HANDSHAKE_SECONDS, self._end_handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._open_connections.gone(self.transport)
        super().connection_lost(exc)

    def _end_handshake(self) -> None:
        if not self.conn_is_open:
            self.transport.abort()

    @property
    def conn_is_open(self) -> bool:
        """Whether the handshake is done, and well."""
        return self.handshake_complete and not self.close_sent

    def handle_connect(self, event: Request) -> None:
        # The library's own judgement, asked before it writes an answer that is no problem document.
        if ServerProtocol().accept(event).status_code != 101:
            self._refuse("malformed_request", NO_HANDSHAKE)
            return
        super().handle_connect(event)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # A head that the library does not take; uvicorn would leave it without an answer.
            self._refuse("malformed_request", NO_HANDSHAKE)

    def send_500_response(self) -> None:
        if self.initial_response is None and not self.handshake_complete:
            self._refuse("internal_error", "Something went wrong on the server.")

    def _refuse(self, scenario: str, detail: str) -> None:
        self.handshake_initiated = self.handshake_complete = self.close_sent = True
        headers = (*self.default_headers, _VERSION)
        self.transport.write(refusal(scenario, detail, headers))
        self.transport.close()

    def handle_ping(self) -> None:
        self._unless_flooding(super().handle_ping)

    def handle_pong(self, event: Any) -> None:
        self._unless_flooding(super().handle_pong, event)

    def handle_cont(self, event: Any) -> None:
        self._unless_flooding(super().handle_cont, event)

    def _unless_flooding(self, handle: Callable[..., None], *event: Any) -> None:
        if self.transport.is_closing():
            return
        if self._meter.is_flooding():
            metrics.SOCKET_CUTS.labels("flood").inc()
            self.transport.abort()
            return
        handle(*event)

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.writable.is_set():
            # Nothing that is left will ever be read.
            self.transport.abort()
