"""Audit search and booking analytics, for administrators."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from holdfast.kernel.ids import new_id
from holdfast.oversight import operations
from tests.support.api import Api, problem
from tests.support.make import Make, User, soon

HOUR = timedelta(hours=1)


async def search(api: Api, admin: User, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get("/audit", admin, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def walk(api: Api, admin: User, **query: Any) -> list[dict[str, Any]]:
    """All pages, one after the other."""
    found: list[dict[str, Any]] = []
    while True:
        page = (await api.get("/audit", admin, params=query)).json()
        found += page["items"]
        if page["nextCursor"] is None:
            return found
        query["cursor"] = page["nextCursor"]


def brief(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(entry["action"], entry["actor"]["name"]) for entry in entries]


async def some_history(api: Api, make: Make) -> tuple[User, User, list[dict[str, Any]]]:
    """Two appointments of one client: one that staff edited, one that was cancelled."""
    client, staff, place = make.client("Cleo"), make.operator(), make.place()
    slots = make.slots(place, 2, soon(days=5))
    booked = [await api.booked(client, place, slot) for slot in slots]
    path = f"/appointments/{booked[0]['id']}"
    edited = await api.patch(path, staff, json={"notes": "Call first", "version": 1})
    assert edited.status_code == 200, edited.text
    cancelled = await api.post(f"/appointments/{booked[1]['id']}/cancel", client, key="new")
    assert cancelled.status_code == 200, cancelled.text
    return client, staff, booked


async def test_history_of_all_appointments_newest_first(api: Api, make: Make) -> None:
    client, staff, booked = await some_history(api, make)
    found = await search(api, make.admin())
    assert brief(found) == [
        ("cancelled", "Cleo"),
        ("updated", staff.name),
        ("created", "Cleo"),
        ("created", "Cleo"),
    ]
    assert found[0]["actor"]["id"] == str(client.id)
    assert found[1]["changes"]["notes"] == {"from": None, "to": "Call first"}
    own = (await api.get(f"/appointments/{booked[1]['id']}/audit", client)).json()["items"]
    assert found[0] == own[-1]


async def test_search_by_actor_action_appointment_and_time(api: Api, make: Make) -> None:
    client, staff, booked = await some_history(api, make)
    admin = make.admin()
    first, second = (appointment["id"] for appointment in booked)
    assert brief(await search(api, admin, actorId=staff.id)) == [("updated", staff.name)]
    assert len(await search(api, admin, action="created", actorId=client.id)) == 2
    assert [e["version"] for e in await search(api, admin, appointmentId=first)] == [2, 1]
    assert brief(await search(api, admin, appointmentId=second, action="created")) == [
        ("created", "Cleo")
    ]
    assert await search(api, admin, appointmentId=first, actorId=make.client().id) == []
    assert await search(api, admin, appointmentId=new_id()) == []
    times = [entry["timestamp"] for entry in await search(api, admin)]
    # `from` belongs to the period, `to` does not.
    assert len(await search(api, admin, **{"from": times[1], "to": times[0]})) == 1
    assert len(await search(api, admin, appointmentId=second, to=times[0])) == 1
    now = datetime.now(UTC)
    for wrong in (now, now + HOUR):
        answer = await api.get(
            "/audit", admin, params={"from": wrong.isoformat(), "to": now.isoformat()}
        )
        problem(answer, 422, "invalid_time_range")


@pytest.mark.parametrize("scan", [1, 2, 3, 100])
async def test_pages_join_whatever_the_walk_finds(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, scan: int
) -> None:
    client, _, booked = await some_history(api, make)
    admin = make.admin()
    whole = await search(api, admin)
    by_client = [entry for entry in whole if entry["actor"]["id"] == str(client.id)]
    monkeypatch.setattr(operations, "SCAN_LIMIT", scan)
    assert await walk(api, admin, limit=2) == whole
    assert await walk(api, admin, limit=1, actorId=client.id) == by_client
    one = await walk(api, admin, limit=1, appointmentId=booked[0]["id"])
    assert [entry["version"] for entry in one] == [2, 1]


async def analytics(api: Api, admin: User, **query: str) -> dict[str, Any]:
    answer = await api.get("/analytics/bookings", admin, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_happened_is_counted(api: Api, make: Make) -> None:
    client, staff, place = make.client(), make.operator(), make.place()
    slots = make.slots(place, 6, soon(hours=1, days=0))
    late = await api.booked(client, place, slots[0])
    await api.booked(client, place, slots[1])
    token = (await api.reserve(client, place, slots[2])).json()["reservationToken"]
    await api.delete(f"/reservations/{token}", client)
    await api.reserve(client, place, slots[3])
    make.expire(slots[3])
    await api.reserve(client, place, slots[4])
    cancelled = await api.post(f"/appointments/{late['id']}/cancel", client, key="new")
    assert cancelled.json()["feeCents"] == 2500
    refused = await api.post(
        f"/appointments/{late['id']}/reschedule",
        client,
        key="new",
        json={"reservationToken": "gone"},
    )
    problem(refused, 404, "reservation_not_found")
    requested = await api.book_at(client, place, soon(days=9))
    assert requested.json()["status"] == "requested"
    fitting = make.slot(place, soon(days=9))
    accepted = await api.post(
        f"/appointments/availability/slots/{fitting}/accept-appointment",
        staff,
        json={"appointmentId": requested.json()["id"]},
    )
    assert accepted.status_code == 200, accepted.text
    # The log of what users tried is written a moment after the answer; asking for it writes it now.
    await api.get(f"/users/{client.id}/actions", client)

    found = await analytics(api, make.admin())
    counts = {
        "reservationsMade": 5,
        "reservationsUsed": 2,
        "reservationsReleased": 1,
        "reservationsExpired": 0,
        "bookings": 3,
        "requests": 1,
        "cancellations": 1,
        "noShows": 0,
        "reschedules": 0,
        "rescheduleFailures": 1,
    }
    # The hold that ran out is still live in its row; it counts as expired by its time.
    counts["reservationsExpired"] = 1
    assert found["totals"] == counts
    assert found["expiryRate"] == 0.25
    assert found["isComplete"]
    assert found["fees"] == [
        {
            "currency": "EUR",
            "cancellationFeeCents": 2500,
            "noShowFeeCents": 0,
            "refundCents": 2500,
        }
    ]
    assert len(found["byDay"]) in (
        31,
        32,
    )  # thirty days touch as many, and one more with a clock change
    days = {day.pop("day"): day for day in found["byDay"]}
    assert sum(day["bookings"] for day in days.values()) == 3
    today = datetime.now(ZoneInfo(found["timezone"]))
    assert days[f"{today:%Y-%m-%d}"]["reservationsMade"] in range(6)


async def test_a_period_has_an_end_and_a_length(api: Api, make: Make) -> None:
    admin, now = make.admin(), datetime.now(UTC)
    empty = await analytics(
        api, admin, **{"from": (now - 92 * 24 * HOUR).isoformat(), "to": now.isoformat()}
    )
    assert empty["expiryRate"] is None
    assert empty["fees"] == []
    assert set(empty["totals"].values()) == {0}
    for start, status, scenario in (
        (now, 422, "invalid_time_range"),
        (now - 92 * 24 * HOUR - timedelta(seconds=1), 422, "validation_failed"),
    ):
        answer = await api.get(
            "/analytics/bookings",
            admin,
            params={"from": start.isoformat(), "to": now.isoformat()},
        )
        problem(answer, status, scenario)


async def test_it_stops_when_enough_was_counted_and_says_so(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "ANALYTICS_ROWS", 1)
    await some_history(api, make)
    make.db.execute("UPDATE facilities SET timezone = 'UTC'")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    found = await analytics(
        api,
        make.admin(),
        **{"from": (midnight - timedelta(days=7)).isoformat(), "to": tomorrow.isoformat()},
    )
    assert not found["isComplete"]
    assert datetime.fromisoformat(found["from"]) == midnight
    assert [day["bookings"] for day in found["byDay"]] == [2]


def test_days_are_cut_to_the_period() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    midnight = noon.replace(hour=0)
    utc = ZoneInfo("UTC")
    assert list(operations.days_back(noon, noon + 24 * HOUR, utc)) == [
        (midnight + 24 * HOUR, noon + 24 * HOUR),
        (noon, midnight + 24 * HOUR),
    ]
    assert list(operations.days_back(midnight, midnight + 24 * HOUR, utc)) == [
        (midnight, midnight + 24 * HOUR)
    ]
    assert list(operations.days_back(noon, noon + HOUR, utc)) == [(noon, noon + HOUR)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-28", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/Santiago", "2026-09-06", 23),  # there, midnight itself does not exist
        ("Pacific/Kiritimati", "2026-03-02", 24),
    ],
)
def test_days_are_as_long_as_their_zone_says(zone: str, day: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    days = list(operations.days_back(noon - 48 * HOUR, noon + 48 * HOUR, ZoneInfo(zone)))
    (length,) = [end - start for start, end in days if start <= noon < end]
    assert length == hours * HOUR
    assert [end for _, end in days[1:]] == [start for start, _ in days[:-1]]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak", "UTC"])
async def test_days_are_the_facilitys(api: Api, make: Make, zone: str) -> None:
    """At every moment it is another date in Kiritimati than in Adak."""
    make.db.execute("UPDATE facilities SET timezone = %s", [zone])
    place, client, admin = make.place(), make.client(), make.admin()
    make.db.execute("UPDATE facilities SET timezone = %s", [zone])
    booked = await api.booked(client, place, make.slot(place))
    assert (
        await api.post(f"/appointments/{booked['id']}/acquire-lock", make.operator())
    ).status_code == 200
    today = f"{datetime.now(ZoneInfo(zone)):%Y-%m-%d}"
    for path, name in (("bookings", "bookings"), ("locks", "acquisitions")):
        answer = await api.get(
            "/locks/analytics" if path == "locks" else "/analytics/bookings", admin
        )
        found = answer.json()
        assert found["timezone"] == zone
        assert {day["day"]: day[name] for day in found["byDay"] if day[name]} == {today: 1}


def test_ids_are_cut_where_time_is() -> None:
    before = datetime.now(UTC)
    made = new_id()
    assert operations.first_id_at(before) <= made
    assert made < operations.first_id_at(before + HOUR)
