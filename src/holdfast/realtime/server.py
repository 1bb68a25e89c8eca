"""Live updates of one process (SPEC §5): connections in, messages answered, events out.

Every message is authorised and validated, whatever it is is answered or counted, and nothing that
one connection sends can reach or end another.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from socketio.exceptions import ConnectionRefusedError as Refused

from holdfast.config import Settings
from holdfast.events import store as log_store
from holdfast.events.relay import Relay
from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Database, Row
from holdfast.kernel.errors import Refusal
from holdfast.kernel.loops import Loop, running
from holdfast.realtime import store
from holdfast.realtime.access import Access
from holdfast.realtime.asgi import LiveApp
from holdfast.realtime.channels import Channel, parse_channel
from holdfast.realtime.cursors import SWEEP_SECONDS, Cursors
from holdfast.realtime.hub import Hub, Peer, Subscription
from holdfast.realtime.messages import (
    Ack,
    CursorPosition,
    RequestTakeover,
    Subscribe,
    parse_message,
    refused,
)
from holdfast.realtime.neighbours import CursorManager, DatagramManager, Neighbours, manager_of
from holdfast.realtime.origins import Origins
from holdfast.realtime.socket_server import SocketServer
from holdfast.realtime.tail import Tail

MAXIMUM_MESSAGE_BYTES = 16 * 1024
MAXIMUM_CHANNELS = 200
MAXIMUM_REPLAY = 10_000
# Who signs out loses every connection within a second.
CHECK_SECONDS = 0.5
PING_INTERVAL_SECONDS = 25
PING_TIMEOUT_SECONDS = 20

log = logging.getLogger("holdfast.realtime")
# The libraries report what clients do wrong as errors of the server. Ours are logged here.
_engine_log = logging.getLogger("holdfast.realtime.engine")
_engine_log.setLevel(logging.CRITICAL)


class Realtime:
    """Live updates of one process.

    Args:
        neighbours: the other processes of this server, where there are some.
    """

    def __init__(
        self,
        settings: Settings,
        db: Database,
        access: Access,
        relay: Relay,
        neighbours: Neighbours | None = None,
    ) -> None:
        self._db = db
        self._access = access
        self._nudge: Callable[[], None] = relay.nudge
        self.is_running = False
        self._origins = Origins(settings)
        self._peers: dict[str, Peer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        manager = manager_of(settings, neighbours)
        self.sio = SocketServer(
            async_mode="asgi",
            logger=_engine_log,
            engineio_logger=_engine_log,
            client_manager=manager,
            async_handlers=False,  # a connection's messages one after the other
            cors_allowed_origins=self._origins.may_connect,
            cors_credentials=True,
            max_http_buffer_size=MAXIMUM_MESSAGE_BYTES,
            ping_interval=PING_INTERVAL_SECONDS,
            ping_timeout=PING_TIMEOUT_SECONDS,
        )
        self.hub = Hub(self.sio.eio, self._read_log, self._may_listen, self._leave_room)
        self.cursors = Cursors(self._emit_cursor)
        self.tail = Tail(db, self.hub)
        relay.on_relayed = self._on_relayed
        if isinstance(manager, CursorManager):
            manager.on_cursor = self.cursors.note_foreign
        self._neighbours = manager if isinstance(manager, DatagramManager) else None
        if self._neighbours is not None:
            self._neighbours.on_grown = self.tail.nudge
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("*", self._message)

    def asgi(self) -> LiveApp:
        return LiveApp(self.sio)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What has to go on beside the server, as long as the block lasts."""
        self.is_running = True
        try:
            async with running(
                self.tail.loop,
                Loop("cursors", self.cursors.sweep, rest_seconds=SWEEP_SECONDS),
                Loop(
                    "token_check",
                    self._cut_expired,
                    rest_seconds=CHECK_SECONDS,
                    longest_pause_seconds=CHECK_SECONDS,
                ),
                Loop(
                    "account_check",
                    self._cut_withdrawn,
                    rest_seconds=CHECK_SECONDS,
                    longest_pause_seconds=CHECK_SECONDS,
                ),
            ):
                yield
        finally:
            self.is_running = False
            for task in self._tasks:
                task.cancel()

    def stop(self) -> None:
        """The server stops: let no request wait for events any more."""
        task = asyncio.get_running_loop().create_task(self.sio.eio.end_polls())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_relayed(self) -> None:
        self.tail.nudge()
        if self._neighbours is not None:
            self._neighbours.tell_grown()

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        cookies = environ.get("HTTP_COOKIE", "") if self._origins.may_use_cookie(environ) else ""
        try:
            visitor = await self._access.admit(auth, cookies)
        except Refusal:
            raise Refused("unavailable") from None
        if visitor is None:
            raise Refused("unauthenticated")
        eio_sid = self.sio.manager.eio_sid_from_sid(sid, "/")
        if eio_sid is None:  # it has gone meanwhile
            raise Refused("unavailable")
        self._peers[sid] = Peer(sid, eio_sid, visitor)
        self.sio.welcome(eio_sid)
        metrics.SOCKETS.inc()

    async def _disconnect(self, sid: str, _reason: Any = None) -> None:
        peer = self._peers.pop(sid, None)
        if peer is None:
            return
        metrics.SOCKETS.dec()
        for subscription in list(peer.subscriptions.values()):
            self.hub.end(subscription)
        await self.cursors.gone(sid)

    async def _message(self, event: str, sid: str, *arguments: Any) -> Ack:
        peer = self._peers.get(sid)
        if peer is None:
            return refused("unauthenticated")
        try:
            message = parse_message(event, arguments)
        except ValueError:
            metrics.SOCKET_GARBAGE.inc()
            return refused("validation_failed")
        try:
            match event, message:
                case "subscribe", Subscribe():
                    return await self._subscribe(peer, message)
                case _, Subscribe():
                    return await self._unsubscribe(peer, message)
                case _, CursorPosition():
                    return await self._cursor(peer, message)
                case _, RequestTakeover():
                    return await self._request_takeover(peer.actor, message)
        except Refusal:
            return refused("unavailable")
        except Exception:
            log.exception("%s failed", event)
            return refused("unavailable")
        return refused("validation_failed")

    async def _subscribe(self, peer: Peer, message: Subscribe) -> Ack:
        channel = parse_channel(message.channel)
        if channel is None:
            return refused("not_found")
        name = channel.name
        if name not in peer.subscriptions and len(peer.subscriptions) >= MAXIMUM_CHANNELS:
            return refused("rate_limited")
        # Live events are kept from here on; only then is it read what came before.
        subscription = self.hub.begin(peer, channel)
        try:
            await self.tail.following()
            head = await self._db.run(lambda c: store.open_channel(c, peer.actor, channel))
        except Refusal:
            await self._end(subscription)
            raise
        if not head["may_listen"] or peer.sid not in self._peers:
            await self._end(subscription)
            return refused("not_found")
        sequence: int = head["sequence"]
        since = sequence if message.since is None else message.since
        ack: Ack = {"ok": True, "channel": name, "sequence": sequence}
        if not _reaches(head, since):
            ack["reset"] = True
            since = sequence
        subscription.last = since
        if channel.kind == "appointment":
            await self.sio.enter_room(peer.sid, name)  # for cursors
        # The answer is sent before this task begins: nothing waits between here and there.
        self._in_background(peer, self._begin(subscription))
        return ack

    async def _begin(self, subscription: Subscription) -> None:
        await self.hub.catch_up(subscription)
        channel = subscription.channel
        if channel.kind == "appointment" and subscription.is_current:
            await self.cursors.show(subscription.peer.sid, channel.id)

    async def _unsubscribe(self, peer: Peer, message: Subscribe) -> Ack:
        channel = parse_channel(message.channel)
        if channel is None:
            return refused("not_found")
        subscription = peer.subscriptions.get(channel.name)
        if subscription is not None:
            await self._end(subscription)
        return {"ok": True, "channel": channel.name}

    async def _cursor(self, peer: Peer, message: CursorPosition) -> Ack:
        if f"appointment.{message.appointment_id}" not in peer.subscriptions:
            return refused("not_found")
        position = message.position.model_dump()
        await self.cursors.move(peer.sid, peer.actor, message.appointment_id, position)
        return {"ok": True}

    async def _request_takeover(self, actor: Actor, message: RequestTakeover) -> Ack:
        outcome = await self._db.run(
            lambda connection: store.request_takeover(connection, actor, message.appointment_id)
        )
        if outcome == "asked":
            self._nudge()
            return {"ok": True}
        return refused("lock_not_found" if outcome == "lock_not_found" else "not_found")

    def _in_background(self, peer: Peer, work: Any) -> None:
        async def run() -> None:
            try:
                await work
            except Exception as error:
                # The client asks again with `since` when it is back.
                log.warning("a subscriber is cut: %r", error)
                await self.sio.cut(peer.eio_sid, "failed")

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read_log(self, channel: str, after: int, limit: int) -> list[Row]:
        return await self._db.run(
            lambda connection: log_store.missed_events(connection, channel, after, limit)
        )

    async def _may_listen(self, actor: Actor, channel: Channel) -> bool:
        try:
            return await self._db.run(lambda c: store.may_listen(c, actor, channel))
        except Refusal:
            return False  # who cannot be checked has to subscribe again

    async def _end(self, subscription: Subscription) -> None:
        # Also one that never began: an earlier one of the same channel may have shown cursors.
        self.hub.end(subscription)
        await self._leave_room(subscription)

    async def _leave_room(self, subscription: Subscription) -> None:
        """Show nothing of this appointment to the peer any more, nor its cursor to others."""
        sid, channel = subscription.peer.sid, subscription.channel
        if channel.kind == "appointment":
            await self.cursors.gone(sid, channel.id)
            await self.sio.leave_room(sid, channel.name)

    async def _emit_cursor(
        self, event: str, data: dict[str, Any], room: str, skip_sid: str | None, to_others: bool
    ) -> None:
        await self.sio.emit(event, data, room=room, skip_sid=skip_sid, ignore_queue=not to_others)

    async def _cut_expired(self) -> None:
        """Cut connections whose token has expired or never came: one pass. Needs no database, so
        that one that hangs lets nobody stay."""
        await self.sio.cut_strangers()
        await self._cut(self._access.expired(self._visitors()))

    async def _cut_withdrawn(self) -> None:
        """Cut connections whose session or account has ended: one pass."""
        await self._cut(await self._access.withdrawn(self._visitors()))

    def _visitors(self) -> dict[str, Any]:
        return {peer.eio_sid: peer.visitor for peer in self._peers.values()}

    async def _cut(self, eio_sids: list[str]) -> None:
        for eio_sid in eio_sids:
            await self.sio.cut(eio_sid, "expired")


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
