"""A mail as it goes over the wire."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import UUID

from holdfast.channels.email.itip import Invitation
from holdfast.channels.email.mime import (
    address_header,
    base64_part,
    header,
    multipart,
    plain_header,
    text_part,
)
from holdfast.notifications.templates.render import Rendered

ATTACHMENT_NAME = "appointment.ics"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in a header. name: one line, without control characters."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says and to whom.

    thread_id: mails with the same one belong together. unsubscribe: where a POST ends such mails.
    """

    id: UUID
    host: str
    sender: Party
    recipient: Party
    rendered: Rendered
    reply_to: str | None = None
    thread_id: UUID | None = None
    invitation: Invitation | None = None
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP is told. needs_unicode: the server must know SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    content: bytes
    needs_unicode: bool


def sealed_in(letter: Letter, envelope_sender: str) -> Envelope:
    """
    Raises:
        ValueError: an address cannot stand in a header.
    """
    recipient = ascii_domain(letter.recipient.email)
    content = b"".join([*_headers(letter, recipient), b"MIME-Version: 1.0\r\n", _body(letter)])
    return Envelope(envelope_sender, recipient, content, not recipient.isascii())


def ascii_domain(address: str) -> str:
    """The address with its domain as DNS has it; as it is where that cannot be said."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def _headers(letter: Letter, recipient: str) -> Iterator[bytes]:
    yield address_header("From", letter.sender.name, letter.sender.email)
    yield address_header("To", letter.recipient.name, recipient)
    if letter.reply_to is not None:
        yield address_header("Reply-To", "", ascii_domain(letter.reply_to))
    yield header("Subject", letter.rendered.subject or "")
    yield plain_header("Date", format_datetime(datetime.now(UTC)))
    yield plain_header("Message-ID", f"<{letter.id}@{letter.host}>")
    if letter.thread_id is not None:
        yield plain_header("References", f"<{letter.thread_id}@{letter.host}>")
    yield plain_header("Auto-Submitted", "auto-generated")
    yield plain_header("X-Auto-Response-Suppress", "All")
    if letter.unsubscribe is not None:
        yield plain_header("List-Unsubscribe", f"<{letter.unsubscribe}>")
        yield plain_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def _body(letter: Letter) -> bytes:
    """alternative(text, HTML, calendar), and the calendar as a file besides: Gmail reads the one,
    Outlook the other."""
    text = text_part(letter.rendered.text, "plain")
    if letter.rendered.html is None and letter.invitation is None:
        return text.as_bytes()
    parts = [text]
    if letter.rendered.html is not None:
        parts.append(text_part(letter.rendered.html, "html"))
    calendar = letter.invitation
    if calendar is None:
        return multipart("alternative", parts).as_bytes()
    content_type = f'text/calendar; charset="utf-8"; method={calendar.method}'
    parts.append(base64_part(calendar.content, content_type))
    attached = base64_part(calendar.content, "application/ics", filename=ATTACHMENT_NAME)
    return multipart("mixed", [multipart("alternative", parts), attached]).as_bytes()
