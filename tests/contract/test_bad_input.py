"""Bodies that no client should send: refused as problems, and nothing is changed (SPEC 4.9)."""

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from holdfast.http.limits import MAXIMUM_BODY_BYTES
from holdfast.http.problem import SCENARIOS
from tests.contract.document import Document, formats_of
from tests.contract.operations import OPERATIONS, Operation
from tests.contract.plain import is_plain
from tests.contract.scene import Scene
from tests.contract.snapshot import snapshot
from tests.support.api import Api
from tests.support.make import Make

pytestmark = pytest.mark.asyncio(loop_scope="module")

# One request to each operation; then some that stand for all where one mechanism serves them all.
FIRST = {
    operation.name: operation
    for operation in reversed(OPERATIONS)
    if operation.body and operation.expected["admin"] == 200
}
EACH = pytest.mark.parametrize("operation", FIRST.values(), ids=lambda operation: operation.id)
SOME = pytest.mark.parametrize(
    "operation",
    [
        FIRST["POST /reservations"],
        FIRST["POST /appointments"],
        FIRST["PATCH /appointments/{appointment_id}"],
        FIRST["PUT /providers/{provider_id}/schedule"],
        FIRST["POST /auth/signin"],
    ],
    ids=lambda operation: operation.id,
)
LEAKS = ("Traceback", "psycopg", "SELECT", 'File "', "pydantic")
DEPTH = 20_000

NOT_JSON = [
    b"{",
    b"}",
    b"{'a': 1}",
    b'{"a": 1,}',
    b'{"a" 1}',
    b'{"a": 01}',
    b'{"a": .5}',
    b'{"a": "\n"}',
    b'{"a": "\\x"}',
    b'{"a": "\\u12"}',
    b'{"a": tru}',
    b'{"a": 1} x',
    b"a=1&b=2",
    b"<a/>",
    b"\x00",
    b"\xff\xfe",
    b'{"a": "\xff"}',
    b"[" * DEPTH,
    b'{"a":' * DEPTH,
    b"[" * DEPTH + b"]" * DEPTH,
    b'{"a": ' + b"9" * 5000 + b"}",
]
NOT_AN_OBJECT = [b"[]", b'"text"', b"1", b"true", b"-0.0", b"[{}]", b"NaN"]
BAD_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    10**400,
    "",
    " ",
    "12",
    "no such thing",
    "a\u0000b",
    "line\nline",
    "\u001b[31m",
    "x" * 5000,
    [],
    [[]],
    [None],
    {},
    {"a": {"b": {}}},
]
BAD_TIMES: list[Any] = [
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01T00:00:00Z",
    "-2026-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z",
    "2026-02-30T09:00:00Z",
    "2026-13-01T09:00:00Z",
    "2026-06-01T24:00:01Z",
    "2026-06-30T23:59:60Z",
    "2026-06-01T09:60:00Z",
    "2026-06-01T09:00:00+25:00",
    "2026-06-01T09:00:00+24:00",
    "2026-06-01T09:00:00",
    "2026-06-01 09:00:00Z",
    "2026-06-01",
    "2026-06-01T09:00:00 Europe/Berlin",
    "1780304400",
    1780304400,
    1780304400000,
    1780304400.5,
    -1,
    0,
    True,
    "now",
    "infinity",
    "epoch",
    "",
]
BAD_DATES: list[Any] = [
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2200-01-01",
    "1969-12-31",
    "2026-02-30",
    "2026-2-3",
    "20260601",
    "2026-06-01T00:00:00Z",
    "1780304400",
    1780304400,
    0,
    True,
    "today",
    "",
]


@pytest.fixture
async def document(shared_app: FastAPI) -> Document:
    return Document(shared_app.openapi())


class Attempts:
    """Requests to one operation that all must be refused and leave everything as it is."""

    def __init__(self, api: Api, make: Make, operation: Operation) -> None:
        self.scene = Scene(make, "admin")
        self.operation = operation
        self.request = operation.request(self.scene)
        self.user = self.scene.caller
        self._api = api
        self._make = make
        self._before = snapshot(make)

    async def send(
        self,
        content: bytes | AsyncIterator[bytes],
        *,
        media_type: str | None = "application/json",
    ) -> httpx.Response:
        self._api.client.cookies.clear()
        given = {name: part for name, part in self.request.items() if name != "json"}
        headers = dict(given.pop("headers", {}))
        if media_type is not None:
            headers["Content-Type"] = media_type
        return await self._api.request(
            self.operation.method, user=self.user, content=content, headers=headers, **given
        )

    async def send_json(self, value: Any) -> httpx.Response:
        return await self.send(json.dumps(value).encode())

    def check_nothing_changed(self) -> None:
        assert snapshot(self._make) == self._before


