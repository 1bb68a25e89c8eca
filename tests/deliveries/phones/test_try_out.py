"""A test message to oneself goes where other messages would go (SPEC-deliveries §7, screens)."""

from uuid import UUID

import pytest

from holdfast.config import Settings
from holdfast.notifications import try_out
from tests.deliveries.phones.people import SETTINGS, with_browser, with_phone, with_verified_phone
from tests.deliveries.phones.services import Service
from tests.deliveries.phones.test_push_sending import browser_of, shown
from tests.deliveries.phones.test_sms_sending import settled
from tests.support.api import Api, problem
from tests.support.make import Make, User


def path_of(user: User) -> str:
    return f"/users/{user.id}/notification-settings/test"


async def test_it_comes_by_sms_and_by_push(
    working: Api, make: Make, sms: Service, push: Service
) -> None:
    user, browser = with_verified_phone(make), browser_of(push)
    with_browser(make, user, browser)
    for channel in ("sms", "push"):
        answer = await working.post(path_of(user), user, json={"channel": channel})
        assert answer.status_code == 202, answer.text
        await settled(make, UUID(answer.json()["deliveryId"]), "sent")
    [text] = await sms.came(1)
    assert b"test+message" in text.body
    [asked] = await push.came(1)
    assert shown(browser, asked)["title"] == "A test message"


async def test_the_same_key_sends_one(api: Api, make: Make) -> None:
    user = with_verified_phone(make)
    key = {"idempotency-key": "try-1"}
    answers = [
        await api.post(path_of(user), user, json={"channel": "sms"}, headers=key) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert len(make.all("SELECT FROM deliveries WHERE user_id = %s", user.id)) == 1


@pytest.mark.parametrize("channel", ["sms", "push", "email", "pigeon", None])
async def test_who_cannot_be_reached_is_told_which_way_is_closed(
    api: Api, make: Make, channel: str | None
) -> None:
    user = with_phone(make)  # not verified, no device; and nothing here sends mail
    answer = await api.post(path_of(user), user, json={"channel": channel})
    refused = problem(answer, 422, "validation_failed")
    assert [error["field"] for error in refused["details"]["errors"]] == ["channel"]
    assert make.all("SELECT FROM deliveries WHERE user_id = %s", user.id) == []


async def test_nobody_sends_one_to_another(api: Api, make: Make) -> None:
    user = with_verified_phone(make)
    answer = await api.post(path_of(user), make.client(), json={"channel": "sms"})
    problem(answer, 404, "not_found")


class TestLimit:
    @pytest.fixture
    def settings(self) -> Settings:
        return SETTINGS.model_copy(update={"rate_limit": "on"})

    async def test_five_an_hour(self, api: Api, make: Make) -> None:
        user = with_verified_phone(make)
        for _ in range(try_out.TESTS_OF_USER.hits):
            answer = await api.post(path_of(user), user, json={"channel": "sms"})
            assert answer.status_code == 202
        refused = await api.post(path_of(user), user, json={"channel": "sms"})
        problem(refused, 429, "rate_limited")
        # What was refused for another reason does not count.
        other = with_phone(make, "+491715550099")
        for _ in range(6):
            problem(
                await api.post(path_of(other), other, json={"channel": "sms"}),
                422,
                "validation_failed",
            )
