"""Mail about an account: through SMTP; without a server not at all, but into a demo's log."""

import logging
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from holdfast.config import Settings

SEND_TIMEOUT_SECONDS = 20

log = logging.getLogger("holdfast.mail")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message in plain text to one person."""

    to: str
    subject: str
    text: str


class Mailer:
    """Sends mail through `HOLDFAST_SMTP_URL`: `smtp[s]://[user:password@]host[:port][?from=…]`.

    `smtps` speaks TLS from the start; `smtp` takes STARTTLS where the server offers it.
    """

    def __init__(self, settings: Settings) -> None:
        self._is_demo = settings.is_demo
        self._server = urlsplit(settings.smtp_url.get_secret_value()) if settings.smtp_url else None
        host = urlsplit(settings.base_url).hostname or "localhost"
        given = parse_qs(self._server.query).get("from") if self._server else None
        self._sender = given[0] if given else f"Holdfast <no-reply@{host}>"

    @property
    def can_send(self) -> bool:
        """Whether there is a mail server, or a demo whose log stands for one."""
        return self._server is not None or self._is_demo

    def say_unsent(self) -> None:
        """Log that a mail was wanted: who, and what it would say, is nobody else's to read."""
        log.warning("a mail was not sent: no mail server is set (HOLDFAST_SMTP_URL)")

    async def send(self, mail: Mail) -> None:
        """Hand the mail over. A failure is logged, not raised: there is nobody to tell."""
        if self._server is None:
            if self._is_demo:
                log.info("mail to %s: %s\n%s", mail.to, mail.subject, mail.text)
            else:
                self.say_unsent()
            return
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message.set_content(mail.text)
        try:
            await aiosmtplib.send(
                message,
                hostname=self._server.hostname,
                port=self._server.port,
                username=unquote(self._server.username) if self._server.username else None,
                password=unquote(self._server.password) if self._server.password else None,
                use_tls=self._server.scheme == "smtps",
                timeout=SEND_TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            log.warning("mail %r was not sent: %s", mail.subject, error)


def reset_mail(to: str, link: str, valid_minutes: int) -> Mail:
    return Mail(
        to,
        "Set a new password",
        "Somebody, hopefully you, asked to set a new password for this e-mail address.\n\n"
        f"{link}\n\n"
        f"The link works once, within {valid_minutes} minutes. If it was not you, ignore this "
        "mail: your password stays as it is.\n",
    )
