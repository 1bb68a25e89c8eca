"""Who may do what (SPEC §2): every operation of the API, by every kind of caller."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from fastapi import FastAPI

from holdfast.app import API_PREFIX
from holdfast.http.tokens import Tokens
from holdfast.kernel.ids import new_id
from tests.contract.operations import OPERATIONS, PUBLIC, Operation
from tests.contract.scene import CALLERS, Scene
from tests.contract.snapshot import snapshot
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make

pytestmark = pytest.mark.asyncio(loop_scope="module")

EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONG_SECRET = re.compile(r"[\w-]{43}")
SCENARIOS = {
    401: {"unauthenticated"},
    403: {"forbidden"},
    404: {"not_found", "reservation_not_found"},
}


@EACH
async def test_each_caller_gets_what_the_table_says(
    operation: Operation, shared_api: Api, shared_make: Make
) -> None:
    answers: dict[str, int] = {}
    for caller in CALLERS:
        scene = Scene(shared_make, caller)
        request, user = operation.request(scene), scene.caller
        before = snapshot(shared_make)
        shared_api.client.cookies.clear()
        answer = await shared_api.request(operation.method, user=user, **request)
        answers[caller] = 200 if answer.is_success else answer.status_code
        if answer.is_success and not operation.is_read:
            continue
        assert snapshot(shared_make) == before, f"{caller} changed something"
        if not answer.is_success:
            assert answer.status_code in SCENARIOS, (caller, answer.text)
            scenario = answer.json()["scenario"]
            assert scenario in SCENARIOS[answer.status_code], (caller, answer.text)
            problem(answer, answer.status_code, scenario)
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answers == operation.expected


async def test_every_operation_is_in_the_table(shared_app: FastAPI) -> None:
    declared = {
        f"{method.upper()} {path.removeprefix(API_PREFIX)}"
        for path, methods in shared_app.openapi()["paths"].items()
        for method in methods
    }
    listed = {operation.name for operation in OPERATIONS}
    assert declared - listed == set(), "add a line to tests/contract/operations.py"
    assert listed - declared == set(), "no longer in the API"
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)


async def test_openapi_says_which_operations_need_a_user(shared_app: FastAPI) -> None:
    wrong = []
    for operation in OPERATIONS:
        document = shared_app.openapi()["paths"][API_PREFIX + operation.template]
        declares = bool(document[operation.method.lower()].get("security"))
        if operation.expected["anonymous"] == 401 and not declares:
            wrong.append(operation.id)
        if operation.expected == PUBLIC and declares:
            wrong.append(operation.id)
    # Signing out takes a token of either kind, or none.
    assert set(wrong) <= {"POST /auth/signout"}


def of_nothing(request: dict[str, Any], scene: Scene) -> dict[str, Any]:
    """The same request about things that do not exist, though their ids look right."""
    no_token = Tokens(SECRET_KEY).reservation_token(new_id())

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: replaced(part) for name, part in value.items()}
        if not isinstance(value, str):
            return value
        value = ID.sub(lambda _: str(new_id()), value)
        return value.replace(scene.token, no_token) if LONG_SECRET.search(value) else value

    return {
        name: replaced(part) if name in ("path", "json", "params") else part
        for name, part in request.items()
    }


@EACH
async def test_what_is_out_of_scope_looks_as_if_it_were_not_there(
    operation: Operation, shared_api: Api, shared_make: Make
) -> None:
    """The answers do not differ, so that they do not reveal what exists."""
    for caller, status in operation.expected.items():
        if status != 404:
            continue
        scene = Scene(shared_make, caller)
        request = operation.request(scene)
        texts = []
        for asked in (request, of_nothing(request, scene)):
            answer = await shared_api.request(operation.method, user=scene.caller, **asked)
            body = answer.json()
            texts.append((answer.status_code, body["scenario"], body["detail"], body["details"]))
        assert texts[0] == texts[1], caller


def forged_tokens(user_id: UUID) -> dict[str, str]:
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "userId": str(user_id),
        "email": "someone@example.test",
        "role": "admin",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
    }
    return {
        "nothing": "",
        "no token": "abc",
        "three parts": "a.b.c",
        "another key": jwt.encode(claims, "k" * 40, algorithm="HS256"),
        "the secret itself": jwt.encode(claims, SECRET_KEY, algorithm="HS256"),
        "no signature": jwt.encode(claims, "", algorithm="none"),
        "very long": "x" * 20_000,
        "not ASCII": "tökén",
    }


@pytest.mark.parametrize("kind", sorted(forged_tokens(UUID(int=0))))
async def test_a_forged_token_is_worth_nothing(
    kind: str, shared_api: Api, shared_make: Make
) -> None:
    token = forged_tokens(shared_make.admin().id)[kind]
    header = [(b"Authorization", b"Bearer " + token.encode())]
    answer = await shared_api.client.get("/api/v1/users", headers=header)
    problem(answer, 401, "unauthenticated")


async def test_an_altered_token_is_worth_nothing(shared_api: Api, shared_make: Make) -> None:
    user = shared_make.admin()
    head, claims, signature = user.token.split(".")
    others = shared_make.client().token.split(".")
    for token in (
        f"{head}.{others[1]}.{signature}",
        f"{head}.{claims}.{others[2]}",
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature}x",
        f"{head}.{claims}",
    ):
        answer = await shared_api.get("/users", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 401, "unauthenticated")
    for scheme in ("Basic", "bearer2", ""):
        header = {"Authorization": f"{scheme} {user.token}".strip()}
        problem(await shared_api.get("/users", headers=header), 401, "unauthenticated")
    lower = await shared_api.get("/users", headers={"Authorization": f"bearer {user.token}"})
    assert lower.status_code == 200


async def test_a_user_who_is_gone_has_no_token(shared_api: Api, shared_make: Make) -> None:
    inactive, unknown = shared_make.admin(), shared_make.admin()
    shared_make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [inactive.id])
    shared_make.db.execute("DELETE FROM sign_ins WHERE user_id = %s", [unknown.id])
    shared_make.db.execute("DELETE FROM users WHERE id = %s", [unknown.id])
    for user in (inactive, unknown):
        problem(await shared_api.get("/users", user), 401, "unauthenticated")


async def test_the_role_is_the_databases_not_the_tokens(shared_api: Api, shared_make: Make) -> None:
    """A token that was made while its user was an administrator."""
    user = shared_make.admin()
    shared_make.db.execute("UPDATE users SET role = 'client' WHERE id = %s", [user.id])
    problem(await shared_api.get("/users", user), 403, "forbidden")


async def test_what_is_not_in_the_api_is_not_found(shared_api: Api, shared_make: Make) -> None:
    admin = shared_make.admin()
    for path in ("", "/nothing", f"/appointments/{uuid4()}/nothing"):
        problem(await shared_api.get(path, admin), 404, "not_found")
    refused = await shared_api.put("/users", admin, json={})
    problem(refused, 405, "method_not_allowed")
    assert {"GET", "POST"} <= {name.strip() for name in refused.headers["allow"].split(",")}
