"""No slot is held for ever: cooling down, and holds that lead to nothing (SPEC 4.4)."""

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, Place, User


@pytest.fixture(params=["on", "off"])
def gather(request: pytest.FixtureRequest) -> str:
    """Both ways of reserving."""
    return request.param


@pytest.fixture
def settings(gather: str) -> Settings:
    return Settings.model_validate(
        {"secret_key": SecretStr(SECRET_KEY), "rate_limit": "off", "gather": gather}
    )


async def held(api: Api, user: User, place: Place, slot_id: object, **given: str) -> str:
    answer = await api.reserve(user, place, slot_id, **given)
    assert answer.status_code == 201, answer.text
    return answer.json()["reservationToken"]


async def use_up(api: Api, user: User, token: str) -> None:
    for _ in range(2):
        assert (await api.post(f"/reservations/{token}/extend", user)).status_code == 200


@pytest.mark.parametrize("end", ["released", "expired", "swept"])
async def test_a_slot_is_not_held_for_ever(api: Api, make: Make, end: str) -> None:
    place, client, other = make.place(), make.client(), make.client()
    slot_id, free = make.slots(place, 2)
    token = await held(api, client, place, slot_id)
    await use_up(api, client, token)
    if end == "released":
        assert (await api.delete(f"/reservations/{token}", client)).status_code == 204
    else:
        make.db.execute(
            "UPDATE reservations SET created_at = now() - interval '6 minutes', "
            "expires_at = now() - interval '1 second'"
        )
        make.db.execute(
            "UPDATE slots SET held_until = now() - interval '1 second' WHERE id = %s", [slot_id]
        )
    if end == "swept":
        assert make.one("SELECT sweep_reservations(10) AS n") == {"n": 1}
    answer = await api.reserve(client, place, slot_id)
    refusal = problem(answer, 429, "too_many_reservations")
    assert refusal["details"]["reason"] == "cooling_down"
    assert 100 < int(answer.headers["retry-after"]) <= 120
    # Another time, or another client, is no matter; nor is staff's help.
    assert await held(api, client, place, free)
    token = await held(api, other, place, slot_id)
    await api.delete(f"/reservations/{token}", other)
    token = await held(api, make.operator(), place, slot_id, userId=str(client.id))
    await api.delete(f"/reservations/{token}", client)
    # One TTL later it may be held again.
    make.db.execute(
        "UPDATE reservations SET created_at = created_at - interval '2 minutes', "
        "expires_at = expires_at - interval '2 minutes', "
        "closed_at = closed_at - interval '2 minutes' WHERE extensions = 2"
    )
    assert (await api.reserve(client, place, slot_id)).status_code == 201


async def test_the_same_slot_for_another_service_is_the_same_slot(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    service_id = make.service()
    make.db.execute(
        "INSERT INTO provider_services VALUES (%s, %s)", [place.provider_id, service_id]
    )
    slot_id = make.slot(place)
    token = await held(api, client, place, slot_id)
    await use_up(api, client, token)
    await api.delete(f"/reservations/{token}", client)
    again = await api.reserve(client, place, slot_id, serviceId=str(service_id))
    problem(again, 429, "too_many_reservations")


async def test_a_hold_with_extensions_left_does_not_cool_down(api: Api, make: Make) -> None:
    place, client, slot_id = make.place(), make.client(), None
    slot_id = make.slot(place)
    for _ in range(15):  # also: with the limits off nobody counts what led to nothing
        token = await held(api, client, place, slot_id)
        await api.post(f"/reservations/{token}/extend", client)
        await api.delete(f"/reservations/{token}", client)


async def test_what_was_booked_does_not_cool_down(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    token = await held(api, client, place, slot_id)
    await use_up(api, client, token)
    booked = (await api.book(client, token)).json()
    await api.post(f"/appointments/{booked['id']}/cancel", client, key="new")
    assert await held(api, client, place, slot_id)


class TestWithLimits:
    """What is counted only with HOLDFAST_RATE_LIMIT=on."""

    @pytest.fixture
    def settings(self, gather: str) -> Settings:
        return Settings.model_validate(
            {"secret_key": SecretStr(SECRET_KEY), "rate_limit": "on", "gather": gather}
        )

    async def test_ten_holds_an_hour_that_lead_to_nothing(self, api: Api, make: Make) -> None:
        place, client = make.place(), make.client()
        slots = make.slots(place, 14)
        for slot_id in slots[:5]:
            token = await held(api, client, place, slot_id)
            await api.delete(f"/reservations/{token}", client)
        for slot_id in slots[5:10]:
            await held(api, client, place, slot_id)
            make.expire(slot_id)
        answer = await api.reserve(client, place, slots[10])
        refusal = problem(answer, 429, "too_many_reservations")
        assert (refusal["details"]["reason"], refusal["details"]["limit"]) == ("idle", 10)
        assert 0 < int(answer.headers["retry-after"]) <= 3600
        assert make.one("SELECT status::text FROM slots WHERE id = %s", slots[10]) == {
            "status": "available"
        }
        # Neither what staff held for the client, nor what was booked, led to nothing.
        desk = make.operator()
        for slot_id in slots[10:12]:
            token = await held(api, desk, place, slot_id, userId=str(client.id))
            await api.delete(f"/reservations/{token}", desk)
        assert await held(api, make.client(), place, slots[12])
        # The first of them falls out of the hour.
        make.db.execute(
            "UPDATE reservations SET created_at = created_at - interval '1 hour', "
            "expires_at = expires_at - interval '1 hour', "
            "closed_at = closed_at - interval '1 hour' WHERE slot_id = %s",
            [slots[0]],
        )
        assert await held(api, client, place, slots[13])
        make.expire(slots[13])
        problem(await api.reserve(client, place, slots[0]), 429, "too_many_reservations")

    async def test_what_is_booked_or_withdrawn_leads_to_something(
        self, api: Api, make: Make
    ) -> None:
        place, client = make.place(), make.client()
        slots = make.slots(place, 11)
        for slot_id in slots[:9]:
            await api.booked(client, place, slot_id)
        token = await held(api, client, place, slots[9])
        make.db.execute("UPDATE services SET is_active = false")
        problem(await api.book(client, token), 409, "no_longer_offered")
        make.db.execute("UPDATE services SET is_active = true")
        assert await held(api, client, place, slots[10])
