"""Who is behind a connection, and whether it may go on (SPEC §5)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from starlette.requests import cookie_parser

from holdfast.http.auth import SESSION_COOKIE, secret_hash
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
    """The signed-in user of a connection, by a token that expires or by a cookie session."""

    actor: Actor
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    session: bytes | None = None


class Access:
    """Lets connections in, and finds those that must go."""

    def __init__(self, db: Database, callers: Callers, tokens: Tokens) -> None:
        self._db = db
        self._callers = callers
        self._tokens = tokens
        self._checked_at = time.monotonic()

    async def admit(self, auth: Any, cookie_header: str) -> Visitor | None:
        """The visitor behind `auth: {token}` or the session cookie; None for anyone else.

        Raises:
            Refusal: `unavailable`.
        """
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None:
            return await self._by_token(token) if isinstance(token, str) else None
        cookie = cookie_parser(cookie_header).get(SESSION_COOKIE)
        if cookie is None:
            return None
        session = secret_hash(cookie)
        caller = await self._callers.by_session(session)
        return Visitor(caller.actor, session=session) if caller else None

    async def _by_token(self, token: str) -> Visitor | None:
        claims = self._tokens.read_access_token(token)
        if claims is None:
            return None
        caller = await self._callers.by_id(claims.user_id)
        if caller is None or not caller.accepts(claims.issued_at):
            return None
        return Visitor(caller.actor, expires_at=claims.expires_at, issued_at=claims.issued_at)

    @staticmethod
    def expired(visitors: Mapping[Key, Visitor]) -> list[Key]:
        """Those whose token has expired. Needs no database."""
        now = datetime.now(UTC)
        return [
            key
            for key, visitor in visitors.items()
            if visitor.expires_at is not None and visitor.expires_at <= now
        ]

    async def withdrawn(self, visitors: Mapping[Key, Visitor]) -> list[Key]:
        """Those whose session has ended, whose account or token does not count any more, or whose
        role or provider changed (they have to come in again).

        Raises:
            Refusal: `unavailable`.
        """
        hashes = [visitor.session for visitor in visitors.values() if visitor.session]
        sessions: set[bytes] = set()
        if hashes:
            sessions = await self._db.run(lambda c: store.live_sessions(c, hashes))
        now = time.monotonic()
        within_seconds = now - self._checked_at + OVERLAP_SECONDS
        rows = await self._db.run(lambda c: store.changed_users(c, within_seconds))
        changed: dict[UUID | None, store.UserNow] = {row.id: row for row in rows}
        self._checked_at = now
        return [
            key
            for key, visitor in visitors.items()
            if (visitor.session is not None and visitor.session not in sessions)
            or ((user := changed.get(visitor.actor.id)) and not _still(visitor, user))
        ]


def _still(visitor: Visitor, user: store.UserNow) -> bool:
    """Whether what the connection was admitted for is still so."""
    return (
        user.is_active
        and (user.role, user.provider_id) == (visitor.actor.role, visitor.actor.provider_id)
        and (visitor.issued_at is None or visitor.issued_at >= user.tokens_valid_from)
    )
