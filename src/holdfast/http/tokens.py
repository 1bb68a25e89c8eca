"""Secrets that the server makes and knows again: access tokens and reservation tokens."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import jwt

from holdfast.kernel.actor import Actor

ACCESS_TOKEN_SECONDS = 900
# Tokens whose signature was right are known again without checking it: a client sends the same one
# with every request for a quarter of an hour.
KNOWN_TOKENS = 10_000
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says; role and e-mail are looked up anew."""

    user_id: UUID
    sign_in_id: UUID
    expires_at: datetime


class Tokens:
    """Makes and checks tokens with keys derived from the server's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._access_key = _derive(secret_key, "access-token")
        self._reservation_key = _derive(secret_key, "reservation-token")
        self._refresh_key = _derive(secret_key, "refresh-token")
        self._known: dict[str, AccessClaims] = {}

    def access_token(self, actor: Actor, sign_in_id: UUID) -> str:
        """A JWT with `userId, email, role, sid, iat, exp` (SPEC 4.1)."""
        # With a fraction (RFC 7519 §2 allows it), so that no two tokens of a sign-in are alike.
        # Multiples of 1/1024 stay exact when the lifetime is added.
        now = int(datetime.now(UTC).timestamp() * 1024) / 1024
        claims = {
            "userId": str(actor.id),
            "email": actor.email,
            "role": actor.role,
            "sid": str(sign_in_id),
            "iat": now,
            "exp": now + ACCESS_TOKEN_SECONDS,
        }
        return jwt.encode(claims, self._access_key, algorithm="HS256")

    def read_access_token(self, token: str) -> AccessClaims | None:
        """The claims, or None for a token that is forged, broken or expired."""
        known = self._known.get(token)
        if known is None:
            known = self._check(token)
            if known is None:
                return None
            if len(self._known) >= KNOWN_TOKENS:
                del self._known[next(iter(self._known))]
            self._known[token] = known
        elif known.expires_at <= datetime.now(UTC):
            del self._known[token]
            return None
        return known

    def next_refresh_token(self, refresh_token: str) -> str:
        """What a refresh token is exchanged for: always the same, secret without the key.

        So a repeated exchange gets the same answer, and no secret is stored for it.
        """
        digest = hmac.new(self._refresh_key, refresh_token.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _check(self, token: str) -> AccessClaims | None:
        try:
            claims = jwt.decode(
                token,
                self._access_key,
                algorithms=["HS256"],
                options={"require": ["exp", "iat", "sid", "userId"]},
            )
            return AccessClaims(
                UUID(claims["userId"]),
                UUID(claims["sid"]),
                datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
            return None

    def reservation_token(self, reservation_id: UUID) -> str:
        """The secret of a reservation. It is not stored: only this key can make it again."""
        signature = self._sign(reservation_id)
        return base64.urlsafe_b64encode(reservation_id.bytes + signature).rstrip(b"=").decode()

    def read_reservation_token(self, token: str) -> UUID | None:
        """The reservation's id, or None for a token that this server did not make."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != 16 + _SIGNATURE_BYTES:
            return None
        reservation_id = UUID(bytes=raw[:16])
        if not hmac.compare_digest(raw[16:], self._sign(reservation_id)):
            return None
        return reservation_id

    def _sign(self, reservation_id: UUID) -> bytes:
        digest = hmac.new(self._reservation_key, reservation_id.bytes, hashlib.sha256).digest()
        return digest[:_SIGNATURE_BYTES]


def _derive(secret_key: str, purpose: str) -> bytes:
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).digest()
