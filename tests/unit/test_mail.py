"""Mail goes through the SMTP server that is configured, else into the log."""

import logging

import pytest
from pydantic import SecretStr

from holdfast.accounts.mail import Mailer, reset_mail
from holdfast.config import Settings
from tests.support.smtp import smtp_server

MAIL = reset_mail("kim@example.test", "http://holdfast.test/reset-password?token=abc", 60)


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
