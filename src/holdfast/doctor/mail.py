"""Whether mail can be handed over."""

import asyncio

import aiosmtplib

from holdfast.config import Settings
from holdfast.deliveries.mail_server import MailServer, mail_server
from holdfast.doctor.finding import Finding, bad, good, skipped

ASK_SECONDS = 10.0


def check_mail(settings: Settings) -> Finding:
    """Connect and sign in, as for a mail; send nothing."""
    what = "mail server"
    server = mail_server(settings)
    if server is None:
        return skipped(
            what, "HOLDFAST_SMTP_URL is not set: mail, also for a new password, is not sent"
        )
    try:
        asyncio.run(_greet(server))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        said = f"{server.host}: {error}"
        return bad(what, said, "correct HOLDFAST_SMTP_URL (smtp[s]://user:password@host:port)")
    return good(what, f"{server.host} answers")


async def _greet(server: MailServer) -> None:
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.uses_tls,
        timeout=ASK_SECONDS,
    )
    async with client:
        await client.noop()
