"""Connecting a provider's calendar (SPEC-deliveries §4), on both servers."""

import asyncio
from typing import Any

import pytest

from holdfast.kernel.db import Database
from holdfast.workers.retention import prune
from tests.deliveries.caldav.pushing import Calendar
from tests.deliveries.caldav.servers import PASSWORD, USER, CalendarServer
from tests.support.api import Api, problem
from tests.support.make import Make, Place, User


def path_of(place: Place) -> str:
    return f"/providers/{place.provider_id}/calendar-connections"


def wanted(url: str, **more: Any) -> dict[str, Any]:
    return {
        "url": url,
        "username": USER,
        "password": PASSWORD,
        "push": True,
        "busy": True,
        **more,
    }


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def provider(make: Make, place: Place) -> User:
    return make.operator(place.provider_id)


async def test_a_connection_is_made_after_a_look(
    api: Api, make: Make, server: CalendarServer, place: Place, provider: User
) -> None:
    url = server.calendar("Practice")
    made = await api.post(path_of(place), provider, json=wanted(url.rstrip("/"), busy=False))
    assert made.status_code == 201, made.text
    shown = made.json()
    assert made.headers["location"] == f"/api/v1{path_of(place)}/{shown['id']}"
    assert made.headers["etag"] == '"1"'
    assert shown == {
        "id": shown["id"],
        "providerId": str(place.provider_id),
        "url": url,
        "name": "Practice",
        "username": USER,
        "push": True,
        "busy": False,
        "state": "ok",
        "reason": None,
        "lastSyncedAt": None,
        "syncRequestedAt": None,
        "createdAt": shown["createdAt"],
        "updatedAt": shown["updatedAt"],
        "version": 1,
    }
    got = await api.get(f"{path_of(place)}/{shown['id']}", make.admin())
    assert got.json() == shown
    assert (await api.get(path_of(place), provider)).json()["items"] == [shown]
    [row] = make.all("SELECT password_sealed, c::text AS row FROM calendar_connections AS c")
    assert PASSWORD.encode() not in bytes(row["password_sealed"])
    assert make.one("SELECT state FROM lanes WHERE id = %s", f"caldav:{shown['id']}")


async def test_one_calendar_behind_the_address_is_taken_and_several_are_listed(
    api: Api, server: CalendarServer, place: Place, provider: User
) -> None:
    first, second = server.calendar("One"), server.calendar("Two")
    several = await api.post(path_of(place), provider, json=wanted(server.root))
    body = problem(several, 422, "calendar_not_found")
    found = body["details"]["collections"]
    assert {"url": first, "name": "One"} in found
    assert {"url": second, "name": "Two"} in found
    taken = await api.post(path_of(place), provider, json=wanted(found[0]["url"]))
    assert taken.status_code == 201, taken.text


@pytest.mark.parametrize(
    ("change", "scenario"),
    [
        ({"password": "wrong"}, "calendar_unauthorized"),
        ({"username": "nobody"}, "calendar_unauthorized"),
        ({"url": "http://127.0.0.1:9/"}, "calendar_unreachable"),
        ({"url": "/nothing/"}, "calendar_not_found"),
        ({"url": "http://10.0.0.1/"}, "url_not_allowed"),
        ({"url": "ftp://example.org/"}, "url_not_allowed"),
        ({"url": "https://user:word@example.org/"}, "url_not_allowed"),
        ({"username": "with:colon"}, "validation_failed"),
        ({"password": ""}, "validation_failed"),
        ({"password": "new\nline"}, "validation_failed"),
        ({"push": None}, "validation_failed"),
    ],
)
async def test_what_cannot_be_connected(
    api: Api,
    make: Make,
    server: CalendarServer,
    place: Place,
    provider: User,
    change: dict[str, Any],
    scenario: str,
) -> None:
    body = wanted(server.calendar()) | change
    if body["url"].startswith("/"):
        body["url"] = server.root + server.home.rstrip("/") + body["url"]
    refused = await api.post(path_of(place), provider, json=body, key="new")
    answer = problem(refused, 422, scenario)
    if scenario == "validation_failed":
        assert [error["field"] for error in answer["details"]["errors"]] == list(change)
    assert PASSWORD not in refused.text
    assert make.all("SELECT FROM calendar_connections") == []


