"""`/providers/{id}/schedule` (SPEC 4.2, 4.7)."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.api.test_facilities import UNKNOWN
from tests.concurrency.support import gate
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place


def path_of(place: Place) -> str:
    return f"/providers/{place.provider_id}/schedule"


def week(place: Place, **more: Any) -> dict[str, Any]:
    """Monday from nine to five, in slots of half an hour."""
    entry = {
        "weekday": 1,
        "start": "09:00",
        "end": "17:00",
        "facilityId": str(place.facility_id),
    }
    return {"weekly": [entry], "breaks": [], "exceptions": [], "slotMinutes": 30, **more}


async def test_put_read_and_replace(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    path = path_of(place)
    facility_id, service_id = str(place.facility_id), str(place.service_id)
    problem(await api.get(path, admin), 404, "not_found")
    schedule = {
        "weekly": [
            {"weekday": 7, "start": "13:00", "end": "24:00", "facilityId": facility_id},
            {
                "weekday": 1,
                "start": "00:00",
                "end": "12:30",
                "facilityId": facility_id,
                "serviceId": service_id,
            },
            {"weekday": 1, "start": "12:30", "end": "17:00", "facilityId": facility_id},
        ],
        "breaks": [{"weekday": 1, "start": "10:00", "end": "10:15"}],
        "exceptions": [
            {"date": "2026-12-24", "closed": True},
            {
                "date": "2026-12-31",
                "start": "09:00",
                "end": "10:00",
                "facilityId": facility_id,
            },
            {
                "date": "2026-12-31",
                "start": "10:00",
                "end": "11:00",
                "facilityId": facility_id,
            },
        ],
        "slotMinutes": 45,
    }
    answer = await api.put(path, admin, json=schedule)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {**schedule, "version": 1, "conflicts": []}
    assert answer.headers["etag"] == '"1"'

    read = await api.get(path, admin)
    assert read.json() == {**schedule, "version": 1}
    assert read.headers["etag"] == '"1"'
    assert (await api.get(path, admin, headers={"If-None-Match": '"1"'})).status_code == 304

    # The same again is no change.
    answer = await api.put(path, admin, json={**schedule, "version": 1})
    unchanged = {**schedule, "version": 1, "conflicts": []}
    assert (answer.status_code, answer.json()) == (200, unchanged)
    answer = await api.put(path, admin, json=week(place), headers={"If-Match": '"1"'})
    replaced = {**week(place), "version": 2, "conflicts": []}
    assert (answer.status_code, answer.json()) == (200, replaced)


async def test_breaks_and_exceptions_may_be_left_out(api: Api, make: Make) -> None:
    place = make.place()
    body = {"weekly": [], "slotMinutes": 5}
    answer = await api.put(path_of(place), make.admin(), json=body)
    rest = {"breaks": [], "exceptions": [], "version": 1, "conflicts": []}
    assert answer.json() == {**body, **rest}


async def test_who_may(api: Api, make: Make) -> None:
    place, other = make.place(), make.place()
    path, body = path_of(place), week(place)
    problem(await api.put(path, None, json=body), 401, "unauthenticated")
    problem(await api.put(path, make.client(), json=body), 403, "forbidden")
    problem(await api.get(path, make.client()), 403, "forbidden")
    stranger = make.operator(other.provider_id)
    problem(await api.put(path, stranger, json=body), 404, "not_found")
    problem(await api.get(path, stranger), 404, "not_found")
    own, front_desk = make.operator(place.provider_id), make.operator()
    assert (await api.put(path, own, json=body)).status_code == 201
    for user in (own, front_desk, make.admin()):
        assert (await api.get(path, user)).status_code == 200
    nobody = f"/providers/{uuid4()}/schedule"
    problem(await api.get(nobody, front_desk), 404, "not_found")
    problem(await api.put(nobody, front_desk, json=body), 404, "not_found")


async def test_preconditions(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    path, body = path_of(place), week(place)

    async def put(headers: Mapping[str, str], **more: Any) -> Any:
        return await api.put(path, admin, json={**body, **more}, headers=dict(headers))

    # What is not there has no version to match.
    for tag in ('"1"', "*"):
        refusal = problem(await put({"If-Match": tag}), 412, "precondition_failed")
        assert refusal["currentVersion"] is None
    problem(await put({}, version=1), 409, "version_conflict")
    answer = await put({"If-None-Match": "*"}, version=0)
    assert answer.status_code == 201, answer.text
    current = answer.json()
    assert current.pop("conflicts") == []

    for headers, more, status, scenario in [
        ({}, {}, 428, "precondition_required"),
        ({"If-Match": '"2"'}, {}, 412, "precondition_failed"),
        ({"If-Match": 'W/"1"'}, {}, 412, "precondition_failed"),
        ({"If-None-Match": "*"}, {"version": 1}, 412, "precondition_failed"),
        (
            {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
            {},
            412,
            "precondition_failed",
        ),
        ({}, {"version": 0}, 409, "version_conflict"),
        ({}, {"version": 2}, 409, "version_conflict"),
    ]:
        refusal = problem(await put(headers, slotMinutes=60, **more), status, scenario)
        if status != 428:
            assert refusal["currentVersion"] == 1
            assert refusal["currentData"] == current
            assert refusal["details"]["changes"] == {"slotMinutes": {"yours": 60, "theirs": 30}}
    assert (await api.get(path, admin)).json() == current
    assert (await put({"If-Match": "*"}, slotMinutes=60)).json()["version"] == 2
    since = {"If-Unmodified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}
    assert (await put(since, slotMinutes=90)).json()["version"] == 3


def entry(**changes: Any) -> Any:
    """Changes the first weekly entry; None takes a field away."""

    def change(place: Place, schedule: dict[str, Any]) -> None:
        schedule["weekly"][0].update(changes)
        schedule["weekly"][0] = {
            name: value for name, value in schedule["weekly"][0].items() if value != "-"
        }

    return change


def several(field: str, *values: Any) -> Any:
    """Sets a field; `F` in an entry stands for the provider's facility."""

    def change(place: Place, schedule: dict[str, Any]) -> None:
        schedule[field] = [
            {**value, "facilityId": str(place.facility_id)} if "F" in value else value
            for value in values
        ]
        for value in schedule[field]:
            value.pop("F", None)

    return change


