"""A booking's mail really leaves by SMTP; each way to fail has its outcome (SPEC-deliveries §2)."""

import asyncio
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from holdfast.channels.email import smtp
from tests.deliveries.both import bus
from tests.deliveries.drive import Drive
from tests.deliveries.email.conftest import Sends
from tests.deliveries.email.mail_server import GONE, HANGS, mail_server, until
from tests.support.certificates import Certificates
from tests.support.make import Make, User, soon

__all__ = ["bus"]
GONE_URL = "smtp://127.0.0.1:1"


def book(drive: Drive, make: Make) -> User:
    place, client = make.place(), make.client("Kim Müller")
    make.appointment(client, place, make.slot(place))
    drive.relay()
    return client


async def settled(drive: Drive, state: str, tries: int = 1) -> Any:
    def found() -> Any:
        [mail] = drive.deliveries(channel="email") or [None]
        return mail if mail and mail["state"] == state and mail["tries"] >= tries else None

    return await until(found)


def attempt(make: Make) -> Any:
    return make.all("SELECT * FROM delivery_attempts ORDER BY number")[-1]


async def test_a_confirmation_leaves(sends: Sends, drive: Drive, make: Make) -> None:
    async with mail_server() as server, sends(server.url):
        client = book(drive, make)
        delivery = await settled(drive, "sent")
    [taken] = server.taken
    assert taken.recipients == [client.email]
    assert taken.sender.startswith(f"bounces+{delivery['id']}.")
    assert len(taken.sender.partition("@")[0]) <= 64
    message = taken.message
    assert message["Message-ID"] == f"<{delivery['id']}@book.example>"
    assert message["From"].addresses[0].addr_spec == "desk@clinic.example"
    assert message["To"].addresses[0].display_name == "Kim Müller"
    assert attempt(make)["outcome"] == "sent"
    assert attempt(make)["code"] == "250"


@pytest.mark.parametrize(
    ("says", "state", "outcome", "code"),
    [
        ({"MAIL": ["451 4.3.0 later"]}, "pending", "failed", "451"),
        ({"MAIL": ["550 5.7.1 not you"]}, "pending", "failed", "550"),
        ({"RCPT": ["450 4.2.1 greylisted"]}, "pending", "failed", "450"),
        ({"RCPT": ["550 no such box"]}, "dead", "refused", "550"),
        ({"DATA": ["451 4.3.2 later"]}, "pending", "failed", "451"),
        ({"DATA": ["554 5.7.1 spam"]}, "dead", "refused", "554"),
        ({"MAIL": [GONE]}, "pending", "failed", None),
        ({"RCPT": [GONE]}, "pending", "failed", None),
        ({"DATA": [GONE]}, "uncertain", "unknown", None),
        ({"AFTER": [GONE]}, "uncertain", "unknown", None),
    ],
    ids=lambda value: (
        "-".join(f"{k}-{v[0][:3]}" for k, v in value.items()) if isinstance(value, dict) else None
    ),
)
async def test_each_step_may_be_refused(
    says: dict[str, list[str]],
    state: str,
    outcome: str,
    code: str | None,
    sends: Sends,
    drive: Drive,
    make: Make,
) -> None:
    async with mail_server(says=deepcopy(says)) as server, sends(server.url):
        book(drive, make)
        await settled(drive, state)
    tried = attempt(make)
    assert tried["outcome"] == outcome
    if code is not None:
        assert tried["code"] == code
    assert make.all("SELECT * FROM channel_addresses") == []
    assert len(server.taken) == (1 if "AFTER" in says else 0)


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize("code", ["5.1.1", "5.1.10", "5.2.1"])
async def test_an_address_that_does_not_exist_gets_nothing_more(
    step: str, code: str, sends: Sends, drive: Drive, make: Make
) -> None:
    async with mail_server(says={step: [f"550 {code} no such user"]}) as server, sends(server.url):
        client = book(drive, make)
        await settled(drive, "dead")
        [address] = make.all("SELECT * FROM channel_addresses")
        assert (address["user_id"], address["address"]) == (client.id, client.email)
        assert address["state"] == "bounced"
        place = make.place()
        make.appointment(client, place, make.slot(place, soon(5)))
        drive.relay()
        await until(lambda: len(drive.deliveries(channel="email")) == 2)
        assert drive.deliveries(channel="email")[-1]["reason"] == "bounced"
    assert server.taken == []


@pytest.mark.parametrize("code", ["5.1.7", "5.1.8", "5.2.2", "5.7.1", "5.2.10", "4.1.1"])
async def test_what_is_wrong_with_us_says_nothing_of_the_address(
    code: str, sends: Sends, drive: Drive, make: Make
) -> None:
    async with mail_server(says={"RCPT": [f"550 {code} no"]}) as server, sends(server.url):
        book(drive, make)
        await settled(drive, "dead")
    assert make.all("SELECT * FROM channel_addresses") == []


async def test_no_server_is_trouble_of_the_lane(sends: Sends, drive: Drive, make: Make) -> None:
    async with sends(GONE_URL):
        book(drive, make)
        await settled(drive, "pending")
        assert make.one("SELECT failures FROM lanes WHERE id = 'smtp'")["failures"] == 1
    assert attempt(make)["outcome"] == "failed"


async def test_an_answer_that_never_comes_leaves_it_uncertain(
    sends: Sends, drive: Drive, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.5)
    async with mail_server(says={"DATA": [HANGS]}) as server, sends(server.url):
        book(drive, make)
        await settled(drive, "uncertain")
    assert attempt(make)["outcome"] == "unknown"
    assert attempt(make)["code"] == "SMTPReadTimeoutError"


