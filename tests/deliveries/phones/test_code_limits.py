"""Codes cost money: how many are sent is bounded (docs/phones.md)."""

import pytest

from holdfast.channels.phones import codes
from holdfast.config import Settings
from tests.deliveries.phones.people import SETTINGS, codes_of, with_phone
from tests.support.api import Api, problem
from tests.support.make import Make


@pytest.fixture
def settings() -> Settings:
    return SETTINGS.model_copy(update={"rate_limit": "on"})


async def test_a_person_gets_five_codes_an_hour(api: Api, make: Make) -> None:
    user = with_phone(make)
    path = f"/users/{user.id}/phone-verification"
    for _ in range(codes.CODES_OF_USER.hits):
        answer = await api.post(path, user, json={})
        assert answer.status_code == 202
        assert "phone-code-user" in answer.headers["ratelimit-policy"]
    refused = await api.post(path, user, json={})
    problem(refused, 429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 3000
    assert len(codes_of(make, user)) == codes.CODES_OF_USER.hits


async def test_a_number_gets_five_codes_whoever_asks(api: Api, make: Make) -> None:
    for turn in range(6):
        user = with_phone(make)
        answer = await api.post(f"/users/{user.id}/phone-verification", user, json={})
        assert answer.status_code == (202 if turn < 5 else 429)


async def test_an_address_gets_twenty(api: Api, make: Make) -> None:
    for turn in range(21):
        user = with_phone(make, f"+4917155501{turn:02d}")
        answer = await api.post(f"/users/{user.id}/phone-verification", user, json={})
        assert answer.status_code == (202 if turn < 20 else 429)


async def test_one_country_does_not_use_up_another(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "holdfast.channels.phones.send_code.CODES_TO_COUNTRY",
        codes.Limit("phone-code-country", hits=2, window_seconds=3600),
    )
    statuses = []
    for number in ("+491715550001", "+491715550002", "+491715550003", "+41791234567"):
        user = with_phone(make, number)
        answer = await api.post(f"/users/{user.id}/phone-verification", user, json={})
        statuses.append(answer.status_code)
    assert statuses == [202, 202, 429, 202]


async def test_what_was_not_sent_is_not_counted(api: Api, make: Make) -> None:
    user = with_phone(make, "+4990012345678")
    path = f"/users/{user.id}/phone-verification"
    for _ in range(7):
        problem(await api.post(path, user, json={}), 422, "validation_failed")
    assert make.all("SELECT key FROM throttle_windows WHERE key LIKE 'phone-code%%'") == []
