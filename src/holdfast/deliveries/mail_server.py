"""What `HOLDFAST_SMTP_URL` says: `smtp[s]://[user:password@]host[:port][?from=…]`."""

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from holdfast.config import Settings


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how to sign in there.

    uses_tls: from the start (`smtps`); else STARTTLS is taken where the server offers it.
    """

    host: str
    port: int | None
    username: str | None
    password: str | None
    uses_tls: bool


@dataclass(frozen=True, slots=True)
class MailSender:
    """Whom mail is from. name: for mail that is no facility's."""

    name: str
    address: str


def mail_server(settings: Settings) -> MailServer | None:
    if settings.smtp_url is None:
        return None
    parts = urlsplit(settings.smtp_url.get_secret_value())
    return MailServer(
        parts.hostname or "localhost",
        parts.port,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        parts.scheme == "smtps",
    )


def mail_sender(settings: Settings) -> MailSender:
    """The sender, also of calendar files: an appointment's ORGANIZER must never change."""
    given = None
    if settings.smtp_url is not None:
        query = parse_qs(urlsplit(settings.smtp_url.get_secret_value()).query)
        given = query.get("from", [None])[0]
    name, address = parseaddr(given or "")
    if "@" not in address:
        host = urlsplit(settings.base_url).hostname or "localhost"
        address = f"no-reply@{host}"
    return MailSender(name or "Holdfast", address)
