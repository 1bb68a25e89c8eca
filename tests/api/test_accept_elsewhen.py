"""Accepting a request at another time, and requests that nobody answers (SPEC 4.5)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.http.wire import wire_time
from holdfast.kernel.db import Database
from holdfast.workers.sweeps import BATCH_ROWS, expire_requests
from tests.support.api import Api, problem
from tests.support.appointments import appointment
from tests.support.cluster import TestDatabase
from tests.support.make import Make, User, soon

SLOTS = "/appointments/availability/slots"


async def accept(api: Api, staff: User, slot_id: UUID, appointment_id: object, **more: Any) -> Any:
    body = {"appointmentId": str(appointment_id), **more}
    return await api.post(f"{SLOTS}/{slot_id}/accept-appointment", staff, json=body)


def an_hour_ago() -> datetime:
    return soon(-2, days=0)


async def sweep(database: TestDatabase) -> int:
    db = Database(database.server_url, max_size=1)
    await db.open()
    try:
        return await expire_requests(db)
    finally:
        await db.close()


async def test_accept_moves_when_told_to(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = (await api.book_at(client, place, soon(days=2))).json()
    start = soon(days=5)
    slot_id = make.slot(place, start, minutes=60)
    for more in ({}, {"move": False}):
        problem(await accept(api, staff, slot_id, made["id"], **more), 422, "time_mismatch")
    done = await accept(api, staff, slot_id, made["id"], move=True)
    assert done.status_code == 200, done.text
    shown = done.json()
    assert (shown["status"], shown["slotId"]) == ("confirmed", str(slot_id))
    end = start + timedelta(minutes=30)
    assert (shown["start"], shown["end"]) == (wire_time(start), wire_time(end))
    until = wire_time(start - timedelta(hours=24))
    assert shown["cancellationPolicy"]["refundableUntil"] == until
    entry = (await api.get(f"/appointments/{made['id']}/audit", client)).json()["items"][-1]
    assert entry["action"] == "accepted"
    assert entry["changes"]["start"] == {"from": made["start"], "to": wire_time(start)}
    event = make.one("SELECT type, payload FROM outbox WHERE topic = 'bookings' ORDER BY id DESC")
    assert event["type"] == "booking.confirmed"
    assert event["payload"]["updates"]["start"] == wire_time(start)


async def test_where_it_lies_in_the_slot_it_stays(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    made = (await api.book_at(make.client(), place, soon(days=2))).json()
    slot_id = make.slot(place, soon(-1, days=2), minutes=120)
    done = await accept(api, staff, slot_id, made["id"], move=True)
    assert (done.status_code, done.json()["start"]) == (200, made["start"])


async def test_what_is_too_long_does_not_move(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    made = (await api.book_at(make.client(), place, soon(days=2))).json()
    short = make.slot(place, soon(days=5), minutes=20)
    body = problem(await accept(api, staff, short, made["id"], move=True), 422, "time_mismatch")
    assert body["details"]["appointmentStart"] == made["start"]
    elsewhere = make.slot(make.place(), soon(days=5))
    refused = await accept(api, staff, elsewhere, made["id"], move=True)
    problem(refused, 409, "provider_mismatch")
    over = make.slot(place, an_hour_ago())
    problem(await accept(api, staff, over, made["id"], move=True), 409, "slot_past")
    for wrong in ("yes", 1, None):
        refused = problem(
            await accept(api, staff, short, made["id"], move=wrong), 422, "validation_failed"
        )
        assert [error["field"] for error in refused["details"]["errors"]] == ["move"]


async def test_what_nobody_answered_is_accepted_with_move_only(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = appointment(make, place, client, an_hour_ago())
    slot_id = make.slot(place, soon(days=1))
    problem(await accept(api, staff, slot_id, made), 422, "time_mismatch")
    there = make.slot(place, an_hour_ago())
    problem(await accept(api, staff, there, made), 409, "slot_past")
    done = await accept(api, staff, slot_id, made, move=True)
    assert (done.status_code, done.json()["status"]) == (200, "confirmed")


@pytest.mark.parametrize("holder", [None, "client", "staff"])
async def test_it_ends_by_itself(
    api: Api, make: Make, database: TestDatabase, holder: str | None
) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    over = appointment(make, place, client, an_hour_ago())
    begun = appointment(make, place, client, datetime.now(UTC) - timedelta(seconds=1))
    waits = appointment(make, place, client, soon(days=0))
    deleted = appointment(make, place, client, an_hour_ago())
    make.db.execute("UPDATE appointments SET deleted_at = now() WHERE id = %s", [deleted])
    confirmed = appointment(make, place, client, an_hour_ago(), status="confirmed")
    if holder:
        user = client if holder == "client" else staff
        locked = await api.post(f"/appointments/{over}/acquire-lock", user, json={})
        assert locked.status_code == 200
    assert await sweep(database) == 2
    assert await sweep(database) == 0
    states = {
        row["id"]: row["status"] for row in make.all("SELECT id, status::text FROM appointments")
    }
    assert states == {
        over: "cancelled", begun: "cancelled", waits: "requested", deleted: "requested",
        confirmed: "confirmed",
    }  # fmt: skip
    shown = (await api.get(f"/appointments/{over}", client)).json()
    assert (shown["feeCents"], shown["refundCents"]) == (0, 5000)
    last = shown["audit"][-1]
    assert (last["action"], last["reason"], last["actor"]["type"]) == (
        "cancelled", "expired", "system",
    )  # fmt: skip
    event = make.one(
        "SELECT type, payload FROM outbox WHERE key = %s AND topic = 'bookings' ORDER BY id DESC",
        over,
    )
    assert (event["type"], event["payload"]["updates"]["status"]) == (
        "booking.cancelled", "cancelled",
    )  # fmt: skip
    slot_id = make.slot(place, soon(days=1))
    refused = await accept(
        api, make.admin() if holder != "staff" else staff, slot_id, over, move=True
    )
    problem(refused, 409, "invalid_transition")


async def test_a_pass_is_bounded_and_leaves_what_is_in_use(
    make: Make, database: TestDatabase
) -> None:
    place, client = make.place(), make.client()
    make.db.execute(
        "INSERT INTO appointments (id, user_id, provider_id, service_id, start_at, end_at, status, "
        "price_cents, currency, free_until_hours, no_show_fee_cents) "
        "SELECT new_uuid_v7(), %s, %s, %s, now() - n * interval '1 minute', now(), 'requested', "
        "0, 'EUR', 0, 0 FROM generate_series(1, %s) AS n",
        [client.id, place.provider_id, place.service_id, BATCH_ROWS + 5],
    )
    with make.db.transaction():
        make.db.execute("SELECT FROM appointments ORDER BY start_at LIMIT 2 FOR KEY SHARE")
        assert [await sweep(database) for _ in range(3)] == [BATCH_ROWS, 3, 0]
    assert await sweep(database) == 2


async def test_the_inbox_and_upcoming_leave_it_out_before_it_is_swept(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    over = str(appointment(make, place, client, an_hour_ago()))
    begun = str(appointment(make, place, client, datetime.now(UTC) - timedelta(minutes=5)))
    waits = str(appointment(make, place, client, soon(days=0)))
    runs = str(
        appointment(
            make, place, client, datetime.now(UTC) - timedelta(minutes=10), status="confirmed"
        )
    )
    for scope in ({}, {"providerId": str(place.provider_id)}, {"q": "client"}):
        params = {"status": "requested", **scope}
        listed = (await api.get("/appointments", staff, params=params)).json()["items"]
        assert [item["id"] for item in listed] == [waits]
    path = f"/users/{client.id}/appointments"
    upcoming = (await api.get(path, client, params={"filter": "upcoming"})).json()["items"]
    assert [item["id"] for item in upcoming] == [runs, waits]
    history = (await api.get(path, client, params={"filter": "history"})).json()["items"]
    assert [item["id"] for item in history] == [begun, over]


async def test_lists_show_what_overlaps_their_period(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    midnight = soon(days=3).replace(hour=0)
    ids = {
        name: str(appointment(make, place, client, midnight + timedelta(minutes=minutes),
                              status="confirmed"))
        for name, minutes in (("before", -60), ("over", -15), ("first", 30), ("last", 1425),
                              ("after", 1470))
    }  # fmt: skip
    day = {"from": wire_time(midnight), "to": wire_time(midnight + timedelta(days=1))}
    provider = make.operator(place.provider_id)
    for user, scope in (
        (staff, {}), (provider, {}), (staff, {"providerId": str(place.provider_id)}),
        (staff, {"status": "confirmed"}), (provider, {"status": "confirmed"}),
        (staff, {"q": "client"}),
    ):  # fmt: skip
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            params = {**day, **scope, "limit": 2, **cursor}
            page = (await api.get("/appointments", user, params=params)).json()
            found += [item["id"] for item in page["items"]]
            if page["nextCursor"] is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert found == [ids["over"], ids["first"], ids["last"]], scope
