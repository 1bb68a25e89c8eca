"""Sends to calendars: makes one agree with one appointment, as it is now (SPEC-deliveries §4)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from holdfast.channels.caldav import objects
from holdfast.channels.caldav.agree import Known, RefusedError, place, take_away
from holdfast.channels.caldav.client import DavClient
from holdfast.channels.caldav.model import DavError
from holdfast.channels.caldav.store import QUERIES, passwords_seal
from holdfast.config import Settings
from holdfast.deliveries.batch import Batch
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome
from holdfast.deliveries.outbound import Outbound
from holdfast.http.wire import wire_time
from holdfast.kernel.db import Database, Row, fetch_all, fetch_one


class CalendarSender:
    """Sends what `deliveries` of the channel `caldav` stand for."""

    channel: Channel = "caldav"
    lane_room = 1
    process_room = 16

    def __init__(self, settings: Settings, db: Database, outbound: Outbound) -> None:
        self._db = db
        self._outbound = outbound
        self._sends_mail = settings.smtp_url is not None
        self._seal = passwords_seal(settings)
        self._load = Batch(self._load_all)

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        """Raises as `Sender.send`."""
        row = await self._load(delivery.id)
        if row is None or delivery.connection_id is None:
            return Outcome("refused", code="connection_gone", is_lane_fault=None)
        password = self._seal.open_for(delivery.connection_id, bytes(row["password_sealed"]))
        if password is None:
            return Outcome("refused", code="password_unreadable", is_lane_fault=None)
        dav = DavClient(self._outbound, row["url"], row["username"], password.decode())
        push = _Push(self._db, dav, delivery, row, hand_over, self._sends_mail)
        try:
            code = await (push.place() if row["is_wanted"] else push.take_away())
        except RefusedError as error:
            return Outcome("refused", code=error.code)
        except DavError as error:
            return await self._failed(delivery, row, error)
        if code is None:
            return Outcome("suppressed", reason="past", is_lane_fault=None)
        return Outcome("sent", code=code)

    async def _failed(self, delivery: Claimed, row: Row, error: DavError) -> Outcome:
        if error.kind in ("unauthorized", "not_found"):
            parameters = {
                "id": delivery.connection_id,
                "url": row["url"],
                "password_sealed": row["password_sealed"],
                "reason": error.kind,
                "sends_mail": self._sends_mail,
            }
            await self._db.run(lambda c: fetch_one(c, QUERIES.note_trouble, parameters))
            if row["is_removed"]:
                # Nobody is there any more who could set it right.
                return Outcome("refused", code=error.code, excerpt=str(error))
        return Outcome(
            "failed",
            code=error.code,
            excerpt=str(error),
            retry_seconds=error.retry_seconds,
            is_lane_fault=error.is_lane_fault,
        )

    async def _load_all(self, ids: Sequence[UUID]) -> list[Row | None]:
        parameters = {"ids": list(ids)}
        rows = await self._db.run(lambda c: fetch_all(c, QUERIES.load, parameters))
        found: dict[UUID, Row] = {row["id"]: row for row in rows}
        return [found.get(id) for id in ids]


class _Push:
    """One try for one appointment and one calendar."""

    def __init__(
        self,
        db: Database,
        dav: DavClient,
        delivery: Claimed,
        row: Row,
        hand_over: HandOver,
        sends_mail: bool,
    ) -> None:
        self._db = db
        self._dav = dav
        self._row = row
        self._hand_over = hand_over
        self._is_handed_over = False
        self._sends_mail = sends_mail
        self._names = {
            "connection_id": delivery.connection_id,
            "appointment_id": delivery.appointment_id,
            "url": row["url"],
        }

    async def place(self) -> str | None:
        """How the appointment came to be there; None: it is over, and never was."""
        row, known = self._row, self._known()
        if known is None and row["is_over"]:
            return None
        entry = objects.entry_of(row)
        content_hash = objects.content_hash(entry)
        parameters = {
            **self._names,
            "version": row["version"],
            "sequence": row["sequence"],
            "content_hash": content_hash,
            "start_at": entry.start,
            "end_at": entry.end,
        }
        is_newer = known is None or row["version"] > row["known_version"]
        is_equal = known is not None and content_hash == bytes(row["known_hash"])
        if known is not None and is_equal:
            if not is_newer:
                return "unchanged"
            # With each change of the appointment the calendar is right again, but not written to
            # for nothing.
            if not known.is_removed and await self._dav.is_still(known.href, known.etag):
                await self._db.run(lambda c: c.execute(QUERIES.note_version, parameters))
                return "unchanged"
        placed = await place(self._dav, entry, known, self._before_write, self._moved)
        parameters |= {
            "href": placed.href,
            "etag": placed.etag,
            "has_theirs": placed.has_theirs,
        }
        await self._db.run(lambda c: fetch_one(c, QUERIES.note_object, parameters))
        return placed.code

    async def take_away(self) -> str:
        known = self._known()
        appointment_id = self._row["appointment_id"]
        code = await take_away(self._dav, appointment_id, known, self._before_write)
        if known is not None:
            await self._db.run(lambda c: fetch_one(c, QUERIES.forget_object, self._names))
        return code

    async def _before_write(self) -> None:
        if not self._is_handed_over:
            await self._hand_over()
            self._is_handed_over = True

    async def _moved(self, there: datetime) -> None:
        parameters = {
            **self._names,
            "there": wire_time(there),
            "sends_mail": self._sends_mail,
        }
        await self._db.run(lambda c: fetch_one(c, QUERIES.note_conflict, parameters))

    def _known(self) -> Known | None:
        row = self._row
        if row["known_href"] is None:
            return None
        return Known(
            row["known_href"],
            row["known_etag"],
            row["known_start_at"],
            row["known_end_at"],
            row["known_has_theirs"],
            row["known_removed"],
        )
