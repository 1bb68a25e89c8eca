"""Whether mail can be handed over."""

import asyncio
from urllib.parse import unquote, urlsplit

import aiosmtplib

from holdfast.config import Settings
from holdfast.doctor.finding import Finding, bad, good, skipped

ASK_SECONDS = 10.0


def check_mail(settings: Settings) -> Finding:
    """Connect and sign in, as for a mail; send nothing."""
    what = "mail server"
    if settings.smtp_url is None:
        return skipped(
            what, "HOLDFAST_SMTP_URL is not set: mail, also for a new password, is not sent"
        )
    server = urlsplit(settings.smtp_url.get_secret_value())
    try:
        asyncio.run(_greet(settings.smtp_url.get_secret_value()))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        said = f"{server.hostname}: {error}"
        return bad(what, said, "correct HOLDFAST_SMTP_URL (smtp[s]://user:password@host:port)")
    return good(what, f"{server.hostname} answers")


async def _greet(url: str) -> None:
    server = urlsplit(url)
    client = aiosmtplib.SMTP(
        hostname=server.hostname,
        port=server.port,
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        timeout=ASK_SECONDS,
    )
    async with client:
        await client.noop()
