"""What a reservation's token is worth, wherever it is used (SPEC 4.4)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

Use = Callable[[Api, User, str], Awaitable[httpx.Response]]


async def look(api: Api, user: User, token: str) -> httpx.Response:
    return await api.get(f"/reservations/{token}", user)


async def extend(api: Api, user: User, token: str) -> httpx.Response:
    return await api.post(f"/reservations/{token}/extend", user)


async def release(api: Api, user: User, token: str) -> httpx.Response:
    return await api.delete(f"/reservations/{token}", user)


async def book(api: Api, user: User, token: str) -> httpx.Response:
    return await api.book(user, token)


USES: list[Use] = [look, extend, release, book]
# What each use of a token answers, by what became of the reservation.
WORTH = {
    "live": {look: 200, extend: 200, release: 204, book: 201},
    "expired": {look: 410, extend: 410, release: 204, book: 410},
    "used": dict.fromkeys(USES, 410),
    "released": {look: 404, extend: 404, release: 204, book: 404},
    "foreign": dict.fromkeys(USES, 404),
    "unknown": dict.fromkeys(USES, 404),
    "forged": dict.fromkeys(USES, 404),
}
SCENARIOS = {
    404: "reservation_not_found",
    "used": "reservation_used",
    "expired": "reservation_expired",
}


async def token_of(api: Api, user: User, place: Place, slot_id: Any) -> str:
    answer = await api.reserve(user, place, slot_id)
    assert answer.status_code == 201, answer.text
    return answer.json()["reservationToken"]


async def prepare(
    api: Api, make: Make, place: Place, client: User, slot_id: UUID, fate: str
) -> str:
    """The token of a reservation that met this fate."""
    owner = make.client() if fate == "foreign" else client
    token = await token_of(api, owner, place, slot_id)
    match fate:
        case "expired":
            make.expire(slot_id)
        case "used":
            assert (await api.book(client, token)).status_code == 201
        case "released":
            assert (await release(api, client, token)).status_code == 204
        case "unknown":
            return "no-token"
        case "forged":
            return token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
    return token


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
@pytest.mark.parametrize("fate", WORTH)
async def test_what_a_token_is_worth(api: Api, make: Make, fate: str, use: Use) -> None:
    place, client = make.place(), make.client()
    slot_id, free = make.slots(place, 2)
    token = await prepare(api, make, place, client, slot_id, fate)
    answer = await use(api, client, token)
    expected = WORTH[fate][use]
    if expected < 400:
        assert answer.status_code == expected, answer.text
        return
    refusal = problem(answer, expected, SCENARIOS[404 if expected == 404 else fate])
    if fate == "expired":
        offered = [timeslot["id"] for timeslot in refusal["details"]["alternatives"]]
        assert offered == [str(slot_id), str(free)], "its own slot is free again, too"
    else:
        assert refusal["details"] == {}


async def test_a_reservation_shows_what_it_is_for(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    made = await api.reserve(client, place, slot_id)
    assert made.json().keys() == {
        "reservationToken",
        "timeslotId",
        "expiresAt",
        "ttlSeconds",
        "priceCents",
        "currency",
    }
    token = made.json()["reservationToken"]
    assert made.headers["location"] == f"/api/v1/reservations/{token}"
    shown = (await look(api, client, token)).json()
    assert {name: shown[name] for name in made.json()} == made.json()
    assert (shown["providerId"], shown["serviceId"]) == (
        str(place.provider_id),
        str(place.service_id),
    )
    assert (shown["userId"], shown["extensionsLeft"]) == (str(client.id), 2)
    # Staff in scope may look after it, staff elsewhere know nothing of it.
    assert (await look(api, make.operator(place.provider_id), token)).json() == shown
    elsewhere = make.operator(make.place().provider_id)
    problem(await look(api, elsewhere, token), 404, "reservation_not_found")


async def test_it_is_extended_twice_at_most(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    token = await token_of(api, client, place, slot_id)
    make.db.execute("UPDATE reservations SET expires_at = now() + interval '10 seconds'")
    make.db.execute("UPDATE slots SET held_until = now() + interval '10 seconds'")
    for left in (1, 0):
        extended = (await extend(api, client, token)).json()
        assert extended["extensionsLeft"] == left
        now = make.one("SELECT clock_timestamp() AS now")["now"]
        remaining = datetime.fromisoformat(extended["expiresAt"]) - now
        assert timedelta(seconds=60) < remaining <= timedelta(seconds=120)
    problem(await extend(api, client, token), 409, "extension_limit")
    assert (await look(api, client, token)).json() == extended, "a refusal costs nothing"


async def test_reserving_again_is_the_same_reservation(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    first = await api.reserve(client, place, slot_id)
    again = await api.reserve(client, place, slot_id)
    assert (again.status_code, again.json()) == (200, first.json())
    problem(await api.reserve(make.client(), place, slot_id), 409, "slot_held")
    assert make.one("SELECT version FROM slots")["version"] == 2


async def test_what_cannot_be_reserved(api: Api, make: Make) -> None:
    place, other, client = make.place(), make.place(), make.client()
    begun = make.slot(place, soon(days=-1))
    blocked = make.slot(place, soon(), status="blocked")
    short = make.slot(place, soon(2), minutes=29)
    free = make.slot(place, soon(1))
    for slot_id, scenario in ((begun, "slot_past"), (blocked, "slot_blocked")):
        details = problem(await api.reserve(client, place, slot_id), 409, scenario)["details"]
        assert [timeslot["id"] for timeslot in details["alternatives"]] == [str(free)]
    problem(await api.reserve(client, place, short), 404, "not_found")
    for field, value in (
        ("providerId", other.provider_id),
        ("serviceId", other.service_id),
        ("timeslotId", client.id),
    ):
        answer = await api.reserve(client, place, free, **{field: str(value)})
        problem(answer, 404, "not_found")
    another = str(make.client().id)
    problem(await api.reserve(client, place, free, userId=another), 403, "forbidden")
    linked = make.operator(other.provider_id)
    problem(await api.reserve(linked, place, free, userId=another), 404, "not_found")
    held = await api.reserve(make.operator(), place, free, userId=another)
    assert held.status_code == 201
    assert str(make.one("SELECT user_id FROM reservations")["user_id"]) == another


async def test_three_at_a_time(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slots = make.slots(place, 5)
    tokens = [await token_of(api, client, place, slot_id) for slot_id in slots[:3]]
    refused = await api.reserve(client, place, slots[3])
    problem(refused, 429, "too_many_reservations")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await api.reserve(client, place, slots[0])).status_code == 200
    assert (await release(api, client, tokens[0])).status_code == 204
    assert (await api.reserve(client, place, slots[3])).status_code == 201
    assert (await api.book(client, tokens[1])).status_code == 201
    assert (await api.reserve(client, place, slots[4])).status_code == 201
