"""Live cursors: relayed to those who look at the same appointment, kept nowhere (SPEC §5)."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.kernel.actor import Actor
from holdfast.realtime.schemas import CursorGone, CursorUpdate

RELAY_SECONDS = 0.2
IDLE_SECONDS = 10.0
SWEEP_SECONDS = 0.5
# Cursors of other processes: their own process says that they are gone, unless it has died.
FOREIGN_IDLE_SECONDS = 12.0

# Told apart on light and on dark ground.
_COLORS = (
    "#c2410c",
    "#b45309",
    "#4d7c0f",
    "#047857",
    "#0e7490",
    "#1d4ed8",
    "#6d28d9",
    "#a21caf",
    "#be123c",
    "#57534e",
)

# (event, data, room, the connection to leave out, whether other processes are told)
Emit = Callable[[str, dict[str, Any], str, str | None, bool], Awaitable[None]]


@dataclass(slots=True)
class Cursor:
    """One connection's cursor on one appointment."""

    actor: Actor
    position: dict[str, float]
    moved_at: float
    sent_at: float
    is_waiting: bool = False


def color_of(user_id: UUID | None) -> str:
    """A user's colour: the same everywhere and always."""
    digest = hashlib.sha256(str(user_id).encode()).digest()
    return _COLORS[digest[0] % len(_COLORS)]


def _update(appointment_id: UUID, cursor: Cursor) -> dict[str, Any]:
    return {
        "channel": f"appointment.{appointment_id}",
        "appointmentId": str(appointment_id),
        "userId": str(cursor.actor.id),
        "userInfo": {"name": cursor.actor.name},
        "position": cursor.position,
        "color": color_of(cursor.actor.id),
    }


class Cursors:
    """The cursors of this process's connections, and where those of other processes last were.

    Args:
        emit: sends to those who look at the appointment.
    """

    def __init__(self, emit: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._emit = emit
        self._clock = clock
        self._cursors: dict[tuple[str, UUID], Cursor] = {}
        self._foreign: dict[tuple[UUID, UUID], tuple[float, CursorUpdate]] = {}
        self._timers: set[asyncio.Task[None]] = set()

    async def move(
        self, sid: str, actor: Actor, appointment_id: UUID, position: dict[str, float]
    ) -> None:
        """Relay a position at once, or after the 200 ms since the last one; the latest counts."""
        now = self._clock()
        key = (sid, appointment_id)
        cursor = self._cursors.get(key)
        if cursor is None:
            cursor = self._cursors[key] = Cursor(actor, position, now, now - RELAY_SECONDS)
        cursor.position, cursor.moved_at = position, now
        if cursor.is_waiting:
            return
        wait_seconds = cursor.sent_at + RELAY_SECONDS - now
        if wait_seconds <= 0:
            await self._send(key, cursor)
            return
        cursor.is_waiting = True
        timer = asyncio.create_task(self._send_later(key, cursor, wait_seconds))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _send_later(self, key: tuple[str, UUID], cursor: Cursor, seconds: float) -> None:
        await asyncio.sleep(seconds)
        cursor.is_waiting = False
        if self._cursors.get(key) is cursor:
            await self._send(key, cursor)

    async def _send(self, key: tuple[str, UUID], cursor: Cursor) -> None:
        sid, appointment_id = key
        cursor.sent_at = self._clock()
        data = _update(appointment_id, cursor)
        await self._emit("cursor-update", data, data["channel"], sid, True)

    async def show(self, sid: str, appointment_id: UUID) -> None:
        """Send the others' cursors, where they rest, to a connection that has just come."""
        updates = [
            _update(appointment_id, cursor)
            for (other, where), cursor in self._cursors.items()
            if where == appointment_id and other != sid
        ] + [
            cursor.model_dump(mode="json", by_alias=True)
            for (where, _), (_, cursor) in self._foreign.items()
            if where == appointment_id
        ]
        for data in updates:
            await self._emit("cursor-update", data, sid, None, False)

    async def gone(self, sid: str, appointment_id: UUID | None = None) -> None:
        """Forget a connection's cursor on one appointment, or all of them."""
        for key in [
            key for key in self._cursors if key[0] == sid and appointment_id in (None, key[1])
        ]:
            await self._remove(key)

    def note_foreign(self, cursor: CursorUpdate | CursorGone) -> None:
        """Another process has told of a cursor's move or end."""
        key = (cursor.appointment_id, cursor.user_id)
        if isinstance(cursor, CursorUpdate):
            self._foreign[key] = (self._clock(), cursor)
        else:
            self._foreign.pop(key, None)

    async def sweep(self) -> None:
        """Forget cursors that have not moved for 10 seconds: one pass."""
        now = self._clock()
        for key in [k for k, c in self._cursors.items() if c.moved_at <= now - IDLE_SECONDS]:
            await self._remove(key)
        for appointment_id, user_id in [
            key for key, (at, _) in self._foreign.items() if at <= now - FOREIGN_IDLE_SECONDS
        ]:
            del self._foreign[appointment_id, user_id]
            await self._tell_gone(appointment_id, user_id, None, to_others=False)

    async def _remove(self, key: tuple[str, UUID]) -> None:
        cursor = self._cursors.pop(key, None)
        if cursor is None:
            return
        sid, appointment_id = key
        user_id = cursor.actor.id
        if any(
            k[1] == appointment_id and other.actor.id == user_id
            for k, other in self._cursors.items()
        ):
            return  # the same user looks at it in another window
        await self._tell_gone(appointment_id, user_id, sid, to_others=True)

    async def _tell_gone(
        self, appointment_id: UUID, user_id: UUID | None, sid: str | None, *, to_others: bool
    ) -> None:
        channel = f"appointment.{appointment_id}"
        data = {
            "channel": channel,
            "appointmentId": str(appointment_id),
            "userId": str(user_id),
        }
        await self._emit("cursor-gone", data, channel, sid, to_others)
