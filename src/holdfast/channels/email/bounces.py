"""Reports that a mail could not be delivered (docs/mail.md, "Bounces")."""

import logging
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Literal
from uuid import UUID

from holdfast.channels.email.reset import QUERIES
from holdfast.channels.email.verp import EnvelopeSender, envelope_sender
from holdfast.config import Settings
from holdfast.deliveries.receipts import until_known
from holdfast.kernel.db import Database, fetch_one

REPORT_BYTES = 256 * 1024
_ADDRESSED = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "X-Failed-To")
# 5.1.7 and 5.1.8 speak of the sender.
_WRONG_ADDRESS = re.compile(r"\s*(5\.0\.0|5\.1\.(?![78]\b)\d{1,3}|5\.2\.1)\b")

Bounce = Literal["bad_signature", "bounced", "repeated", "other", "unknown", "ignored", "early"]

log = logging.getLogger("holdfast.mail")


async def receive_bounce(
    db: Database, settings: Settings, raw: bytes, envelope_to: str | None = None
) -> Bounce:
    """Note what a failure report (`message/rfc822`, RFC 3464 and older shapes) says.

    Args:
        envelope_to: to whom the report was sent by SMTP; else its headers tell.
    Returns:
        bad_signature: no address that this server made; ignored: no failure for good, such as a
        delay or an answer of somebody on holiday; else as `note_bounce()`.
    """
    senders = envelope_sender(settings)
    if senders is None:
        return "bad_signature"
    message = message_from_bytes(raw[:REPORT_BYTES])
    delivery_id = _delivery(senders, message, envelope_to)
    if delivery_id is None:
        return "bad_signature"
    failed = failed_addresses(message)
    if not failed:
        return "ignored"
    return await _note(db, delivery_id, failed if is_address_wrong(message) else [])


def failed_addresses(message: Message) -> list[str]:
    """Who cannot be reached for good, in lower case; nobody when the message is no such report."""
    from flufl.bounce import scan_message

    try:
        found = scan_message(message)
    except Exception as error:  # its detectors trust what strangers write
        log.info("a report could not be read: %s", type(error).__name__)
        return []
    addresses = (
        address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)
        for address in found
    )
    return sorted({address.replace("\0", "").strip().strip("<>").lower() for address in addresses})


def is_address_wrong(message: Message) -> bool:
    """Whether the address itself is the reason, not a full box or a rule against spam.

    Reports without a status, and those whose status says nothing, mean that it is.
    """
    statuses = [
        str(group["Status"])
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for group in part.get_payload()
        if isinstance(group, Message) and group["Status"]
    ]
    return not statuses or any(_WRONG_ADDRESS.match(status) for status in statuses)


def _delivery(senders: EnvelopeSender, message: Message, envelope_to: str | None) -> UUID | None:
    for address in _recipients(message, envelope_to):
        delivery_id = senders.read(address)
        if delivery_id is not None:
            return delivery_id
    return None


def _recipients(message: Message, envelope_to: str | None) -> Iterator[str]:
    if envelope_to is not None:
        yield envelope_to
    for name in _ADDRESSED:
        values = [str(value) for value in message.get_all(name, [])]
        yield from (address for _, address in getaddresses(values))


async def _note(db: Database, delivery_id: UUID, wrong: list[str]) -> Bounce:
    parameters = {"delivery_id": delivery_id, "wrong_addresses": wrong}
    return await until_known(
        lambda: db.run(lambda c: fetch_one(c, QUERIES.note_bounce, parameters))
    )
