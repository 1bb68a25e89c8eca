"""Sweeps: holds, edit locks and requests whose time has passed, orphaned slots (SPEC §7).

Correctness never waits for them; they only make visible what is true already.
"""

import logging
from typing import Any, LiteralString
from uuid import UUID

from holdfast.calendars.busy.follow import PROVIDERS_AT_ONCE as FOLLOWED_AT_ONCE
from holdfast.calendars.busy.follow import follow_marked
from holdfast.catalogue.publishing import (
    CALENDARS_AT_ONCE,
    PROVIDERS_AT_ONCE,
    Published,
    lay_out_due,
    publish_some,
)
from holdfast.kernel import metrics
from holdfast.kernel.db import Connection, Database, Row, fetch_one
from holdfast.kernel.loops import Loop
from holdfast.kernel.sql import Queries
from holdfast.workers.duty import duty

QUERIES = Queries("holdfast.workers")
# Rows in one transaction: few enough that nobody waits long behind it.
BATCH_ROWS = 200
ORPHAN_BATCH_ROWS = 5000
EDIT_LOCK_SECONDS = 30.0
REQUEST_SECONDS = 30.0
ORPHAN_SECONDS = 60.0
PUBLISH_SECONDS = 3600.0
SCHEDULE_CHANGES_SECONDS = 5.0
BUSY_TIMES_SECONDS = 5.0
FIRST_PROVIDER = UUID(int=0)

log = logging.getLogger("holdfast.workers")


async def sweep_reservations(db: Database) -> int:
    """End a batch of holds that have run out; their number."""
    count = await _sweep(db, QUERIES.sweep_reservations)
    metrics.RESERVATIONS.labels("expired").inc(count)
    return count


async def sweep_edit_locks(db: Database) -> int:
    """End a batch of stale edit locks; their number."""
    return await _sweep(db, QUERIES.sweep_edit_locks)


async def expire_requests(db: Database) -> int:
    """End a batch of requests whose time has come; their number."""
    return await _sweep(db, QUERIES.expire_requests)


async def _sweep(db: Database, query: LiteralString) -> int:
    return (await _one(db, query, {"limit": BATCH_ROWS}))["count"]


class OrphanSweep:
    """Walks all slots, some in each pass, and frees those whose appointment is gone."""

    def __init__(self) -> None:
        self._after: UUID | None = None

    async def __call__(self, db: Database) -> int:
        """Look at the next slots; the number that was freed."""
        parameters = {"after": self._after, "limit": ORPHAN_BATCH_ROWS}
        row = await _one(db, QUERIES.free_orphaned_slots, parameters)
        self._after = row["last_id"]  # None at the end: begin again
        return row["freed"]


class SlotPublishing:
    """Keeps the next days published, some providers in each pass; first come those whose calendars
    have to be laid out again."""

    def __init__(self) -> None:
        self._after = FIRST_PROVIDER

    async def __call__(self, db: Database) -> int:
        """Look at the next providers; their number."""
        await lay_out_due(db)
        done = Published()
        self._after = await publish_some(db, done, self._after) or FIRST_PROVIDER
        if done.created or done.failed:
            log.info("%d slots published, %d providers failed", done.created, done.failed)
        return done.providers + done.failed


async def _one(db: Database, query: LiteralString, parameters: dict[str, Any]) -> Row:
    async def run(connection: Connection) -> Row:
        row = await fetch_one(connection, query, parameters)
        assert row is not None
        return row

    return await db.run(run)


def sweeps(db: Database, sweep_seconds: float) -> list[Loop]:
    edit_lock_seconds = min(sweep_seconds, EDIT_LOCK_SECONDS)
    request_seconds = min(sweep_seconds, REQUEST_SECONDS)
    return [
        duty("reservation_expiry", sweep_seconds, sweep_reservations, db, BATCH_ROWS),
        duty("edit_lock_expiry", edit_lock_seconds, sweep_edit_locks, db, BATCH_ROWS),
        duty("request_expiry", request_seconds, expire_requests, db, BATCH_ROWS),
        duty("orphan_clean_up", ORPHAN_SECONDS, OrphanSweep(), db),
        duty("schedule_changes", SCHEDULE_CHANGES_SECONDS, lay_out_due, db, CALENDARS_AT_ONCE),
        duty("busy_times", BUSY_TIMES_SECONDS, follow_marked, db, FOLLOWED_AT_ONCE),
        duty("slot_publishing", PUBLISH_SECONDS, SlotPublishing(), db, PROVIDERS_AT_ONCE),
    ]
