"""How a person wants to be told: `/users/{id}/notification-settings` (SPEC-deliveries §3)."""

from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.kernel.p256 import new_private_key
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, User

ALL_OFF = {name: {"changes": False, "reminders": False} for name in ("email", "sms", "push")}


@pytest.fixture
def settings() -> Settings:
    """A server that can send by every channel."""
    return Settings(
        secret_key=SecretStr(SECRET_KEY),
        rate_limit="off",
        smtp_url=SecretStr("smtp://127.0.0.1:1"),
        sms_url=SecretStr("http://127.0.0.1:1/"),
        vapid_private_key=SecretStr(new_private_key()),
    )


def path(user: User) -> str:
    return f"/users/{user.id}/notification-settings"


async def put(api: Api, user: User, version: int | None = None, **body: Any) -> Any:
    if version is None:
        version = (await api.get(path(user), user)).json()["version"]
    return await api.put(path(user), user, json={**body, "version": version})


def verify_number(make: Make, user: User, state: str = "verified") -> None:
    make.db.execute(
        "UPDATE users SET phone = '+4930123456', phone_e164 = '+4930123456' WHERE id = %s",
        [user.id],
    )
    make.db.execute(
        "INSERT INTO channel_addresses (user_id, channel, address, state) "
        "VALUES (%s, 'sms', '+4930123456', %s)",
        [user.id, state],
    )


def subscribe(make: Make, user: User) -> None:
    make.db.execute(
        "INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth_sealed) "
        "VALUES (gen_random_uuid(), %s, 'https://push.example.org/' || %s, 'k', 'a')",
        [user.id, str(user.id)],
    )


async def test_who_said_nothing_has_the_defaults(api: Api, make: Make) -> None:
    client = make.client()
    answer = await api.get(path(client), client)
    assert answer.json() == {
        "email": {"changes": True, "reminders": True},
        "sms": {"changes": None, "reminders": False},
        "push": {"changes": True, "reminders": True},
        "reminderMinutes": [1440, 60],
        "quietHours": {"from": "21:00", "to": "08:00"},
        "locale": None,
        "showDetails": False,
        "channels": {
            "email": {"available": True, "address": client.email, "state": None},
            "sms": {"available": True, "address": None, "state": None},
            "push": {"available": True, "subscriptions": 0},
        },
        "version": 1,
    }
    assert answer.headers["etag"].startswith('"1.')


async def test_what_was_said_is_kept_and_the_rest_stays_as_it_is_by_default(
    api: Api, make: Make
) -> None:
    client = make.client()
    said = {
        "email": {"changes": True, "reminders": False},
        "sms": {"changes": False, "reminders": True},
        "reminderMinutes": [15, 10080, 90],
        "quietHours": None,
        "locale": "de-AT",
        "showDetails": True,
    }
    answer = await put(api, client, **said)
    assert answer.status_code == 200, answer.text
    shown = (await api.get(path(client), client)).json()
    assert shown == answer.json()
    assert {name: shown[name] for name in said} == said
    assert shown["push"] == {"changes": True, "reminders": True}
    assert shown["version"] == 2
    kept = make.one("SELECT settings FROM notification_settings")["settings"]
    assert kept == said
    minutes = {row["minutes"] for row in make.all("SELECT minutes FROM reminder_passes")}
    assert {15, 90, 10080} <= minutes


async def test_what_was_read_can_be_put_back_and_says_nothing_new(api: Api, make: Make) -> None:
    client = make.client()
    read = (await api.get(path(client), client)).json()
    answer = await api.put(path(client), client, json={**read, "locale": "de"})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert {**shown, "locale": None, "version": 1} == read
    kept = make.one("SELECT settings FROM notification_settings")["settings"]
    assert "changes" not in kept["sms"]  # so that a late cancel still goes to a verified number


async def test_a_precondition_is_needed_and_decides(api: Api, make: Make) -> None:
    client = make.client()
    url = path(client)
    problem(await api.put(url, client, json={"locale": "de"}), 428, "precondition_required")
    tag = (await api.get(url, client)).headers["etag"]
    done = await api.put(url, client, json={"locale": "de"}, headers={"If-Match": tag})
    assert done.status_code == 200
    stale = await api.put(url, client, json={"locale": "en"}, headers={"If-Match": tag})
    problem(stale, 412, "precondition_failed")
    assert stale.json()["currentVersion"] == 2
    assert stale.json()["currentData"]["locale"] == "de"
    assert stale.json()["details"]["changes"] == {"locale": {"yours": "en", "theirs": "de"}}
    problem(await put(api, client, 1, locale="en"), 409, "version_conflict")
    by_number = await api.put(url, client, json={"locale": "en"}, headers={"If-Match": '"2"'})
    assert by_number.json()["version"] == 3
    unmodified = by_number.headers["last-modified"]
    assert (await api.put(url, client, json={}, headers={"If-Match": "*"})).status_code == 200
    headers = {"If-Unmodified-Since": unmodified}
    later = await api.put(url, client, json={"locale": "fr"}, headers=headers)
    assert later.status_code in (200, 412)  # a date has whole seconds


async def test_304_only_while_nothing_that_is_shown_has_changed(api: Api, make: Make) -> None:
    client = make.client()
    tag = (await api.get(path(client), client)).headers["etag"]
    headers = {"If-None-Match": tag}
    assert (await api.get(path(client), client, headers=headers)).status_code == 304
    subscribe(make, client)
    assert (await api.get(path(client), client, headers=headers)).status_code == 200