async def test_three_are_three(
    api: Api, make: Make, server: CalendarServer, place: Place, provider: User
) -> None:
    urls = [server.calendar() for _ in range(6)]
    answers = await asyncio.gather(
        *(api.post(path_of(place), provider, json=wanted(url)) for url in urls)
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    refused = next(answer for answer in answers if answer.status_code == 409)
    problem(refused, 409, "too_many_connections")
    # Before anybody is asked.
    away = await api.post(path_of(place), provider, json=wanted("http://127.0.0.1:9/"))
    problem(away, 409, "too_many_connections")
    kept = await api.get(path_of(place), provider, params={"limit": 2})
    rest = await api.get(
        path_of(place), provider, params={"limit": 2, "cursor": kept.json()["nextCursor"]}
    )
    assert len(kept.json()["items"] + rest.json()["items"]) == 3


async def test_the_same_calendar_twice(
    api: Api, server: CalendarServer, place: Place, provider: User
) -> None:
    url = server.calendar()
    first = await api.post(path_of(place), provider, json=wanted(url))
    assert first.status_code == 201
    twice = await api.post(path_of(place), provider, json=wanted(url))
    problem(twice, 422, "validation_failed")


async def test_a_repetition_is_answered_as_before(
    api: Api, make: Make, server: CalendarServer, place: Place, provider: User
) -> None:
    body = wanted(server.calendar())
    first = await api.post(path_of(place), provider, json=body, key="once")
    again = await api.post(path_of(place), provider, json=body, key="once")
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = await api.post(path_of(place), provider, json={**body, "password": "x"}, key="once")
    problem(other, 422, "idempotency_key_reused")
    assert len(make.all("SELECT FROM calendar_connections")) == 1


async def test_whose_it_is(
    api: Api, make: Make, server: CalendarServer, place: Place, provider: User
) -> None:
    made = await api.post(path_of(place), provider, json=wanted(server.calendar()))
    path = f"{path_of(place)}/{made.json()['id']}"
    foreign = make.operator(make.place().provider_id)
    for call in (api.get(path, foreign), api.post(f"{path}/sync", foreign)):
        problem(await call, 404, "not_found")
    for user in (make.client(), make.operator()):
        problem(await api.get(path, user), 403, "forbidden")
    own = f"/providers/{foreign.provider_id}/calendar-connections/{made.json()['id']}"
    problem(await api.get(own, foreign), 404, "not_found")


async def test_a_change_is_of_a_version_and_tried_first(calendar: Calendar) -> None:
    api, path, provider = calendar.api, calendar.path, calendar.provider
    problem(await api.patch(path, provider, json={"push": False}), 428, "precondition_required")
    changed = await api.patch(path, provider, json={"push": False, "version": 1})
    assert (changed.json()["push"], changed.json()["version"]) == (False, 2)
    stale = await api.patch(path, provider, json={"password": "wrong", "version": 1})
    problem(stale, 409, "version_conflict")
    headers = {"If-Match": '"2"'}
    wrong = await api.patch(path, provider, json={"password": "wrong"}, headers=headers)
    problem(wrong, 422, "calendar_unauthorized")
    moved = await api.patch(
        path, provider, json={"url": calendar.server.calendar("New")}, headers=headers
    )
    assert moved.status_code == 200, moved.text
    assert moved.json()["name"] == "New"


async def test_removing_leaves_the_events_or_takes_them_away(calendar: Calendar) -> None:
    api, provider = calendar.api, calendar.provider
    booked = [await calendar.book(), await calendar.book()]
    calendar.add(booked[0], "COMMENT:theirs")
    gone = await api.delete(
        calendar.path, provider, params={"removeEvents": "true"}, headers={"If-Match": '"1"'}
    )
    assert gone.status_code == 204, gone.text
    assert (await api.get(calendar.path, provider)).status_code == 404
    assert all(calendar.text(one) for one in booked)
    assert len(await calendar.pusher.run()) == 2
    assert not any(calendar.text(one) for one in booked)
    [row] = calendar.make.all("SELECT * FROM calendar_connections")
    assert (bytes(row["password_sealed"]), row["removes_events"]) == (b"", False)
    assert await calendar.pusher.run() == []


async def test_what_cannot_be_taken_away_is_given_up(calendar: Calendar, db: Database) -> None:
    """The password of a removed connection is kept for four days at most; what we know of an object
    for a year after it was over."""
    booked = await calendar.book()
    query = {"removeEvents": "true"}
    gone = await calendar.api.delete(
        calendar.path, calendar.provider, params=query, headers={"If-Match": '"1"'}
    )
    assert gone.status_code == 204, gone.text
    await prune(db)
    connection = "SELECT password_sealed AS sealed FROM calendar_connections"
    assert calendar.make.one(connection)["sealed"]
    calendar.make.db.execute(
        "UPDATE calendar_connections SET deleted_at = deleted_at - interval '5 days'"
    )
    await prune(db)
    assert not calendar.make.one(connection)["sealed"]
    assert await calendar.pusher.run() == []
    assert calendar.known(booked) is not None
    calendar.make.db.execute("UPDATE calendar_objects SET end_at = end_at - interval '370 days'")
    await prune(db)
    assert calendar.known(booked) is None


async def test_removing_alone_forgets_the_password_and_leaves_the_events(
    calendar: Calendar,
) -> None:
    booked = await calendar.book()
    await calendar.move(booked)
    gone = await calendar.api.delete(calendar.path, calendar.provider, headers={"If-Match": '"1"'})
    assert gone.status_code == 204, gone.text
    assert await calendar.pusher.run() == []
    assert calendar.text(booked) is not None
    [row] = calendar.make.all("SELECT * FROM calendar_connections")
    assert bytes(row["password_sealed"]) == b""
