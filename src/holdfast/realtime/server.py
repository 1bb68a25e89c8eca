"""The Socket.IO server (SPEC §5): connections in, messages validated, events out.

Every message is authorised and validated, whatever it is is answered or counted, and nothing that
one connection sends can reach or end another.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import socketio
from socketio.exceptions import ConnectionRefusedError as Refused

from holdfast.config import Settings
from holdfast.events import store as log_store
from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.errors import Refusal
from holdfast.realtime import store
from holdfast.realtime.access import Access, Visitor
from holdfast.realtime.channels import Channel, may_listen, parse_channel
from holdfast.realtime.cursors import Cursors
from holdfast.realtime.flood import FloodGuard
from holdfast.realtime.hub import Hub
from holdfast.realtime.messages import (
    Ack,
    CursorPosition,
    RequestTakeover,
    Subscribe,
    parse_message,
    refused,
)
from holdfast.realtime.tail import Tail

MAXIMUM_MESSAGE_BYTES = 16 * 1024
MAXIMUM_CHANNELS = 200
MAXIMUM_REPLAY = 10_000
REPLAY_BATCH = 500
CHECK_SECONDS = 2.0
# Events after which somebody may have lost the right to see the appointment.
_MAY_HIDE = frozenset({"booking.deleted", "booking.rescheduled"})

log = logging.getLogger("holdfast.realtime")


class GuardedServer(socketio.AsyncServer):
    """python-socketio's server, which counts every message and survives any."""

    def __init__(self, **options: Any) -> None:
        self.flood = FloodGuard()
        super().__init__(**options)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        metrics.SOCKET_MESSAGES.inc()
        if self.flood.is_flooding(eio_sid):
            metrics.SOCKET_CUTS.labels("flood").inc()
            await self.eio.disconnect(eio_sid)
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            metrics.SOCKET_GARBAGE.inc()
            log.debug("unreadable packet: %r", error)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: Any = None) -> None:
        self.flood.forget(eio_sid)
        await super()._handle_eio_disconnect(eio_sid, reason)


