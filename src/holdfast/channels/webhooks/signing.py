"""Secrets of webhooks and what is signed with them (Standard Webhooks, standardwebhooks.com)."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as a receiver keeps it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@lru_cache(maxsize=1000)
def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """`webhook-signature`: one for each key, the newest first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys
    )