NINE_TO_TEN = {"F": 1, "start": "09:00", "end": "10:00"}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("weekly.0.weekday", entry(weekday=0)),
        ("weekly.0.weekday", entry(weekday=8)),
        ("weekly.0.weekday", entry(weekday="1")),
        ("weekly.0.start", entry(start="9:00")),
        ("weekly.0.start", entry(start="24:00")),
        ("weekly.0.start", entry(start="09:60")),
        ("weekly.0.start", entry(start="09:00:00")),
        ("weekly.0.start", entry(start="\u0660\u0669:\u0660\u0660")),
        ("weekly.0.start", entry(start=540)),
        ("weekly.0.start", entry(start="-")),
        ("weekly.0.end", entry(end="24:01")),
        ("weekly.0.end", entry(end="25:00")),
        ("weekly.0", entry(end="09:00")),
        ("weekly.0", entry(start="00:00", end="00:00")),
        ("weekly.0.facilityId", entry(facilityId="-")),
        ("weekly.0.facilityId", entry(facilityId=None)),
        ("weekly.0.facilityId", entry(facilityId=UNKNOWN)),
        ("weekly.0.serviceId", entry(serviceId=UNKNOWN)),
        ("weekly.0.closed", entry(closed=True)),
        (
            "weekly",
            several(
                "weekly",
                {"weekday": 2, **NINE_TO_TEN},
                {"weekday": 2, **NINE_TO_TEN, "start": "09:59", "end": "10:30"},
            ),
        ),
        ("weekly", several("weekly", *[{"weekday": 1, **NINE_TO_TEN}] * 101)),
        ("breaks.0", several("breaks", {"weekday": 1, "start": "10:00", "end": "10:00"})),
        ("breaks.0.facilityId", several("breaks", {"weekday": 1, **NINE_TO_TEN})),
        (
            "breaks",
            several("breaks", *[{"weekday": 1, "start": "10:00", "end": "11:00"}] * 101),
        ),
        ("exceptions.0.date", several("exceptions", {"date": "2026-02-30", "closed": True})),
        ("exceptions.0.date", several("exceptions", {"date": 20260228, "closed": True})),
        ("exceptions.0", several("exceptions", {"date": "2026-02-28"})),
        ("exceptions.0.closed", several("exceptions", {"date": "2026-02-28", "closed": False})),
        (
            "exceptions.0",
            several("exceptions", {"date": "2026-02-28", "closed": True, **NINE_TO_TEN}),
        ),
        (
            "exceptions.0",
            several("exceptions", {"date": "2026-02-28", "start": "09:00", "end": "10:00"}),
        ),
        (
            "exceptions.0",
            several("exceptions", {"date": "2026-02-28", **NINE_TO_TEN, "end": "09:00"}),
        ),
        (
            "exceptions.1.facilityId",
            several(
                "exceptions",
                {"date": "2026-02-27", "closed": True},
                {"date": "2026-02-28", **NINE_TO_TEN, "F": 1},
                {"date": "2026-02-28", "start": "08:00", "end": "09:00"},
            ),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                {"date": "2026-02-28", "closed": True},
                {"date": "2026-02-28", **NINE_TO_TEN},
            ),
        ),
        (
            "exceptions",
            several("exceptions", *[{"date": "2026-02-28", "closed": True}] * 2),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                {"date": "2026-02-28", **NINE_TO_TEN},
                {"date": "2026-02-28", **NINE_TO_TEN, "start": "08:00", "end": "09:01"},
            ),
        ),
        (
            "exceptions",
            several("exceptions", *[{"date": "2026-02-28", "closed": True}] * 1001),
        ),
        # Ranges.
        ("exceptions.0", several("exceptions", {"from": "2026-02-01", "closed": True})),
        ("exceptions.0", several("exceptions", {"to": "2026-02-01", "closed": True})),
        ("exceptions.0", several("exceptions", {"closed": True})),
        (
            "exceptions.0",
            several("exceptions", {"from": "2026-02-02", "to": "2026-02-01", "closed": True}),
        ),
        (
            "exceptions.0",
            several("exceptions", {"from": "2026-02-01", "to": "2027-02-02", "closed": True}),
        ),
        (
            "exceptions.0",
            several(
                "exceptions",
                {"date": "2026-02-01", "from": "2026-02-01", "to": "2026-02-01", "closed": True},
            ),
        ),
        ("exceptions.0.to", several("exceptions", {"from": "2026-02-01", "to": 7, "closed": True})),
        (
            "exceptions",
            several(
                "exceptions",
                {"from": "2026-02-01", "to": "2026-02-21", "closed": True},
                {"date": "2026-02-21", **NINE_TO_TEN},
            ),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                {"date": "2026-02-10", "closed": True},
                {"from": "2026-02-01", "to": "2026-02-21", "closed": True},
            ),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                {"from": "2026-02-01", "to": "2026-02-21", **NINE_TO_TEN},
                {"from": "2026-02-21", "to": "2026-02-22", **NINE_TO_TEN, "start": "09:59"},
            ),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                *[
                    {"date": "2026-02-28", "start": f"{at // 12:02}:{at % 12 * 5:02}", "F": 1}
                    | {"end": f"{at // 12:02}:{at % 12 * 5 + 4:02}"}
                    for at in range(101)
                ],
            ),
        ),
        # Over midnight.
        (
            "weekly",
            several(
                "weekly",
                {"weekday": 7, "start": "22:00", "end": "02:00", "F": 1},
                {"weekday": 1, "start": "01:30", "end": "03:00", "F": 1},
            ),
        ),
        (
            "weekly",
            several(
                "weekly",
                {"weekday": 3, "start": "22:00", "end": "02:00", "F": 1},
                {"weekday": 4, "start": "00:00", "end": "01:00", "F": 1},
            ),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                {"date": "2026-02-28", "start": "22:00", "end": "02:00", "F": 1},
                {"date": "2026-03-01", "start": "01:00", "end": "03:00", "F": 1},
            ),
        ),
        (
            "exceptions",
            several(
                "exceptions",
                {"date": "2026-03-01", "start": "01:00", "end": "03:00", "F": 1},
                {
                    "from": "2026-02-20",
                    "to": "2026-02-28",
                    "start": "22:00",
                    "end": "02:00",
                    "F": 1,
                },
            ),
        ),
        ("slotMinutes", lambda _, schedule: schedule.update(slotMinutes=4)),
        ("slotMinutes", lambda _, schedule: schedule.update(slotMinutes=1441)),
        ("slotMinutes", lambda _, schedule: schedule.update(slotMinutes=30.5)),
        ("slotMinutes", lambda _, schedule: schedule.pop("slotMinutes")),
        ("weekly", lambda _, schedule: schedule.pop("weekly")),
        ("timezone", lambda _, schedule: schedule.update(timezone="UTC")),
        ("version", lambda _, schedule: schedule.update(version=2**40)),
    ],
)
async def test_bad_schedules(api: Api, make: Make, field: str, change: Any) -> None:
    admin, place = make.admin(), make.place()
    schedule = week(place)
    change(place, schedule)
    if field == "exceptions.1.facilityId":
        schedule["exceptions"][1]["facilityId"] = UNKNOWN
        schedule["exceptions"].pop()
    answer = await api.put(path_of(place), admin, json=schedule)
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == [field]
    problem(await api.get(path_of(place), admin), 404, "not_found")


