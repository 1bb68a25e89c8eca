"""Users: what an administrator may do, and what everyone may do with their own (SPEC 4.1, §2)."""

import asyncio
import json

import pytest

from holdfast.accounts.operations import create_admin
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from tests.support.api import Api, problem
from tests.support.make import Make
from tests.support.passwords import PASSWORD, sign_in, tokens_of, user_with_password

NEW = {"email": "Robin@example.test", "password": PASSWORD, "name": "Robin", "role": "operator"}


async def test_an_administrator_makes_users(api: Api, make: Make) -> None:
    admin, provider_id = make.admin(), make.place().provider_id
    made = await api.post("/users", admin, json={**NEW, "providerId": str(provider_id)})
    assert made.status_code == 201, made.text
    user = made.json()
    assert (user["role"], user["providerId"]) == ("operator", str(provider_id))
    assert made.headers["location"] == f"/api/v1/users/{user['id']}"
    assert made.headers["etag"] == '"1"'
    assert (await api.get(f"/users/{user['id']}", admin)).json() == user
    signed_in = await api.post("/auth/signin", json={"email": NEW["email"], "password": PASSWORD})
    assert signed_in.json()["user"] == user
    problem(await api.post("/users", admin, json={**NEW, "role": "client"}), 409, "email_taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "system"}, "role"),
        ({"providerId": "00000000-0000-0000-0000-000000000000"}, "providerId"),
        ({"providerId": "x"}, "providerId"),
        ({"isActive": True}, "isActive"),
        ({"password": "short"}, "password"),
    ],
)
async def test_bad_new_users(api: Api, make: Make, change: dict, field: str) -> None:
    answer = await api.post("/users", make.admin(), json={**NEW, **change})
    body = problem(answer, 422, "validation_failed")
    assert [error["field"] for error in body["details"]["errors"]] == [field]


async def test_only_an_operator_is_linked_and_only_to_what_exists(api: Api, make: Make) -> None:
    admin, provider_id = make.admin(), str(make.place().provider_id)
    client, operator = make.client(), make.operator()
    linked_client = {**NEW, "role": "client", "providerId": provider_id}
    problem(await api.post("/users", admin, json=linked_client), 422, "validation_failed")
    link = {"providerId": provider_id}
    problem(await api.patch(f"/users/{client.id}", admin, json=link), 422, "validation_failed")
    changed = await api.patch(f"/users/{operator.id}", admin, json=link)
    assert changed.json()["providerId"] == provider_id
    # Who is no operator any more is not a provider either, unless both are named and contradict.
    both = {"role": "client", **link}
    problem(await api.patch(f"/users/{operator.id}", admin, json=both), 422, "validation_failed")
    changed = await api.patch(f"/users/{operator.id}", admin, json={"role": "client"})
    assert (changed.json()["role"], changed.json()["providerId"]) == ("client", None)

    make.db.execute("UPDATE providers SET deleted_at = now()")
    as_operator = {"role": "operator", **link}
    refused = await api.patch(f"/users/{client.id}", admin, json=as_operator)
    assert "no such provider" in problem(refused, 422, "validation_failed")["detail"]


