"""Mail goes through the SMTP server that is configured, else into the log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from pydantic import SecretStr

from holdfast.accounts.mail import Mailer, reset_mail
from holdfast.config import Settings

MAIL = reset_mail("kim@example.test", "http://holdfast.test/reset-password?token=abc", 60)


@dataclass
class SmtpServer:
    """Just enough of RFC 5321 to take mail."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            command = line.split()[0].upper() if line.split() else b""
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.messages.append(
                    message_from_bytes(text.removesuffix(b".\r\n"), EmailMessage, policy=default)
                )
            writer.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
            if command == b"QUIT":
                break
        await writer.drain()
        writer.close()


@asynccontextmanager
async def smtp_server() -> AsyncIterator[SmtpServer]:
    smtp = SmtpServer()
    server = await asyncio.start_server(smtp.serve, "127.0.0.1", 0)
    smtp.port = server.sockets[0].getsockname()[1]
    async with server:
        yield smtp


def mailer(url: str | None) -> Mailer:
    smtp_url = SecretStr(url) if url else None
    return Mailer(Settings(smtp_url=smtp_url, public_url="https://book.example"))


async def test_mail_goes_through_smtp(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with smtp_server() as smtp:
        await mailer(f"smtp://127.0.0.1:{smtp.port}").send(MAIL)
    (message,) = smtp.messages
    assert message["From"] == "Holdfast <no-reply@book.example>"
    assert message["To"] == MAIL.to
    assert message["Subject"] == "Set a new password"
    assert message.get_content().splitlines() == MAIL.text.splitlines()
    assert "abc" not in caplog.text


async def test_the_sender_can_be_named() -> None:
    async with smtp_server() as smtp:
        await mailer(f"smtp://127.0.0.1:{smtp.port}?from=desk@clinic.example").send(MAIL)
    assert smtp.messages[0]["From"] == "desk@clinic.example"


async def test_without_a_server_only_a_demo_logs_the_mail(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="holdfast.mail"):
        await mailer(None).send(MAIL)
    assert "HOLDFAST_SMTP_URL" in caplog.text
    assert "abc" not in caplog.text
    with caplog.at_level(logging.INFO, logger="holdfast.mail"):
        await Mailer(Settings().for_demo()).send(MAIL)
    assert "http://holdfast.test/reset-password?token=abc" in caplog.text


async def test_a_server_that_is_away_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with smtp_server() as smtp:
        pass
    await mailer(f"smtp://127.0.0.1:{smtp.port}").send(MAIL)
    assert "was not sent" in caplog.text
    assert "abc" not in caplog.text
