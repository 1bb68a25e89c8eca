"""`POST /providers/{id}/slots/generate` (SPEC 4.2)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from holdfast.catalogue.publishing import publish_ahead
from holdfast.kernel.db import Database
from tests.support.api import Api, problem
from tests.support.make import Make, Place, User

BERLIN = ZoneInfo("Europe/Berlin")


def coming(weekday: int, *, weeks: int = 1) -> date:
    """A day with this ISO weekday that is at least `weeks` weeks ahead."""
    day = datetime.now(BERLIN).date() + timedelta(weeks=weeks)
    return day + timedelta(days=(weekday - day.isoweekday()) % 7)


# Behind the days that a schedule publishes at once.
MONDAY = coming(1, weeks=6)


async def put_schedule(api: Api, user: User, place: Place, **more: Any) -> None:
    """Every day from nine to eleven, in slots of half an hour: four a day."""
    schedule = {
        "weekly": [
            {
                "weekday": weekday,
                "start": "09:00",
                "end": "11:00",
                "facilityId": str(place.facility_id),
            }
            for weekday in range(1, 8)
        ],
        "slotMinutes": 30,
        **more,
    }
    path = f"/providers/{place.provider_id}/schedule"
    answer = await api.put(path, user, json=schedule, headers=await _known(api, user, path))
    assert answer.is_success, answer.text


async def _known(api: Api, user: User, path: str) -> dict[str, str]:
    etag = (await api.get(path, user)).headers.get("etag")
    return {"If-Match": etag} if etag else {}


async def generate(
    api: Api, user: User, place: Place, first: date, last: date | None = None, **kwargs: Any
) -> Any:
    body = {"from": first.isoformat(), "to": (last or first).isoformat()}
    path = f"/providers/{place.provider_id}/slots/generate"
    return await api.post(path, user, json=body, **kwargs)


async def generated(
    api: Api, user: User, place: Place, first: date, last: date | None = None
) -> dict[str, Any]:
    answer = await generate(api, user, place, first, last)
    assert answer.status_code == 200, answer.text
    return answer.json()


def at(day: date, clock: str, zone: ZoneInfo = BERLIN) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(moment: datetime) -> str:
    """What clocks show then, as skipped slots are named."""
    return moment.replace(tzinfo=None).isoformat()


def unpublished_schedule(make: Make, place: Place) -> None:
    """Every day from nine to eleven, past the API: nothing is published from it yet."""
    weekly = [
        {
            "weekday": weekday,
            "start": "09:00",
            "end": "11:00",
            "facilityId": str(place.facility_id),
        }
        for weekday in range(1, 8)
    ]
    make.db.execute(
        "INSERT INTO schedules (provider_id, weekly, slot_minutes) VALUES (%s, %s, 30)",
        [place.provider_id, Jsonb(weekly)],
    )


def open_slots(make: Make, place: Place) -> list[tuple[datetime, datetime]]:
    rows = make.all(
        "SELECT start_at, end_at FROM slots WHERE provider_id = %s AND is_open ORDER BY start_at",
        place.provider_id,
    )
    return [(row["start_at"], row["end_at"]) for row in rows]


async def test_generate_and_again(api: Api, make: Make) -> None:
    user, place = make.operator(), make.place()
    await put_schedule(api, user, place)
    week = (MONDAY, MONDAY + timedelta(days=6))
    assert await generated(api, user, place, *week) == {
        "created": 28,
        "existing": 0,
        "skipped": [],
    }
    assert await generated(api, user, place, *week) == {
        "created": 0,
        "existing": 28,
        "skipped": [],
    }
    slots = [slot for slot in open_slots(make, place) if slot[0] >= at(MONDAY, "00:00")]
    assert slots[0] == (at(MONDAY, "09:00"), at(MONDAY, "09:30"))
    assert slots[-1] == (at(week[1], "10:30"), at(week[1], "11:00"))

    # A longer range adds only what is new.
    longer = await generated(api, user, place, MONDAY, MONDAY + timedelta(days=7))
    assert (longer["created"], longer["existing"]) == (4, 28)


async def test_every_slot_has_its_audit_and_event(api: Api, make: Make) -> None:
    user, place = make.operator(), make.place()
    await put_schedule(api, user, place)
    await generated(api, user, place, MONDAY)
    await generated(api, user, place, MONDAY)
    rows = make.all("SELECT id FROM slots WHERE start_at >= %s", at(MONDAY, "00:00"))
    ids = [row["id"] for row in rows]
    audit = make.all(
        "SELECT slot_id, action, actor_id, version FROM slot_audit WHERE slot_id = ANY(%s)", ids
    )
    assert len(audit) == len({row["slot_id"] for row in audit}) == 4
    assert {(row["action"], row["actor_id"], row["version"]) for row in audit} == {
        ("published", user.id, 1)
    }
    events = make.all(
        "SELECT key, type FROM outbox WHERE payload ->> 'timeslotId' = ANY(%s)",
        [str(slot_id) for slot_id in ids],
    )
    assert [(row["key"], row["type"]) for row in events] == [
        (place.provider_id, "timeslot.updated")
    ] * 4


async def test_published_slots_can_be_booked(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    await put_schedule(api, admin, place)
    await generated(api, admin, place, MONDAY)
    path = f"/providers/{place.provider_id}/availability"
    params = {"serviceId": str(place.service_id), "date": MONDAY.isoformat()}
    slots = (await api.get(path, params=params)).json()["timeslots"]
    assert [slot["start"] for slot in slots] == [
        wire(at(MONDAY, clock)) for clock in ("09:00", "09:30", "10:00", "10:30")
    ]
    await api.booked(client, place, slots[1]["id"])
    assert (await generated(api, admin, place, MONDAY))["existing"] == 4


async def test_service_slots_keep_their_buffers(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    path = f"/services/{place.service_id}"
    body = {"durationMinutes": 40, "bufferBeforeMinutes": 5, "bufferAfterMinutes": 10, "version": 1}
    assert (await api.patch(path, admin, json=body)).status_code == 200
    entry = {
        "weekday": 1,
        "start": "09:00",
        "end": "12:00",
        "facilityId": str(place.facility_id),
        "serviceId": str(place.service_id),
    }
    breaks = [{"weekday": 1, "start": "09:55", "end": "10:00"}]
    await put_schedule(api, admin, place, weekly=[entry], breaks=breaks)
    # Somebody's own slot in what would be the buffer of the one at 10:05.
    own = make.slot(place, at(MONDAY, "10:50"), minutes=5)
    assert await generated(api, admin, place, MONDAY) == {
        "created": 2,
        "existing": 0,
        "skipped": [{"start": shown(at(MONDAY, "10:05")), "reason": "overlap"}],
    }
    slots = make.all(
        "SELECT start_at, end_at, service_id FROM slots WHERE id <> %s AND start_at >= %s "
        "ORDER BY start_at",
        own,
        at(MONDAY, "00:00"),
    )
    assert [tuple(slot.values()) for slot in slots] == [
        (at(MONDAY, "09:05"), at(MONDAY, "09:45"), place.service_id),
        (at(MONDAY, "11:00"), at(MONDAY, "11:40"), place.service_id),
    ]
    make.db.execute("UPDATE services SET is_active = false")
    again = await generated(api, admin, place, MONDAY)
    assert again == {
        "created": 0,
        "existing": 0,
        "skipped": [{"start": shown(at(MONDAY, "09:00")), "reason": "not_offered"}],
    }


async def test_what_is_in_the_way(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    await put_schedule(api, admin, place)
    same = make.slot(place, at(MONDAY, "09:00"), status="blocked")
    make.slot(place, at(MONDAY, "09:35"), minutes=10)
    make.slot(place, at(MONDAY, "10:10"), minutes=5, status="blocked")
    # Another provider's slot is in nobody's way.
    make.slot(make.place(), at(MONDAY, "10:30"))
    assert await generated(api, admin, place, MONDAY) == {
        "created": 1,
        "existing": 1,
        "skipped": [
            {"start": shown(at(MONDAY, "09:30")), "reason": "overlap"},
            {"start": shown(at(MONDAY, "10:00")), "reason": "overlap"},
        ],
    }
    assert make.one("SELECT status::text FROM slots WHERE id = %s", same)["status"] == "blocked"


async def test_what_staff_deleted_stays_away(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    await put_schedule(api, admin, place)
    await generated(api, admin, place, MONDAY)
    start = at(MONDAY, "09:30")
    slot_id = make.one("SELECT id FROM slots WHERE start_at = %s", start)["id"]
    path = f"/appointments/availability/slots/{slot_id}"
    assert (await api.delete(path, admin, headers={"If-Match": "*"})).status_code == 204
    gone = {"created": 0, "existing": 3, "skipped": [{"start": shown(start), "reason": "deleted"}]}
    assert await generated(api, admin, place, MONDAY) == gone
    # Published anew by hand, it is there.
    make.slot(place, start)
    assert (await generated(api, admin, place, MONDAY))["existing"] == 4


async def test_what_has_begun_is_past(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    await put_schedule(api, admin, place)
    yesterday = datetime.now(BERLIN).date() - timedelta(days=1)
    done = await generated(api, admin, place, yesterday)
    assert done["created"] == 0
    assert [skip["reason"] for skip in done["skipped"]] == ["past"] * 4
    assert done["skipped"][0]["start"] == shown(at(yesterday, "09:00"))


async def test_exceptions_and_a_facility_that_was_removed(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    other = make.facility()
    body = {"facilityIds": [str(place.facility_id), str(other)], "version": 1}
    provider = f"/providers/{place.provider_id}"
    assert (await api.patch(provider, admin, json=body)).status_code == 200
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    hours = {"start": "14:00", "end": "15:00", "facilityId": str(other)}
    exceptions = [
        {"date": tuesday.isoformat(), "closed": True},
        {"date": wednesday.isoformat(), **hours},
    ]
    await put_schedule(api, admin, place, exceptions=exceptions)
    await api.delete(f"/facilities/{other}", admin, headers={"If-Match": "*"})
    assert await generated(api, admin, place, MONDAY, wednesday) == {
        "created": 4,
        "existing": 0,
        "skipped": [{"start": shown(at(wednesday, "14:00")), "reason": "not_offered"}],
    }


async def test_clock_changes(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    weekly = [
        {
            "weekday": 7,
            "start": "01:00",
            "end": "04:00",
            "facilityId": str(place.facility_id),
        }
    ]
    await put_schedule(api, admin, place, weekly=weekly, slotMinutes=60)
    spring, autumn = date(2190, 3, 28), date(2190, 10, 31)
    done = await generated(api, admin, place, spring)
    assert done["created"] == 2
    assert done["skipped"] == [{"start": "2190-03-28T02:00:00", "reason": "dst_gap"}]
    done = await generated(api, admin, place, autumn)
    assert done["created"] == 2
    assert done["skipped"] == [{"start": "2190-10-31T02:00:00", "reason": "dst_change"}]
    starts = [start.astimezone(BERLIN) for start, _ in open_slots(make, place)]
    local = [start.strftime("%H:%M") for start in starts if start.year == 2190]
    assert local == ["01:00", "03:00", "01:00", "03:00"]


async def test_who_may(api: Api, make: Make) -> None:
    place, other = make.place(), make.place()
    await put_schedule(api, make.admin(), place)
    problem(await generate(api, make.client(), place, MONDAY), 403, "forbidden")
    path = f"/providers/{place.provider_id}/slots/generate"
    problem(await api.post(path, None, json={}), 401, "unauthenticated")
    stranger = make.operator(other.provider_id)
    problem(await generate(api, stranger, place, MONDAY), 404, "not_found")
    assert (await generate(api, make.operator(place.provider_id), place, MONDAY)).is_success
    # Without a schedule there is nothing to generate from.
    problem(await generate(api, make.admin(), other, MONDAY), 404, "not_found")
    nobody = Place(uuid4(), place.facility_id, place.service_id)
    problem(await generate(api, make.admin(), nobody, MONDAY), 404, "not_found")


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("to", {"from": "2026-03-02", "to": "2026-03-01"}),
        ("to", {"from": "2026-03-02", "to": "2027-03-03"}),
        ("to", {"from": "2026-03-02"}),
        ("from", {"from": "2026-3-2", "to": "2026-03-03"}),
        ("from", {"from": "2026-02-29", "to": "2026-03-03"}),
        ("from", {"from": 0, "to": "2026-03-03"}),
        ("to", {"from": "2199-12-31", "to": "2200-01-01"}),
        ("force", {"from": "2026-03-02", "to": "2026-03-03", "force": True}),
    ],
)
async def test_bad_ranges(api: Api, make: Make, field: str, body: dict[str, Any]) -> None:
    admin, place = make.admin(), make.place()
    await put_schedule(api, admin, place)
    path = f"/providers/{place.provider_id}/slots/generate"
    refusal = problem(await api.post(path, admin, json=body), 422, "validation_failed")
    assert [error["field"] for error in refusal["details"]["errors"]] == [field]


async def test_a_whole_year_and_its_end(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    await put_schedule(api, admin, place, slotMinutes=60)
    first = date(2198, 12, 31)
    done = await generated(api, admin, place, first, first + timedelta(days=365))
    assert (done["created"], done["skipped"]) == (366 * 2, [])


async def test_at_most_a_thousand_skips_are_shown(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    weekly = [
        {"weekday": day, "start": "00:00", "end": "24:00", "facilityId": str(place.facility_id)}
        for day in range(1, 8)
    ]
    await put_schedule(api, admin, place, weekly=weekly, slotMinutes=5)
    first = date(2020, 6, 1)
    done = await generated(api, admin, place, first, first + timedelta(days=9))
    assert len(done["skipped"]) == 1000
    assert done["skipped"][0]["start"] == "2020-06-01T00:00:00"
    starts = [skip["start"] for skip in done["skipped"]]
    assert starts == sorted(starts)


async def test_a_key_answers_alike(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    await put_schedule(api, admin, place)
    first = await generate(api, admin, place, MONDAY, key="once")
    again = await generate(api, admin, place, MONDAY, key="once")
    assert first.json()["created"] == 4
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


# --- the worker's part -------------------------------------------------------------------------


async def test_publish_ahead(api: Api, make: Make, db: Database) -> None:
    admin = make.admin()
    working, inactive, removed, without, far = (make.place() for _ in range(5))
    for place in (working, inactive, removed, far):
        unpublished_schedule(make, place)
    make.db.execute("UPDATE providers SET is_active = false WHERE id = %s", [inactive.provider_id])
    make.db.execute(
        "UPDATE providers SET timezone = 'Pacific/Kiritimati' WHERE id = %s", [far.provider_id]
    )
    path = f"/providers/{removed.provider_id}"
    assert (await api.delete(path, admin, headers={"If-Match": "*"})).status_code == 204

    done = await publish_ahead(db, days=3)
    assert (done.providers, done.failed) == (2, 0)
    # Today may have begun; the three days after it have not.
    assert 24 <= done.created <= 32
    assert (await publish_ahead(db, days=3)).created == 0
    rows = make.all("SELECT DISTINCT provider_id FROM slots")
    assert {row["provider_id"] for row in rows} == {working.provider_id, far.provider_id}
    for place, zone in ((working, BERLIN), (far, ZoneInfo("Pacific/Kiritimati"))):
        starts = [start.astimezone(zone) for start, _ in open_slots(make, place)]
        today = datetime.now(zone).date()
        assert starts[-1] == at(today + timedelta(days=3), "10:30", zone)
        assert {start.strftime("%H:%M") for start in starts} == {"09:00", "09:30", "10:00", "10:30"}
    actors = make.all("SELECT DISTINCT actor_type, actor_name FROM slot_audit")
    assert actors == [{"actor_type": "system", "actor_name": "Holdfast"}]
    assert without.provider_id not in {row["provider_id"] for row in rows}


async def test_one_bad_provider_does_not_stop_the_others(make: Make, db: Database) -> None:
    places = [make.place() for _ in range(3)]
    for place in places:
        unpublished_schedule(make, place)
    make.db.execute(
        "UPDATE providers SET timezone = 'Nowhere/City' WHERE id = %s", [places[1].provider_id]
    )
    done = await publish_ahead(db, days=1)
    assert (done.providers, done.failed) == (2, 1)
    assert open_slots(make, places[0]) == open_slots(make, places[2]) != []
    assert open_slots(make, places[1]) == []
