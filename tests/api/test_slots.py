"""Slots as staff work with them: publish, move, block, withdraw, look back (SPEC 4.3)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from holdfast.http.wire import wire_time
from tests.support.api import Api, problem
from tests.support.make import Make, Place, soon

SLOTS = "/appointments/availability/slots"


def period(start_hour: float, end_hour: float) -> dict[str, str]:
    return {"start": wire_time(soon(start_hour)), "end": wire_time(soon(end_hour))}


def at(place: Place) -> dict[str, str]:
    return {"providerId": str(place.provider_id), "facilityId": str(place.facility_id)}


async def history(api: Api, make: Make, slot_id: Any) -> list[tuple[str, str | None, str]]:
    answer = await api.get(f"{SLOTS}/{slot_id}/audit", make.operator())
    entries = answer.json()["items"]
    return [(e["action"], e["previousStatus"], e["newStatus"]) for e in entries]


async def test_publish(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    body = {**at(place), "serviceId": str(place.service_id), **period(0, 1)}
    made = await api.post(SLOTS, staff, json=body)
    assert made.status_code == 201, made.text
    slot = made.json()
    assert made.headers["location"] == f"/api/v1{SLOTS}/{slot['id']}"
    assert made.headers["etag"] == '"1"'
    assert {name: slot[name] for name in body} == body
    assert (slot["status"], slot["version"], slot["appointmentId"]) == ("available", 1, None)
    path = f"{SLOTS}/{slot['id']}"
    read = await api.get(path, make.operator(place.provider_id))
    assert (read.json(), read.headers["etag"]) == (slot, '"1"')
    assert read.headers["last-modified"] == made.headers["last-modified"]
    assert (await api.get(path, staff, headers={"If-None-Match": '"1"'})).status_code == 304
    found = await api.get(SLOTS, staff, params={**at(place), "status": "available"})
    assert found.json() == {"items": [slot], "nextCursor": None}


@pytest.mark.parametrize(("start", "end"), [(0, 1), (-1, 2), (0.25, 0.75), (-0.5, 0.5), (0.5, 1.5)])
async def test_what_overlaps_is_refused_and_named(
    api: Api, make: Make, start: float, end: float
) -> None:
    place, staff = make.place(), make.operator()
    slot_id = make.slot(place, soon(), minutes=60)
    refused = await api.post(SLOTS, staff, json={**at(place), **period(start, end)})
    details = problem(refused, 409, "slot_overlap")["details"]
    assert details == {"overlappingSlotId": str(slot_id)}


async def test_what_only_touches_is_published(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    make.slot(place, soon(), minutes=60)
    make.slot(place, soon(3), minutes=60, status="blocked")
    for hours in ((-1, 0), (1, 2), (3, 4)):  # before, behind, over a blocked one
        answer = await api.post(SLOTS, staff, json={**at(place), **period(*hours)})
        assert answer.status_code == 201, answer.text
    # Another provider's calendar is another matter.
    elsewhere = {**at(make.place()), **period(0, 1)}
    assert (await api.post(SLOTS, staff, json=elsewhere)).status_code == 201


async def test_what_cannot_be_published(api: Api, make: Make) -> None:
    place, other, staff = make.place(), make.place(), make.operator()
    for hours in ((1, 1), (1, 0)):
        refused = await api.post(SLOTS, staff, json={**at(place), **period(*hours)})
        problem(refused, 422, "invalid_time_range")
    for field, value in (
        ("facilityId", other.facility_id),
        ("facilityId", uuid4()),
        ("serviceId", other.service_id),
    ):
        body = {**at(place), **period(0, 1), field: str(value)}
        errors = problem(await api.post(SLOTS, staff, json=body), 422, "validation_failed")
        assert [error["field"] for error in errors["details"]["errors"]] == [field]
    unknown = {**at(place), **period(0, 1), "providerId": str(uuid4())}
    problem(await api.post(SLOTS, staff, json=unknown), 404, "not_found")
    assert make.all("SELECT FROM slots") == []


async def test_move_block_and_unblock(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    slot_id = make.slot(place, soon(), minutes=60)
    path = f"{SLOTS}/{slot_id}"

    async def change(version: int, **body: Any) -> dict[str, Any]:
        answer = await api.patch(path, staff, json={**body, "version": version})
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
        return answer.json()

    moved = await change(1, **period(2, 4), reason="Later")
    assert (moved["start"], moved["end"]) == tuple(period(2, 4).values())
    assert moved["version"] == 2
    assert (await change(2, start=moved["start"]))["version"] == 2, "nothing was changed"
    assert (await change(2, status="blocked", reason="Lunch"))["status"] == "blocked"
    client = make.client()
    problem(await api.reserve(client, place, slot_id), 409, "slot_blocked")
    assert (await change(3, status="available"))["version"] == 4
    assert (await api.reserve(client, place, slot_id)).status_code == 201

    entries = (await api.get(f"{path}/audit", staff)).json()["items"]
    assert [e["action"] for e in entries] == ["published", "changed", "blocked", "changed", "held"]
    assert [e["reason"] for e in entries] == [None, "Later", "Lunch", None, None]
    assert entries[1]["changes"]["end"]["to"] == moved["end"]
    assert [e["version"] for e in entries] == [1, 2, 3, 4, 5]
    assert entries[1]["actor"] == {"id": str(staff.id), "type": "operator", "name": staff.name}


async def test_a_slot_does_not_move_onto_another(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    slot_id, other = make.slot(place, soon()), make.slot(place, soon(1))
    path, match = f"{SLOTS}/{slot_id}", {"If-Match": "*"}

    async def change(**body: str) -> Any:
        return await api.patch(path, staff, headers=match, json=body)

    for body in (period(1, 2), {"end": wire_time(soon(1.5))}):
        details = problem(await change(**body), 409, "slot_overlap")["details"]
        assert details["overlappingSlotId"] == str(other)
    for body in ({"end": wire_time(soon())}, {"start": wire_time(soon(0.5))}, period(-30, 0)):
        problem(await change(**body), 422, "invalid_time_range")
    # A blocked one may lie anywhere, but is not opened over another.
    assert (await change(**period(1, 2), status="blocked")).status_code == 200
    problem(await change(status="available"), 409, "slot_overlap")


@pytest.mark.parametrize("status", ["held", "booked"])
async def test_what_a_client_has_is_left_alone(api: Api, make: Make, status: str) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    slot_id, free = make.slots(place, 2)
    if status == "held":
        assert (await api.reserve(client, place, slot_id)).status_code == 201
    else:
        make.appointment(client, place, slot_id)
    path, match = f"{SLOTS}/{slot_id}", {"If-Match": "*"}
    changes: list[dict[str, Any]] = [{"status": "blocked"}, {"status": "available"}, period(5, 6)]
    refusals = [await api.patch(path, staff, headers=match, json=body) for body in changes]
    refusals.append(await api.delete(path, staff, headers=match))
    for refused in refusals:
        details = problem(refused, 409, f"slot_{status}")["details"]
        assert [timeslot["id"] for timeslot in details["alternatives"]] == [str(free)]
    make.expire(slot_id)
    changed = await api.patch(path, staff, headers=match, json={"status": "blocked"})
    assert changed.status_code == (200 if status == "held" else 409)


@pytest.mark.parametrize("status", ["available", "blocked"])
async def test_withdraw(api: Api, make: Make, status: str) -> None:
    place, staff = make.place(), make.operator()
    slot_id = make.slot(place, status=status)
    path = f"{SLOTS}/{slot_id}"
    gone = await api.request("DELETE", path, staff, json={"version": 1, "reason": "Ill"})
    assert (gone.status_code, gone.content) == (204, b"")
    problem(await api.get(path, staff), 404, "not_found")
    problem(await api.delete(path, staff, headers={"If-Match": "*"}), 404, "not_found")
    problem(await api.get(f"{path}/sync", staff), 404, "not_found")
    problem(await api.reserve(make.client(), place, slot_id), 404, "not_found")
    assert (await api.get(SLOTS, staff)).json()["items"] == []
    # What is gone has a history still, and its time is free again.
    assert (await history(api, make, slot_id))[-1] == ("deleted", status, status)
    body = {**at(place), "start": wire_time(soon()), "end": wire_time(soon(1))}
    assert (await api.post(SLOTS, staff, json=body)).status_code == 201


async def test_a_stale_change_is_told_field_by_field(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    path = f"{SLOTS}/{make.slot(place, soon(), minutes=60)}"
    body = {"start": wire_time(soon()), "end": wire_time(soon(2)), "reason": "Longer"}
    stale = problem(
        await api.patch(path, staff, json={**body, "version": 7}), 409, "version_conflict"
    )
    theirs = (await api.get(path, staff)).json()
    assert stale["currentVersion"] == 1
    assert stale["currentData"] == theirs
    # The start is the same, and the version is no field that anybody edits.
    assert stale["details"]["changes"] == {"end": {"yours": body["end"], "theirs": theirs["end"]}}
    header = await api.patch(path, staff, json=body, headers={"If-Match": '"7"'})
    assert problem(header, 412, "precondition_failed")["details"] == stale["details"]


async def test_history_knows_every_change(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    slot_id = make.slot(place, soon(days=3))

    async def reserve() -> str:
        return (await api.reserve(client, place, slot_id)).json()["reservationToken"]

    token = await reserve()
    await api.post(f"/reservations/{token}/extend", client)
    await api.delete(f"/reservations/{token}", client)
    token = await reserve()
    make.expire(slot_id)
    token = await reserve()
    appointment = (await api.book(client, token)).json()["id"]
    await api.post(f"/appointments/{appointment}/cancel", client, key="new", json={})
    await api.delete(f"{SLOTS}/{slot_id}", staff, headers={"If-Match": "*"})
    actions = [action for action, _, _ in await history(api, make, slot_id)]
    assert actions == [
        "published", "held", "extended", "released", "held",
        "extended",  # the test's own hand at the clock
        "expired", "held", "booked", "freed", "deleted",
    ]  # fmt: skip
    first = await api.get(f"{SLOTS}/{slot_id}/audit", staff, params={"limit": 10})
    rest = await api.get(
        f"{SLOTS}/{slot_id}/audit", staff, params={"cursor": first.json()["nextCursor"]}
    )
    assert [entry["version"] for entry in rest.json()["items"]] == [11]
    assert rest.json()["nextCursor"] is None


def plant(make: Make, *statements: str) -> None:
    """What only a hand past all rules can do: constraints and triggers are out of the way."""
    for table in ("slots", "appointments"):
        make.db.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    make.db.execute("ALTER TABLE slots DROP CONSTRAINT slots_booked_check")
    make.db.execute("ALTER TABLE appointments DROP CONSTRAINT appointments_slot_check")
    for statement in statements:
        make.db.execute(statement)  # pyright: ignore


LINK = "UPDATE slots SET status = 'available'"
DISAGREEMENTS = {
    "no appointment is linked": "UPDATE slots SET appointment_id = NULL",
    "the slot is not booked": LINK,
    "is deleted": "UPDATE appointments SET deleted_at = now()",
    "is cancelled": "UPDATE appointments SET status = 'cancelled', fee_cents = 0, refund_cents = 0",
    "is no_show": "UPDATE appointments SET status = 'no_show', fee_cents = 0, refund_cents = 0",
    "names another slot": "UPDATE appointments SET slot_id = NULL",
    "does not lie inside": "UPDATE appointments SET end_at = end_at + interval '1 hour'",
    "does not name it": "UPDATE slots SET status = 'available', appointment_id = NULL",
}


@pytest.mark.parametrize("error", DISAGREEMENTS)
async def test_sync_says_how_slot_and_appointment_disagree(
    api: Api, make: Make, error: str
) -> None:
    place = make.place()
    slot_id: UUID = make.slot(place)
    make.appointment(make.client(), place, slot_id)
    path = f"{SLOTS}/{slot_id}/sync"
    staff = make.operator(place.provider_id)
    assert (await api.get(path, staff)).json() == {"valid": True}
    plant(make, DISAGREEMENTS[error])
    said = (await api.get(path, staff)).json()
    assert said["valid"] is False
    assert error in said["error"]
    problem(await api.get(path, make.operator(make.place().provider_id)), 404, "not_found")
    problem(await api.get(path, make.client()), 403, "forbidden")


async def test_the_list_is_filtered(api: Api, make: Make) -> None:
    place, other, staff = make.place(), make.place(), make.operator()
    mine = make.slots(place, 3, soon())
    theirs = make.slot(other, soon())
    make.db.execute("UPDATE slots SET status = 'blocked' WHERE id = %s", [mine[1]])
    assert (await api.reserve(make.client(), place, mine[2])).status_code == 201

    async def found(user: Any = staff, **params: Any) -> list[str]:
        answer = await api.get(SLOTS, user, params=params)
        assert answer.status_code == 200, answer.text
        return [slot["id"] for slot in answer.json()["items"]]

    everything = {*map(str, mine), str(theirs)}
    assert set(await found()) == everything
    assert await found(providerId=place.provider_id) == [str(slot_id) for slot_id in mine]
    assert await found(facilityId=other.facility_id) == [str(theirs)]
    for number, status in enumerate(("available", "blocked", "held")):
        assert await found(providerId=place.provider_id, status=status) == [str(mine[number])]
    half_hour = soon() + timedelta(minutes=30)
    assert await found(**{"from": wire_time(half_hour)}) == [str(mine[1]), str(mine[2])]
    assert set(await found(to=wire_time(half_hour))) == {str(mine[0]), str(theirs)}
    make.expire(mine[2])
    assert await found(status="held") == []
    linked = make.operator(place.provider_id)
    assert await found(linked) == [str(slot_id) for slot_id in mine]
    problem(
        await api.get(SLOTS, linked, params={"providerId": str(other.provider_id)}),
        404,
        "not_found",
    )
    problem(await api.get(SLOTS, make.client()), 403, "forbidden")
