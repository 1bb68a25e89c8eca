"""Free times: others for an appointment, the next one, those of all providers (SPEC 4.4, 4.5)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from holdfast.http.wire import wire_time
from tests.support.api import Api, problem
from tests.support.appointments import appointment, read_all
from tests.support.make import Make, Place, soon


async def offered(api: Api, path: str, user: Any, **params: str) -> list[str]:
    answer = await api.get(path, user, params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["nextCursor"] is None
    return [timeslot["id"] for timeslot in body["items"]]


async def test_nearest_and_next(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    day = soon(days=5).replace(hour=10)
    mine = appointment(make, place, client, day, status="confirmed")
    earlier = make.slot(place, day - timedelta(days=3))
    after, before, late = (
        make.slot(place, day + timedelta(minutes=minutes)) for minutes in (45, -60, 180)
    )
    next_day = [make.slot(place, day + timedelta(days=1, hours=n)) for n in range(2)]
    make.slot(place, day + timedelta(days=1, hours=5), status="blocked")
    path = f"/appointments/{mine}/alternatives"
    nearest = [str(slot_id) for slot_id in (after, before, late, *next_day)]
    assert await offered(api, path, client, kind="nearest") == nearest
    assert await offered(api, path, client) == nearest
    soonest = [str(slot_id) for slot_id in (earlier, before, after, late, next_day[0])]
    assert await offered(api, path, client, kind="next") == soonest

    timeslot = (await api.get(path, client, params={"kind": "next"})).json()["items"][0]
    assert timeslot["providerId"] == str(place.provider_id)
    assert (timeslot["status"], timeslot["priceCents"]) == ("available", 5000)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_tomorrow_is_where_the_provider_is(api: Api, make: Make, zone: str) -> None:
    place, client = make.place(timezone=zone), make.client()
    mine = appointment(make, place, client, soon(days=9))
    today = datetime.now(ZoneInfo(zone)).date()

    def local(days: int, hour: int, minute: int = 0) -> datetime:
        there = datetime(today.year, today.month, today.day, hour, minute, tzinfo=ZoneInfo(zone))
        return (there + timedelta(days=days)).astimezone(UTC)

    first, noon, last = (make.slot(place, local(1, *at)) for at in ((0, 0), (12, 0), (23, 30)))
    make.slot(place, local(2, 0))
    path = f"/appointments/{mine}/alternatives"
    expected = [str(slot_id) for slot_id in (first, noon, last)]
    assert await offered(api, path, client, kind="tomorrow") == expected


async def test_only_what_it_could_move_to(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    mine = appointment(make, place, client, soon(days=1))
    make.db.execute(
        "UPDATE appointments SET end_at = start_at + interval '50 minutes' WHERE id = %s", [mine]
    )
    too_short = make.slot(place, soon(days=2), minutes=45)
    held = make.slot(place, soon(2, days=2), minutes=60)
    assert (await api.reserve(make.client(), place, held)).status_code == 201
    run_out = make.slot(place, soon(4, days=2), minutes=60)
    assert (await api.reserve(make.client(), place, run_out)).status_code == 201
    make.expire(run_out)
    elsewhere = make.slot(make.place(), soon(days=3), minutes=60)
    path = f"/appointments/{mine}/alternatives"
    for kind in ("nearest", "next"):
        found = await offered(api, path, client, kind=kind)
        assert found == [str(run_out)], (too_short, elsewhere)
    make.db.execute("UPDATE services SET is_active = false")
    for kind in ("nearest", "next", "tomorrow"):
        assert await offered(api, path, client, kind=kind) == []


async def test_who_may_ask(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    mine = appointment(make, place, client, soon(days=5))
    path = f"/appointments/{mine}/alternatives"
    problem(await api.get(path), 401, "unauthenticated")
    for stranger in (make.client(), make.operator(make.place().provider_id)):
        for kind in ("nearest", "next", "tomorrow"):
            problem(await api.get(path, stranger, params={"kind": kind}), 404, "not_found")
    for user in (client, make.operator(), make.operator(place.provider_id), make.admin()):
        assert await offered(api, path, user) == []
    problem(await api.get(path, client, params={"kind": "later"}), 422, "validation_failed")


async def test_the_next_free_time_of_a_provider(api: Api, make: Make) -> None:
    place = make.place()
    path = f"/providers/{place.provider_id}/availability/next"

    async def next_free(**params: str) -> str | None:
        asked = {"serviceId": str(place.service_id), **params}
        timeslot = (await api.get(path, params=asked)).json()["timeslot"]
        return timeslot and timeslot["id"]

    assert await next_free() is None
    make.slot(place, soon(days=-1))
    make.slot(place, soon(days=1), status="blocked")
    first, second = make.slot(place, soon(days=2)), make.slot(place, soon(days=3))
    assert await next_free() == str(first)
    assert await next_free(after=wire_time(soon(days=-30))) == str(first)
    assert await next_free(after=wire_time(soon(days=2))) == str(second), "after, not at"
    assert await next_free(after=wire_time(soon(days=3))) is None


class Search:
    """Three providers of one service, at two places, with free times at the same hours."""

    def __init__(self, make: Make) -> None:
        self.service_id = make.service()
        near, far = make.facility(), make.facility()
        self.far = far
        self.places = [
            make.place(service_id=self.service_id, facility_id=facility_id)
            for facility_id in (near, near, far)
        ]
        self._make = make
        self.at_far: list[str] = []
        self.slots: list[str] = []
        for hours in range(5):
            here, there, away = (self.publish(place, hours) for place in self.places)
            self.at_far.append(away)
            self.slots += sorted([here, there, away])  # those of one time go by id

    def publish(self, place: Place, hours: int) -> str:
        return str(self._make.slot(place, soon(hours, days=2)))

    def params(self, **more: Any) -> dict[str, Any]:
        period = {"from": wire_time(soon(days=-2)), "to": wire_time(soon(days=20))}
        return {"serviceId": self.service_id, **period, **more}


async def test_free_times_of_all_providers(api: Api, make: Make) -> None:
    search, client = Search(make), make.client()

    async def found(limit: int = 100, **more: Any) -> list[str]:
        items = await read_all(api, "/availability", client, search.params(**more), limit=limit)
        starts = [(item["start"], item["id"]) for item in items]
        assert starts == sorted(starts)
        return [item["id"] for item in items]

    make.slot(search.places[0], soon(days=-1))
    for limit in (1, 2, 100):
        assert await found(limit) == search.slots
        assert await found(limit, facilityId=search.far) == search.at_far
    begins, ends = wire_time(soon(1, days=2)), wire_time(soon(3, days=2))
    assert await found(2, **{"from": begins, "to": ends}) == search.slots[3:9]


async def test_free_times_are_not_lost_while_others_are_taken(api: Api, make: Make) -> None:
    search, client = Search(make), make.client()
    taken = search.slots[1::3]

    async def go_on(page: int) -> None:
        for slot_id in taken[2 * page : 2 * page + 2]:
            make.db.execute("UPDATE slots SET status = 'blocked' WHERE id = %s", [slot_id])
        search.publish(search.places[page % 3], -1 - page)
        search.publish(search.places[page % 3], 6 + page)

    items = await read_all(api, "/availability", client, search.params(), limit=4, between=go_on)
    seen = [item["id"] for item in items]
    for slot_id in set(search.slots) - set(taken):
        assert seen.count(slot_id) == 1
    assert len(seen) == len(set(seen))
