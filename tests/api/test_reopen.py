"""`POST /appointments/{id}/reopen`: a visit was not over after all (SPEC 4.5)."""

from typing import Any

import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

WHY = {"reason": "The wrong row"}


async def ended(
    api: Api, make: Make, client: User, place: Place, action: str
) -> tuple[str, dict[str, Any]]:
    """The path of a visit that staff completed or marked as missed, and how it was before."""
    made = await api.booked(client, place, make.slot(place, soon(days=3)))
    make.begin(made["id"])
    path = f"/appointments/{made['id']}"
    before = (await api.get(path, client)).json()
    done = await api.post(f"{path}/{action}", make.operator())
    assert done.status_code == 200, done.text
    return path, before


@pytest.mark.parametrize("action", ["complete", "no-show"])
async def test_it_is_as_it_was(api: Api, make: Make, action: str) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path, before = await ended(api, make, client, place, action)
    answer = await api.post(f"{path}/reopen", staff, json=WHY)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    moving = {"version", "updatedAt", "audit"}
    assert {k: v for k, v in after.items() if k not in moving} == {
        k: v for k, v in before.items() if k not in moving
    }
    assert after["version"] == before["version"] + 2
    entry = (await api.get(f"{path}/audit", staff)).json()["items"][-1]
    assert (entry["action"], entry["reason"]) == ("reopened", "The wrong row")
    event = make.one("SELECT type, payload FROM outbox WHERE topic = 'bookings' ORDER BY id DESC")
    assert event["type"] == "booking.updated"
    assert event["payload"]["updates"]["status"] == "confirmed"
    slot = make.one(
        "SELECT status::text, appointment_id FROM slots WHERE id = %s", before["slotId"]
    )
    assert (slot["status"], str(slot["appointment_id"])) == ("booked", before["id"])
    # And it ends once more, as a visit does.
    assert (await api.post(f"{path}/complete", staff)).json()["status"] == "completed"


async def test_the_fee_of_a_missed_visit_goes(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path, _ = await ended(api, make, client, place, "no-show")
    missed = (await api.get(path, client)).json()
    assert (missed["feeCents"], missed["refundCents"]) == (5000, 0)
    again = (await api.post(f"{path}/reopen", staff, json=WHY)).json()
    assert (again["feeCents"], again["refundCents"]) == (None, None)
    event = make.one("SELECT payload FROM outbox WHERE topic = 'bookings' ORDER BY id DESC")
    assert event["payload"]["updates"]["feeCents"] is None
    cancelled = await api.post(f"{path}/cancel", staff, key="new", json=WHY)
    assert cancelled.json()["feeCents"] == 2500


@pytest.mark.parametrize(
    ("fate", "scenario"),
    [
        ("booked", "slot_booked"),
        ("held", "slot_held"),
        ("blocked", "slot_blocked"),
        ("deleted", "slot_booked"),
        ("run out", None),
    ],
)
async def test_a_missed_visit_needs_its_slot(
    api: Api, make: Make, fate: str, scenario: str | None
) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path, before = await ended(api, make, client, place, "no-show")
    # The slot is put ahead again, so that others may take it.
    slot_id = before["slotId"]
    start = soon(days=3)
    make.db.execute(
        "UPDATE slots SET start_at = %s, end_at = %s + interval '30 minutes' WHERE id = %s",
        [start, start, slot_id],
    )
    make.db.execute(
        "UPDATE appointments SET start_at = %s, end_at = %s + interval '30 minutes' WHERE id = %s",
        [start, start, before["id"]],
    )
    other = make.client()
    if fate == "booked":
        await api.booked(other, place, slot_id)
    elif fate in ("held", "run out"):
        await api.reserve(other, place, slot_id)
    elif fate == "blocked":
        make.db.execute("UPDATE slots SET status = 'blocked' WHERE id = %s", [slot_id])
    else:
        make.db.execute("UPDATE slots SET deleted_at = now() WHERE id = %s", [slot_id])
    if fate == "run out":
        make.expire(slot_id)
    free = make.slot(place, soon(days=4))
    answer = await api.post(f"{path}/reopen", staff, json=WHY)
    if scenario is None:
        assert (answer.status_code, answer.json()["slotId"]) == (200, slot_id)
        return
    body = problem(answer, 409, scenario)
    assert [slot["id"] for slot in body["details"]["alternatives"]] == [str(free)]
    assert (await api.get(path, staff)).json()["status"] == "no_show"


async def test_who_may_and_when(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    other = make.operator(make.place().provider_id)
    path, _ = await ended(api, make, client, place, "complete")
    problem(await api.post(f"{path}/reopen", client, json=WHY), 403, "forbidden")
    problem(await api.post(f"{path}/reopen", make.client(), json=WHY), 404, "not_found")
    problem(await api.post(f"{path}/reopen", other, json=WHY), 404, "not_found")
    for body in ({}, {"reason": ""}, {"reason": " "}, {"reason": None}, {"reason": "x" * 501}):
        refused = problem(
            await api.post(f"{path}/reopen", staff, json=body), 422, "validation_failed"
        )
        assert [error["field"] for error in refused["details"]["errors"]] == ["reason"]
    stale = await api.post(f"{path}/reopen", staff, json=WHY, headers={"If-Match": '"1"'})
    problem(stale, 412, "precondition_failed")
    admin = make.admin()
    await api.post(f"{path}/acquire-lock", admin, json={})
    problem(await api.post(f"{path}/reopen", staff, json=WHY), 423, "locked")
    once = await api.post(f"{path}/reopen", admin, json=WHY, key="again")
    twice = await api.post(f"{path}/reopen", admin, json=WHY, key="again")
    assert once.status_code == 200, once.text
    assert (twice.content, twice.headers["Idempotency-Replayed"]) == (once.content, "true")
    problem(await api.post(f"{path}/reopen", admin, json=WHY), 409, "invalid_transition")