async def test_making_a_user_is_idempotent(api: Api, make: Make) -> None:
    admin = make.admin()
    first = await api.post("/users", admin, json=NEW, key="k1")
    again = await api.post("/users", admin, json=NEW, key="k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    other = {**NEW, "password": "another password"}
    problem(await api.post("/users", admin, json=other, key="k1"), 422, "idempotency_key_reused")


async def test_the_list_is_for_administrators(api: Api, make: Make) -> None:
    problem(await api.get("/users"), 401, "unauthenticated")
    for user in (make.client(), make.operator()):
        problem(await api.get("/users", user), 403, "forbidden")
    problem(await api.post("/users", make.client(), json={"nonsense": 1}), 403, "forbidden")


async def test_the_list_pages_and_filters(api: Api, make: Make) -> None:
    admin = make.admin()
    users = [make.client(f"Person {number}") for number in range(5)]
    newest_first = sorted((str(user.id) for user in [admin, *users]), reverse=True)

    seen, cursor = [], None
    while True:
        query = {"limit": 4, **({"cursor": cursor} if cursor else {})}
        page = (await api.get("/users", admin, params=query)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == newest_first

    async def found(**query: str) -> list[str]:
        answer = await api.get("/users", admin, params=query)
        return [item["id"] for item in answer.json()["items"]]

    assert await found(role="admin") == [str(admin.id)]
    assert await found(q="pERSON 3") == [str(users[3].id)]
    assert await found(q=users[2].email.upper()) == [str(users[2].id)]
    assert await found(q="person", role="admin") == []
    assert await found(q="100%_") == []
    for bad in ({"cursor": "x"}, {"limit": "0"}, {"limit": "101"}, {"role": "boss"}, {"q": "\0"}):
        problem(await api.get("/users", admin, params=bad), 422, "validation_failed")


async def test_one_reads_and_edits_oneself(api: Api, make: Make) -> None:
    user = make.client()
    path = f"/users/{user.id}"
    preferences = {"theme": "dark", "reminders": {"email": True, "hours": [1, 24]}}
    changed = await api.patch(
        path,
        user,
        json={
            "name": " Kim Newname ",
            "phone": "+49 30 1234567",
            "timezone": "Asia/Tokyo",
            "preferences": preferences,
        },
    )
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert body["name"] == "Kim Newname"
    assert body["timezone"] == "Asia/Tokyo"
    assert body["preferences"] == preferences
    assert body["version"] == 2
    assert changed.headers["etag"] == '"2"'
    read = await api.get(path, user)
    assert read.json() == body
    assert (await api.get(path, user, headers={"If-None-Match": '"2"'})).status_code == 304

    cleared = await api.patch(path, user, json={"phone": None, "timezone": None})
    assert (cleared.json()["phone"], cleared.json()["timezone"]) == (None, None)
    assert cleared.json()["preferences"] == preferences
    same = await api.patch(path, user, json={"name": "Kim Newname"})
    assert (same.status_code, same.json()["version"]) == (200, 3)


async def test_others_do_not_exist(api: Api, make: Make) -> None:
    other = make.client()
    for user in (make.client(), make.operator()):
        problem(await api.get(f"/users/{other.id}", user), 404, "not_found")
        problem(
            await api.patch(f"/users/{other.id}", user, json={"role": "admin"}), 404, "not_found"
        )
    nobody = "/users/00000000-0000-0000-0000-000000000000"
    problem(await api.get(nobody, make.admin()), 404, "not_found")
    problem(await api.patch(nobody, make.admin(), json={"name": "X"}), 404, "not_found")
    problem(await api.get("/users/x", make.admin()), 422, "validation_failed")


@pytest.mark.parametrize(
    "change", [{"role": "admin"}, {"providerId": None}, {"isActive": True}, {"email": "a@b.org"}]
)
async def test_only_an_administrator_changes_what_one_may_do(
    api: Api, make: Make, change: dict
) -> None:
    for user in (make.client(), make.operator()):
        problem(
            await api.patch(f"/users/{user.id}", user, json={"name": "X", **change}),
            403,
            "forbidden",
        )
        assert (await api.get(f"/users/{user.id}", user)).json()["name"] == user.name


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"isActive": None}, "isActive"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"preferences": []}, "preferences"),
        ({"preferences": {"n": 1e400}}, "preferences"),
        ({"preferences": {"t": "\x00"}}, "preferences"),
        ({"isActive": "yes"}, "isActive"),
        ({"version": 0}, "version"),
        ({"version": 2**40}, "version"),
        ({"id": "x"}, "id"),
    ],
)
async def test_bad_changes(api: Api, make: Make, change: dict, field: str) -> None:
    user = make.admin()
    answer = await api.patch(
        f"/users/{user.id}",
        user,
        content=json.dumps(change).replace("Infinity", "1e400"),
        headers={"Content-Type": "application/json"},
    )
    body = problem(answer, 422, "validation_failed")
    assert [error["field"] for error in body["details"]["errors"]] == [field]


