"""An appointment moves to another time, in one transaction (SPEC 4.5, seed 003)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon


async def token_of(api: Api, user: User, place: Place, slot_id: Any, **more: Any) -> str:
    answer = await api.reserve(user, place, slot_id, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["reservationToken"]


async def move(
    api: Api,
    user: User | None,
    appointment: Any,
    token: str,
    *,
    key: str | None = "new",
    **more: Any,
) -> httpx.Response:
    body = {"reservationToken": token, **more}
    return await api.post(f"/appointments/{appointment}/reschedule", user, key=key, json=body)


def standing(make: Make, slot_id: Any) -> tuple[str, Any]:
    row = make.one("SELECT status::text, appointment_id FROM slots WHERE id = %s", slot_id)
    return row["status"], row["appointment_id"]


async def test_it_moves_to_another_provider_who_offers_the_service(api: Api, make: Make) -> None:
    place, client = make.place(timezone="Europe/Berlin"), make.client()
    other = make.place(timezone="America/New_York", service_id=place.service_id)
    old, new = make.slot(place, soon(days=2)), make.slot(other, soon(days=3), minutes=45)
    before = await api.booked(client, place, old)
    await api.post(f"/appointments/{before['id']}/confirm-attendance", client)
    answer = await move(api, client, before["id"], await token_of(api, client, other, new))
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert moved["id"] == before["id"]
    assert (moved["providerId"], moved["facilityId"], moved["slotId"]) == (
        str(other.provider_id),
        str(other.facility_id),
        str(new),
    )
    assert moved["timezone"] == "America/New_York"
    start = soon(days=3)
    assert moved["start"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert moved["end"] == (start + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert moved["clientConfirmedAt"] is None, "what was confirmed was the other time"
    assert (moved["status"], moved["version"]) == ("confirmed", 3)
    assert standing(make, old) == ("available", None)
    assert standing(make, new)[0] == "booked"

    path = f"/appointments/{moved['id']}"
    entry = (await api.get(f"{path}/audit", client)).json()["items"][-1]
    assert entry["action"] == "rescheduled"
    assert entry["changes"]["slotId"] == {"from": str(old), "to": str(new)}
    assert entry["changes"]["providerId"]["from"] == str(place.provider_id)
    # Its staff is the new provider's now.
    problem(await api.get(path, make.operator(place.provider_id)), 404, "not_found")
    assert (await api.get(path, make.operator(other.provider_id))).status_code == 200


async def test_price_and_policy_stay_those_of_the_booking(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    old, new = make.slot(place, soon(days=5)), make.slot(place, soon(days=0))
    before = await api.booked(client, place, old)
    make.db.execute(
        "UPDATE services SET price_cents = 9900, free_until_hours = 0, late_fee_percent = 100"
    )
    moved = (await move(api, client, before["id"], await token_of(api, client, place, new))).json()
    assert (moved["priceCents"], moved["currency"]) == (5000, "EUR")
    policy = moved["cancellationPolicy"]
    assert policy["feeCents"] == 2500
    assert policy["refundableUntil"] == (soon(days=0) - timedelta(hours=24)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


async def test_a_token_that_is_worth_nothing_moves_nothing(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    mine, others, released, expired, free = make.slots(place, 5, soon(days=2))
    appointment = (await api.booked(client, place, mine))["id"]

    foreign = await token_of(api, make.client(), place, others)
    gone = await token_of(api, client, place, released)
    await api.delete(f"/reservations/{gone}", client)
    late = await token_of(api, client, place, expired)
    make.expire(expired)
    for token in (foreign, gone, "unknown", foreign[:-2] + "xx"):
        refused = await move(api, client, appointment, token)
        problem(refused, 404, "reservation_not_found")
    details = problem(await move(api, client, appointment, late), 410, "reservation_expired")[
        "details"
    ]
    offered = [timeslot["id"] for timeslot in details["alternatives"]]
    assert set(offered) == {str(expired), str(released), str(free)}
    token = await token_of(api, client, place, free)
    assert (await move(api, client, appointment, token)).status_code == 200
    problem(await move(api, client, appointment, token), 410, "reservation_used")
    assert standing(make, mine) == ("available", None)
    assert standing(make, others)[0] == "held"


@pytest.mark.parametrize("why", ["service", "length", "past"])
async def test_where_it_does_not_fit_it_does_not_go(api: Api, make: Make, why: str) -> None:
    place, client = make.place(), make.client()
    old, new = make.slot(place, soon(days=2)), make.slot(place, soon(days=3))
    booked = await api.booked(client, place, old)
    target = place
    if why == "service":
        other = make.service()
        make.db.execute("INSERT INTO provider_services VALUES (%s, %s)", [place.provider_id, other])
        target = Place(place.provider_id, place.facility_id, other)
    token = await token_of(api, client, target, new)
    if why == "length":
        make.db.execute(
            "UPDATE slots SET end_at = end_at + interval '10 minutes' WHERE id = %s", [old]
        )
        make.db.execute(
            "UPDATE appointments SET end_at = end_at + interval '10 minutes' WHERE id = %s",
            [booked["id"]],
        )
    elif why == "past":
        make.db.execute(
            "UPDATE slots SET start_at = now() - interval '1 minute', "
            "end_at = now() + interval '1 hour' WHERE id = %s",
            [new],
        )
    refused = await move(api, client, booked["id"], token)
    if why == "service":
        errors = problem(refused, 422, "validation_failed")["details"]["errors"]
        assert [error["field"] for error in errors] == ["reservationToken"]
    elif why == "length":
        details = problem(refused, 422, "time_mismatch")["details"]
        assert {"appointmentStart", "appointmentEnd", "slotStart", "slotEnd"} == details.keys()
    else:
        assert "alternatives" in problem(refused, 409, "slot_past")["details"]
    assert standing(make, old)[0] == "booked"
    assert standing(make, new)[0] == "held", "the reservation is still good for something else"


async def test_only_what_is_confirmed_moves(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    first, second, new = make.slots(place, 3, soon(days=2))
    requested = (await api.book_at(client, place, soon(days=9))).json()["id"]
    cancelled = (await api.booked(client, place, first))["id"]
    await api.post(f"/appointments/{cancelled}/cancel", client, key="new", json={})
    completed = (await api.booked(client, place, second))["id"]
    make.begin(completed)
    await api.post(f"/appointments/{completed}/complete", staff)
    token = await token_of(api, client, place, new)
    for appointment, status in (
        (requested, "requested"),
        (cancelled, "cancelled"),
        (completed, "completed"),
    ):
        refused = await move(api, client, appointment, token)
        details = problem(refused, 409, "invalid_transition")["details"]
        assert details == {"status": status, "action": "reschedule"}


async def test_who_may_move_what(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    old, new, newer = make.slots(place, 3, soon(days=2))
    appointment = (await api.booked(client, place, old))["id"]
    token = await token_of(api, client, place, new)
    problem(await move(api, client, appointment, token, key=None), 400, "idempotency_key_missing")
    problem(await move(api, None, appointment, token), 401, "unauthenticated")
    for stranger in (make.client(), make.operator(make.place().provider_id)):
        problem(await move(api, stranger, appointment, token), 404, "not_found")
    problem(await move(api, client, appointment, token, version=2), 409, "version_conflict")
    desk = make.operator()
    assert (await move(api, desk, appointment, token)).status_code == 200
    # Staff reserve for the client whose appointment it is.
    theirs = await token_of(api, desk, place, newer, userId=str(client.id))
    assert (await move(api, desk, appointment, theirs)).json()["slotId"] == str(newer)


async def test_a_repeated_request_moves_once(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    old, new = make.slots(place, 2, soon(days=2))
    appointment = (await api.booked(client, place, old))["id"]
    token = await token_of(api, client, place, new)
    first = await move(api, client, appointment, token, key="one")
    again = await move(api, client, appointment, token, key=None, idempotencyKey="one")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    assert first.json()["version"] == 2
    other = await move(api, client, appointment, token, key="one", reason="Other")
    problem(other, 422, "idempotency_key_reused")
