"""Refusals say in plain words what is wrong, and name fields as the wire does (SPEC §4)."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic_core import _pydantic_core

from holdfast.http.wording import OTHERWISE, PATTERNS, words_of
from tests.contract.document import Document, Schema
from tests.contract.operations import OPERATIONS, Operation
from tests.contract.plain import is_plain
from tests.contract.scene import Scene
from tests.contract.snapshot import snapshot
from tests.contract.test_bad_input import FIRST, Attempts, check_problem
from tests.support.api import Api, problem
from tests.support.make import Make

pytestmark = pytest.mark.asyncio(loop_scope="module")

EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
EACH_WITH_BODY = pytest.mark.parametrize(
    "operation", FIRST.values(), ids=lambda operation: operation.id
)
# Checked by rules of ours; the document shows the pattern to those who write clients.
OWN_PATTERNS = {
    r"^[^\u0000-\u001f\u007f-\u009f]*$",
    r"^[+(]?[0-9][0-9 ()./-]{2,38}$",
    r"^\d+\.\d+$",
}
WRONG: list[Any] = [
    *(None, True, 0, -1, 1.5, 2**31, 10**400, float("inf"), "", "x", "12", "x" * 50_000),
    *("\u007f", "a\u0000b", "2026-02-30", "2026-02-30T09:00:00Z", [], [None], {}),
    *({"unknownField": 1}, {"a": {}}),
]


@pytest.fixture
async def document(shared_app: FastAPI) -> Document:
    return Document(shared_app.openapi())


async def test_every_error_of_the_library_has_plain_words() -> None:
    for known in _pydantic_core.list_all_errors():
        error = {
            "msg": "Value error, must be ours",
            "ctx": known.get("example_context") or {},
        }
        message = words_of(known["type"], error)
        assert is_plain(message), (known["type"], message)
        assert re.match(r"(must|is|has) ", message), (known["type"], message)
    assert words_of("an error of a later version", {}) == OTHERWISE


async def test_every_pattern_has_plain_words(document: Document) -> None:
    """Of the fields whose pattern the library checks; a new one needs a line in PATTERNS."""
    found = set(re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(document.document)))
    patterns = {json.loads(f'"{text}"') for text in found}
    assert set(PATTERNS) <= patterns, "words for a pattern that has gone"
    assert patterns - set(PATTERNS) <= OWN_PATTERNS, "a pattern without words"


def wrong_values(document: Document, schema: Schema, depth: int = 0) -> Iterator[Any]:
    """Values that a schema does not allow, each wrong in another place."""
    plain = document.resolved(schema)
    limits = {
        "maxLength": lambda n: "x" * (n + 1),
        "minLength": lambda n: "x" * (n - 1),
        "minimum": lambda n: n - 1,
        "maximum": lambda n: n + 1,
        "exclusiveMaximum": lambda n: n,
        "exclusiveMinimum": lambda n: n,
        "maxItems": lambda n: [None] * (n + 1),
        "minItems": lambda n: [None] * (n - 1),
    }
    for value in (*WRONG, *(make(plain[name]) for name, make in limits.items() if name in plain)):
        if not document.accepts(schema, value):
            yield value
    if depth < 4:
        for name, part in plain.get("properties", {}).items():
            for value in wrong_values(document, part, depth + 1):
                yield {name: value}
        if "items" in plain:
            for value in wrong_values(document, plain["items"], depth + 1):
                yield [value]


def names_of(document: Document, schema: Schema, depth: int = 0) -> set[str]:
    """All names of fields below a schema."""
    plain = document.resolved(schema)
    found: set[str] = set()
    if depth < 5:
        for name, part in plain.get("properties", {}).items():
            found |= {name} | names_of(document, part, depth + 1)
        for part in (plain.get("items"), plain.get("additionalProperties")):
            if isinstance(part, dict):
                found |= names_of(document, part, depth + 1)
    return found


def check_words(answer: Any, known: set[str], sent: object) -> None:
    body = check_problem(answer, 400, 422, 428, sent=sent)
    for error in body["details"].get("errors", ()):
        assert is_plain(error["message"]), (sent, error)
        assert error["message"] != OTHERWISE, (sent, error)
        parts = {part for part in error["field"].split(".") if not part.isdigit()}
        assert parts <= known, (sent, error)


@EACH_WITH_BODY
async def test_what_is_wrong_in_a_body_is_said_in_plain_words(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    body = document.body(operation)
    assert body is not None
    known = names_of(document, body) | {"body", "unknownField", "a", "Idempotency-Key"}
    tried = 0
    for name, schema in document.fields(operation).items():
        for value in wrong_values(document, schema):
            changed = {**copy.copy(valid), name: value}
            content = json.dumps(changed).encode()
            answer = await attempts.send(content)
            check_words(answer, known, (name, str(value)[:80]))
            tried += 1
        answer = await attempts.send_json({k: v for k, v in valid.items() if k != name})
        if not answer.is_success:
            check_problem(answer, 400, 401, 404, 409, 410, 422, 428, sent=f"no {name}")
            assert is_plain(answer.json()["detail"]), answer.text
            break  # it may have changed something
    assert tried


@EACH
async def test_what_is_wrong_in_a_query_is_said_in_plain_words(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    scene = Scene(shared_make, "admin")
    request = operation.request(scene)
    query = request.pop("params", {})
    parameters = document.parameters(operation, "query")
    for name, schema in parameters.items():
        for value in ("", "x", "-1", "1.5", "9" * 30, "\u007f", "a\u0000b", "x" * 3000):
            if document.accepts(schema, value):
                continue
            answer = await shared_api.request(
                operation.method, user=scene.caller, params={**query, name: value}, **request
            )
            if not answer.is_success:
                check_words(answer, {name}, (name, value))


@EACH
async def test_unknown_query_parameters_are_refused(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    """`form=` for `from=` must not answer as if nothing had been asked for."""
    scene = Scene(shared_make, "admin")
    request, user = operation.request(scene), scene.caller
    query = request.pop("params", {})
    known = document.parameters(operation, "query")
    before = snapshot(shared_make)
    others = {"form", "unknown", "_", "", "limit ", "é", "x" * 500}
    others |= {name.upper() for name in known} | {f"{name}[]" for name in known}
    others |= {re.sub(r"(?=[A-Z])", "_", name).lower() for name in known} | {"from_"}
    for name in others - set(known):
        answer = await shared_api.request(
            operation.method, user=user, params={**query, name: "1"}, **request
        )
        said = problem(answer, 422, "validation_failed")
        assert said["details"]["errors"] == [
            {"field": name[:100], "message": "is not a query parameter of this request"}
        ]
    many = {f"p{number}": "1" for number in range(200)}
    answer = await shared_api.request(
        operation.method, user=user, params={**query, **many}, **request
    )
    assert len(problem(answer, 422, "validation_failed")["details"]["errors"]) == 50
    assert snapshot(shared_make) == before


@EACH
async def test_who_asks_comes_before_what_is_asked(
    operation: Operation, shared_api: Api, shared_make: Make
) -> None:
    if operation.expected["anonymous"] != 401 or operation.id == "POST /auth/signout":
        return  # signing out by a token in the body needs no other
    scene = Scene(shared_make, "anonymous")
    request = operation.request(scene)
    request["params"] = {**request.get("params", {}), "unknown": "1"}
    problem(await shared_api.request(operation.method, **request), 401, "unauthenticated")
