"""Who the callers are: remembered for a while, forgotten as soon as their access changes."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row, fetch_all, fetch_one
from holdfast.kernel.errors import Refusal
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.http")
REFRESH_SECONDS = 1.0
# Changes are asked for with this overlap, because transactions commit later than they stamp.
OVERLAP_SECONDS = 60

log = logging.getLogger("holdfast.http")


@dataclass(frozen=True, slots=True)
class Caller:
    """A user whose credentials were checked."""

    actor: Actor
    tokens_valid_from: datetime | None

    def accepts(self, issued_at: datetime) -> bool:
        """Whether an access token issued then still counts."""
        return self.tokens_valid_from is None or issued_at >= self.tokens_valid_from


class Callers:
    """Looks users up by id or session, remembering at most `capacity` of them.

    Other processes' changes are noticed within `REFRESH_SECONDS`; this process's own at once
    (`forget`). So an access token needs no query on most requests.
    """

    def __init__(self, db: Database, capacity: int = 50_000) -> None:
        self._db = db
        self._capacity = capacity
        self._known: OrderedDict[UUID, Caller] = OrderedDict()

    async def by_id(self, user_id: UUID) -> Caller | None:
        """The active user with this id."""
        caller = self._known.get(user_id)
        if caller is not None:
            return caller
        row = await self._fetch(QUERIES.caller_by_id, {"user_id": user_id})
        if row is None:
            return None
        caller = _caller(row)
        self._known[user_id] = caller
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return caller

    async def by_session(self, secret_hash: bytes) -> Caller | None:
        """The active user to whom an unexpired cookie session belongs."""
        row = await self._fetch(QUERIES.caller_by_session, {"secret_hash": secret_hash})
        return _caller(row) if row else None

    def forget(self, user_id: UUID) -> None:
        self._known.pop(user_id, None)

    async def follow_changes(self) -> None:
        """Forget users whose access changes, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self._forget_changed()
            except Refusal:
                # Without the database nobody gets in by a stale answer either: start afresh.
                self._known.clear()

    async def _forget_changed(self) -> None:
        if not self._known:
            return

        async def changed(connection: Connection) -> list[Row]:
            return await fetch_all(
                connection, QUERIES.callers_changed, {"overlap_seconds": OVERLAP_SECONDS}
            )

        for row in await self._db.run(changed):
            known = self._known.get(row["id"])
            if known is not None:
                self.forget(row["id"])

    async def _fetch(self, query: Any, parameters: dict[str, Any]) -> Row | None:
        async def look_up(connection: Connection) -> Row | None:
            return await fetch_one(connection, query, parameters)

        return await self._db.run(look_up)


def _caller(row: Row) -> Caller:
    valid_from = row["tokens_valid_from"]
    return Caller(
        Actor(
            id=row["id"],
            role=row["role"],
            name=row["name"],
            email=row["email"],
            provider_id=row["provider_id"],
        ),
        valid_from.astimezone(UTC) if valid_from else None,
    )
