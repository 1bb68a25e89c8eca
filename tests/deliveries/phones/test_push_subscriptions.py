"""A person's browsers that get messages (SPEC-deliveries §3, Web Push)."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.channels.push.subscribe import SEAL_PURPOSE
from holdfast.channels.push.vapid import vapid_of
from holdfast.config import Settings
from holdfast.http.sealing import seal_of
from holdfast.kernel.p256 import new_private_key, public_text, read_private_key
from tests.deliveries.phones.people import SETTINGS, Browser, with_browser
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, User


async def subscribe(api: Api, user: User, browser: Browser, **kwargs: Any) -> Any:
    answer = await api.post(
        f"/users/{user.id}/push-subscriptions", user, json=browser.subscription, **kwargs
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def items(api: Api, user: User) -> list[dict[str, Any]]:
    answer = await api.get(f"/users/{user.id}/push-subscriptions", user)
    assert answer.status_code == 200
    return answer.json()["items"]


async def test_a_browser_subscribes_and_leaves(api: Api, make: Make) -> None:
    user, browser = make.client(), Browser()
    headers = {"User-Agent": "Firefox on a phone"}
    made = await subscribe(api, user, browser, headers=headers)
    assert made["userAgent"] == "Firefox on a phone"
    [shown] = await items(api, user)
    assert shown == made
    path = f"/users/{user.id}/push-subscriptions/{made['id']}"
    assert (await api.delete(path, user)).status_code == 204
    assert await items(api, user) == []
    problem(await api.delete(path, user), 404, "not_found")


async def test_keys_and_endpoint_never_come_back(api: Api, make: Make) -> None:
    user, browser = make.client(), Browser()
    made = await subscribe(api, user, browser)
    listed = (await api.get(f"/users/{user.id}/push-subscriptions", user)).text
    keys = browser.subscription["keys"]
    for secret in (keys["auth"], keys["p256dh"], browser.endpoint):
        assert secret not in listed + str(made)
    row = make.one("SELECT * FROM push_subscriptions")
    assert keys["auth"] not in str(make.all("SELECT s::text FROM push_subscriptions AS s"))
    opened = seal_of(SETTINGS, SEAL_PURPOSE).open_for(row["id"], bytes(row["auth_sealed"]))
    assert opened == keys["auth"].encode()


async def test_the_same_browser_stays_one(api: Api, make: Make) -> None:
    user, browser = make.client(), Browser()
    first = await subscribe(api, user, browser)
    new_keys = Browser(endpoint=browser.endpoint)
    again = await subscribe(api, user, new_keys)
    assert (again["id"], again["createdAt"]) == (first["id"], first["createdAt"])
    row = make.one("SELECT p256dh FROM push_subscriptions")
    assert row == {"p256dh": new_keys.subscription["keys"]["p256dh"]}


async def test_of_eleven_the_oldest_goes(api: Api, make: Make) -> None:
    user, other = make.client(), make.client()
    others = with_browser(make, other)
    made = [await subscribe(api, user, Browser()) for _ in range(11)]
    ids = [item["id"] for item in await items(api, user)]
    assert ids == [item["id"] for item in reversed(made[1:])]
    assert [item["id"] for item in await items(api, other)] == [str(others)]


async def test_many_at_once_are_never_more_than_ten(api: Api, make: Make) -> None:
    user = make.client()
    await asyncio.gather(*(subscribe(api, user, Browser()) for _ in range(25)))
    assert len(await items(api, user)) == 10


async def test_a_browser_belongs_to_who_signed_in_last(api: Api, make: Make) -> None:
    first, second, browser = make.client(), make.client(), Browser()
    await subscribe(api, first, browser)
    await subscribe(api, second, browser)
    assert await items(api, first) == []
    assert len(await items(api, second)) == 1


BAD: list[tuple[str, Any, str]] = [
    ("endpoint", "http://push.example/x", "url_not_allowed"),
    ("endpoint", "https://127.0.0.1/x", "url_not_allowed"),
    ("endpoint", "https://localhost/x", "url_not_allowed"),
    ("endpoint", "https://[::1]/x", "url_not_allowed"),
    ("endpoint", "https://169.254.169.254/latest", "url_not_allowed"),
    ("endpoint", "https://2130706433/x", "url_not_allowed"),
    ("endpoint", "https://user:pass@push.example/x", "url_not_allowed"),
    ("endpoint", "javascript:alert(1)", "url_not_allowed"),
    ("endpoint", "https://", "url_not_allowed"),
    ("endpoint", "", "validation_failed"),
    ("endpoint", "https://push.example/" + "x" * 2000, "validation_failed"),
    ("endpoint", None, "validation_failed"),
    ("keys.p256dh", "", "validation_failed"),
    ("keys.p256dh", "BA" + "A" * 85, "validation_failed"),  # no point of the curve
    ("keys.p256dh", "not base64url!", "validation_failed"),
    ("keys.p256dh", 7, "validation_failed"),
    ("keys.auth", "c2hvcnQ", "validation_failed"),
    ("keys.auth", "ä" * 22, "validation_failed"),
    ("keys", None, "validation_failed"),
    ("more", 1, "validation_failed"),
]


@pytest.mark.parametrize(("name", "value", "scenario"), BAD)
async def test_what_is_no_subscription_is_refused(
    api: Api, make: Make, name: str, value: Any, scenario: str
) -> None:
    user = make.client()
    body = Browser().subscription
    if name.startswith("keys."):
        body["keys"][name.removeprefix("keys.")] = value
    else:
        body[name] = value
    refused = await api.post(f"/users/{user.id}/push-subscriptions", user, json=body)
    errors = problem(refused, 422, scenario)["details"]["errors"]
    assert [error["field"] for error in errors] == [name]
    assert make.all("SELECT id FROM push_subscriptions") == []


async def test_the_public_key_is_the_one_that_signs(api: Api) -> None:
    answer = await api.get("/push/public-key")
    assert SETTINGS.vapid_private_key is not None
    key = read_private_key(SETTINGS.vapid_private_key.get_secret_value())
    assert answer.json() == {"publicKey": public_text(key)}


def test_a_pem_is_a_key_too() -> None:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    text = new_private_key()
    pem = read_private_key(text).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert public_text(read_private_key(pem.decode())) == public_text(read_private_key(text))


@pytest.mark.parametrize("text", ["", "x", "A" * 43, "-----BEGIN PRIVATE KEY-----\nx", "ä" * 43])
def test_what_is_no_key_ends_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="must be a P-256 key") as refused:
        Settings(vapid_private_key=SecretStr(text or "!"))
    assert "A" * 43 not in str(refused.value.errors(include_input=False))  # type: ignore[attr-defined]


class TestWithoutKey:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off")

    async def test_there_is_no_push(self, api: Api, make: Make, settings: Settings) -> None:
        assert vapid_of(settings) is None
        user = make.client()
        problem(await api.get("/push/public-key"), 404, "not_found")
        refused = await api.post(
            f"/users/{user.id}/push-subscriptions", user, json=Browser().subscription
        )
        problem(refused, 404, "not_found")
        assert await items(api, user) == []
