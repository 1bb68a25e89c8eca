"""The main path: look, reserve, book, see that nobody else can (SPEC 4.4, 4.5)."""

from tests.support.api import Api, problem
from tests.support.make import Make, soon


async def test_reserve_book_and_read(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client(), make.client()
    slot_id = make.slot(place)

    reserved = await api.reserve(client, place, slot_id)
    assert reserved.status_code == 201, reserved.text
    assert reserved.json()["timeslotId"] == str(slot_id)
    assert reserved.json()["ttlSeconds"] == 120

    problem(await api.reserve(other, place, slot_id), 409, "slot_held")

    booked = await api.book(client, reserved.json()["reservationToken"], notes="Hello")
    assert booked.status_code == 201, booked.text
    appointment = booked.json()
    assert appointment["status"] == "confirmed"
    assert appointment["slotId"] == str(slot_id)
    assert appointment["notes"] == "Hello"

    problem(await api.reserve(other, place, slot_id), 409, "slot_booked")

    path = f"/appointments/{appointment['id']}"
    read = await api.get(path, client)
    assert read.headers["etag"] == '"1"'
    assert read.json()["audit"][0]["action"] == "created"
    assert {k: v for k, v in read.json().items() if k != "audit"} == appointment
    assert (await api.get(path, client, headers={"If-None-Match": '"1"'})).status_code == 304
    problem(await api.get(path, other), 404, "not_found")


async def test_direct_booking_takes_the_matching_slot(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    start = soon()
    slot_id = make.slot(place, start)
    booked = await api.book_at(client, place, start)
    assert booked.status_code == 201, booked.text
    assert booked.json()["slotId"] == str(slot_id)

    refused = problem(
        await api.book_at(client, place, start, ifUnavailable="fail"), 409, "slot_booked"
    )
    assert refused["details"]["alternatives"] == []
    requested = await api.book_at(make.client(), place, start)
    assert requested.json()["status"] == "requested"
    assert requested.json()["slotId"] is None
