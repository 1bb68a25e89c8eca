"""The user-action log: what users tried, failed attempts included (SPEC 4.1)."""

import asyncio
from datetime import UTC, datetime
from typing import Any, LiteralString

from holdfast.accounts.actions import ActionLog
from holdfast.accounts.store import Action
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from tests.support.api import Api, problem
from tests.support.make import Make, User
from tests.support.passwords import sign_in, tokens_of, user_with_password


async def log_of(api: Api, user: User, by: User | None = None) -> list[dict[str, Any]]:
    answer = await api.get(f"/users/{user.id}/actions", by or user)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def brief(items: list[dict[str, Any]]) -> list[tuple[str, int, str | None]]:
    return [(item["action"], item["status"], item["scenario"]) for item in items]


async def test_changes_are_noted_and_reads_are_not(api: Api, make: Make) -> None:
    user = make.client()
    path = f"/users/{user.id}"
    await api.get(path, user)
    await api.patch(
        path, user, json={"name": "B"}, headers={"User-Agent": "Browser\x7f/1 " + "x" * 300}
    )
    await api.patch(path, user, json={"role": "admin"})
    await api.patch(path, user, json={"name": ""})
    await api.patch(path, user, json={"name": "C"}, headers={"If-Match": '"1"'})
    items = await log_of(api, user)
    assert brief(items) == [
        ("users.change_user", 412, "precondition_failed"),
        ("users.change_user", 422, "validation_failed"),
        ("users.change_user", 403, "forbidden"),
        ("users.change_user", 200, None),
    ]
    first = items[-1]
    assert first.keys() == {
        "id",
        "at",
        "action",
        "target",
        "status",
        "scenario",
        "requestId",
        "address",
        "userAgent",
    }
    assert first["target"] == f"/api/v1{path}"
    assert first["address"] == "127.0.0.1"
    assert first["userAgent"].startswith("Browser/1 xx")
    assert len(first["userAgent"]) == 256
    assert items == await log_of(api, user, make.admin())


async def test_what_other_slices_refuse_is_noted(api: Api, make: Make) -> None:
    user, place = make.client(), make.place()
    slot_id = make.slot(place)
    reserved = await api.reserve(user, place, slot_id)
    assert reserved.status_code == 201
    await api.book(user, "nonsense")
    problem(await api.post("/users", user, json={}), 403, "forbidden")
    statuses = [(item["status"], item["scenario"]) for item in await log_of(api, user)]
    assert statuses == [(403, "forbidden"), (404, "reservation_not_found"), (201, None)]


async def test_sign_ins_are_noted_in_the_log_of_the_account(api: Api, make: Make) -> None:
    user = user_with_password(make)
    tokens = await tokens_of(api, user)
    await sign_in(api, user, "wrong password")
    refresh = {"refreshToken": tokens["refreshToken"]}
    await api.post("/auth/refresh", json=refresh)
    await api.post("/auth/refresh", json=refresh)  # two tabs: the same successor
    await api.post("/auth/signout", json=refresh)
    await api.post("/auth/refresh", json=refresh)
    assert brief(await log_of(api, user)) == [
        ("auth.refresh", 401, "unauthenticated"),
        ("auth.signout", 204, None),
        ("auth.refresh", 200, None),
        ("auth.refresh", 200, None),
        ("auth.signin", 401, "unauthenticated"),
        ("auth.signin", 200, None),
    ]
    nobody = {"email": "nobody@example.test", "password": "whatever it is"}
    await api.post("/auth/signin", json=nobody)
    assert make.one("SELECT count(*) FROM user_actions")["count"] == 6


async def test_the_log_is_for_the_user_and_administrators(api: Api, make: Make) -> None:
    user = make.client()
    path = f"/users/{user.id}/actions"
    problem(await api.get(path), 401, "unauthenticated")
    for other in (make.client(), make.operator()):
        problem(await api.get(path, other), 404, "not_found")
    assert (await api.get(path, make.admin())).status_code == 200
    nobody = "/users/00000000-0000-0000-0000-000000000000/actions"
    problem(await api.get(nobody, make.admin()), 404, "not_found")


async def test_the_log_pages(api: Api, make: Make) -> None:
    user = make.client()
    for number in range(5):
        await api.patch(f"/users/{user.id}", user, json={"name": f"Name {number}"})
    path = f"/users/{user.id}/actions"
    first = (await api.get(path, user, params={"limit": 3})).json()
    query = {"limit": 3, "cursor": first["nextCursor"]}
    second = (await api.get(path, user, params=query)).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)
    assert second["nextCursor"] is None
    problem(await api.get(path, user, params={"cursor": "x"}), 422, "validation_failed")


async def until(make: Make, query: LiteralString) -> None:
    """Wait for the query's first column to be true."""
    async with asyncio.timeout(10):
        while True:
            if next(iter(make.one(query).values())):
                return
            await asyncio.sleep(0.01)


def some_action(user: User) -> Action:
    return Action(
        id=new_id(),
        user_id=user.id,
        at=datetime.now(UTC),
        action="users.change_user",
        target="/x",
        status=200,
        scenario=None,
        request_id=None,
        address=None,
        user_agent=None,
    )


async def test_what_is_noted_is_written_without_being_asked_for(db: Database, make: Make) -> None:
    user, log = make.client(), ActionLog(db)
    writing = asyncio.create_task(log.loop.run())
    log.note(some_action(user))
    await until(make, "SELECT count(*) = 1 FROM user_actions")
    log.note(some_action(user))
    await until(make, "SELECT count(*) = 2 FROM user_actions")
    writing.cancel()


async def test_many_notes_are_written_once_each(db: Database, make: Make) -> None:
    user, log = make.client(), ActionLog(db)
    for _ in range(1200):
        log.note(some_action(user))
    await asyncio.gather(*(log.flush() for _ in range(5)))
    assert make.one("SELECT count(*) FROM user_actions")["count"] == 1200


async def test_the_buffer_is_bounded(db: Database, make: Make) -> None:
    user, log = make.client(), ActionLog(db, capacity=3)
    for _ in range(5):
        log.note(some_action(user))
    await log.flush()
    assert make.one("SELECT count(*) FROM user_actions")["count"] == 3
    log.note(some_action(user))
    await log.flush()
    assert make.one("SELECT count(*) FROM user_actions")["count"] == 4


async def test_notes_wait_while_the_database_is_away(db: Database, make: Make) -> None:
    user, log = make.client(), ActionLog(db)
    noted = some_action(user)
    with make.db.transaction():
        # Nobody else can write the table now; the write waits and is then given up.
        make.db.execute("LOCK TABLE user_actions IN EXCLUSIVE MODE")
        log.note(noted)
        writing = asyncio.create_task(log.flush())
        await until(
            make,
            "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted "
            "AND relation = 'user_actions'::regclass",
        )
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    await log.flush()
    assert make.one("SELECT id FROM user_actions")["id"] == noted.id
