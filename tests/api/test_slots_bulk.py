"""Many slots at once, what may not be published, and what a list of slots shows (SPEC 4.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from holdfast.verify import assert_clean
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User, soon

SLOTS = "/appointments/availability/slots"


def wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def bulk(
    api: Api, user: User | None, place: Place, action: str, hours: float = 8, **more: Any
) -> httpx.Response:
    """An action on the hours from `soon()` on."""
    body = {
        "action": action,
        "providerId": str(place.provider_id),
        "from": wire(soon()),
        "to": wire(soon(hours)),
        **more.pop("body", {}),
    }
    return await api.post(f"{SLOTS}/bulk", user, json=body, **more)


def states(make: Make, slots: list[UUID]) -> list[str]:
    rows = make.all("SELECT id, status::text, deleted_at FROM slots WHERE id = ANY(%s)", slots)
    known = {row["id"]: "deleted" if row["deleted_at"] else row["status"] for row in rows}
    return [known[slot] for slot in slots]


async def test_an_afternoon_is_blocked_freed_and_cleared(
    api: Api, make: Make, database: TestDatabase
) -> None:
    """FAULTS A3: with one request; what somebody has stays."""
    admin, client, place = make.admin(), make.client(), make.place()
    before = make.slot(place, soon(-0.5))
    slots = make.slots(place, 6)
    appointment = await api.booked(client, place, slots[1])
    assert (await api.reserve(client, place, slots[2])).status_code == 201
    assert (await api.reserve(client, place, slots[3])).status_code == 201
    make.expire(slots[3])
    conflicts = [
        {
            "slotId": str(slots[1]),
            "appointmentId": appointment["id"],
            "start": wire(soon(0.5)),
        },
        {"slotId": str(slots[2]), "start": wire(soon(1))},
    ]
    answer = await bulk(api, admin, place, "block", body={"reason": "Fire drill"})
    assert (answer.status_code, answer.json()) == (200, {"changed": 4, "conflicts": conflicts})
    held = ["blocked", "booked", "held", "blocked", "blocked", "blocked"]
    assert (states(make, slots), states(make, [before])) == (held, ["available"])
    entry = make.one(
        "SELECT action, actor_id, reason FROM slot_audit WHERE slot_id = %s AND version = 2",
        slots[0],
    )
    assert tuple(entry.values()) == ("blocked", admin.id, "Fire drill")
    again = (await bulk(api, admin, place, "block")).json()
    assert again == {"changed": 0, "conflicts": conflicts}

    assert (await bulk(api, admin, place, "unblock")).json() == {"changed": 4, "conflicts": []}
    await bulk(api, admin, place, "block", hours=1)
    answer = await bulk(api, admin, place, "delete")
    assert answer.json() == {"changed": 4, "conflicts": conflicts}
    gone = ["deleted", "booked", "held", "deleted", "deleted", "deleted"]
    assert states(make, slots) == gone
    events = make.all(
        "SELECT payload ->> 'status' AS status FROM outbox "
        "WHERE payload ->> 'timeslotId' = %s ORDER BY id",
        str(slots[5]),
    )
    assert [row["status"] for row in events][1:] == ["blocked", "available", "deleted"]
    assert_clean(database.owner_url)


async def test_what_overlaps_the_period_is_meant(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    slots = [make.slot(place, soon(hours), minutes=60) for hours in (-1, 0, 1)]
    period = {"from": wire(soon(0.5)), "to": wire(soon(1))}
    answer = await bulk(api, admin, place, "block", body=period)
    assert answer.json()["changed"] == 1
    assert states(make, slots) == ["available", "blocked", "available"]


async def test_a_blocked_slot_whose_time_was_taken_stays_blocked(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    free = make.slot(place, soon(2), status="blocked")
    taken = make.slot(place, soon(), minutes=60, status="blocked")
    make.slot(place, soon(0.5))
    twins = [make.slot(place, soon(4), status="blocked") for _ in range(2)]
    answer = (await bulk(api, admin, place, "unblock")).json()
    assert answer["changed"] == 2
    assert [one["slotId"] for one in answer["conflicts"]] == [str(taken), str(max(twins))]
    assert states(make, [free, taken, min(twins), max(twins)]) == [
        "available",
        "blocked",
        "available",
        "blocked",
    ]


async def test_who_may(api: Api, make: Make) -> None:
    place, other = make.place(), make.place()
    slots = make.slots(place, 2)
    problem(await bulk(api, None, place, "block"), 401, "unauthenticated")
    problem(await bulk(api, make.client(), place, "block"), 403, "forbidden")
    problem(await bulk(api, make.operator(other.provider_id), place, "block"), 404, "not_found")
    assert states(make, slots) == ["available", "available"]
    for user in (make.operator(place.provider_id), make.operator(), make.admin()):
        assert (await bulk(api, user, place, "block")).status_code == 200


async def test_a_key_answers_alike(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    make.slots(place, 2)
    first = await bulk(api, admin, place, "delete", key="once")
    again = await bulk(api, admin, place, "delete", key="once")
    assert first.json()["changed"] == 2
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("action", {"action": "free"}),
        ("action", {"action": None}),
        ("providerId", {"providerId": "x"}),
        ("from", {"from": "2026-03-02"}),
        ("to", {"to": None}),
        ("to", {"to": wire(soon(days=400))}),
        ("reason", {"reason": "x" * 501}),
        ("slotIds", {"slotIds": []}),
    ],
)
async def test_bad_bulks(api: Api, make: Make, field: str, body: dict[str, Any]) -> None:
    admin, place = make.admin(), make.place()
    slots = make.slots(place, 2)
    refusal = problem(await bulk(api, admin, place, "block", body=body), 422, "validation_failed")
    assert [error["field"] for error in refusal["details"]["errors"]] == [field]
    assert states(make, slots) == ["available", "available"]


async def test_a_bulk_that_ends_before_it_begins(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    body = {"to": wire(soon())}
    problem(await bulk(api, admin, place, "block", body=body), 422, "invalid_time_range")


@pytest.mark.parametrize(
    ("field", "start", "end"),
    [
        ("start", timedelta(minutes=-1), timedelta(hours=1)),
        ("start", timedelta(days=-2), timedelta(days=-2, hours=1)),
        ("end", timedelta(days=1), timedelta(days=1, minutes=4, seconds=59)),
    ],
)
async def test_what_is_past_or_too_short_is_no_slot(
    api: Api, make: Make, field: str, start: timedelta, end: timedelta
) -> None:
    admin, place = make.admin(), make.place()
    now = datetime.now(UTC)
    times = {"start": (now + start).isoformat(), "end": (now + end).isoformat()}
    body = {"providerId": str(place.provider_id), "facilityId": str(place.facility_id), **times}
    slot_id = make.slot(place, soon(days=3))
    for answer in (
        await api.post(SLOTS, admin, json=body),
        await api.patch(f"{SLOTS}/{slot_id}", admin, json={**times, "version": 1}),
    ):
        refusal = problem(answer, 422, "validation_failed")
        assert [error["field"] for error in refusal["details"]["errors"]] == [field]
    assert len(make.all("SELECT FROM slots")) == 1
    # Five minutes are enough, and a slot that is short already can be blocked.
    times = {"start": wire(soon()), "end": wire(soon() + timedelta(minutes=5))}
    assert (await api.post(SLOTS, admin, json={**body, **times})).status_code == 201
    short = make.slot(place, soon(4), minutes=2)
    answer = await api.patch(f"{SLOTS}/{short}", admin, json={"status": "blocked", "version": 1})
    assert answer.status_code == 200


async def test_lists_show_what_overlaps(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    night = make.slot(place, soon(), minutes=180)
    later = make.slot(place, soon(3))
    make.slot(place, soon(4))
    for where in (
        {"providerId": str(place.provider_id)},
        {"facilityId": str(place.facility_id)},
        {},
    ):
        params = {"from": wire(soon(1)), "to": wire(soon(4)), **where}
        answer = (await api.get(SLOTS, admin, params=params)).json()
        assert [one["id"] for one in answer["items"]] == [str(night), str(later)]
        first = (await api.get(SLOTS, admin, params={**params, "limit": 1})).json()
        more = {**params, "limit": 1, "cursor": first["nextCursor"]}
        second = (await api.get(SLOTS, admin, params=more)).json()
        assert [one["id"] for one in first["items"] + second["items"]] == [str(night), str(later)]
    params = {"from": wire(soon(3)), "to": wire(soon(3.5))}
    answer = (await api.get(SLOTS, admin, params=params)).json()
    assert [one["id"] for one in answer["items"]] == [str(later)]
