"""The envelope sender of a mail, which says which delivery a failure report is about.

`bounces+{deliveryId}.{mac}@example.org`: at most 64 octets before the `@` (RFC 5321, 4.5.3.1.1).
The mac proves that this server has sent such a mail; it has the room that is left, at most 20
characters.
"""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from holdfast.config import Settings

LOCAL_PART_OCTETS = 64
MAC_CHARACTERS = 20
_ID_CHARACTERS = 36


class EnvelopeSender:
    """Makes envelope senders and reads them again.

    Args:
        address: HOLDFAST_BOUNCE_ADDRESS. secret_keys: the first one signs, all are believed.
    """

    def __init__(self, address: str, secret_keys: Sequence[str]) -> None:
        self._local, _, self._domain = address.partition("@")
        room = LOCAL_PART_OCTETS - len(self._local.encode()) - len("+.") - _ID_CHARACTERS
        self._characters = min(MAC_CHARACTERS, room)
        self._keys = [
            hmac.new(key.encode(), b"envelope senders", sha256).digest() for key in secret_keys
        ]

    def of(self, delivery_id: UUID) -> str:
        return f"{self._local}+{delivery_id}.{self._mac(self._keys[0], delivery_id)}@{self._domain}"

    def read(self, address: str) -> UUID | None:
        """The delivery that an address names; None for an address that this server never used.

        Case does not matter: some servers change it.
        """
        local, _, domain = address.strip().strip("<>").lower().rpartition("@")
        head, _, tail = local.partition("+")
        named, _, mac = tail.partition(".")
        if head != self._local.lower() or domain != self._domain.lower():
            return None
        try:
            delivery_id = UUID(named)
        except ValueError:
            return None
        given = mac.encode("utf-8", "replace")
        known = [
            hmac.compare_digest(given, self._mac(key, delivery_id).encode()) for key in self._keys
        ]
        return delivery_id if any(known) else None

    def _mac(self, key: bytes, delivery_id: UUID) -> str:
        digest = hmac.new(key, delivery_id.bytes, sha256).digest()
        return base64.b32encode(digest).decode().lower()[: self._characters]


def envelope_sender(settings: Settings) -> EnvelopeSender | None:
    """None without HOLDFAST_BOUNCE_ADDRESS."""
    if settings.bounce_address is None or settings.secret_key is None:
        return None
    keys = (settings.secret_key, *settings.secret_key_previous)
    return EnvelopeSender(settings.bounce_address, [key.get_secret_value() for key in keys])
