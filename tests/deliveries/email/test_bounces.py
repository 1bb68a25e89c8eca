"""Reports of failures come back to a signed address (SPEC-deliveries §3, §5)."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.channels.email.bounces import receive_bounce
from holdfast.channels.email.verp import EnvelopeSender, envelope_sender
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.deliveries.email.conftest import mail_settings
from tests.deliveries.email.reports import HOLIDAY, POSTFIX, SHAPES, plain, report
from tests.support.make import Make, User

SETTINGS = mail_settings("smtp://127.0.0.1:1")
KEY = "k" * 40


def sent(drive: Drive, make: Make) -> tuple[User, Any]:
    """A mail that the server has taken."""
    place, client = make.place(), make.client()
    drive.start()
    make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [claimed] = drive.claim("email")
    drive.mark(claimed["id"])
    drive.settle(claimed["id"], "sent")
    return client, claimed


def sender_of(delivery_id: UUID) -> str:
    senders = envelope_sender(SETTINGS)
    assert senders is not None
    return senders.of(delivery_id)


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_report_makes_it_bounced(
    shape: str, db: Database, drive: Drive, make: Make
) -> None:
    client, mail = sent(drive, make)
    raw = report(SHAPES[shape], sender_of(mail["id"]), client.email)
    assert await receive_bounce(db, SETTINGS, raw) == "bounced"
    assert drive.deliveries()[0]["state"] == "bounced"
    [address] = make.all("SELECT user_id, address, state FROM channel_addresses")
    assert address == {"user_id": client.id, "address": client.email, "state": "bounced"}
    assert await receive_bounce(db, SETTINGS, raw) == "repeated"


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "5.4.4", "5.1.8", "5.3.4"])
async def test_a_full_box_is_no_wrong_address(
    status: str, db: Database, drive: Drive, make: Make
) -> None:
    client, mail = sent(drive, make)
    raw = report(POSTFIX, sender_of(mail["id"]), client.email, status=status)
    assert await receive_bounce(db, SETTINGS, raw) == "bounced"
    assert drive.deliveries()[0]["state"] == "bounced"
    assert make.all("SELECT * FROM channel_addresses") == []


async def test_an_address_that_the_person_has_left_stays_out_of_it(
    db: Database, drive: Drive, make: Make
) -> None:
    client, mail = sent(drive, make)
    make.db.execute("UPDATE users SET email = 'new@example.test' WHERE id = %s", [client.id])
    raw = report(POSTFIX, sender_of(mail["id"]), client.email)
    assert await receive_bounce(db, SETTINGS, raw) == "bounced"
    assert make.all("SELECT * FROM channel_addresses") == []


async def test_what_is_no_failure_changes_nothing(db: Database, drive: Drive, make: Make) -> None:
    client, mail = sent(drive, make)
    to = sender_of(mail["id"])
    for raw in (
        report(POSTFIX, to, client.email, status="4.4.1", action="delayed"),
        report(HOLIDAY, to, client.email),
        plain(to),
        b"",
    ):
        assert await receive_bounce(db, SETTINGS, raw, to) == "ignored"
    assert drive.deliveries()[0]["state"] == "sent"
    assert make.all("SELECT * FROM channel_addresses") == []


async def test_only_a_signed_address_is_believed(db: Database, drive: Drive, make: Make) -> None:
    client, mail = sent(drive, make)
    right = sender_of(mail["id"])
    local, _, domain = right.partition("@")
    wrong = [
        "bounces@clinic.example",
        f"bounces+{mail['id']}@{domain}",
        f"bounces+{mail['id']}.@{domain}",
        f"{local[:-1]}@{domain}",
        f"{local[:-1]}{'b' if local[-1] == 'a' else 'a'}@{domain}",
        f"{local}x@{domain}",
        f"{local}@elsewhere.example",
        right.replace(str(mail["id"]), str(new_id())),
        EnvelopeSender("bounces@clinic.example", [KEY]).of(mail["id"]),
        "",
        "@",
        "\udcff+\udcff.\udcff@clinic.example",
    ]
    for address in wrong:
        raw = report(POSTFIX, "somebody@clinic.example", client.email)
        assert await receive_bounce(db, SETTINGS, raw, address) == "bad_signature", address
    assert drive.deliveries()[0]["state"] == "sent"
    # The envelope's recipient counts, whatever the headers say; and so do those that a server adds.
    raw = report(POSTFIX, "Undisclosed recipients:;", client.email)
    assert (
        await receive_bounce(
            db, SETTINGS, b"X-Original-To: " + right.upper().encode() + b"\r\n" + raw
        )
        == "bounced"
    )


async def test_a_delivery_that_is_unknown(db: Database) -> None:
    raw = report(POSTFIX, sender_of(new_id()), "kim@example.test")
    assert await receive_bounce(db, SETTINGS, raw) == "unknown"


async def test_a_report_may_come_before_the_answer_is_written_down(
    db: Database, drive: Drive, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = make.place(), make.client()
    drive.start()
    make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [claimed] = drive.claim("email")
    drive.mark(claimed["id"])
    raw = report(POSTFIX, sender_of(claimed["id"]), client.email)
    monkeypatch.setattr("holdfast.deliveries.receipts.EARLY_SECONDS", 0.0)
    assert await receive_bounce(db, SETTINGS, raw) == "early"
    drive.settle(claimed["id"], "sent")
    assert await receive_bounce(db, SETTINGS, raw) == "bounced"


async def test_an_uncertain_mail_that_comes_back_is_dead(
    db: Database, drive: Drive, make: Make
) -> None:
    place, client = make.place(), make.client()
    drive.start()
    make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [claimed] = drive.claim("email")
    drive.mark(claimed["id"])
    drive.settle(claimed["id"], "unknown")
    raw = report(POSTFIX, sender_of(claimed["id"]), client.email)
    assert await receive_bounce(db, SETTINGS, raw) == "bounced"
    assert drive.deliveries()[0]["state"] == "dead"


async def test_without_a_bounce_address_nothing_is_believed(db: Database) -> None:
    none = SETTINGS.model_copy(update={"bounce_address": None})
    raw = report(POSTFIX, sender_of(new_id()), "kim@example.test")
    assert await receive_bounce(db, none, raw) == "bad_signature"


def test_at_most_64_octets_before_the_at_sign() -> None:
    for length in range(1, 21):
        senders = EnvelopeSender("b" * length + "@clinic.example", [KEY])
        delivery_id = new_id()
        address = senders.of(delivery_id)
        local = address.partition("@")[0]
        mac = local.rpartition(".")[2]
        assert len(local.encode()) <= 64
        assert 6 <= len(mac) <= 20
        assert senders.read(address) == delivery_id


def test_a_former_secret_key_is_still_believed() -> None:
    delivery_id = new_id()
    old = EnvelopeSender("b@clinic.example", [KEY])
    new = EnvelopeSender("b@clinic.example", ["n" * 40, KEY])
    assert new.read(old.of(delivery_id)) == delivery_id
    assert old.read(new.of(delivery_id)) is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_no_address_is_too_strange(address: str) -> None:
    senders = EnvelopeSender("b@clinic.example", [KEY])
    assert senders.read(address) is None
    assert senders.read(f"b+{address}@clinic.example") is None
