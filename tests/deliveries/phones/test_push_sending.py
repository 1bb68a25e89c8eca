"""Push messages: encrypted for one browser, signed by this server (SPEC-deliveries §3)."""

import re
import time
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from holdfast.channels.push.message import PAYLOAD_BYTES, payload
from holdfast.kernel.p256 import from_base64url
from tests.concurrency.support import eventually
from tests.deliveries.phones.people import Browser, with_browser
from tests.deliveries.phones.services import SILENCE, Asked, Service
from tests.support.api import Api
from tests.support.make import Make, Place, User


def browser_of(push: Service) -> Browser:
    return Browser(endpoint=f"http://127.0.0.1:{push.port}/send/1")


def details(make: Make, user: User) -> None:
    make.db.execute(
        "INSERT INTO notification_settings (user_id, settings) "
        """VALUES (%s, '{"showDetails": true}')""",
        [user.id],
    )


def shown(browser: Browser, asked: Asked) -> dict[str, Any]:
    return orjson.loads(browser.read(asked.body))


async def book(working: Api, make: Make, user: User) -> tuple[Place, dict[str, Any]]:
    place = make.place()
    return place, await working.booked(user, place, make.slot(place))


async def test_a_booking_shows_on_the_screen(working: Api, make: Make, push: Service) -> None:
    user, browser = make.client(), browser_of(push)
    with_browser(make, user, browser)
    details(make, user)
    place, booked = await book(working, make, user)
    [asked] = await push.came(1)
    message = shown(browser, asked)
    assert message.keys() == {"title", "body", "url", "tag"}
    assert booked["serviceTitle"] in message["body"]
    assert message["url"] == f"https://holdfast.test/appointments/{booked['id']}"
    assert message["tag"] == f"appointment-{booked['id']}"
    assert asked.headers["Content-Encoding"] == "aes128gcm"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", asked.headers["Topic"])
    assert asked.headers["Urgency"] == "normal"
    assert 0 < int(asked.headers["TTL"]) <= 24 * 3600
    assert place.provider_id


async def test_the_server_signs_for_the_service(working: Api, make: Make, push: Service) -> None:
    user = make.client()
    with_browser(make, user, browser_of(push))
    await book(working, make, user)
    [asked] = await push.came(1)
    scheme, _, rest = asked.headers["Authorization"].partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    public = (await working.get("/push/public-key")).json()["publicKey"]
    assert fields["k"] == public
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(public))
    audience = f"http://127.0.0.1:{push.port}"
    claims = jwt.decode(fields["t"], key, algorithms=["ES256"], audience=audience)
    assert claims["sub"] == "mailto:postmaster@holdfast.test"
    assert time.time() < claims["exp"] <= time.time() + 24 * 3600


async def test_without_details_nobody_is_named(working: Api, make: Make, push: Service) -> None:
    user, browser = make.client("Zoe Quartz"), browser_of(push)
    with_browser(make, user, browser)
    _, booked = await book(working, make, user)
    [asked] = await push.came(1)
    message = shown(browser, asked)
    text = message["title"] + message["body"]
    for name in ("serviceTitle", "providerName", "facilityName", "userName"):
        assert booked[name] not in text
    assert message["title"]


async def test_an_appointments_messages_replace_each_other(
    working: Api, make: Make, push: Service
) -> None:
    user, browser = make.client(), browser_of(push)
    with_browser(make, user, browser)
    _, booked = await book(working, make, user)
    await push.came(1)
    key = {"Idempotency-Key": "c1"}
    path = f"/appointments/{booked['id']}/cancel"
    assert (await working.post(path, make.admin(), headers=key)).status_code == 200
    first, second = await push.came(2)
    assert first.headers["Topic"] == second.headers["Topic"]
    assert shown(browser, first)["tag"] == shown(browser, second)["tag"]
    assert booked["id"].replace("-", "") not in first.headers["Topic"]
    assert second.headers["Urgency"] == "high"


ANSWERS = [
    ((201, {}, None), "sent", True),
    ((404, {}, None), "dead", False),
    ((410, {}, None), "dead", False),
    ((413, {}, None), "dead", True),
    ((429, {"Retry-After": "600"}, None), "pending", True),
    ((500, {}, None), "pending", True),
    ((403, {}, None), "pending", True),
]


@pytest.mark.parametrize(("answer", "state", "stays"), ANSWERS)
async def test_what_answers_mean(
    working: Api, make: Make, push: Service, answer: Any, state: str, stays: bool
) -> None:
    push.usual = answer
    user = make.client()
    with_browser(make, user, browser_of(push))
    await book(working, make, user)
    await push.came(1)

    async def tried() -> bool:
        rows = make.all("SELECT tries, state FROM deliveries WHERE channel = 'push'")
        return [(row["tries"], row["state"]) for row in rows] == [(1, state)]

    await eventually(tried, f"the message is {state}")
    assert bool(make.all("SELECT id FROM push_subscriptions")) == stays


async def test_a_lost_answer_is_asked_again_alike(working: Api, make: Make, push: Service) -> None:
    push.answers.append(SILENCE)
    user, browser = make.client(), browser_of(push)
    with_browser(make, user, browser)
    await book(working, make, user)
    first, second = await push.came(2)
    assert first.headers["Topic"] == second.headers["Topic"]
    assert shown(browser, first) == shown(browser, second)


async def test_an_address_inside_is_not_asked(working: Api, make: Make, push: Service) -> None:
    """One that slipped into the table: the socket decides."""
    user = make.client()
    with_browser(make, user, Browser(endpoint="https://10.0.0.1/send"))
    await book(working, make, user)

    async def refused() -> bool:
        rows = make.all(
            "SELECT d.state, a.code FROM deliveries AS d "
            "JOIN delivery_attempts AS a ON a.delivery_id = d.id WHERE channel = 'push'"
        )
        return [(row["state"], row["code"]) for row in rows] == [("dead", "not_allowed")]

    await eventually(refused, "the message is given up")
    assert push.asked == []


@pytest.mark.parametrize(
    "body", ["x" * 9000, "\u20ac" * 3000, "\x01" * 3000, "\U0001f600" * 2000, ""]
)
def test_a_payload_has_at_most_three_kilobytes(body: str) -> None:
    written = payload(title="T" * 500, body=body, url="https://h.test/" + "u" * 60, tag="t" * 60)
    assert len(written) <= PAYLOAD_BYTES
    assert orjson.loads(written)["url"].startswith("https://h.test/")
