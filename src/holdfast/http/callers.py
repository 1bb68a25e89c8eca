"""Who the callers are: remembered for a while, forgotten as soon as their access changes."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.http.tokens import AccessClaims
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row, fetch_all, fetch_one
from holdfast.kernel.loops import Loop
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.http")
# A sign-out counts everywhere within a second.
REFRESH_SECONDS = 0.5
# Changes are asked for with this overlap, because transactions commit later than they stamp.
OVERLAP_SECONDS = 60

log = logging.getLogger("holdfast.http")


@dataclass(frozen=True, slots=True)
class Caller:
    """A user whose credentials were checked, and the sign-in that they belong to.

    Attributes:
        expires_at: when a cookie session ends by itself.
    """

    actor: Actor
    sign_in_id: UUID
    expires_at: datetime | None = None


class Callers:
    """Looks users up by sign-in, remembering at most `capacity` of those of access tokens.

    Other processes' changes are noticed within `REFRESH_SECONDS`; this process's own at once
    (`forget`). So an access token needs no query on most requests.
    """

    def __init__(self, db: Database, capacity: int = 50_000) -> None:
        self._db = db
        self._capacity = capacity
        self._known: OrderedDict[UUID, Caller] = OrderedDict()  # by sign-in
        self._sign_ins: dict[UUID, set[UUID]] = {}  # those known, by user
        self.loop = Loop(
            "callers",
            self._follow_changes,
            rest_seconds=REFRESH_SECONDS,
            longest_pause_seconds=REFRESH_SECONDS,
        )

    async def by_token(self, claims: AccessClaims) -> Caller | None:
        """The active user of an access token whose sign-in has not ended."""
        caller = self._known.get(claims.sign_in_id)
        if caller is not None:
            return caller if caller.actor.id == claims.user_id else None
        parameters = {"sign_in_id": claims.sign_in_id, "user_id": claims.user_id}
        row = await self._fetch(QUERIES.caller_by_sign_in, parameters)
        if row is None:
            return None
        caller = Caller(_actor(row), row["sign_in_id"])
        self._known[claims.sign_in_id] = caller
        self._sign_ins.setdefault(claims.user_id, set()).add(claims.sign_in_id)
        if len(self._known) > self._capacity:
            self.forget_sign_in(next(iter(self._known)))
        return caller

    async def by_session(self, secret_hash: bytes) -> Caller | None:
        """The active user to whom an unexpired cookie session belongs."""

        async def look_up(connection: Connection) -> Row | None:
            row = await fetch_one(
                connection, QUERIES.caller_by_session, {"secret_hash": secret_hash}
            )
            if row is not None and row["is_stale"]:
                await connection.execute(QUERIES.note_use, {"sign_in_id": row["sign_in_id"]})
            return row

        row = await self._db.run(look_up)
        return Caller(_actor(row), row["sign_in_id"], row["expires_at"]) if row else None

    def forget(self, user_id: UUID) -> None:
        """Look this user up again: the access of all sign-ins may have changed."""
        for sign_in_id in self._sign_ins.pop(user_id, ()):
            self._known.pop(sign_in_id, None)

    def forget_sign_in(self, sign_in_id: UUID) -> None:
        """Look this sign-in up again: it may have ended."""
        caller = self._known.pop(sign_in_id, None)
        if caller is None:
            return
        assert caller.actor.id is not None
        of_user = self._sign_ins.get(caller.actor.id, set())
        of_user.discard(sign_in_id)
        if not of_user:
            self._sign_ins.pop(caller.actor.id, None)

    async def _follow_changes(self) -> None:
        """Forget users whose access changes and sign-ins that end: one pass."""
        try:
            await self._forget_changed()
        except BaseException:
            # What changed is unknown now. Nobody gets in by a stale answer: start afresh.
            self._known.clear()
            self._sign_ins.clear()
            raise

    async def _forget_changed(self) -> None:
        if not self._known:
            return

        async def changed(connection: Connection) -> list[Row]:
            return await fetch_all(
                connection, QUERIES.callers_changed, {"overlap_seconds": OVERLAP_SECONDS}
            )

        for row in await self._db.run(changed):
            if row["sign_in_id"] is None:
                self.forget(row["user_id"])
            else:
                self.forget_sign_in(row["sign_in_id"])

    async def _fetch(self, query: Any, parameters: dict[str, Any]) -> Row | None:
        async def look_up(connection: Connection) -> Row | None:
            return await fetch_one(connection, query, parameters)

        return await self._db.run(look_up)


def _actor(row: Row) -> Actor:
    return Actor(
        id=row["id"],
        role=row["role"],
        name=row["name"],
        email=row["email"],
        provider_id=row["provider_id"],
    )
