"""Socket.IO's server, which survives whatever is sent to it (SPEC §5)."""

import logging
import time
from typing import Any

import socketio
from socketio.packet import ACK, Packet

from holdfast.kernel import metrics
from holdfast.realtime.engine import Engine, message
from holdfast.realtime.flood import FloodMeter
from holdfast.realtime.messages import MESSAGE_TYPES, refused

# From the connection to a token that counts.
STRANGER_SECONDS = 10.0
_DISCONNECT = message("1")

log = logging.getLogger("holdfast.realtime")


class SocketServer(socketio.AsyncServer):
    """Counts every message, answers or drops what is none, and lets no client call a handler that
    is not meant for clients (`connect`, `disconnect`)."""

    eio: Engine

    def __init__(self, **options: Any) -> None:
        self._meters: dict[str, FloodMeter] = {}
        self._strangers: dict[str, float] = {}
        super().__init__(**options)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    def welcome(self, eio_sid: str) -> None:
        """A connection has shown a token that counts."""
        self._strangers.pop(eio_sid, None)

    async def cut(self, eio_sid: str, reason: str) -> None:
        """End a connection at once; its client is told that the server did it."""
        metrics.SOCKET_CUTS.labels(reason).inc()
        await self.eio.disconnect(eio_sid, farewell=(_DISCONNECT,))

    async def cut_strangers(self) -> None:
        """End connections that have not said who they are in time."""
        latest = time.monotonic() - STRANGER_SECONDS
        for eio_sid in [sid for sid, since in self._strangers.items() if since <= latest]:
            self._strangers.pop(eio_sid, None)
            await self.cut(eio_sid, "stranger")

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        self._strangers[eio_sid] = time.monotonic()
        self._meters[eio_sid] = FloodMeter()
        await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        metrics.SOCKET_MESSAGES.inc()
        meter = self._meters.get(eio_sid)
        if meter is None or meter.is_flooding():
            await self.cut(eio_sid, "flood")
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            # Whatever a client sends is its own affair: an unreadable packet is one that is lost.
            metrics.SOCKET_GARBAGE.inc()
            self._binary_packet.pop(eio_sid, None)
            log.debug("unreadable packet: %r", error)

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, id: int | None, data: Any
    ) -> None:
        if (
            isinstance(data, list)
            and data
            and isinstance(data[0], str)
            and data[0] in MESSAGE_TYPES
        ):
            await super()._handle_event(eio_sid, namespace, id, data)
            return
        metrics.SOCKET_GARBAGE.inc()
        if id is not None:
            answer = Packet(ACK, namespace=namespace, id=id, data=[refused("validation_failed")])
            await self._send_packet(eio_sid, answer)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: Any) -> None:
        self._strangers.pop(eio_sid, None)
        self._meters.pop(eio_sid, None)
        self._binary_packet.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)
        if reason != self.reason.SERVER_DISCONNECT:
            self.eio.wake(eio_sid)
