"""What a browser is shown: at most 3 kB of JSON, encrypted for it (RFC 8291)."""

import hashlib
from uuid import UUID

import orjson

from holdfast.deliveries.model import Claimed

PAYLOAD_BYTES = 3000
TITLE_CHARACTERS = 120
_URGENT = frozenset({"rescheduled", "cancelled", "reminder"})


def payload(*, title: str, body: str, url: str, tag: str) -> bytes:
    """`{title, body, url, tag}`; a body that is too long is cut at the end."""
    title = title[:TITLE_CHARACTERS]
    while True:
        written = orjson.dumps({"title": title, "body": body, "url": url, "tag": tag})
        if len(written) <= PAYLOAD_BYTES:
            return written
        # JSON takes two to six bytes for some characters: cut by what is too much, again and again.
        too_much = len(written) - PAYLOAD_BYTES
        body = body[: max(0, len(body) - max(1, too_much // 4) - 3)].rstrip() + "..."


def tag_of(delivery: Claimed) -> str:
    """Messages of one appointment replace each other on the screen."""
    about = delivery.appointment_id
    return f"appointment-{about}" if about is not None else f"message-{delivery.id}"


def topic_of(delivery: Claimed) -> str:
    """And at the push service, which is not to know the appointment: 32 letters of base64url."""
    about: UUID = delivery.appointment_id or delivery.id
    return hashlib.sha256(b"push topic " + about.bytes).hexdigest()[:32]


def urgency_of(delivery: Claimed) -> str:
    """Whether it may wait until a telephone is woken up by something else."""
    return "high" if delivery.purpose in _URGENT else "normal"
