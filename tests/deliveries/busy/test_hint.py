"""`POST /webhooks/calendar`: signed, once, and only to be read sooner."""

import base64
import hmac
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from tests.deliveries.busy.rows import connect
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make

KEY = b"thirty-two bytes of some secret!"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PATH = "/webhooks/calendar"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET_KEY), rate_limit="off", inbound_secret=SecretStr(SECRET)
    )


@pytest.fixture
def connection(make: Make) -> UUID:
    connection_id = connect(make, make.place())
    make.db.execute("UPDATE calendar_connections SET next_sync_at = now() + interval '5 minutes'")
    return connection_id


def is_due(make: Make) -> bool:
    row = make.one(
        "SELECT next_sync_at <= now() AND sync_requested_at IS NOT NULL AS due "
        "FROM calendar_connections"
    )
    return row["due"]


def signed(
    body: bytes, *, message_id: str = "msg_1", at: float | None = None, secret: str = SECRET
) -> dict[str, str]:
    """As the library of Standard Webhooks signs."""
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode("latin-1")),
    }


async def say(api: Api, connection_id: object, **how: Any) -> httpx.Response:
    body = orjson.dumps({"connectionId": str(connection_id)})
    return await api.post(PATH, content=body, headers=signed(body, **how))


def google(connection_id: object, number: int = 1, key: bytes = KEY) -> dict[str, str]:
    mac = hmac.new(key, f"calendar channel {connection_id}".encode(), "sha256").hexdigest()
    return {
        "X-Goog-Channel-ID": "0e7b2f1c-channel",
        "X-Goog-Channel-Token": f"{connection_id}.{mac}",
        "X-Goog-Message-Number": str(number),
        "X-Goog-Resource-State": "exists",
    }


async def test_a_signed_message_lets_the_calendar_be_read_soon_once(
    api: Api, make: Make, connection: UUID
) -> None:
    answer = await say(api, connection)
    assert (answer.status_code, answer.content) == (204, b"")
    assert is_due(make)
    make.db.execute(
        "UPDATE calendar_connections "
        "SET next_sync_at = now() + interval '5 minutes', sync_requested_at = NULL"
    )
    assert (await say(api, connection)).status_code == 204
    assert not is_due(make)
    assert (await say(api, connection, message_id="msg_2")).status_code == 204
    assert is_due(make)


async def test_google_says_so_by_the_channels_token(api: Api, make: Make, connection: UUID) -> None:
    for number, again in ((1, True), (1, False), (2, True)):
        make.db.execute(
            "UPDATE calendar_connections "
            "SET next_sync_at = now() + interval '5 minutes', sync_requested_at = NULL"
        )
        answer = await api.post(PATH, headers=google(connection, number))
        assert answer.status_code == 204, answer.text
        assert is_due(make) == again
    for headers in (
        google(connection, key=b"another"),
        google(connection) | {"X-Goog-Channel-Token": str(connection)},
        google(connection) | {"X-Goog-Channel-Token": "nonsense"},
        google(connection) | {"X-Goog-Channel-Token": google(uuid4())["X-Goog-Channel-Token"][:-1]},
    ):
        problem(await api.post(PATH, headers=headers), 401, "bad_signature")


async def test_what_nobody_knows_is_answered_alike(api: Api, make: Make) -> None:
    assert (await say(api, uuid4())).status_code == 204
    assert (await api.post(PATH, headers=google(uuid4()))).status_code == 204
    removed = connect(make, make.place())
    make.db.execute(
        "UPDATE calendar_connections SET deleted_at = now(), next_sync_at = now() + interval '1 h'"
    )
    assert (await say(api, removed, message_id="msg_2")).status_code == 204
    assert not is_due(make)


