"""A mail as it goes over the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from holdfast.channels.email.itip import Invitation
from holdfast.notifications.templates.render import Rendered

# Only ASCII on the wire: what a server of 1982 can carry, and DKIM can sign.
_POLICY = SMTP.clone(cte_type="7bit")
_UNICODE_POLICY = SMTP.clone(cte_type="7bit", utf8=True)
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
    needs_unicode = not recipient.isascii()
    message = EmailMessage(_UNICODE_POLICY if needs_unicode else _POLICY)
    for name, value in _headers(letter, recipient).items():
        message[name] = value
    _fill(message, letter)
    return Envelope(envelope_sender, recipient, message.as_bytes(), needs_unicode)


def ascii_domain(address: str) -> str:
    """The address with its domain as DNS has it; as it is where that cannot be said."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def _headers(letter: Letter, recipient: str) -> Mapping[str, Any]:
    headers: dict[str, Any] = {
        "From": _address(letter.sender.name, letter.sender.email),
        "To": _address(letter.recipient.name, recipient),
        "Subject": letter.rendered.subject or "",
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": f"<{letter.id}@{letter.host}>",
    }
    if letter.reply_to is not None:
        headers["Reply-To"] = _address("", ascii_domain(letter.reply_to))
    if letter.thread_id is not None:
        headers["References"] = f"<{letter.thread_id}@{letter.host}>"
    headers["Auto-Submitted"] = "auto-generated"
    headers["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe is not None:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _address(name: str, email: str) -> Address:
    local, _, domain = email.rpartition("@")
    return Address(name, local, domain)


def _fill(message: EmailMessage, letter: Letter) -> None:
    """alternative(text, HTML, calendar), and the calendar as a file besides: Gmail reads the one,
    Outlook the other."""
    message.set_content(letter.rendered.text)
    if letter.rendered.html is not None:
        message.add_alternative(letter.rendered.html, subtype="html")
    if letter.invitation is None:
        return
    calendar = letter.invitation
    message.add_alternative(
        calendar.content.decode(),
        subtype="calendar",
        cte="base64",
        params={"method": calendar.method},
    )
    message.add_attachment(
        calendar.content, maintype="application", subtype="ics", filename=ATTACHMENT_NAME
    )
