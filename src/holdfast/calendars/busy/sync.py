"""Reading busy times of calendars outside (SPEC-deliveries §4), one pass over those that are due.

docs/calendars.md, "Busy times", says why nothing is lost, forgotten or done twice.
"""

import asyncio
import logging
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid5

from holdfast.calendars.busy import store
from holdfast.calendars.busy.expand import ExpansionError, expand
from holdfast.calendars.busy.follow import follow
from holdfast.channels.caldav.client import DavClient
from holdfast.channels.caldav.model import Changes, DavError
from holdfast.channels.caldav.store import QUERIES as CONNECTIONS
from holdfast.channels.caldav.store import passwords_seal
from holdfast.config import Settings
from holdfast.deliveries.outbound import Outbound
from holdfast.kernel import metrics
from holdfast.kernel.db import Database, Row, fetch_one
from holdfast.kernel.errors import Refusal
from holdfast.kernel.ids import new_id

POLL_SECONDS = 5.0
INTERVAL_SECONDS = 300.0
DOUBT_SECONDS = 15.0
AT_ONCE = 8
PASS_CONNECTIONS = 200
# Processes that read objects; others wait for their turn.
EXPANDERS = 2
READ_SECONDS = 300.0
CONFIRMED_OBJECTS = 50
# Longer than a read and the expansion may take together.
LEASE_SECONDS = 600.0
EXPANDED_DAYS = 60
# Everything is read again each day, so that series go on, and what a server forgot to tell is seen.
FULL_DAYS = 1

log = logging.getLogger("holdfast.calendars")


