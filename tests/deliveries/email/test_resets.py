"""A link for a new password is a delivery like others; its secret is sealed (§3)."""

import logging
import re
from datetime import time
from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.accounts.resets import ResetMails
from holdfast.channels.email.send import EmailSender
from holdfast.config import Settings
from holdfast.deliveries.engine import Engine, Plan
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.deliveries.email.conftest import Sends, mail_settings
from tests.deliveries.email.mail_server import mail_server, until
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make

QUIET = (time(0), time(0))
NEW = "a very new password"
LINK = re.compile(r"(https?://\S+/reset-password\?token=(\S+))")


def text_of(message: Any) -> str:
    return message.get_body(("plain",)).get_content()


def html_of(message: Any) -> str:
    return message.get_body(("html",)).get_content()


async def test_the_link_comes_by_mail_and_works(
    sends: Sends, drive: Drive, make: Make, db: Database, api: Api
) -> None:
    client = make.client("Kim")
    async with mail_server() as server, sends(server.url):
        await ResetMails(mail_settings(server.url)).plan(db, client.email.upper())
        [waiting] = drive.deliveries()
        assert waiting["purpose"] == "password_reset"
        assert (waiting["expires_at"] - waiting["created_at"]).total_seconds() <= 1800.1
        await until(lambda: server.taken)
        await until(lambda: drive.deliveries(state="sent"))
    [taken] = server.taken
    found = LINK.search(text_of(taken.message))
    assert found is not None
    assert "within 60 minutes" in text_of(taken.message)
    assert found[2] in html_of(taken.message)
    assert found[2] not in str(waiting)
    [settled] = drive.deliveries()
    assert settled["sealed"] is None
    body = {"token": found[2], "password": NEW}
    assert (await api.post("/auth/password-reset", json=body)).status_code == 204
    problem(await api.post("/auth/password-reset", json=body), 422, "validation_failed")


async def test_the_seal_of_another_delivery_opens_nothing(
    sends: Sends, drive: Drive, make: Make, db: Database
) -> None:
    """Who writes into the database cannot have somebody else's link sent to themselves."""
    victim, other = make.client(), make.client()
    async with mail_server() as server:
        await ResetMails(mail_settings(server.url)).plan(db, victim.email)
        make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, sealed, due_at, "
            "expires_at) SELECT %s, 'email', 'password_reset', 'smtp', %s, sealed, now(), "
            "expires_at FROM deliveries",
            [new_id(), other.id],
        )
        async with sends(server.url):
            await until(lambda: drive.deliveries(state="suppressed"))
            await until(lambda: drive.deliveries(state="sent"))
    [taken] = server.taken
    assert taken.recipients == [victim.email]


async def test_a_link_that_was_used_is_not_sent(
    sends: Sends, drive: Drive, make: Make, db: Database
) -> None:
    client = make.client()
    async with mail_server() as server:
        await ResetMails(mail_settings(server.url)).plan(db, client.email)
        make.db.execute("UPDATE password_resets SET used_at = now()")
        async with sends(server.url):
            await until(lambda: drive.deliveries(state="suppressed"))
    assert server.taken == []


async def test_a_bounced_address_still_gets_a_link(
    sends: Sends, drive: Drive, make: Make, db: Database
) -> None:
    client = make.client()
    make.db.execute(
        "INSERT INTO channel_addresses (user_id, channel, address, state) "
        "VALUES (%s, 'email', lower(%s), 'bounced')",
        [client.id, client.email],
    )
    async with mail_server() as server, sends(server.url):
        await ResetMails(mail_settings(server.url)).plan(db, client.email)
        await until(lambda: server.taken)
    assert server.taken[0].recipients == [client.email]


async def test_a_demo_without_a_mail_server_logs_the_link(
    drive: Drive, make: Make, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(secret_key=SecretStr(SECRET_KEY)).for_demo()
    place, client = make.place(), make.client()
    drive.start()
    with caplog.at_level(logging.INFO, logger="holdfast.mail"):
        async with Engine(db, [EmailSender(settings, db)], Plan(("email",), 0.0, *QUIET)).running():
            make.appointment(client, place, make.slot(place))
            drive.relay()
            await ResetMails(settings).plan(db, client.email)
            await until(lambda: len(drive.deliveries(state="sent")) == 2)
    assert {row["reason"] for row in drive.deliveries()} == {"demo"}
    assert LINK.search(caplog.text)


async def test_nothing_secret_is_logged(
    sends: Sends, make: Make, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    client = make.client("Somebody")
    with caplog.at_level(logging.DEBUG):
        async with mail_server(says={"RCPT": ["550 5.1.1 no"]}) as server, sends(server.url):
            await ResetMails(mail_settings(server.url)).plan(db, client.email)
            await until(lambda: make.all("SELECT * FROM delivery_attempts"))
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("holdfast"))
    assert "token" not in ours
    assert client.email not in ours
