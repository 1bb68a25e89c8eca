"""WebSockets as uvicorn speaks them, without waiting for a client that does not read."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# The server above has its own, lower limit for a message; this one is for what never gets there.
MAXIMUM_FRAME_BYTES = 64 * 1024


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.writable.is_set():
            # Nothing that is left will ever be read.
            self.transport.abort()