async def test_every_bad_reference_is_named(api: Api, make: Make) -> None:
    admin, place, other = make.admin(), make.place(), make.place()
    schedule = week(place)
    schedule["weekly"].append(
        {
            "weekday": 2,
            "start": "09:00",
            "end": "17:00",
            "facilityId": str(other.facility_id),
            "serviceId": str(other.service_id),
        }
    )
    schedule["exceptions"] = [
        {
            "date": "2026-02-28",
            "start": "09:00",
            "end": "10:00",
            "facilityId": str(other.facility_id),
        }
    ]
    answer = await api.put(path_of(place), admin, json=schedule)
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == [
        "weekly.1.facilityId",
        "weekly.1.serviceId",
        "exceptions.0.facilityId",
    ]


async def test_of_two_first_schedules_one_is_told(
    api: Api, make: Make, database: TestDatabase
) -> None:
    admin, place = make.admin(), make.place()
    lock = "SELECT FROM providers WHERE id = %s FOR UPDATE"
    async with gate(database, lock, place.provider_id) as door:
        puts = [
            asyncio.create_task(api.put(path_of(place), admin, json=week(place))) for _ in range(5)
        ]
        await door.until_waiting(5)
        await door.open()
        answers = await asyncio.gather(*puts)
    assert sorted(answer.status_code for answer in answers) == [201, 428, 428, 428, 428]


async def test_a_large_schedule_fits(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    facility_id = str(place.facility_id)
    schedule = week(
        place,
        exceptions=[
            {
                "date": f"{2026 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}",
                "start": "09:00",
                "end": "17:00",
                "facilityId": facility_id,
            }
            for number in range(1000)
        ],
    )
    answer = await api.put(path_of(place), admin, json=schedule)
    assert answer.status_code == 201, answer.text
    assert len(answer.json()["exceptions"]) == 1000