async def test_a_mail_that_finds_no_connection_goes_back_without_a_try(
    sends: Sends, drive: Drive, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ROOM_SECONDS", 0.1)
    mails = smtp.CONNECTIONS + 2
    async with mail_server(says={"MAIL": [HANGS] * smtp.CONNECTIONS}) as server, sends(server.url):
        for _ in range(mails):
            book(drive, make)
        # Two were claimed and written, and wait in the lane again.
        await until(
            lambda: make.all(
                "SELECT FROM deliveries WHERE state = 'pending' AND claimed_at IS NOT NULL"
            )
        )
        assert make.all("SELECT FROM delivery_attempts") == []
        assert make.one("SELECT failures FROM lanes WHERE id = 'smtp'")["failures"] == 0


async def test_a_second_try_is_the_same_mail(sends: Sends, drive: Drive, make: Make) -> None:
    """What was taken though no answer came goes again after a minute, as the same message."""
    async with mail_server(says={"AFTER": [GONE]}) as server, sends(server.url):
        book(drive, make)
        await settled(drive, "uncertain")
        make.db.execute("UPDATE deliveries SET due_at = now() WHERE state = 'uncertain'")
        await settled(drive, "sent")
    first, second = (taken.message for taken in server.taken)
    assert first["Message-ID"] == second["Message-ID"]
    events = [calendar_lines(message) for message in (first, second)]
    assert events[0] == events[1]
    assert any(line.startswith("SEQUENCE:") for line in events[0])


def calendar_lines(message: Any) -> list[str]:
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return part.get_content().splitlines()


async def test_connections_are_used_again_and_at_most_four(
    sends: Sends, drive: Drive, make: Make
) -> None:
    async with mail_server() as server, sends(server.url):
        place = make.place()
        for slot in make.slots(place, 30):
            make.appointment(make.client(), place, slot)
        drive.relay()
        await until(lambda: len(server.taken) == 30)
        await until(lambda: len(drive.deliveries(state="sent")) == 30)
    assert server.most <= 4
    assert server.made <= 4
    assert len({taken.message["Message-ID"] for taken in server.taken}) == 30


async def test_a_kept_connection_that_was_closed_costs_nothing(
    sends: Sends, drive: Drive, make: Make
) -> None:
    async with mail_server() as server, sends(server.url):
        book(drive, make)
        await settled(drive, "sent")
        for one in list(server.open):
            one.transport.abort()
        book(drive, make)
        await until(lambda: len(drive.deliveries(state="sent")) == 2)
    assert make.one("SELECT count(*) FROM delivery_attempts WHERE outcome <> 'sent'")["count"] == 0


async def test_a_refused_mail_leaves_the_connection_to_the_next(
    sends: Sends, drive: Drive, make: Make
) -> None:
    async with (
        mail_server(says={"RCPT": ["550 no"], "DATA": ["554 no"]}) as server,
        sends(server.url),
    ):
        for expected in (1, 2, 3):
            book(drive, make)
            await until(
                lambda n=expected: (
                    len(drive.deliveries(state="dead") + drive.deliveries(state="sent")) == n
                )
            )
    assert len(server.taken) == 1
    assert server.made == 1


async def test_sign_in_and_starttls(
    sends: Sends, drive: Drive, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = Certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.cert))
    async with mail_server(starttls=certificates.server(), password="s3cret") as server:
        url = f"smtp://desk:s3cret@localhost:{server.port}?from=desk@clinic.example"
        async with sends(url):
            book(drive, make)
            await settled(drive, "sent")
    assert server.taken[0].is_tls


async def test_tls_from_the_start(
    sends: Sends, drive: Drive, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = Certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.cert))
    async with (
        mail_server(tls=certificates.server()) as server,
        sends(f"smtps://localhost:{server.port}"),
    ):
        book(drive, make)
        await settled(drive, "sent")
    assert len(server.taken) == 1


async def test_a_certificate_of_nobody_is_refused(
    sends: Sends, drive: Drive, make: Make, tmp_path: Path
) -> None:
    certificates = Certificates(tmp_path)
    async with (
        mail_server(tls=certificates.server()) as server,
        sends(f"smtps://localhost:{server.port}"),
    ):
        book(drive, make)
        await settled(drive, "pending")
    assert server.taken == []


async def test_a_wrong_password_is_trouble_of_the_lane(
    sends: Sends, drive: Drive, make: Make
) -> None:
    async with (
        mail_server(password="right") as server,
        sends(f"smtp://desk:wrong@127.0.0.1:{server.port}"),
    ):
        book(drive, make)
        await settled(drive, "pending")
    assert attempt(make)["code"] == "535"
    assert make.one("SELECT failures FROM lanes WHERE id = 'smtp'")["failures"] == 1


async def test_a_cancel_before_data_stops_the_mail(
    sends: Sends, drive: Drive, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is slow at RCPT; meanwhile the appointment is cancelled: DATA is never said."""
    release = asyncio.Event()

    async with mail_server() as server:
        ask = server.handler.answer

        async def slow(command: str, smtp_server: Any) -> str | None:
            if command == "RCPT":
                server.handler.asked.append("RCPT")
                await release.wait()
                return None
            return await ask(command, smtp_server)

        monkeypatch.setattr(server.handler, "answer", slow)
        async with sends(server.url):
            client = book(drive, make)
            await until(lambda: "RCPT" in server.handler.asked)
            make.one(
                "SELECT outcome FROM appointments AS a, "
                "cancel_appointment(%s, a.id, '{}', NULL, NULL, false)",
                client.actor.as_parameter(),
            )
            release.set()
            delivery = await settled(drive, "suppressed", tries=0)
    assert delivery["reason"] == "cancelled"
    assert server.taken == []