BODY = orjson.dumps({"connectionId": str(uuid4())})
GOOD = signed(BODY)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-id": "x" * 10_000},
        {"webhook-id": "m\u00fcll"},
        {"webhook-timestamp": "0"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": "\u0662\u0660"},
        {"webhook-timestamp": GOOD["webhook-timestamp"] + ".5"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,not base64 at all!"},
        {"webhook-signature": "v1,\u00fcmlaut"},
        {"webhook-signature": "v2," + GOOD["webhook-signature"][3:]},
        {"webhook-signature": " ".join(["v1,AAAA"] * 20_0)},
        signed(BODY, secret="whsec_" + base64.b64encode(b"another secret").decode()),
        signed(BODY + b" "),
        signed(BODY, at=time.time() - 301),
        signed(BODY, at=time.time() + 600),
    ],
)
async def test_a_bad_signature_is_refused(change: dict[str, str], api: Api, make: Make) -> None:
    headers = [(name.encode(), value.encode("utf-8")) for name, value in {**GOOD, **change}.items()]
    answer = await api.client.post(f"/api/v1{PATH}", content=BODY, headers=headers)
    problem(answer, 401, "bad_signature")
    assert make.all("SELECT FROM received_webhooks") == []


async def test_without_any_signature_it_is_refused(api: Api) -> None:
    problem(await api.post(PATH), 401, "bad_signature")
    problem(await api.post(PATH, json={"connectionId": str(uuid4())}), 401, "bad_signature")


async def test_while_secrets_change_one_of_two_signatures_is_enough(
    api: Api, make: Make, connection: UUID
) -> None:
    body = orjson.dumps({"connectionId": str(connection)})
    headers = signed(body)
    headers["webhook-signature"] = "v1,b3RoZXI= " + headers["webhook-signature"]
    assert (await api.post(PATH, content=body, headers=headers)).status_code == 204
    assert is_due(make)


@pytest.mark.parametrize(
    ("body", "status", "scenario"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[]", 422, "validation_failed"),
        (b"{}", 422, "validation_failed"),
        (b'{"connectionId": 7}', 422, "validation_failed"),
        (b'{"connectionId": "none"}', 422, "validation_failed"),
        (b'{"connectionId": "' + b"x" * 1000 + b'"}', 422, "validation_failed"),
    ],
)
async def test_a_signed_message_that_says_nothing_is_refused(
    body: bytes, status: int, scenario: str, api: Api, make: Make
) -> None:
    stamp = str(int(time.time()))
    mac = hmac.digest(KEY, b"msg_1." + stamp.encode() + b"." + body, "sha256")
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    refused = problem(await api.post(PATH, content=body, headers=headers), status, scenario)
    if status == 422:
        assert refused["details"]["errors"][0]["field"] == "connectionId"
    assert make.all("SELECT FROM received_webhooks") == []


async def test_what_came_in_is_counted(api: Api, connection: UUID) -> None:
    def count(outcome: str) -> float:
        return metrics.WEBHOOKS_RECEIVED.labels("calendar", outcome)._value.get()

    before = {name: count(name) for name in ("accepted", "repeated", "bad_signature")}
    await say(api, connection)
    await say(api, connection)
    await api.post(PATH)
    assert {name: count(name) - value for name, value in before.items()} == {
        "accepted": 1,
        "repeated": 1,
        "bad_signature": 1,
    }


@pytest.mark.parametrize("secret", [None, SecretStr("")])
async def test_without_a_secret_there_is_nothing(
    secret: SecretStr | None, database: TestDatabase
) -> None:
    settings = Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off", inbound_secret=secret)
    app = create_app(settings, Database(database.server_url))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
            answer = await Api(client).post(PATH, content=BODY, headers=GOOD)
    problem(answer, 404, "not_found")


async def test_a_signed_message_of_another_kind_is_refused(api: Api, make: Make) -> None:
    stamp = str(int(time.time()))
    mac = hmac.digest(KEY, b"msg_1." + stamp.encode() + b".connectionId=1", "sha256")
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    answer = await api.post(PATH, content=b"connectionId=1", headers=headers)
    problem(answer, 415, "unsupported_media_type")
    assert make.all("SELECT FROM received_webhooks") == []
