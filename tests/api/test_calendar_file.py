"""The calendar file of an appointment (SPEC 4.5, `calendar.ics`)."""

from datetime import datetime
from typing import Any

import httpx
from icalendar import Calendar

from tests.support.api import Api, problem
from tests.support.make import Make, User, soon


async def get_file(api: Api, appointment: dict[str, Any], user: User) -> httpx.Response:
    answer = await api.get(f"/appointments/{appointment['id']}/calendar.ics", user)
    assert answer.status_code == 200, answer.text
    return answer


def event_of(answer: httpx.Response) -> Any:
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    return event


async def test_a_file_that_calendars_read(api: Api, make: Make) -> None:
    place, client = make.place(timezone="America/New_York"), make.client()
    make.db.execute("UPDATE facilities SET address = 'Main St 1, Springfield; 2nd floor'")
    reserved = await api.reserve(client, place, make.slot(place))
    token = reserved.json()["reservationToken"]
    appointment = (await api.book(client, token, notes="private matter")).json()

    answer = await get_file(api, appointment, client)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="appointment-{appointment["id"]}.ics"'
    )
    assert "last-modified" in answer.headers
    event = event_of(answer)
    assert event["UID"] == f"{appointment['id']}@holdfast"
    assert event["STATUS"] == "CONFIRMED"
    assert event["DTSTART"].dt == datetime.fromisoformat(appointment["start"])
    assert event["DTEND"].dt == datetime.fromisoformat(appointment["end"])
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event["SUMMARY"] == f"{appointment['serviceTitle']} with {appointment['providerName']}"
    assert event["LOCATION"] == (
        f"{appointment['facilityName']}, Main St 1, Springfield; 2nd floor"
    )
    for secret in ("private matter", client.email, client.name):
        assert secret not in answer.text

    path = f"/appointments/{appointment['id']}/calendar.ics"
    known = {"If-None-Match": answer.headers["etag"]}
    unchanged = await api.get(path, client, headers=known)
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    make.db.execute("UPDATE facilities SET name = 'Elsewhere', updated_at = clock_timestamp()")
    assert (await api.get(path, client, headers=known)).status_code == 200


async def test_who_may_have_it(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client(), make.client()
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/calendar.ics"
    problem(await api.get(path), 401, "unauthenticated")
    problem(await api.get(path, other), 404, "not_found")
    problem(await api.get(path, make.operator(make.place().provider_id)), 404, "not_found")
    for user in (client, make.operator(place.provider_id), make.operator(), make.admin()):
        await get_file(api, appointment, user)


async def test_sequence_and_status_follow_its_life(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    staff, admin = make.operator(), make.admin()
    first, second = make.slots(place, 2, soon(days=3))
    appointment = await api.booked(client, place, first)
    path = f"/appointments/{appointment['id']}"

    async def shows(sequence: int, status: str) -> None:
        event = event_of(await get_file(api, appointment, staff))
        assert (event["SEQUENCE"], event["STATUS"]) == (sequence, status)
        assert event["UID"] == f"{appointment['id']}@holdfast"

    await shows(0, "CONFIRMED")
    edited = await api.patch(path, staff, json={"notes": "x", "version": 1})
    assert edited.status_code == 200
    await shows(0, "CONFIRMED")
    token = (await api.reserve(client, place, second)).json()["reservationToken"]
    moved = await api.post(
        f"{path}/reschedule", client, key="new", json={"reservationToken": token}
    )
    assert moved.status_code == 200, moved.text
    await shows(1, "CONFIRMED")
    assert (await api.delete(path, staff, json={"version": 3})).status_code == 204
    await shows(2, "CANCELLED")
    problem(await api.get(f"{path}/calendar.ics", client), 404, "not_found")
    assert (await api.post(f"{path}/restore", admin)).status_code == 200
    await shows(3, "CONFIRMED")
    cancelled = await api.post(f"{path}/cancel", client, key="new", json={})
    assert cancelled.status_code == 200
    await shows(4, "CANCELLED")


async def test_a_request_is_tentative_until_it_is_accepted(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    start = soon(days=2)
    appointment = (await api.book_at(client, place, start)).json()
    event = event_of(await get_file(api, appointment, client))
    assert event["STATUS"] == "TENTATIVE"
    assert "LOCATION" not in event
    slot_id = make.slot(place, start)
    accepted = await api.post(
        f"/appointments/availability/slots/{slot_id}/accept-appointment",
        staff,
        json={"appointmentId": appointment["id"]},
    )
    assert accepted.status_code == 200
    event = event_of(await get_file(api, appointment, client))
    assert event["STATUS"] == "CONFIRMED"
    assert event["LOCATION"].startswith("Facility")
