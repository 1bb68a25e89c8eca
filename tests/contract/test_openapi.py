"""The OpenAPI document is true: whatever is sent, the answers are those that it declares."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from holdfast.app import API_PREFIX, create_app
from holdfast.config import Settings
from holdfast.http.problem import MEDIA_TYPE, SCENARIOS
from holdfast.kernel.db import Database
from tests.contract.document import Document
from tests.contract.operations import OPERATIONS
from tests.contract.scene import Scene
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, User
from tests.support.server import Server, as_url

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES, EXAMPLES_LONG = 12, 400
SCENES = 4


DOCUMENT = Document(
    create_app(
        Settings(secret_key=SecretStr(SECRET_KEY)), Database("postgresql://localhost/none")
    ).openapi()
)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT.document)
GENERATED = [result.ok() for result in cast(Any, SCHEMA.get_all_operations())]
ABOUT = {
    f"{operation.method} {API_PREFIX}{operation.template}": operation.about
    for operation in reversed(OPERATIONS)
}
KEYED = {
    f"{operation.method} {API_PREFIX}{operation.template}"
    for operation in OPERATIONS
    if operation.key
}


# The document itself.


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT.document["openapi"].startswith("3.1")
    SCHEMA.validate()
    for name, schema in DOCUMENT.document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
    references = set(_references(DOCUMENT.document))
    known = {f"#/components/schemas/{name}" for name in DOCUMENT.document["components"]["schemas"]}
    assert references <= known
    assert known - references <= set(), "described, but never used"


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def test_each_operation_says_what_it_is() -> None:
    names = [described["operationId"] for _, _, described in DOCUMENT.operations()]
    assert len(set(names)) == len(names)
    for method, path, described in DOCUMENT.operations():
        where = f"{method} {path}"
        assert path.startswith(API_PREFIX), where
        assert described["summary"] and not described["summary"].endswith("."), where
        assert described["tags"], where
        for parameter in described.get("parameters", []):
            assert parameter["schema"], where
        for status, response in described["responses"].items():
            assert response["description"], f"{where} {status}"


def test_each_refusal_is_a_problem_with_examples() -> None:
    for method, path, described in DOCUMENT.operations():
        assert "503" in described["responses"], path
        for status, response in described["responses"].items():
            where = f"{method} {path} {status}"
            if int(status) < 400:
                assert MEDIA_TYPE not in response.get("content", {}), where
                continue
            assert response["content"].keys() == {MEDIA_TYPE}, where
            problem = response["content"][MEDIA_TYPE]
            assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}, where
            assert problem["examples"], where
            for scenario, example in problem["examples"].items():
                assert SCENARIOS[scenario].status == int(status), where
                assert DOCUMENT.accepts(problem["schema"], example["value"]), where


def test_what_any_request_may_be_refused_with_is_declared() -> None:
    for method, path, described in DOCUMENT.operations():
        declared = set(described["responses"])
        if described.get("security"):
            assert "401" in declared, (method, path)
        if "requestBody" in described:
            assert {"400", "413", "415", "422"} <= declared, (method, path)
        if "{" in path or described.get("parameters"):
            assert declared & {"404", "422"}, (method, path)


def test_security_schemes_are_described() -> None:
    schemes = DOCUMENT.document["components"]["securitySchemes"]
    assert schemes["accessToken"]["scheme"] == "bearer"
    assert schemes["session"]["in"] == "cookie"
    for _, path, described in DOCUMENT.operations():
        for choice in described.get("security", []):
            assert choice.keys() <= schemes.keys(), path


# What the application answers.


@dataclass(frozen=True)
class World:
    """A running application, users, and things that exist."""

    url: str
    users: dict[str, User]
    scenes: list[Scene]
    session: requests.Session


@pytest.fixture(scope="module")
def world(
    shared_database: TestDatabase, shared_make: Make, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    # In a process of its own: Hypothesis wants no randomness in this one but its own.
    env = {"HOLDFAST_DATABASE_URL": as_url(shared_database.server_url)}
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, "api", env=env) as server, requests.Session() as session:
        scenes = [Scene(shared_make, "admin") for _ in range(SCENES)]
        client = scenes[0].client
        users = {"admin": shared_make.admin(), "client": client}
        shared_make.admin()  # so that the first one is not the last
        yield World(server.url, users, scenes, session)


def make_real(case: Any, scene: Any) -> None:
    """Let a generated request be about things that exist."""
    about = ABOUT.get(case.operation.label, {})
    for name in case.path_parameters or {}:
        case.path_parameters[name] = str(getattr(scene, about.get(name) or name))
    real = {
        "providerId": scene.provider_id,
        "serviceId": scene.service_id,
        "facilityId": scene.facility_id,
        "timeslotId": scene.slot_id,
        "userId": scene.client.id,
        "appointmentId": scene.requested_id,
        "reservationToken": scene.token,
    }
    for part in (case.body, case.query):
        if isinstance(part, dict):
            part.update({name: str(real[name]) for name in part.keys() & real.keys()})
    if case.operation.label in KEYED:
        case.headers["Idempotency-Key"] = case.id


def check(operation: Any, world: World, examples: int, *, derandomize: bool) -> None:
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @given(
        case=st.one_of(modes),
        caller=st.sampled_from(["admin", "client"]),
        number=st.none() | st.integers(0, SCENES - 1),
    )
    @hypothesis_settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def answers_as_declared(case: Any, caller: str, number: int | None) -> None:
        if number is not None:
            make_real(case, world.scenes[number])
        world.session.cookies.clear()
        case.call_and_validate(
            world.url, session=world.session, headers=world.users[caller].auth, checks=CHECKS
        )

    answers_as_declared()


@pytest.mark.parametrize("operation", GENERATED, ids=lambda operation: operation.label)
def test_answers_are_as_declared(operation: Any, world: World) -> None:
    check(operation, world, EXAMPLES, derandomize=True)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", GENERATED, ids=lambda operation: operation.label)
def test_many_answers_are_as_declared(operation: Any, world: World) -> None:
    check(operation, world, EXAMPLES_LONG, derandomize=False)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
@pytest.mark.parametrize("caller", ["anonymous", "client", "foreign", "admin"])
def test_good_answers_are_as_declared(
    operation: Any, caller: str, world: World, shared_make: Make
) -> None:
    """The valid request of each operation, by those who may and those who may not."""
    scene = Scene(shared_make, caller)
    request = operation.request(scene)
    headers = {**request.get("headers", {}), **(scene.caller.auth if scene.caller else {})}
    if "key" in request:
        headers["Idempotency-Key"] = "one"
    world.session.cookies.clear()
    answer = world.session.request(
        operation.method,
        f"{world.url}{API_PREFIX}{request['path']}",
        json=request.get("json"),
        params=request.get("params"),
        headers=headers,
    )
    declared = DOCUMENT.of(operation)["responses"]
    assert str(answer.status_code) in declared, answer.text
    content = declared[str(answer.status_code)].get("content")
    if content is None:
        assert answer.text == ""
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in content
    schema = content[media_type]["schema"]
    if media_type.endswith("json"):
        assert DOCUMENT.accepts(schema, json.loads(answer.text)), answer.text
