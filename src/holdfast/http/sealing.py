"""What has to be kept and given out again, but not be readable by who reads the database.

A seal is made with a key derived from the server's secret key, so a dump, a replica or a backup
does not open it (docs/adr/0017-kept-answers-are-sealed.md).
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Seal:
    """Seals and opens for one purpose; another purpose or another secret key opens nothing."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        key = HKDF(SHA256(), length=32, salt=None, info=f"holdfast {purpose}".encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key.derive(secret_key.encode())))

    def close(self, plain: bytes) -> bytes:
        """The sealed bytes: printable, a third longer than `plain` and some 80 bytes."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes | None:
        """What was sealed, or None where this key did not seal it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            return None
