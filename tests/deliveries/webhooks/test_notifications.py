"""Reports of what became of messages: who signs is believed (SPEC-deliveries §5, "In")."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from standardwebhooks import Webhook
from twilio.request_validator import RequestValidator

from holdfast.channels.email.verp import envelope_sender
from holdfast.channels.webhooks.inbound import sms
from holdfast.config import Settings
from holdfast.kernel.ids import new_id
from tests.deliveries.webhooks.conftest import PUBLIC_URL
from tests.support.api import Api
from tests.support.make import Make, User

PATH = "/webhooks/notifications"
URL = f"{PUBLIC_URL}/api/v1{PATH}"
SECRET = "whsec_aG9sZGZhc3QtdGVzdHMtaW5ib3VuZC1zZWNyZXQ="
TOKEN = "a token/with+characters"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "inbound_secret": SecretStr(SECRET),
            "bounce_address": "bounces@holdfast.example",
            "sms_url": SecretStr("https://AC1:a%20token%2Fwith+characters@sms.example/send"),
        }
    )


def signed(body: bytes, message_id: str = "", at: datetime | None = None) -> dict[str, str]:
    message_id, at = message_id or uuid4().hex, at or datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(message_id, at, body.decode()),
    }


async def report(api: Api, message_id: str = "", **values: Any) -> httpx.Response:
    body = orjson.dumps(values)
    return await api.post(PATH, content=body, headers=signed(body, message_id))


async def form(api: Api, fields: dict[str, str], query: str = "") -> httpx.Response:
    signature = RequestValidator(TOKEN).compute_signature(URL + query, fields)
    return await api.post(
        PATH + query,
        content=urlencode(fields),
        headers={"Content-Type": FORM, "X-Twilio-Signature": signature},
    )


class Deliveries:
    """Messages in a state, as a worker leaves them."""

    def __init__(self, make: Make, user: User) -> None:
        self.make, self.user = make, user

    def add(self, state: str, channel: str = "sms", receipt_id: str | None = None) -> UUID:
        id = new_id()
        self.make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, due_at, expires_at) "
            "VALUES (%s, %s, 'confirmed', ensure_lane(%s, %s), %s, now(), "
            "now() + interval '1 day')",
            [id, channel, channel, channel, self.user.id],
        )
        if state != "pending":
            self.make.db.execute(
                "UPDATE deliveries SET state = 'sending', worker = %s, claimed_at = now(), "
                "lease_until = now() + interval '1 minute', handed_over_at = now(), "
                "receipt_id = %s WHERE id = %s",
                [new_id(), receipt_id, id],
            )
        if state not in ("pending", "sending"):
            self.settle(id, state)
        return id

    def settle(self, id: UUID, state: str) -> None:
        self.make.db.execute(
            "UPDATE deliveries SET state = %(state)s, worker = NULL, lease_until = NULL, "
            "sent_at = CASE WHEN %(state)s = 'sent' THEN now() END, "
            "settled_at = CASE WHEN %(state)s IN ('sent', 'dead') THEN now() END "
            "WHERE id = %(id)s",
            {"state": state, "id": id},
        )

    def state(self, id: UUID) -> str:
        return self.make.one("SELECT state FROM deliveries WHERE id = %s", id)["state"]


@pytest.fixture
def client(make: Make) -> User:
    client = make.client()
    make.db.execute(
        "UPDATE users SET phone = '+491715556677', phone_e164 = '+491715556677' WHERE id = %s",
        [client.id],
    )
    make.db.execute(
        "INSERT INTO channel_addresses (user_id, channel, address, state) "
        "VALUES (%s, 'sms', '+491715556677', 'verified')",
        [client.id],
    )
    return client


@pytest.fixture
def deliveries(make: Make, client: User) -> Deliveries:
    return Deliveries(make, client)


def address_state(make: Make, user: User, channel: str) -> str | None:
    rows = make.all(
        "SELECT state FROM channel_addresses WHERE user_id = %s AND channel = %s", user.id, channel
    )
    return rows[0]["state"] if rows else None


@pytest.mark.parametrize(
    ("state", "status", "then"),
    [
        ("sent", "delivered", "delivered"),
        ("sent", "failed", "bounced"),
        ("sent", "bounced", "bounced"),
        ("uncertain", "delivered", "delivered"),
        ("uncertain", "failed", "dead"),
        ("uncertain", "bounced", "dead"),
        ("dead", "delivered", "dead"),
        ("pending", "delivered", "pending"),
    ],
)
async def test_a_receipt_moves_a_delivery_forward(
    api: Api, deliveries: Deliveries, state: str, status: str, then: str
) -> None:
    id = deliveries.add(state)
    answer = await report(api, deliveryId=str(id), status=status)
    assert (answer.status_code, answer.content) == (204, b"")
    assert deliveries.state(id) == then
    # And never back.
    for other in ("failed", "delivered", "bounced"):
        assert (await report(api, deliveryId=str(id), status=other)).status_code == 204
    assert deliveries.state(id) == then


async def test_mails_are_named_by_their_message_id(api: Api, deliveries: Deliveries) -> None:
    ids = [deliveries.add("sent", "email"), deliveries.add("sent", receipt_id="gateway-7")]
    assert (
        await report(api, messageId=f"<{ids[0]}@holdfast.example>", status="delivered")
    ).status_code == 204
    assert (await report(api, messageId="gateway-7", status="delivered")).status_code == 204
    assert [deliveries.state(id) for id in ids] == ["delivered", "delivered"]


async def test_a_repeated_report_has_no_effect(
    api: Api, deliveries: Deliveries, make: Make, client: User
) -> None:
    id = deliveries.add("sent")
    assert (await report(api, "m1", deliveryId=str(id), status="stopped")).status_code == 204
    assert address_state(make, client, "sms") == "stopped"
    assert (await report(api, "m2", deliveryId=str(id), status="started")).status_code == 204
    assert address_state(make, client, "sms") == "verified"
    assert (await report(api, "m1", deliveryId=str(id), status="stopped")).status_code == 204
    assert address_state(make, client, "sms") == "verified"


async def test_one_report_that_comes_many_times_at_once(
    api: Api, deliveries: Deliveries, make: Make
) -> None:
    id = deliveries.add("sent")
    answers = await asyncio.gather(
        *(report(api, "m1", deliveryId=str(id), status="delivered") for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {204}
    assert len(make.all("SELECT FROM received_webhooks")) == 1


@pytest.mark.parametrize("status", ["bounced", "complained"])
async def test_an_address_is_known_to_be_bad(
    api: Api, deliveries: Deliveries, make: Make, client: User, status: str
) -> None:
    id = deliveries.add("sent", "email")
    assert (await report(api, deliveryId=str(id), status=status)).status_code == 204
    assert address_state(make, client, "email") == status
    assert address_state(make, client, "sms") == "verified"


async def test_unknown_ids_are_nobodys_business(api: Api) -> None:
    for named in ({"deliveryId": str(uuid4())}, {"messageId": "x"}, {"messageId": "<a@b>"}):
        answer = await report(api, **named, status="delivered")
        assert answer.status_code == 204


async def test_a_receipt_that_is_quicker_than_the_answer_waits(
    api: Api, deliveries: Deliveries
) -> None:
    id = deliveries.add("sending")
    waiting = asyncio.create_task(report(api, deliveryId=str(id), status="delivered"))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    deliveries.settle(id, "sent")
    assert (await waiting).status_code == 204
    assert deliveries.state(id) == "delivered"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "delivered"},
        {"deliveryId": "x", "status": "delivered"},
        {"deliveryId": str(uuid4()), "messageId": "x", "status": "delivered"},
        {"deliveryId": str(uuid4()), "status": "sent"},
        {"deliveryId": str(uuid4()), "status": 7},
        {"deliveryId": str(uuid4()), "status": "delivered", "other": 1},
        {"messageId": "", "status": "delivered"},
        {"messageId": "a\x00", "status": "delivered"},
        {"messageId": "x" * 501, "status": "delivered"},
        {"messageId": "x", "status": "failed", "detail": "x" * 501},
        [],
        "text",
        None,
    ],
)
async def test_a_report_that_is_none(api: Api, make: Make, body: Any) -> None:
    content = orjson.dumps(body)
    answer = await api.post(PATH, content=content, headers=signed(content))
    assert answer.status_code == 422, answer.text
    assert make.all("SELECT FROM received_webhooks") == []


async def test_what_is_no_json(api: Api) -> None:
    answer = await api.post(PATH, content=b"{", headers=signed(b"{"))
    assert (answer.status_code, answer.json()["scenario"]) == (400, "malformed_json")


BODY = b'{"messageId":"x","status":"delivered"}'


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,not base64!"},
        {"webhook-signature": "v1,a"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": ","},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,a,b,c"},
        {"webhook-signature": "v2," + "A" * 43 + "="},
        {"webhook-signature": "v1," + "A" * 43 + "="},
        {"webhook-signature": b"v1,\xe4\xf6\xfc"},
        {"webhook-timestamp": "x"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "inf"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-id": "another"},
        {"webhook-id": ""},
        *({name: None} for name in ("webhook-id", "webhook-timestamp", "webhook-signature")),
    ],
)
async def test_a_bad_signature_is_401(api: Api, change: dict[str, Any]) -> None:
    headers = {**signed(BODY), **change}
    headers = {name: value for name, value in headers.items() if value is not None}
    answer = await api.post(PATH, content=BODY, headers=headers)
    assert (answer.status_code, answer.json()["scenario"]) == (401, "bad_signature")


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_an_old_signature_is_401(api: Api, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    answer = await api.post(PATH, content=BODY, headers=signed(BODY, at=at))
    assert (answer.status_code, answer.json()["scenario"]) == (401, "bad_signature")


async def test_a_changed_body_is_401(api: Api) -> None:
    for body in (BODY + b" ", b"\xff", b""):
        answer = await api.post(PATH, content=body, headers=signed(BODY))
        assert answer.status_code == 401


# Of an SMS gateway


async def test_a_gateway_reports(
    api: Api, deliveries: Deliveries, make: Make, client: User
) -> None:
    id = deliveries.add("sent", receipt_id="SM1")
    fields = {"MessageSid": "SM1", "To": "+491715556677", "Empty": "", "Zeichen": "ü&=+ "}
    for status, then in (
        ("queued", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("failed", "delivered"),
    ):
        answer = await form(api, {**fields, "MessageStatus": status})
        assert answer.status_code == 204, answer.text
        assert deliveries.state(id) == then
    uncertain = deliveries.add("uncertain")
    answer = await form(
        api, {"MessageSid": "SM2", "MessageStatus": "sent"}, f"?deliveryId={uncertain}"
    )
    assert answer.status_code == 204
    assert deliveries.state(uncertain) == "sent"
    refused = deliveries.add("sent", receipt_id="SM3")
    answer = await form(api, {"MessageSid": "SM3", "MessageStatus": "failed", "ErrorCode": "21610"})
    assert answer.status_code == 204
    assert (deliveries.state(refused), address_state(make, client, "sms")) == (
        "bounced",
        "stopped",
    )


async def test_who_answers_stop_is_left_alone(api: Api, make: Make, client: User) -> None:
    for number, (word, then) in enumerate(
        (("Hello", "verified"), (" stop ", "stopped"), ("Thanks", "stopped"), ("START", "verified"))
    ):
        fields = {"MessageSid": f"SM{number}", "From": "+491715556677", "Body": word}
        assert (await form(api, fields)).status_code == 204
        assert address_state(make, client, "sms") == then
    fields = {"MessageSid": "SM8", "From": "+491715556677", "Body": "x", "OptOutType": "STOP"}
    assert (await form(api, fields)).status_code == 204
    assert address_state(make, client, "sms") == "stopped"
    for number in ("+4917155566", "x", "", "+491715556677\x00"):
        fields = {"MessageSid": "SM9", "From": number, "Body": "START"}
        assert (await form(api, fields)).status_code in (204, 401)
    assert address_state(make, client, "sms") == "stopped"


async def test_a_form_that_is_not_signed_right(api: Api) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    good = RequestValidator(TOKEN).compute_signature(URL, fields)
    for signature in (
        "",
        "x",
        "ü".encode(),
        good[:-2],
        RequestValidator("another").compute_signature(URL, fields),
        RequestValidator(TOKEN).compute_signature("http://testserver" + PATH, fields),
        RequestValidator(TOKEN).compute_signature(URL, {**fields, "MessageStatus": "failed"}),
    ):
        headers: dict[str, Any] = {"Content-Type": FORM, "X-Twilio-Signature": signature}
        answer = await api.post(PATH, content=urlencode(fields), headers=headers)
        assert (answer.status_code, answer.json()["scenario"]) == (401, "bad_signature")
    answer = await api.post(PATH, content=urlencode(fields), headers={"Content-Type": FORM})
    assert answer.status_code == 401
    answer = await api.post(
        PATH, content=b"\xff=%ff", headers={"Content-Type": FORM, "X-Twilio-Signature": good}
    )
    assert answer.status_code == 401


@given(
    st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=20), max_size=8),
    st.text(min_size=1, max_size=20),
)
def test_our_check_agrees_with_the_gateways_own(fields: dict[str, str], token: str) -> None:
    theirs = RequestValidator(token).compute_signature(URL, fields)
    assert sms.is_signed(token, URL, list(fields.items()), theirs)
    assert not sms.is_signed(token + "x", URL, list(fields.items()), theirs)
    assert not sms.is_signed(token, URL + "/", list(fields.items()), theirs)


# Of a mail server

DSN = """\
From: MAILER-DAEMON@mx.example
To: {sender}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b--
"""


async def test_a_failure_report_of_a_mail_server(
    api: Api, settings: Settings, deliveries: Deliveries, make: Make, client: User
) -> None:
    id = deliveries.add("sent", "email")
    senders = envelope_sender(settings)
    assert senders is not None
    mails = [
        DSN.format(sender=sender, recipient=client.email)
        for sender in (f"bounces+{id}.AAAAAAAAAAAAAAAA@holdfast.example", senders.of(id))
    ]
    headers = {"Content-Type": "message/rfc822"}
    answer = await api.post(PATH, content=mails[0], headers=headers)
    assert (answer.status_code, answer.json()["scenario"]) == (401, "bad_signature")
    assert deliveries.state(id) == "sent"
    for _ in range(2):
        assert (await api.post(PATH, content=mails[1], headers=headers)).status_code == 204
        assert deliveries.state(id) == "bounced"
        assert address_state(make, client, "email") == "bounced"
    for content in (b"", b"nonsense", b"\xff\x00\xfe"):
        answer = await api.post(PATH, content=content, headers=headers)
        assert answer.status_code == 401


# What is not set up


@pytest.mark.parametrize("media_type", [FORM, "application/json", "message/rfc822"])
async def test_what_is_not_configured_is_not_there(
    api: Api, settings: Settings, media_type: str
) -> None:
    object.__setattr__(settings, "inbound_secret", None)
    object.__setattr__(settings, "sms_url", None)
    object.__setattr__(settings, "bounce_address", None)
    answer = await api.post(
        PATH, content=BODY, headers={**signed(BODY), "Content-Type": media_type}
    )
    assert (answer.status_code, answer.json()["scenario"]) == (404, "not_found")


async def test_other_kinds_of_bodies(api: Api) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": ""}, {}):
        answer = await api.post(PATH, content=BODY, headers=headers)
        assert answer.status_code == 415
