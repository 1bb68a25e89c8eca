"""Whether a message that came in is signed (Standard Webhooks, standardwebhooks.com)."""

import hmac
import time
from collections.abc import Mapping, Sequence

from holdfast.channels.webhooks.signing import signature
from holdfast.kernel.errors import Refusal

TOLERANCE_SECONDS = 300
MAXIMUM_ID_CHARACTERS = 200
# Of a rotation there are two; more are not looked at.
MAXIMUM_SIGNATURES = 10


def bad_signature() -> Refusal:
    """The same for every reason: nobody learns how near they were."""
    return Refusal(
        "bad_signature", "The message is not signed, not with the right secret, or too old."
    )


def signed_id(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes]) -> str:
    """The id of a message that one of these keys signed within the last five minutes.

    By our own few lines: the library of Standard Webhooks takes a time with a fraction, and no body
    that is not UTF-8.

    Raises:
        Refusal: `bad_signature`, whatever is wrong with its headers.
    """
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()[:MAXIMUM_SIGNATURES]
    if not 0 < len(message_id) <= MAXIMUM_ID_CHARACTERS or not _is_printable(message_id):
        raise bad_signature()
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= 12):
        raise bad_signature()
    if abs(time.time() - int(sent_at)) > TOLERANCE_SECONDS:
        raise bad_signature()
    # Over the number as it was written: a zero before it would be signed, too.
    expected = [signature([key], message_id, int(sent_at), body).encode() for key in keys]
    if str(int(sent_at)) != sent_at or not any(
        hmac.compare_digest(one.encode(), each) for one in given for each in expected
    ):
        raise bad_signature()
    return message_id


def _is_printable(value: str) -> bool:
    return value.isascii() and value.isprintable()