async def test_preconditions_are_optional_but_honoured(api: Api, make: Make) -> None:
    user = make.client()
    path = f"/users/{user.id}"
    changed = await api.patch(path, user, json={"name": "B"}, headers={"If-Match": '"1"'})
    assert changed.json()["version"] == 2
    stale = await api.patch(path, user, json={"name": "C"}, headers={"If-Match": '"1"'})
    body = problem(stale, 412, "precondition_failed")
    assert body["currentVersion"] == 2
    assert body["currentData"] == changed.json()
    assert body["details"]["changes"] == {"name": {"yours": "C", "theirs": "B"}}
    problem(await api.patch(path, user, json={"name": "C", "version": 1}), 409, "version_conflict")
    since = {"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}
    problem(
        await api.patch(path, user, json={"name": "C"}, headers=since), 412, "precondition_failed"
    )
    assert (await api.patch(path, user, json={"name": "C", "version": 2})).status_code == 200


async def test_an_administrator_changes_an_address(api: Api, make: Make) -> None:
    admin, user, other = make.admin(), user_with_password(make), make.client()
    taken = {"email": other.email.upper()}
    problem(await api.patch(f"/users/{user.id}", admin, json=taken), 409, "email_taken")
    own = await api.patch(f"/users/{user.id}", admin, json={"email": user.email.upper()})
    assert own.json()["email"] == user.email.upper()
    assert (await sign_in(api, user)).status_code == 200


async def test_a_changed_role_counts_at_once(api: Api, make: Make) -> None:
    admin, user = make.admin(), make.client()
    problem(await api.get("/users", user), 403, "forbidden")
    path = f"/users/{user.id}"
    assert (await api.patch(path, admin, json={"role": "admin"})).status_code == 200
    assert (await api.get("/users", user)).status_code == 200
    before = make.one("SELECT access_changed_at AS t FROM users WHERE id = %s", user.id)["t"]
    assert (await api.patch(path, admin, json={"phone": "+49 30 1"})).status_code == 200
    after = make.one("SELECT access_changed_at AS t FROM users WHERE id = %s", user.id)["t"]
    assert before == after


async def test_a_deactivated_user_is_out_at_once(api: Api, make: Make) -> None:
    admin, user = make.admin(), user_with_password(make)
    tokens = await tokens_of(api, user)
    session = await api.post("/auth/session", json={"email": user.email, "password": PASSWORD})
    assert session.status_code == 200
    secret = api.client.cookies["holdfast_session"]
    api.client.cookies.clear()
    assert (await api.get("/auth/me", user)).status_code == 200

    path = f"/users/{user.id}"
    assert (await api.patch(path, admin, json={"isActive": False})).json()["isActive"] is False
    problem(await api.get("/auth/me", user), 401, "unauthenticated")
    cookie = {"Cookie": f"holdfast_session={secret}"}
    problem(await api.get("/auth/me", headers=cookie), 401, "unauthenticated")
    refresh = {"refreshToken": tokens["refreshToken"]}
    problem(await api.post("/auth/refresh", json=refresh), 401, "unauthenticated")
    problem(await sign_in(api, user), 401, "unauthenticated")

    # Who is let in again signs in again: nothing from before comes back to life.
    assert (await api.patch(path, admin, json={"isActive": True})).status_code == 200
    problem(await api.post("/auth/refresh", json=refresh), 401, "unauthenticated")
    problem(await api.get("/auth/me", headers=cookie), 401, "unauthenticated")
    assert (await sign_in(api, user)).status_code == 200


@pytest.mark.parametrize("change", [{"role": "operator"}, {"isActive": False}])
async def test_the_last_administrator_stays(api: Api, make: Make, change: dict) -> None:
    admin, other = make.admin(), make.admin()
    assert (await api.patch(f"/users/{other.id}", admin, json=change)).status_code == 200
    refused = await api.patch(f"/users/{admin.id}", admin, json=change)
    problem(refused, 409, "invalid_transition")
    assert (await api.get("/users", admin)).status_code == 200


async def test_administrators_cannot_all_take_away_each_other(api: Api, make: Make) -> None:
    admins = [make.admin() for _ in range(8)]
    for admin in admins:
        assert (await api.get("/auth/me", admin)).status_code == 200
    answers = await asyncio.gather(
        *(
            api.patch(f"/users/{other.id}", admin, json={"role": "client"})
            for admin, other in zip(admins, admins[1:] + admins[:1], strict=True)
        )
    )
    left = make.one("SELECT count(*) FROM users WHERE role = 'admin' AND is_active")["count"]
    assert left >= 1
    assert sum(answer.status_code == 200 for answer in answers) == 8 - left
    # The others had lost the right by then, or were refused.
    assert {answer.status_code for answer in answers} <= {200, 401, 403, 404, 409}


async def test_administrators_cannot_all_step_down(api: Api, make: Make) -> None:
    admins = [make.admin() for _ in range(8)]
    answers = await asyncio.gather(
        *(api.patch(f"/users/{admin.id}", admin, json={"isActive": False}) for admin in admins)
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [409]
    left = make.one("SELECT count(*) FROM users WHERE role = 'admin' AND is_active")["count"]
    assert left == 1


async def test_of_changes_at_once_to_one_version_one_lands(api: Api, make: Make) -> None:
    user = make.client()
    answers = await asyncio.gather(
        *(
            api.patch(f"/users/{user.id}", user, json={"name": f"Name {number}", "version": 1})
            for number in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19


async def test_create_admin(api: Api, db: Database) -> None:
    user = await create_admin(db, " Boss@example.test ", PASSWORD, "The Boss")
    assert (user["email"], user["role"]) == ("Boss@example.test", "admin")
    signed_in = await api.post("/auth/signin", json={"email": user["email"], "password": PASSWORD})
    assert signed_in.json()["user"]["id"] == user["id"]
    with pytest.raises(Refusal, match="already") as taken:
        await create_admin(db, "boss@EXAMPLE.test", "another password", "Another")
    assert taken.value.scenario == "email_taken"
    for email, password, name in (
        ("boss", PASSWORD, "Boss"),
        ("boss2@example.test", "short", "Boss"),
        ("boss2@example.test", PASSWORD, " "),
    ):
        with pytest.raises(Refusal, match="must") as refused:
            await create_admin(db, email, password, name)
        assert refused.value.scenario == "validation_failed"
