"""Who is behind a connection, and whether it may go on (SPEC §5)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any

from holdfast.http.auth import SESSION_COOKIE, secret_hash
from holdfast.http.callers import Callers
from holdfast.http.tokens import Tokens
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Database
from holdfast.realtime import store


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

    async def admit(self, auth: Any, cookie_header: str) -> Visitor | None:
        """The visitor behind `auth: {token}` or the session cookie; None for anyone else."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None:
            return await self._by_token(token) if isinstance(token, str) else None
        cookie = _cookie(cookie_header)
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

    async def ended(self, visitors: dict[str, Visitor]) -> list[str]:
        """The connections whose visitor may not stay: token or session expired or withdrawn,
        account not active, role or provider changed (they have to come in again)."""
        hashes = [visitor.session for visitor in visitors.values() if visitor.session]
        sessions: set[bytes] = set()
        if hashes:
            sessions = await self._db.run(lambda c: store.live_sessions(c, hashes))
        now = datetime.now(UTC)
        gone = []
        for sid, visitor in visitors.items():
            if visitor.session is not None and visitor.session not in sessions:
                gone.append(sid)
                continue
            if visitor.expires_at is not None and visitor.expires_at <= now:
                gone.append(sid)
                continue
            assert visitor.actor.id is not None
            caller = await self._callers.by_id(visitor.actor.id)
            if (
                caller is None
                or (caller.actor.role, caller.actor.provider_id)
                != (visitor.actor.role, visitor.actor.provider_id)
                or (visitor.issued_at is not None and not caller.accepts(visitor.issued_at))
            ):
                gone.append(sid)
        return gone


def _cookie(header: str) -> str | None:
    try:
        morsel = SimpleCookie(header).get(SESSION_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None
