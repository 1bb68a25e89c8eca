"""Reports of an SMS gateway: forms as Twilio sends and signs them."""

import base64
import hmac
import re
from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from holdfast.config import Settings
from holdfast.deliveries.receipts import Noted, Receipt, Status, note_receipt, note_sms_reply
from holdfast.kernel.db import Database

SOURCE = "sms"
MAXIMUM_FIELDS = 200
# The gateway takes nothing for this number any more: its owner answered STOP.
STOPPED_CODE = "21610"
STATUSES: Final[dict[str, Status]] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
}
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")

Fields = Sequence[tuple[str, str]]


def gateway_token(settings: Settings) -> str | None:
    """With what the gateway signs; None: there is no gateway, or it has no token."""
    if settings.sms_url is None:
        return None
    password = urlsplit(settings.sms_url.get_secret_value()).password
    return unquote(password) if password else None


def read_form(body: bytes) -> Fields | None:
    """The fields of a form; None: it is none."""
    try:
        text = body.decode()
        fields = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAXIMUM_FIELDS
        )
    except ValueError:
        return None
    return None if any("\x00" in name or "\x00" in value for name, value in fields) else fields


def is_signed(token: str, url: str, fields: Fields, signature: str | None) -> bool:
    """Whether the gateway signed this form, as sent to this public address."""
    if not signature:
        return False
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    expected = base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1"))
    return hmac.compare_digest(expected, signature.encode())


async def receive(db: Database, fields: Fields, delivery_id: UUID | None) -> Noted:
    """Note what a signed form says.

    Args:
        delivery_id: from the address that the gateway was told to report to, if it was there.
    """
    form = dict(fields)
    message_id = (form.get("MessageSid") or form.get("SmsSid") or "")[:200]
    choice = _choice(form)
    if choice is not None:
        number = form.get("From", "")
        if not _NUMBER.fullmatch(number) or not message_id:
            return "unknown"
        return await note_sms_reply(db, SOURCE, f"{message_id}:reply", number, choice)
    named = form.get("MessageStatus") or form.get("SmsStatus") or ""
    status = STATUSES.get(named)
    if status is None or not (message_id or delivery_id):
        return "unknown"
    if status == "failed" and form.get("ErrorCode") == STOPPED_CODE:
        status = "stopped"
    receipt = Receipt(
        SOURCE,
        f"{message_id or delivery_id}:{named}",
        status,
        delivery_id=delivery_id,
        receipt_id=message_id or None,
    )
    return await note_receipt(db, receipt)


def _choice(form: dict[str, str]) -> Literal["stopped", "started"] | None:
    """What somebody who wrote wants, by the gateway's word or by theirs."""
    if "MessageStatus" in form or "From" not in form:
        return None
    word = (form.get("OptOutType") or form.get("Body") or "").strip().upper()
    if word in STOP_WORDS:
        return "stopped"
    return "started" if word in START_WORDS else None
