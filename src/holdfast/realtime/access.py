"""Who is behind a connection, and whether it may go on (SPEC §5)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import cookie_parser

from holdfast.http.auth import secret_hash
from holdfast.http.callers import Callers
from holdfast.http.tokens import Tokens
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Database
from holdfast.realtime import store

Key = TypeVar("Key")
# More than any transaction takes between its time stamp and its commit.
OVERLAP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """The signed-in user of a connection, by an access token or by a cookie session."""

    actor: Actor
    sign_in_id: UUID
    expires_at: datetime | None


class Access:
    """Lets connections in, and finds those that must go."""

    def __init__(self, db: Database, callers: Callers, tokens: Tokens, cookie_name: str) -> None:
        self._db = db
        self._callers = callers
        self._tokens = tokens
        self._cookie_name = cookie_name
        self._checked_at = time.monotonic()

    async def admit(self, auth: Any, cookie_header: str) -> Visitor | None:
        """The visitor behind `auth: {token}` or the session cookie; None for anyone else.

        Raises:
            Refusal: `unavailable`.
        """
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None:
            return await self._by_token(token) if isinstance(token, str) else None
        cookie = cookie_parser(cookie_header).get(self._cookie_name)
        if cookie is None:
            return None
        caller = await self._callers.by_session(secret_hash(cookie))
        return Visitor(caller.actor, caller.sign_in_id, caller.expires_at) if caller else None

    async def _by_token(self, token: str) -> Visitor | None:
        claims = self._tokens.read_access_token(token)
        if claims is None:
            return None
        caller = await self._callers.by_token(claims)
        return Visitor(caller.actor, claims.sign_in_id, claims.expires_at) if caller else None

    @staticmethod
    def expired(visitors: Mapping[Key, Visitor]) -> list[Key]:
        """Those whose token or session has expired. Needs no database."""
        now = datetime.now(UTC)
        return [
            key
            for key, visitor in visitors.items()
            if visitor.expires_at is not None and visitor.expires_at <= now
        ]

    async def withdrawn(self, visitors: Mapping[Key, Visitor]) -> list[Key]:
        """Those whose sign-in has ended, whose account is not active any more, or whose role or
        provider changed (they have to come in again).

        Raises:
            Refusal: `unavailable`.
        """
        now = time.monotonic()
        within_seconds = now - self._checked_at + OVERLAP_SECONDS
        ended = await self._db.run(lambda c: store.ended_sign_ins(c, within_seconds))
        rows = await self._db.run(lambda c: store.changed_users(c, within_seconds))
        changed: dict[UUID | None, store.UserNow] = {row.id: row for row in rows}
        self._checked_at = now
        return [
            key
            for key, visitor in visitors.items()
            if visitor.sign_in_id in ended
            or ((user := changed.get(visitor.actor.id)) and not _still(visitor, user))
        ]


def _still(visitor: Visitor, user: store.UserNow) -> bool:
    """Whether what the connection was admitted for is still so."""
    known = (visitor.actor.role, visitor.actor.provider_id)
    return user.is_active and (user.role, user.provider_id) == known
