"""Staff say for whom they book, and only they how long it lasts (SPEC 4.4, 4.5)."""

from datetime import timedelta

import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, soon


def fields(refusal: dict[str, object]) -> list[str]:
    details = refusal["details"]
    assert isinstance(details, dict)
    return [error["field"] for error in details["errors"]]


@pytest.mark.parametrize("minutes", [1, 29, 31, 60, 480])
@pytest.mark.parametrize("if_unavailable", ["fail", "request"])
async def test_a_client_cannot_choose_how_long_it_lasts(
    api: Api, make: Make, minutes: int, if_unavailable: str
) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start, minutes=480)
    answer = await api.book_at(
        client,
        place,
        start,
        end=(start + timedelta(minutes=minutes)).isoformat(),
        ifUnavailable=if_unavailable,
    )
    assert fields(problem(answer, 422, "validation_failed")) == ["end"]
    assert make.all("SELECT FROM appointments") == []


async def test_a_client_may_say_the_end_that_it_has_anyway(api: Api, make: Make) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    make.slot(place, start + timedelta(hours=1))
    end = (start + timedelta(minutes=30)).isoformat()
    assert (await api.book_at(client, place, start, end=end)).status_code == 201
    later = start + timedelta(hours=1)
    booked = (await api.book_at(client, place, later)).json()
    assert booked["end"] == (later + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")


async def test_staff_choose_how_long_it_lasts(api: Api, make: Make) -> None:
    place, client, desk, start = make.place(), make.client(), make.operator(), soon()
    make.slot(place, start, minutes=120)
    whole = {"userId": str(client.id), "ifUnavailable": "fail"}
    for minutes, scenario, status in (
        (0, "invalid_time_range", 422),
        (-5, "invalid_time_range", 422),
    ):
        end = (start + timedelta(minutes=minutes)).isoformat()
        problem(await api.book_at(desk, place, start, end=end, **whole), status, scenario)
    for minutes in (1, 4, 1441):
        end = (start + timedelta(minutes=minutes)).isoformat()
        refusal = problem(
            await api.book_at(desk, place, start, end=end, **whole), 422, "validation_failed"
        )
        assert fields(refusal) == ["end"]
    beyond = (start + timedelta(minutes=121)).isoformat()
    problem(await api.book_at(desk, place, start, end=beyond, **whole), 409, "no_slot")
    end = (start + timedelta(minutes=120)).isoformat()
    booked = await api.book_at(desk, place, start, end=end, **whole)
    assert booked.status_code == 201, booked.text
    assert booked.json()["end"] == end.replace("+00:00", "Z")


@pytest.mark.parametrize("role", ["operator", "linked operator", "admin"])
async def test_staff_say_for_whom(api: Api, make: Make, role: str) -> None:
    place, client = make.place(), make.client()
    slot_id, start = make.slot(place), soon()
    staff = {
        "operator": make.operator,
        "linked operator": lambda: make.operator(place.provider_id),
        "admin": make.admin,
    }[role]()
    for answer in (
        await api.reserve(staff, place, slot_id),
        await api.reserve(staff, place, slot_id, userId=None),
        await api.book_at(staff, place, start),
        await api.book_at(staff, place, start, userId=None),
    ):
        assert fields(problem(answer, 422, "validation_failed")) == ["userId"]
    assert make.all("SELECT FROM reservations") == []
    assert make.all("SELECT FROM appointments") == []

    held = await api.reserve(staff, place, slot_id, userId=str(client.id))
    token = held.json()["reservationToken"]
    another = str(make.client().id)
    refusal = problem(await api.book(staff, token, userId=another), 422, "validation_failed")
    assert fields(refusal) == ["userId"]
    booked = await api.book(staff, token, userId=str(client.id))
    assert (booked.status_code, booked.json()["userId"]) == (201, str(client.id)), booked.text


async def test_a_token_says_for_whom(api: Api, make: Make) -> None:
    place, client, desk = make.place(), make.client(), make.operator()
    first, second = make.slots(place, 2)
    token = (await api.reserve(desk, place, first, userId=str(client.id))).json()[
        "reservationToken"
    ]
    assert (await api.book(desk, token)).json()["userId"] == str(client.id)
    token = (await api.reserve(client, place, second)).json()["reservationToken"]
    refusal = problem(await api.book(client, token, userId=str(desk.id)), 422, "validation_failed")
    assert fields(refusal) == ["userId"]
    assert (await api.book(client, token, userId=str(client.id))).status_code == 201
