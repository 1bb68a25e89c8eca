"""What has to be kept and given out again, but not be readable by who reads the database.

A seal is made with a key derived from the server's secret key, so a dump, a replica or a backup
does not open it (docs/adr/0017-kept-answers-are-sealed.md).
"""

import base64
from collections.abc import Sequence
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from holdfast.config import Settings


class Seal:
    """Seals and opens for one purpose; another purpose or another secret key opens nothing.

    Args:
        previous: secret keys that were in use before: they open, and seal nothing.
    """

    def __init__(self, secret_key: str, purpose: str, previous: Sequence[str] = ()) -> None:
        self._todays = _fernet(secret_key, purpose)
        self._fernet = MultiFernet([self._todays, *(_fernet(key, purpose) for key in previous)])

    def close(self, plain: bytes) -> bytes:
        """The sealed bytes: printable, a third longer than `plain` and some 80 bytes."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes | None:
        """What was sealed, or None where none of the keys sealed it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            return None

    def reseal(self, sealed: bytes) -> bytes | None:
        """The same sealed with today's secret key; None where none of the keys sealed it."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            return None

    def is_todays(self, sealed: bytes) -> bool:
        """Whether the secret key of today sealed it."""
        try:
            self._todays.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def close_for(self, row_id: UUID, plain: bytes) -> bytes:
        """As `close`, for one row: its id is inside."""
        return self.close(row_id.bytes + plain)

    def open_for(self, row_id: UUID, sealed: bytes) -> bytes | None:
        """What was sealed for this row; None for the seal of another one, put in its place."""
        plain = self.open(sealed)
        return plain[16:] if plain is not None and plain[:16] == row_id.bytes else None


def seal_of(settings: Settings, purpose: str) -> Seal:
    """The seal of this server; `settings.secret_key` must be set."""
    assert settings.secret_key is not None
    previous = [key.get_secret_value() for key in settings.secret_key_previous]
    return Seal(settings.secret_key.get_secret_value(), purpose, previous)


def _fernet(secret_key: str, purpose: str) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=f"holdfast {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))