class CalendarSync:
    """The duty; several processes may have it."""

    def __init__(self, settings: Settings, outbound: Outbound) -> None:
        self._outbound = outbound
        self._seal = passwords_seal(settings)
        self._sends_mail = settings.smtp_url is not None
        self._expanders = asyncio.Semaphore(EXPANDERS)

    async def __call__(self, db: Database) -> int:
        """Read the connections that are due, some of them at once, so that one that does not answer
        holds up no other; how many."""
        count = 0
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                room = min(AT_ONCE - len(running), PASS_CONNECTIONS - count)
                for row, lease in await self._claim(db, room):
                    running.add(asyncio.create_task(self._sync(db, lease, row)))
                    count += 1
                if not running:
                    return count
                _, running = await asyncio.wait(
                    running, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _claim(self, db: Database, limit: int) -> list[tuple[Row, UUID]]:
        if limit < 1:
            return []
        lease = new_id()
        rows = await db.run(
            lambda connection: store.claim(
                connection,
                lease,
                lease_seconds=LEASE_SECONDS,
                interval_seconds=INTERVAL_SECONDS,
                limit=limit,
            )
        )
        return [(row, lease) for row in rows]

    async def _sync(self, db: Database, lease: UUID, row: Row) -> None:
        try:
            outcome = await self._take_over(db, lease, row)
            await follow(db, row["provider_id"])
        except BaseException as error:
            # Also when the worker stops: the next one need not wait for the lease to end.
            with suppress(Refusal):
                await db.run(lambda c: store.give_back(c, row["connection_id"], lease))
            if not isinstance(error, Exception):
                raise
            # One calendar's trouble stops no other.
            log.exception("calendar connection %s was not read", row["connection_id"])
            outcome = "failed"
        metrics.CALENDAR_SYNCS.labels(outcome).inc()

    async def _take_over(self, db: Database, lease: UUID, row: Row) -> str:
        """Read a calendar and keep what is otherwise: changed, unchanged, doubted, lost,
        unauthorized, not_found, failed."""
        connection_id: UUID = row["connection_id"]
        try:
            async with asyncio.timeout(READ_SECONDS):
                changes = await self._changes(row)
                async with self._expanders if changes.objects else nullcontext():
                    read = await _read_objects(row, changes)
        except (DavError, ExpansionError, TimeoutError) as error:
            log.info("calendar connection %s: %s", connection_id, error or "took too long")
            return await self._trouble(db, lease, row, error)
        if changes.gone:
            await db.run(lambda c: store.note_removed(c, connection_id, changes.gone))
        return await db.run(
            lambda connection: store.put(
                connection, connection_id, lease, read, doubt_seconds=DOUBT_SECONDS
            )
        )

    async def _changes(self, row: Row) -> Changes:
        password = self._seal.open_for(row["connection_id"], row["password_sealed"])
        if password is None:
            raise DavError("broken", "sealed", "the password cannot be opened")
        client = DavClient(self._outbound, row["url"], row["username"], password.decode())
        changes = await client.changes(None if _wants_everything(row) else row["sync_token"])
        return await _confirmed(client, changes)

    async def _trouble(self, db: Database, lease: UUID, row: Row, error: Exception) -> str:
        """Nothing that is known changes. Its owner hears of what they can set right."""
        connection_id: UUID = row["connection_id"]
        await db.run(lambda connection: store.give_back(connection, connection_id, lease))
        if not isinstance(error, DavError) or error.kind not in ("unauthorized", "not_found"):
            return "failed"
        parameters = {
            "id": connection_id,
            "url": row["url"],
            "password_sealed": row["password_sealed"],
            "reason": error.kind,
            "sends_mail": self._sends_mail,
        }
        await db.run(lambda c: fetch_one(c, CONNECTIONS.note_trouble, parameters))
        return error.kind


async def _confirmed(client: DavClient, changes: Changes) -> Changes:
    """The same, once each object that is said to be gone was asked for by itself: one that was only
    missing from an answer is there. Of very many, everything is read instead.

    Raises:
        DavError: one of them is neither there nor gone, or the server gives out too little of what
            it lists to believe it.
    """
    if not changes.gone:
        return changes
    if len(changes.gone) > CONFIRMED_OBJECTS:
        if changes.is_full:
            raise DavError("broken", "incomplete", "objects are listed and not given out")
        return await _confirmed(client, await client.changes(None))
    found = {href: await client.get(href) for href in changes.gone}
    there = [one for one in found.values() if one is not None]
    gone = [href for href, one in found.items() if one is None]
    return replace(changes, objects=[*changes.objects, *there], gone=gone)


async def _read_objects(row: Row, changes: Changes) -> store.Read:
    connection_id: UUID = row["connection_id"]
    since, until = window(row["now"])
    if not changes.is_full:
        until = row["read_until"]
    texts: dict[UUID, str] = {}
    unreadable: set[UUID] = set()
    for found in changes.objects:
        object_id = uuid5(connection_id, found.href)
        if found.is_cut:
            unreadable.add(object_id)
        else:
            texts[object_id] = found.data.decode("utf-8", "replace")
    username: str = row["username"]
    expanded = await expand(
        texts,
        zone=row["timezone"],
        since=since,
        until=until,
        addresses=[address.lower() for address in (username, *row["addresses"])],
    )
    times: dict[UUID, list[tuple[int, int]]] = {}
    for object_id, spans in expanded.items():
        if spans is None:
            unreadable.add(object_id)
        else:
            times[object_id] = spans
    if unreadable:
        log.info("calendar connection %s: %d unreadable objects", connection_id, len(unreadable))
    return store.Read(
        url=row["url"],
        is_full=changes.is_full,
        token=changes.token,
        timezone=row["timezone"],
        until=until,
        times=times,
        unreadable=unreadable,
        gone=[uuid5(connection_id, href) for href in changes.gone],
    )


def window(now: datetime) -> tuple[datetime, datetime]:
    """What is expanded: from yesterday on, and on each moment of the next day still 60 days ahead.
    By whole days, so that the same calendar gives the same times all day."""
    today = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
    return today - timedelta(days=1), today + timedelta(days=EXPANDED_DAYS + FULL_DAYS + 1)


def _wants_everything(row: Row) -> bool:
    """Whether what is otherwise since the last read would not do."""
    read_at, now = row["read_at"], row["now"]
    return (
        row["sync_token"] is None
        or read_at is None
        or row["former_timezone"] != row["timezone"]
        or read_at <= now - timedelta(days=FULL_DAYS)
        or row["read_until"] <= now + timedelta(days=EXPANDED_DAYS)
    )
