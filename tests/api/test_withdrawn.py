"""What is withdrawn while it is held, and what is set inactive with appointments left (SPEC 4)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

Withdraw = Callable[[Api, Make, Place], Awaitable[Any]]
ANY_VERSION = {"If-Match": "*"}


async def _patch(api: Api, make: Make, path: str, change: dict[str, Any]) -> None:
    answer = await api.patch(path, make.admin(), json=change, headers=ANY_VERSION)
    assert answer.status_code == 200, answer.text


async def _delete(api: Api, make: Make, path: str) -> None:
    answer = await api.delete(path, make.admin(), headers=ANY_VERSION)
    assert answer.status_code == 204, answer.text


async def service_inactive(api: Api, make: Make, place: Place) -> None:
    await _patch(api, make, f"/services/{place.service_id}", {"isActive": False})


async def provider_inactive(api: Api, make: Make, place: Place) -> None:
    await _patch(api, make, f"/providers/{place.provider_id}", {"isActive": False})


async def service_unlinked(api: Api, make: Make, place: Place) -> None:
    await _patch(api, make, f"/providers/{place.provider_id}", {"serviceIds": []})


async def service_removed(api: Api, make: Make, place: Place) -> None:
    await _delete(api, make, f"/services/{place.service_id}")


async def provider_removed(api: Api, make: Make, place: Place) -> None:
    await _delete(api, make, f"/providers/{place.provider_id}")


async def facility_removed(api: Api, make: Make, place: Place) -> None:
    await _delete(api, make, f"/facilities/{place.facility_id}")


WAYS: list[Withdraw] = [
    service_inactive,
    provider_inactive,
    service_unlinked,
    service_removed,
    provider_removed,
    facility_removed,
]
SET_ASIDE: list[Withdraw] = [service_inactive, provider_inactive, service_unlinked]


async def look(api: Api, user: User, token: str) -> httpx.Response:
    return await api.get(f"/reservations/{token}", user)


async def extend(api: Api, user: User, token: str) -> httpx.Response:
    return await api.post(f"/reservations/{token}/extend", user)


async def book(api: Api, user: User, token: str) -> httpx.Response:
    return await api.book(user, token)


async def move(api: Api, user: User, appointment: dict[str, Any], token: str) -> httpx.Response:
    path = f"/appointments/{appointment['id']}/reschedule"
    return await api.post(path, user, json={"reservationToken": token}, key="new")


@pytest.mark.parametrize("use", [look, extend, book], ids=lambda use: use.__name__)
@pytest.mark.parametrize("withdraw", WAYS, ids=lambda way: way.__name__)
async def test_withdrawn_while_it_was_held(
    api: Api, make: Make, withdraw: Withdraw, use: Callable[..., Awaitable[httpx.Response]]
) -> None:
    place, client = make.place(), make.client()
    slot_id, _ = make.slots(place, 2)
    token = (await api.reserve(client, place, slot_id)).json()["reservationToken"]
    await withdraw(api, make, place)
    refusal = problem(await use(api, client, token), 409, "no_longer_offered")
    assert refusal["details"]["alternatives"] == [], "it is not offered at any time"
    assert make.all("SELECT FROM appointments") == []
    assert (await api.delete(f"/reservations/{token}", client)).status_code == 204
    problem(await api.reserve(client, place, slot_id), 404, "not_found")


async def test_other_times_are_offered_where_one_place_of_two_was_removed(
    api: Api, make: Make
) -> None:
    place, client = make.place(), make.client()
    other = make.facility()
    make.db.execute("INSERT INTO provider_facilities VALUES (%s, %s)", [place.provider_id, other])
    slot_id = make.slot(place, soon())
    elsewhere = make.slot(Place(place.provider_id, other, place.service_id), soon(1))
    token = (await api.reserve(client, place, slot_id)).json()["reservationToken"]
    await facility_removed(api, make, place)
    refusal = problem(await api.book(client, token), 409, "no_longer_offered")
    assert [timeslot["id"] for timeslot in refusal["details"]["alternatives"]] == [str(elsewhere)]


@pytest.mark.parametrize("withdraw", SET_ASIDE, ids=lambda way: way.__name__)
async def test_a_client_cannot_move_to_what_is_not_offered(
    api: Api, make: Make, withdraw: Withdraw
) -> None:
    place, client = make.place(), make.client()
    first, second = make.slots(place, 2)
    booked = await api.booked(client, place, first)
    token = (await api.reserve(client, place, second)).json()["reservationToken"]
    await withdraw(api, make, place)
    refusal = problem(await move(api, client, booked, token), 409, "no_longer_offered")
    assert "alternatives" in refusal["details"]
    now = (await api.get(f"/appointments/{booked['id']}", client)).json()
    assert (now["slotId"], now["version"]) == (str(first), 1)


@pytest.mark.parametrize("withdraw", SET_ASIDE, ids=lambda way: way.__name__)
async def test_staff_move_what_was_set_inactive(api: Api, make: Make, withdraw: Withdraw) -> None:
    place, client, desk = make.place(), make.client(), make.operator()
    first, second, third = make.slots(place, 3)
    booked = await api.booked(client, place, first)
    await withdraw(api, make, place)
    held = await api.reserve(desk, place, second, userId=str(client.id))
    assert held.status_code == 201, held.text
    token = held.json()["reservationToken"]
    assert (await look(api, desk, token)).status_code == 200
    assert (await extend(api, desk, token)).status_code == 200
    problem(await api.book(desk, token), 409, "no_longer_offered")
    problem(await look(api, client, token), 409, "no_longer_offered")
    moved = await move(api, desk, booked, token)
    assert (moved.status_code, moved.json()["slotId"]) == (200, str(second)), moved.text
    # Only for who has something to be moved, and only by staff in scope.
    stranger = str(make.client().id)
    problem(await api.reserve(desk, place, third, userId=stranger), 404, "not_found")
    problem(await api.reserve(client, place, third), 404, "not_found")
    elsewhere = make.operator(make.place().provider_id)
    problem(await api.reserve(elsewhere, place, third, userId=str(client.id)), 404, "not_found")


async def test_what_has_begun_is_not_taken(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id, other = make.slots(place, 2)
    booked = await api.booked(client, place, other)
    token = (await api.reserve(client, place, slot_id)).json()["reservationToken"]
    make.db.execute(
        "UPDATE slots SET start_at = now() - interval '1 minute', "
        "end_at = now() + interval '29 minutes' WHERE id = %s",
        [slot_id],
    )
    for answer in (
        await extend(api, client, token),
        await book(api, client, token),
        await move(api, client, booked, token),
        await api.reserve(client, place, slot_id),
    ):
        assert "alternatives" in problem(answer, 409, "slot_past")["details"]
