"""The links in messages: signed, so that nothing is stored for them (docs/notifications.md).

A link opens one appointment to one person, without signing in, or ends one kind of message. It
never acts when it is fetched: mail scanners fetch every link that they see.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from holdfast.config import Settings

# How long after an appointment's end its links go on working.
AFTER_END = timedelta(days=7)
_MAC_BYTES = 16
_MANAGE, _NO_REMINDERS = b"m", b"r"


@dataclass(frozen=True, slots=True)
class ManageLink:
    """What a link to an appointment says; whether the user's `links_version` still is this one, and
    whose the appointment is, the database knows."""

    appointment_id: UUID
    user_id: UUID
    links_version: int
    expires_at: datetime


class Links:
    """Makes links and reads them again.

    Args:
        secret_keys: the first one signs, all of them are believed.
    """

    def __init__(self, base_url: str, secret_keys: Sequence[str]) -> None:
        self._base_url = base_url
        self._keys = [
            hmac.new(key.encode(), b"links in messages", sha256).digest() for key in secret_keys
        ]

    def manage_url(
        self, appointment_id: UUID, user_id: UUID, links_version: int, end_at: datetime
    ) -> str:
        """The page on which this person sees, confirms, cancels or moves this appointment.

        Args:
            links_version: of the user's row.
            end_at: when the appointment ends; the link works for 7 days more.
        """
        expires = int((end_at + AFTER_END).timestamp())
        numbers = links_version.to_bytes(4) + expires.to_bytes(5)
        token = self._signed(_MANAGE + appointment_id.bytes + user_id.bytes + numbers)
        return f"{self._base_url}/m/{token}"

    def unsubscribe_url(self, user_id: UUID) -> str:
        """Where a POST ends the mails that remind this person (RFC 8058), and a GET shows a button
        that does.

        It works for good: who looks at an old mail wants no more of them all the same.
        """
        return f"{self._base_url}/u/{self._signed(_NO_REMINDERS + user_id.bytes)}"

    def read_manage(self, token: str) -> ManageLink | None:
        """What the token says; None for one that is forged, broken or too old."""
        content = self._content(token)
        if content is None or len(content) != 42 or content[:1] != _MANAGE:
            return None
        link = ManageLink(
            UUID(bytes=content[1:17]),
            UUID(bytes=content[17:33]),
            int.from_bytes(content[33:37]),
            datetime.fromtimestamp(int.from_bytes(content[37:42]), UTC),
        )
        return link if link.expires_at > datetime.now(UTC) else None

    def read_unsubscribe(self, token: str) -> UUID | None:
        """Who wants no more mails that remind; None for a token that is forged or broken."""
        content = self._content(token)
        if content is None or len(content) != 17 or content[:1] != _NO_REMINDERS:
            return None
        return UUID(bytes=content[1:])

    def _signed(self, content: bytes) -> str:
        signed = content + _mac(self._keys[0], content)
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    def _content(self, token: str) -> bytes | None:
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        is_ours = [hmac.compare_digest(mac, _mac(key, content)) for key in self._keys]
        return content if any(is_ours) else None


def links_of(settings: Settings) -> Links:
    """The links of this server; `settings.secret_key` must be set."""
    assert settings.secret_key is not None
    keys = (settings.secret_key, *settings.secret_key_previous)
    return Links(settings.base_url, [key.get_secret_value() for key in keys])


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, sha256).digest()[:_MAC_BYTES]