class Realtime:
    """Live updates of one process."""

    def __init__(
        self, settings: Settings, db: Database, access: Access, nudge: Callable[[], None]
    ) -> None:
        self._db = db
        self._access = access
        self._nudge = nudge
        self._visitors: dict[str, Visitor] = {}
        self.sio = GuardedServer(
            async_mode="asgi",
            client_manager=_manager(settings),
            async_handlers=False,  # a connection's messages one after the other
            cors_allowed_origins=_origins(settings),
            cors_credentials=True,
            max_http_buffer_size=MAXIMUM_MESSAGE_BYTES,
            ping_interval=25,
            ping_timeout=20,
        )
        self.hub = Hub(self.sio)
        self.cursors = Cursors(self._emit_cursor)
        self.tail = Tail(db, self.hub, self._after_delivery)
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("*", self._message)

    def asgi(self) -> socketio.ASGIApp:
        return socketio.ASGIApp(self.sio, socketio_path="/socket.io")

    async def run(self) -> None:
        """What has to go on beside the server, until cancelled."""
        await asyncio.gather(self.tail.run(), self.cursors.sweep(), self._check_visitors())

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        try:
            visitor = await self._access.admit(auth, environ.get("HTTP_COOKIE", ""))
        except Refusal:
            raise Refused("unavailable") from None
        if visitor is None:
            raise Refused("unauthenticated")
        self._visitors[sid] = visitor
        metrics.SOCKETS.inc()

    async def _disconnect(self, sid: str, reason: Any = None) -> None:
        if self._visitors.pop(sid, None) is not None:
            metrics.SOCKETS.dec()
        await self.cursors.gone(sid)
        await self.hub.leave_all(sid)

    async def _message(self, event: str, sid: str, *arguments: Any) -> Ack:
        visitor = self._visitors.get(sid)
        if visitor is None:
            return refused("forbidden")
        try:
            message = parse_message(event, arguments)
        except ValueError:
            metrics.SOCKET_GARBAGE.inc()
            return refused("validation_failed")
        try:
            match event, message:
                case "subscribe", Subscribe():
                    return await self._subscribe(sid, visitor.actor, message)
                case _, Subscribe():
                    return await self._unsubscribe(sid, message)
                case _, CursorPosition():
                    return await self._cursor(sid, visitor.actor, message)
                case _, RequestTakeover():
                    return await self._request_takeover(visitor.actor, message)
        except (Refusal, psycopg.Error):
            return refused("unavailable")
        return refused("validation_failed")

    async def _subscribe(self, sid: str, actor: Actor, message: Subscribe) -> Ack:
        channel = parse_channel(message.channel)
        if channel is None or not await self._may_listen(actor, channel):
            return refused("not_found")
        name = channel.name
        if not self.hub.is_member(sid, name) and self.hub.count(sid) >= MAXIMUM_CHANNELS:
            return refused("forbidden")
        # Live events are kept from here on; only then is it read what came before.
        await self.hub.leave(sid, name)
        subscriber = self.hub.begin(sid, name)
        await self.tail.following()
        head = await self._db.run(lambda connection: log_store.channel_head(connection, name))
        sequence: int = head["sequence"]
        since = sequence if message.since is None else message.since
        ack: Ack = {"ok": True, "channel": name, "sequence": sequence}
        if not _reaches(head, since):
            ack["reset"] = True
            since = sequence
        asyncio.get_running_loop().create_task(
            self.hub.go_live(sid, name, subscriber, self._missed(name, since, sequence), since)
        )
        return ack

    async def _missed(self, channel: str, since: int, until: int) -> AsyncIterator[Row]:
        while since < until:
            rows = await self._db.run(
                lambda connection, after=since: log_store.missed_events(
                    connection, channel, after, REPLAY_BATCH
                )
            )
            for row in rows:
                since = row["sequence"]
                yield row
            if not rows:
                return

    async def _unsubscribe(self, sid: str, message: Subscribe) -> Ack:
        channel = parse_channel(message.channel)
        if channel is None:
            return refused("not_found")
        if channel.kind == "appointment":
            await self.cursors.gone(sid, channel.id)
        await self.hub.leave(sid, channel.name)
        return {"ok": True, "channel": channel.name}

    async def _cursor(self, sid: str, actor: Actor, message: CursorPosition) -> Ack:
        if not self.hub.is_member(sid, f"appointment.{message.appointment_id}"):
            return refused("not_found")
        position = message.position.model_dump()
        await self.cursors.move(sid, actor, message.appointment_id, position)
        return {"ok": True}

    async def _request_takeover(self, actor: Actor, message: RequestTakeover) -> Ack:
        outcome = await self._db.run(
            lambda connection: store.request_takeover(connection, actor, message.appointment_id)
        )
        if outcome == "asked":
            self._nudge()
            return {"ok": True}
        return refused("lock_not_found" if outcome == "lock_not_found" else "not_found")

    async def _may_listen(self, actor: Actor, channel: Channel) -> bool:
        async def check(connection: Connection) -> bool:
            return await may_listen(connection, actor, channel)

        return await self._db.run(check)

    async def _after_delivery(self, row: Row) -> None:
        """Those who may no longer see an appointment leave its channel after the event that says
        so."""
        if row["type"] not in _MAY_HIDE or not row["channel"].startswith("appointment."):
            return
        channel = Channel("appointment", UUID(row["payload"]["appointmentId"]))
        for sid in self.hub.members(channel.name):
            visitor = self._visitors.get(sid)
            if visitor is not None and not await self._may_listen(visitor.actor, channel):
                await self.cursors.gone(sid, channel.id)
                await self.hub.leave(sid, channel.name)

    async def _emit_cursor(
        self, event: str, data: dict[str, Any], room: str, skip_sid: str | None
    ) -> None:
        await self.sio.emit(event, data, room=room, skip_sid=skip_sid)

    async def _check_visitors(self) -> None:
        """Cut connections whose token, session or account has ended, within 5 seconds."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                gone = await self._access.ended(dict(self._visitors))
            except (Refusal, psycopg.Error) as error:
                log.warning("connections cannot be checked: %s", error)
                continue
            for sid in gone:
                metrics.SOCKET_CUTS.labels("expired").inc()
                await self.sio.disconnect(sid)


def _reaches(head: Row, since: int) -> bool:
    """Whether the log still has everything after `since`."""
    if since == head["sequence"]:
        return True
    oldest = head["oldest"]
    return (
        since < head["sequence"]
        and oldest is not None
        and since >= oldest - 1
        and head["sequence"] - since <= MAXIMUM_REPLAY
    )


def _manager(settings: Settings) -> socketio.AsyncManager | None:
    if settings.redis_url is None:
        return None
    return socketio.AsyncRedisManager(settings.redis_url.get_secret_value(), channel="holdfast")


def _origins(settings: Settings) -> Callable[[str | None, dict[str, Any]], bool]:
    """Pages of this server, and of HOLDFAST_ALLOWED_ORIGINS."""
    own = urlsplit(settings.base_url).netloc.lower()

    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        if origin is None:
            return True
        if origin.rstrip("/") in settings.allowed_origins:
            return True
        return urlsplit(origin).netloc.lower() in {own, environ.get("HTTP_HOST", "").lower()}

    return allowed
