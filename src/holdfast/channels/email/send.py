"""Sends mail, and knows how far each try came (docs/deliveries.md)."""

import logging
import re
from urllib.parse import urlsplit

import aiosmtplib

from holdfast.channels.email.letter import Envelope, Letter, sealed_in
from holdfast.channels.email.reset import QUERIES
from holdfast.channels.email.smtp import CONNECTIONS, Connections, Lease
from holdfast.channels.email.verp import envelope_sender
from holdfast.channels.email.write import Writer
from holdfast.config import Settings
from holdfast.deliveries.mail_server import mail_sender, mail_server
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome
from holdfast.kernel.db import Database, fetch_one

# The address does not exist, or its box is closed for good. 5.1.7 and 5.1.8 speak of ours instead.
_NO_SUCH_ADDRESS = re.compile(r"\s*(5\.1\.(?![78]\b)\d{1,3}|5\.2\.1)\b")
_AWAY = (
    aiosmtplib.SMTPConnectError,
    aiosmtplib.SMTPServerDisconnected,
    aiosmtplib.SMTPTimeoutError,
)
_CLOSING = 421

log = logging.getLogger("holdfast.mail")


class EmailSender:
    """Sends through `HOLDFAST_SMTP_URL`; without one, a demo only writes the mails.

    `MAIL`, `RCPT` and `DATA` are called one by one: from `SMTP.send_message` nobody could tell
    whether a broken connection was broken before or after the server took the mail.
    """

    channel: Channel = "email"
    # As many are written while others are on their way.
    lane_room = 2 * CONNECTIONS
    process_room = 2 * CONNECTIONS

    def __init__(self, settings: Settings, db: Database) -> None:
        self._db = db
        self._writer = Writer(db, settings)
        self._envelope_sender = envelope_sender(settings)
        self._from = mail_sender(settings).address
        server = mail_server(settings)
        host = urlsplit(settings.base_url).hostname or "localhost"
        self._connections = Connections(server, host) if server is not None else None

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        """Raises as `Sender.send`."""
        letter = await self._writer.write(delivery)
        if isinstance(letter, Outcome):
            return letter
        if self._connections is None:
            await hand_over()
            return self._shown(letter, delivery)
        sender = self._envelope_sender
        try:
            envelope = sealed_in(letter, sender.of(delivery.id) if sender else self._from)
        except ValueError as error:
            return Outcome("refused", "header", str(error), is_lane_fault=None)
        async with self._connections.one() as lease:
            outcome = await _transmit(lease, envelope, hand_over)
        if outcome.result == "refused" and _NO_SUCH_ADDRESS.match(outcome.excerpt or ""):
            await self._note_refused(delivery, letter)
        return outcome

    def _shown(self, letter: Letter, delivery: Claimed) -> Outcome:
        """A demo has no mail server: its log stands for one, for links that one must have."""
        if delivery.purpose == "password_reset":
            rendered = letter.rendered
            log.info("mail to %s: %s\n%s", letter.recipient.email, rendered.subject, rendered.text)
        return Outcome("sent", reason="demo")

    async def _note_refused(self, delivery: Claimed, letter: Letter) -> None:
        parameters = {"user_id": delivery.user_id, "address": letter.recipient.email}
        await self._db.run(lambda c: fetch_one(c, QUERIES.note_refused_address, parameters))


async def _transmit(lease: Lease, envelope: Envelope, hand_over: HandOver) -> Outcome:
    try:
        client = await _open_and_name_sender(lease, envelope)
        await client.rcpt(envelope.recipient, encoding=_encoding(envelope))
    except aiosmtplib.SMTPRecipientRefused as error:
        await _go_on(lease)
        return _refused(error.code, error.message)
    except aiosmtplib.SMTPResponseException as error:
        # A greeting, a sign-in or our own address that is refused: so is every other mail.
        return Outcome("failed", str(error.code), error.message, is_lane_fault=True)
    except _NoUnicodeError:
        return Outcome(
            "refused", "smtputf8", "the mail server takes no such address", is_lane_fault=None
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return Outcome("failed", type(error).__name__, str(error), is_lane_fault=True)

    await hand_over()
    try:
        answer = await client.data(envelope.content)
    except aiosmtplib.SMTPDataError as error:
        await _go_on(lease)
        return _refused(error.code, error.message)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Outcome("unknown", type(error).__name__, str(error), is_lane_fault=True)
    lease.is_good()
    return Outcome("sent", str(answer.code), answer.message)


class _NoUnicodeError(Exception):
    pass


def _encoding(envelope: Envelope) -> str:
    return "utf-8" if envelope.needs_unicode else "ascii"


async def _open_and_name_sender(lease: Lease, envelope: Envelope) -> aiosmtplib.SMTP:
    """A client that has said MAIL. One that was used before may be closed by now: then another."""
    client, was_used = await lease.client()
    try:
        return await _name_sender(client, envelope)
    except _AWAY:
        if not was_used:
            raise
    lease.drop()
    client, _ = await lease.client(fresh=True)
    return await _name_sender(client, envelope)


async def _name_sender(client: aiosmtplib.SMTP, envelope: Envelope) -> aiosmtplib.SMTP:
    options: list[str] = []
    if envelope.needs_unicode:
        if not client.supports_extension("smtputf8"):
            raise _NoUnicodeError
        options.append("SMTPUTF8")
    await client.mail(envelope.sender, options=options, encoding=_encoding(envelope))
    return client


async def _go_on(lease: Lease) -> None:
    """After a refusal the connection serves the next mail, if the server forgets this one."""
    try:
        if await lease.reset():
            lease.is_good()
    except (aiosmtplib.SMTPException, OSError):
        lease.drop()


def _refused(code: int, message: str) -> Outcome:
    """A refusal at RCPT or DATA. 421 is the server's way to say that it goes away."""
    result = "refused" if code >= 500 else "failed"
    return Outcome(result, str(code), message, is_lane_fault=code == _CLOSING)