def check_problem(answer: httpx.Response, *statuses: int, sent: object = "") -> dict[str, Any]:
    """The answer is a complete problem with one of these statuses and gives nothing away."""
    said = f"{answer.status_code} {answer.text[:300]} for {str(sent)[:200]!r}"
    assert answer.status_code in statuses, said
    assert answer.headers["content-type"] == "application/problem+json", said
    body = answer.json()
    assert SCENARIOS[body["scenario"]].status == answer.status_code == body["status"], said
    assert body["success"] is False
    assert body["message"] == body["detail"] != ""
    assert isinstance(body["recoverable"], bool)
    assert body["type"].endswith(body["scenario"])
    assert body["title"] and body["instance"].startswith("/api/v1/")
    assert not any(leak in answer.text for leak in LEAKS), said
    if body["scenario"] == "validation_failed":
        errors = body["details"]["errors"]
        assert errors and all({"field", "message"} == error.keys() for error in errors), said
        assert all(is_plain(error["message"]) for error in errors), said
    return body


@EACH
async def test_what_is_not_json(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    whole = json.dumps(attempts.request["json"]).encode()
    for content in [*NOT_JSON, whole[:-1], whole + whole]:
        refused = check_problem(await attempts.send(content), 400, sent=content)
        assert refused["scenario"] == "malformed_json", content[:50]
    for content in NOT_AN_OBJECT:
        check_problem(await attempts.send(content), 422, sent=content)
    if document.needs_body(operation):
        for content in (b"", b"null", b"{}"):
            answer = await attempts.send(content)
            assert content == b"{}" or answer.status_code == 422, answer.text
            if not answer.is_success:
                check_problem(answer, 400, 422, 428, sent=content)
    attempts.check_nothing_changed()


@EACH
async def test_unknown_fields(operation: Operation, shared_api: Api, shared_make: Make) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    for name in ("unknownField", "", "__proto__", "a.b", "a\u0000b", "\U0001f9b7", "x" * 10_000):
        refused = check_problem(await attempts.send_json({**valid, name: 1}), 422, sent=name)
        assert refused["scenario"] == "validation_failed"
        assert any(error["field"].endswith(name) for error in refused["details"]["errors"])
    lone = json.dumps({**valid, "\ud800": 1}).encode()
    check_problem(await attempts.send(lone), 400, 422, sent=lone)
    many = {**valid, **{f"field{number}": number for number in range(5000)}}
    refused = check_problem(await attempts.send_json(many), 422)
    assert len(refused["details"]["errors"]) <= 50
    attempts.check_nothing_changed()


@EACH
async def test_names_are_in_camel_case(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    """The name that a field has in the code is not another name of it."""
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    for name in document.fields(operation):
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
        for other in {snake, f"{name}_", name.upper()} - {name}:
            renamed = {**valid, other: valid.get(name)}
            renamed.pop(name, None)
            check_problem(await attempts.send_json(renamed), 422, sent=renamed)
    attempts.check_nothing_changed()


@EACH
async def test_wrong_values(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    """Whatever the document does not allow in a field is refused, be the field needed or not."""
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    tried = 0
    for name, schema in document.fields(operation).items():
        for value in BAD_VALUES:
            if not document.accepts(schema, value):
                body = {**valid, name: value}
                # A precondition that cannot hold is refused as such.
                check_problem(await attempts.send_json(body), 400, 422, sent=(name, value))
                tried += 1
    assert tried
    attempts.check_nothing_changed()


@EACH
async def test_numbers_that_nothing_can_count(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    """Numbers may be allowed by the document, but break nothing."""
    attempts = Attempts(shared_api, shared_make, operation)
    for name, schema in document.fields(operation).items():
        for value in (2**31 - 1, 2**31, -(2**31) - 1, 2**63, 2**64, -(2**63) - 1, 10**300):
            if document.accepts(schema, value):
                answer = await attempts.send_json({**attempts.request["json"], name: value})
                assert answer.status_code < 500, (name, value, answer.text)


@EACH
async def test_text_that_cannot_be_kept(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    """Null bytes and lone surrogates, in every string, wherever it stands in the body."""
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    bodies = [
        {**valid, name: text}
        for name, schema in document.fields(operation).items()
        for text in ("a\u0000b", "\ud800", "\udfff\ud800")
        if "string" in str(schema) or "$ref" in str(schema)
    ]
    # A surrogate as three bytes, which no UTF-8 has.
    raw = json.dumps({**valid, "unknownField": "HERE"}).encode().replace(b"HERE", b"\xed\xa0\x80")
    check_problem(await attempts.send(raw), 400, 422, sent=raw)
    for body in bodies + list(with_each_string(valid, "\ud800\u0000")):
        check_problem(await attempts.send_json(body), 400, 401, 404, 422, sent=body)
    attempts.check_nothing_changed()


def with_each_string(value: Any, text: str) -> list[Any]:
    """Copies of a value, in each of which another string is replaced."""
    if isinstance(value, str):
        return [text]
    pairs = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    copies = []
    for key, part in pairs:
        for replaced in with_each_string(part, text):
            changed = copy.copy(value)
            changed[key] = replaced
            copies.append(changed)
    return copies


@EACH
async def test_absurd_times(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    for name, schema in document.fields(operation).items():
        formats = formats_of(schema)
        bad = BAD_TIMES if "date-time" in formats else BAD_DATES if "date" in formats else []
        for value in bad:
            body = {**valid, name: value}
            check_problem(await attempts.send_json(body), 422, sent=(name, value))
    attempts.check_nothing_changed()


@EACH
async def test_nesting_inside_a_field(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    valid = attempts.request["json"]
    for name in [*document.fields(operation), "unknownField"]:
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            for depth in (50, 900, DEPTH):
                inner = opening * depth + b"1" + closing * depth
                head = json.dumps({**valid, name: "HERE"}).encode()
                content = head.replace(b'"HERE"', inner)
                check_problem(await attempts.send(content), 400, 422, sent=(name, depth))
    attempts.check_nothing_changed()


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 60_000):
        yield content[start : start + 60_000]


@pytest.mark.parametrize("size", [MAXIMUM_BODY_BYTES + 1, 10_000_000])
@SOME
async def test_large_bodies(
    operation: Operation, size: int, shared_api: Api, shared_make: Make
) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    content = json.dumps(attempts.request["json"]).encode().ljust(size)
    for sent in (content, in_pieces(content)):
        refused = check_problem(await attempts.send(sent), 413)
        assert refused["details"] == {"maximumBytes": MAXIMUM_BODY_BYTES}
    attempts.check_nothing_changed()


@SOME
async def test_a_body_of_the_largest_size_is_read(
    operation: Operation, shared_api: Api, shared_make: Make
) -> None:
    for chunked in (False, True):
        attempts = Attempts(shared_api, shared_make, operation)
        content = json.dumps(attempts.request["json"]).encode().ljust(MAXIMUM_BODY_BYTES)
        answer = await attempts.send(in_pieces(content) if chunked else content)
        assert answer.is_success, answer.text


@EACH
async def test_other_media_types(operation: Operation, shared_api: Api, shared_make: Make) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    content = json.dumps(attempts.request["json"]).encode()
    for media_type in (
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "application/octet-stream",
        "application/json+x",
        "json",
        "application/json, text/plain",
    ):
        refused = check_problem(await attempts.send(content, media_type=media_type), 415)
        assert refused["scenario"] == "unsupported_media_type", media_type
    attempts.check_nothing_changed()


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/merge-patch+json",
        "application/vnd.example+json;v=1",
    ],
)
@SOME
async def test_json_by_another_name(
    operation: Operation, media_type: str, shared_api: Api, shared_make: Make
) -> None:
    attempts = Attempts(shared_api, shared_make, operation)
    content = json.dumps(attempts.request["json"]).encode()
    answer = await attempts.send(content, media_type=media_type)
    assert answer.is_success, answer.text
