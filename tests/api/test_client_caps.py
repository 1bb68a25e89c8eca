"""How much a client may have, and that staff are not bound by it (SPEC 4.5)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, Place, User, soon

WAYS = ("by token", "directly")


async def take(
    api: Api, make: Make, way: str, caller: User, place: Place, at: float, **given: Any
) -> httpx.Response:
    """Book half an hour that begins so many hours after `soon()`."""
    start = soon(at, days=3)
    slot_id = make.slot(place, start)
    if way == "directly":
        return await api.book_at(caller, place, start, ifUnavailable="fail", **given)
    held = await api.reserve(caller, place, slot_id, **given)
    assert held.status_code == 201, held.text
    return await api.book(caller, held.json()["reservationToken"])


async def ask(api: Api, caller: User, place: Place, at: float, **given: Any) -> httpx.Response:
    return await api.book_at(caller, place, soon(at, days=3), ifUnavailable="request", **given)


@pytest.mark.parametrize("way", WAYS)
async def test_ten_appointments_to_come(api: Api, make: Make, way: str) -> None:
    place, client = make.place(), make.client()
    booked = [await take(api, make, way, client, place, number) for number in range(10)]
    assert [answer.status_code for answer in booked] == [201] * 10
    answer = await take(api, make, way, client, place, 20)
    refusal = problem(answer, 429, "too_many_appointments")
    assert refusal["details"]["limit"] == 10
    assert int(answer.headers["retry-after"]) == refusal["details"]["retryAfterSeconds"] > 3600
    assert len(make.all("SELECT FROM appointments")) == 10
    # The one that is over, cancelled or deleted is not to come.
    path = f"/appointments/{booked[0].json()['id']}/cancel"
    assert (await api.post(path, client, key="new")).status_code == 200
    assert (await take(api, make, "directly", client, place, 21)).status_code == 201
    problem(await take(api, make, "directly", client, place, 22), 429, "too_many_appointments")
    # Another client has its own ten.
    assert (await take(api, make, way, make.client(), place, 23)).status_code == 201


async def test_five_requests_that_wait(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    asked = [await ask(api, client, place, number) for number in range(5)]
    assert [answer.status_code for answer in asked] == [201] * 5
    answer = await ask(api, client, place, 9)
    assert problem(answer, 429, "too_many_appointments")["details"]["limit"] == 5
    assert int(answer.headers["retry-after"]) > 3600
    assert (await take(api, make, "directly", client, place, 30)).status_code == 201, "has a slot"
    slot_id = make.slot(place, soon(0, days=3))
    accepted = await api.post(
        f"/appointments/availability/slots/{slot_id}/accept-appointment",
        make.operator(),
        json={"appointmentId": asked[0].json()["id"]},
    )
    assert accepted.status_code == 200, accepted.text
    assert (await ask(api, client, place, 9)).status_code == 201, "one of them was accepted"


async def test_a_hundred_requests_for_one_time_are_one(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    first = await ask(api, client, place, 0)
    assert first.status_code == 201
    for _ in range(3):
        refusal = problem(await ask(api, client, place, 0), 409, "client_overlap")
        assert refusal["details"]["appointmentId"] == first.json()["id"]
    assert len(make.all("SELECT FROM appointments")) == 1


@pytest.mark.parametrize("shift", [-29, -1, 0, 1, 29])
@pytest.mark.parametrize("way", [*WAYS, "request"])
async def test_no_two_that_overlap(api: Api, make: Make, way: str, shift: int) -> None:
    place, other, client = make.place(), make.place(), make.client()
    mine = (await take(api, make, "by token", client, place, 0)).json()
    at = shift / 60
    answer = await (
        ask(api, client, other, at) if way == "request" else take(api, make, way, client, other, at)
    )
    details = problem(answer, 409, "client_overlap")["details"]
    assert (details["appointmentId"], details["start"], details["end"]) == (
        mine["id"],
        mine["start"],
        mine["end"],
    )
    assert len(make.all("SELECT FROM appointments")) == 1


@pytest.mark.parametrize("shift", [-30, 30])
async def test_one_after_the_other_is_fine(api: Api, make: Make, shift: int) -> None:
    place, other, client = make.place(), make.place(), make.client()
    assert (await take(api, make, "by token", client, place, 0)).status_code == 201
    assert (await take(api, make, "directly", client, other, shift / 60)).status_code == 201


async def test_no_move_onto_another_of_ones_own(api: Api, make: Make) -> None:
    place, other, client = make.place(), make.place(), make.client()
    make.db.execute(
        "INSERT INTO provider_services VALUES (%s, %s)", [other.provider_id, place.service_id]
    )
    moved = (await take(api, make, "by token", client, place, 0)).json()
    mine = (await take(api, make, "by token", client, place, 5)).json()

    async def move(caller: User, at: float) -> httpx.Response:
        slot_id = make.slot(other, soon(at, days=3))
        target = Place(other.provider_id, other.facility_id, place.service_id)
        who = {"userId": str(client.id)} if caller is not client else {}
        token = (await api.reserve(caller, target, slot_id, **who)).json()["reservationToken"]
        path = f"/appointments/{moved['id']}/reschedule"
        return await api.post(path, caller, json={"reservationToken": token}, key="new")

    refusal = problem(await move(client, 5.25), 409, "client_overlap")
    assert refusal["details"]["appointmentId"] == mine["id"]
    assert (await move(client, 0.25)).status_code == 200, "it may overlap what it was itself"
    assert (await move(make.operator(), 4.75)).status_code == 200, "staff are not bound"


@pytest.mark.parametrize("way", WAYS)
async def test_staff_are_not_bound(api: Api, make: Make, way: str) -> None:
    place, client, desk = make.place(), make.client(), make.operator()
    who = {"userId": str(client.id)}
    for number in range(12):
        answer = await take(api, make, way, desk, place, number, **who)
        assert answer.status_code == 201, answer.text
    overlapping = await take(api, make, way, desk, make.place(), 0, **who)
    assert overlapping.status_code == 201
    for number in range(20, 27):
        assert (await ask(api, desk, place, number, **who)).status_code == 201
    problem(await take(api, make, way, client, place, 40), 429, "too_many_appointments")


async def test_staff_may_book_what_a_client_reserved(api: Api, make: Make) -> None:
    place, other, client = make.place(), make.place(), make.client()
    await take(api, make, "by token", client, place, 0)
    start = soon(0, days=3)
    token = (await api.reserve(client, other, make.slot(other, start))).json()["reservationToken"]
    problem(await api.book(client, token), 409, "client_overlap")
    assert (await api.book(make.operator(), token)).status_code == 201


async def test_a_refusal_is_not_kept_and_a_repetition_not_counted(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    for number in range(9):
        await take(api, make, "directly", client, place, number)
    start = soon(9, days=3)
    make.slot(place, start)
    first = await api.book_at(client, place, start, key="tenth")
    assert first.status_code == 201
    again = await api.book_at(client, place, start, key="tenth")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    start = soon(10, days=3)
    make.slot(place, start)
    problem(await api.book_at(client, place, start, key="eleventh"), 429, "too_many_appointments")
    path = f"/appointments/{first.json()['id']}/cancel"
    assert (await api.post(path, client, key="new")).status_code == 200
    assert (await api.book_at(client, place, start, key="eleventh")).status_code == 201


async def test_what_has_begun_is_not_to_come(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    for number in range(10):
        await take(api, make, "directly", client, place, number)
    with make.db.transaction():
        for table in ("slots", "appointments"):
            make.db.execute(
                f"UPDATE {table} SET start_at = now() - interval '1 minute', "
                "end_at = now() + interval '29 minutes' WHERE start_at = "
                f"(SELECT min(start_at) FROM {table})"
            )
    assert (await take(api, make, "directly", client, place, 20)).status_code == 201


class TestOtherLimits:
    """What the limits are is a setting."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            secret_key=SecretStr(SECRET_KEY),
            rate_limit="off",
            client_appointment_limit=2,
            client_request_limit=1,
        )

    async def test_they_can_be_set(self, api: Api, make: Make) -> None:
        place, client = make.place(), make.client()
        for number in range(2):
            assert (await take(api, make, "by token", client, place, number)).status_code == 201
        problem(await take(api, make, "by token", client, place, 3), 429, "too_many_appointments")
        assert (await ask(api, client, place, 4)).status_code == 201
        problem(await ask(api, client, place, 5), 429, "too_many_appointments")


def test_a_client_overlaps_only_with_what_stands(make: Make) -> None:
    """Nothing that is cancelled, missed, over or deleted is in the way."""
    place, client, start = make.place(), make.client(), soon(days=3)
    for status in ("cancelled", "no_show"):
        make.db.execute(
            "INSERT INTO appointments (id, user_id, provider_id, service_id, start_at, end_at, "
            "status, price_cents, currency, free_until_hours, no_show_fee_cents, fee_cents, "
            "refund_cents) "
            "VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, 1, 'EUR', 0, 0, 0, 1)",
            [
                client.id,
                place.provider_id,
                place.service_id,
                start,
                start + timedelta(minutes=30),
                status,
            ],
        )
    row = make.one(
        "SELECT outcome FROM client_booking_refusal(%s, %s, %s, 'confirmed', NULL, %s)",
        client.id,
        start,
        start + timedelta(minutes=30),
        '{"appointments": 1, "requests": 1}',
    )
    assert row == {"outcome": None}