async def test_channels_say_how_one_is_reached(api: Api, make: Make) -> None:
    client = make.client()
    make.db.execute(
        "UPDATE users SET phone = '030 123456', phone_e164 = '+4930123456' WHERE id = %s",
        [client.id],
    )
    sms = (await api.get(path(client), client)).json()["channels"]["sms"]
    assert sms == {"available": True, "address": "+4930123456", "state": "unverified"}
    verify_number(make, client)
    sms = (await api.get(path(client), client)).json()["channels"]["sms"]
    assert sms == {"available": True, "address": "+4930123456", "state": "verified"}
    # What was known of the number is not known of another one.
    make.db.execute("UPDATE users SET phone_e164 = '+4930999999' WHERE id = %s", [client.id])
    sms = (await api.get(path(client), client)).json()["channels"]["sms"]
    assert sms == {"available": True, "address": "+4930999999", "state": "unverified"}


OFF = {"changes": False}
ON = {"changes": True}


@pytest.mark.parametrize(
    ("has", "body", "is_silent"),
    [
        ("", ALL_OFF, True),
        ("", {"email": OFF}, True),
        ("", {"email": OFF, "push": ON, "sms": ON}, True),
        ("", {"email": {"reminders": False}}, False),
        ("", {"push": OFF, "sms": OFF}, False),
        ("push", {"email": OFF}, False),
        ("push", {"email": OFF, "push": OFF}, True),
        ("sms", {"email": OFF}, True),  # at its default an SMS tells late cancels only
        ("sms", {"email": OFF, "sms": ON}, False),
        ("sms", {"email": OFF, "sms": OFF}, True),
        ("stopped", {"email": OFF, "sms": ON}, True),
        ("push sms", ALL_OFF, True),
        ("no email", {"locale": "de"}, False),
        ("no email", {"email": OFF, "push": OFF}, True),
        ("no email sms", {"locale": "de"}, False),
        ("no email sms", {"sms": OFF}, True),
        ("no email sms", {"email": OFF, "sms": ON}, False),
        ("no email push", {"push": OFF}, True),
    ],
)
async def test_changes_cannot_be_off_in_every_channel_that_one_has(
    api: Api, make: Make, has: str, body: dict[str, Any], is_silent: bool
) -> None:
    client = make.client()
    if "sms" in has:
        verify_number(make, client)
    if "stopped" in has:
        verify_number(make, client, "stopped")
    if "push" in has:
        subscribe(make, client)
    if "no email" in has:
        make.db.execute(
            "UPDATE users SET phone = '1', email = NULL, password_hash = NULL WHERE id = %s",
            [client.id],
        )
    answer = await put(api, client, **body)
    if is_silent:
        problem(answer, 422, "last_channel")
        assert make.all("SELECT * FROM notification_settings") == []
    else:
        assert answer.status_code == 200, answer.text


BAD = {
    "email": ["x", 1, None, [], {"changes": "yes"}, {"changes": 1}, {"changes": None}, {"x": True}],
    "sms": [None, {"changes": 0}, {"reminders": None}, {"reminders": "no"}, {"other": True}],
    "push": [True, {"reminders": 1.0}],
    "reminderMinutes": [
        *(None, 60, "60", ["60"], [60.5], [14], [10081], [-60], [True], [60, 60], [None]),
        *([15, 30, 45, 60, 75], [2**63], {}),
    ],
    "quietHours": [
        *("21:00-08:00", {}, {"from": "21:00"}, {"from": "24:00", "to": "08:00"}, [], True),
        *({"from": "21:00", "to": "21:00"}, {"from": 21, "to": 8}, {"from": "9:00", "to": "10:00"}),
        *({"from": "21:00:00", "to": "08:00"}, {"from": "21:00", "to": "08:00", "zone": "UTC"}),
        *(
            {"from": None, "to": "08:00"},
            {"from": "\u0662\u0661:\u0660\u0660", "to": "08:00"},
            {"from": "21:0\n", "to": "1"},
        ),
    ],
    "locale": ["", "german", "DE", "de_DE", 1, True, "de-" + "X" * 100, "\x00", ["de"]],
    "showDetails": [None, "true", 1, 0, []],
    "version": ["1", 1.5, True, -1, 2**31],
    "unknown": [1],
    "userId": ["00000000-0000-0000-0000-000000000000"],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BAD.items() for value in values]
)
async def test_bad_values_are_named(api: Api, make: Make, field: str, value: Any) -> None:
    client = make.client()
    body = {"version": 1} | {field: value}
    answer = await api.put(path(client), client, json=body)
    problem(answer, 422, "validation_failed")
    named = [error["field"] for error in answer.json()["details"]["errors"]]
    assert all(name == field or name.startswith((f"{field}.", f"{field}[")) for name in named), (
        named
    )
    assert make.all("SELECT * FROM notification_settings") == []


async def test_what_is_no_object_is_refused(api: Api, make: Make) -> None:
    client = make.client()
    for body in ([], "x", 1, None):
        answer = await api.put(path(client), client, json=body, headers={"If-Match": '"1"'})
        problem(answer, 422, "validation_failed")


async def test_others_settings_are_not_there(api: Api, make: Make) -> None:
    client, stranger, desk, admin = make.client(), make.client(), make.operator(), make.admin()
    for user in (stranger, desk):
        problem(await api.get(path(client), user), 404, "not_found")
        refused = await api.put(path(client), user, json={"version": 1})
        problem(refused, 404, "not_found")
    assert (await api.get(path(client), admin)).status_code == 200
    done = await api.put(path(client), admin, json={"locale": "de", "version": 1})
    assert done.status_code == 200
