"""How this server signs in at push services: VAPID (RFC 8292)."""

import json
import time
from functools import cached_property
from urllib.parse import urlsplit

from holdfast.config import Settings
from holdfast.kernel.p256 import base64url, public_text, read_private_key, sign

# Services take tokens that are good for 24 hours at most; some clocks are wrong.
TOKEN_SECONDS = 12 * 3600
RENEW_SECONDS = 3600
MAXIMUM_TOKENS = 1000


class Vapid:
    """Signs for one server; a token for each service is used until its last hour."""

    def __init__(self, private_key: str, subject: str) -> None:
        self._key = read_private_key(private_key)
        self._subject = subject
        self._tokens: dict[str, tuple[float, str]] = {}

    @cached_property
    def public_key(self) -> str:
        return public_text(self._key)

    def authorization(self, endpoint: str) -> str:
        """The `Authorization` header of a request to this endpoint."""
        parts = urlsplit(endpoint)
        return f"vapid t={self._token(f'{parts.scheme}://{parts.netloc}')}, k={self.public_key}"

    def _token(self, audience: str) -> str:
        now = time.time()
        ends, token = self._tokens.get(audience, (0.0, ""))
        if ends - now < RENEW_SECONDS:
            if len(self._tokens) >= MAXIMUM_TOKENS:
                self._tokens.clear()
            ends = now + TOKEN_SECONDS
            claims = {"aud": audience, "exp": int(ends), "sub": self._subject}
            # By hand: the server imports its library for tokens without what this needs of it.
            text = ".".join(
                base64url(json.dumps(part).encode())
                for part in ({"typ": "JWT", "alg": "ES256"}, claims)
            )
            token = f"{text}.{base64url(sign(self._key, text.encode()))}"
            self._tokens[audience] = (ends, token)
        return token


def vapid_of(settings: Settings) -> Vapid | None:
    """None where this server sends no push messages."""
    if settings.vapid_private_key is None:
        return None
    return Vapid(settings.vapid_private_key.get_secret_value(), _subject(settings))


def _subject(settings: Settings) -> str:
    """Whom a push service asks when something is wrong with what this server sends."""
    if settings.vapid_subject:
        return settings.vapid_subject
    return f"mailto:postmaster@{urlsplit(settings.base_url).hostname}"
