"""Addresses, queries and headers that no client should send (SPEC 4.9)."""

import base64
import json
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.contract.document import Document, formats_of
from tests.contract.operations import OPERATIONS, Operation
from tests.contract.scene import Scene
from tests.contract.snapshot import snapshot
from tests.contract.test_bad_input import BAD_DATES, BAD_TIMES, check_problem
from tests.support.api import Api, problem
from tests.support.make import Make

pytestmark = pytest.mark.asyncio(loop_scope="module")

EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
EACH_WITH_ID = pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if "{" in operation.template],
    ids=lambda operation: operation.id,
)
EACH_READ = pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.is_read],
    ids=lambda operation: operation.id,
)

BAD_IDS = [
    "x",
    "0",
    "-1",
    "null",
    "undefined",
    "%00",
    "%0a",
    "%ff",
    "%ed%a0%80",
    "..%2f..%2fetc",
    "%27%20or%201%3d1--",
    "é",
    "\U0001f9b7",
    "01a1fdb6-e409-7cf5-a915-19103476426",
    "01a1fdb6-e409-7cf5-a915-1910347642611",
    "01a1fdb6-e409-7cf5-a915-19103476426g",
    "x" * 3000,
]
BAD_NUMBERS = ["", " ", "x", "-1", "0", "1.5", "1e3", "0x10", "101", str(2**63), "9" * 5000, "NaN"]


def cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


TOO_HIGH_A_VERSION = cursor([2**31, uuid4().hex])
BAD_CURSORS = [
    "x",
    "====",
    "%%%",
    "\x00",
    "é",
    "🦷",
    "x" * 1999,
    "x" * 2001,
    "x" * 50_000,
    "bm90IGpzb24",
    cursor(None),
    cursor([]),
    cursor({}),
    cursor("x"),
    cursor([None, None]),
    cursor(["2026-06-01T09:00:00Z"]),
    cursor(["2026-06-01T09:00:00Z", "x"]),
    cursor(["2026-06-01T09:00:00Z", 7]),
    cursor(["2026-06-01T09:00:00Z", uuid4().hex, "more"]),
    cursor([True, uuid4().hex]),
    cursor([-1, uuid4().hex]),
    cursor([1.5, uuid4().hex]),
    cursor([2**63, uuid4().hex]),
    TOO_HIGH_A_VERSION,
    cursor([2**64, uuid4().hex]),
    cursor([[1], uuid4().hex]),
    cursor([{"a": 1}, uuid4().hex]),
    cursor([None, uuid4().hex]),
    cursor(["a\x00b", uuid4().hex]),
    cursor([[[[[[1]]]]], uuid4().hex]),
]
# The shape of a cursor, but of times that are none.
BAD_TIMES_IN_CURSORS = [
    cursor([time, uuid4().hex])
    for time in ("x", "", "2026-06-01T09:00:00", "2026-06-01", "0001-01-01T00:00:00Z",
                 "9999-12-31T23:59:59Z", "2026-06-01T09:00:00+25:00")
]  # fmt: skip


@pytest.fixture
async def document(shared_app: FastAPI) -> Document:
    return Document(shared_app.openapi())


@EACH_WITH_ID
async def test_what_is_no_id(operation: Operation, shared_api: Api, shared_make: Make) -> None:
    scene = Scene(shared_make, "admin")
    request, user = operation.request(scene), scene.caller
    before = snapshot(shared_make)
    given = {name: part for name, part in request.items() if name != "path"}
    names = [part for part in operation.template.split("/") if part.startswith("{")]
    for name in names:
        others = operation.template.replace(name, "HERE")
        path = Operation(f"{operation.method} {others}", {}, about=operation.about).path(scene)
        for bad in BAD_IDS:
            asked = path.replace("HERE", bad)
            answer = await shared_api.request(operation.method, asked, user, **given)
            check_problem(answer, 404, 405, 422, sent=bad)
    assert snapshot(shared_make) == before


@EACH_READ
async def test_pages_and_numbers(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    scene = Scene(shared_make, "admin")
    request = operation.request(scene)
    query = request.pop("params", {})
    for name, schema in document.parameters(operation, "query").items():
        if "integer" not in str(schema):
            continue
        for bad in BAD_NUMBERS:
            answer = await shared_api.get(user=scene.caller, params={**query, name: bad}, **request)
            if name == "limit" or bad not in ("0", "101"):
                check_problem(answer, 422, sent=(name, bad))
            assert answer.status_code < 500


@EACH_READ
async def test_cursors(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    if "cursor" not in document.parameters(operation, "query"):
        return
    scene = Scene(shared_make, "admin")
    request = operation.request(scene)
    query = request.pop("params", {})
    for bad in BAD_CURSORS + BAD_TIMES_IN_CURSORS:
        answer = await shared_api.get(user=scene.caller, params={**query, "cursor": bad}, **request)
        if bad in BAD_TIMES_IN_CURSORS and answer.is_success:
            # A list that is not sorted by a time may take it for a text.
            assert not operation.template.endswith(("slots", "appointments", "availability"))
            continue
        if bad == TOO_HIGH_A_VERSION and answer.is_success:
            # The number of a row may be.
            assert operation.template.endswith("/deliveries")
            continue
        check_problem(answer, 422, sent=bad)


async def test_a_cursor_of_another_list(shared_api: Api, shared_make: Make) -> None:
    """A position in time is none among names or versions, and the other way round."""
    scene = Scene(shared_make, "admin")
    for _ in range(2):
        assert Scene(shared_make, "admin").slot_id
        shared_make.facility()
    for number in range(3):
        shared_make.db.execute(
            "UPDATE appointments SET notes = %s WHERE id = %s", [str(number), scene.appointment_id]
        )
    lists = {
        "time": "/appointments/availability/slots",
        "name": "/facilities",
        "version": f"/appointments/{scene.appointment_id}/audit",
    }
    cursors: dict[str, str] = {}
    for kind, path in lists.items():
        page = await shared_api.get(path, scene.caller, params={"limit": 1})
        cursors[kind] = page.json()["nextCursor"]
    for kind, other in (("time", "version"), ("version", "time"), ("version", "name"),
                        ("time", "name"), ("name", "version")):  # fmt: skip
        params = {"limit": 1, "cursor": cursors[other]}
        problem(
            await shared_api.get(lists[kind], scene.caller, params=params), 422, "validation_failed"
        )
    for kind, path in lists.items():
        params = {"limit": 1, "cursor": cursors[kind]}
        assert (await shared_api.get(path, scene.caller, params=params)).status_code == 200


@EACH_READ
async def test_absurd_times_in_queries(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    scene = Scene(shared_make, "admin")
    request = operation.request(scene)
    query = request.pop("params", {})
    for name, schema in document.parameters(operation, "query").items():
        formats = formats_of(schema)
        bad = BAD_TIMES if "date-time" in formats else BAD_DATES if "date" in formats else []
        for value in bad:
            params = {**query, name: value}
            answer = await shared_api.get(user=scene.caller, params=params, **request)
            check_problem(answer, 422, sent=(name, value))


@EACH_READ
async def test_text_in_queries(
    operation: Operation, shared_api: Api, shared_make: Make, document: Document
) -> None:
    """Whatever is asked for, there is an answer."""
    scene = Scene(shared_make, "admin")
    request = operation.request(scene)
    query = request.pop("params", {})
    names = [*document.parameters(operation, "query"), "unknown"]
    for name in names:
        for text in ("\x00", "\x01", "%", "'", '"', "\\", "_", "🦷", "é" * 500, "x" * 20_000, "  "):
            params = {**query, name: text}
            answer = await shared_api.get(user=scene.caller, params=params, **request)
            if not answer.is_success:
                check_problem(answer, 422, sent=(name, text))
        others = "&".join(f"{key}={quote(str(value))}" for key, value in query.items())
        for raw in ("%ff", "%00", "%ed%a0%80", "%", "%zz", "&", "=", f"1&{name}=2", "+"):
            path = f"{request['path']}?{others}&{name}={raw}"
            answer = await shared_api.get(path, scene.caller)
            if not answer.is_success:
                check_problem(answer, 422, sent=(name, raw))


# One of each kind: with a tag, with a precondition, with a key, with a cookie, open to all.
SOME = [
    next(operation for operation in OPERATIONS if operation.name == name)
    for name in (
        "GET /appointments/{appointment_id}",
        "GET /providers/{provider_id}/availability",
        "PATCH /appointments/{appointment_id}",
        "DELETE /appointments/availability/slots/{slot_id}",
        "PUT /providers/{provider_id}/schedule",
        "POST /appointments",
        "POST /auth/session",
        "POST /reservations",
    )
]
HEADERS: list[list[tuple[str, bytes]]] = [
    [("If-Match", b"x" * 8000)],
    [("If-Match", b'"' + b"9" * 5000 + b'"')],
    [("If-Match", b'"\x80\xff"')],
    [("If-Match", b", " * 3000 + b'"')],
    [("If-Match", b'"1", ' * 3000)],
    [("If-Match", b'W/"1"')],
    [("If-Match", b"")],
    [("If-None-Match", b'"' * 4001)],
    [("If-None-Match", b"*"), ("If-None-Match", b'"1"')],
    [("If-Unmodified-Since", b"Thu, 01 Jan 0000 00:00:00 GMT")],
    [("If-Unmodified-Since", b"Fri, 31 Dec 9999 23:59:59 -2359")],
    [("If-Unmodified-Since", b"Mon, 01 Jan 0001 00:00:00 +2359")],
    [("If-Unmodified-Since", b"\xff\xfe")],
    [("If-Unmodified-Since", b"9" * 5000)],
    [("If-Modified-Since", b"never")],
    [("Host", b"[")],
    [("Host", b"a b\xff")],
    [("Host", b"x" * 5000)],
    [("X-Forwarded-For", b"\xff, 1")],
    [("Accept", b"text/plain;q=x")],
    [("Accept-Language", b"\xff")],
    [("Cookie", b"holdfast_session=\xff\x80; =; ;;")],
    [("Cookie", b"a=" + b"b" * 20_000)],
    [("Origin", b"http://[")],
    [("Origin", b"null"), ("Sec-Fetch-Site", b"cross-site")],
    [("X-Request-Id", b"x" * 5000)],
    [("X-Request-Id", b"\xff")],
    [("User-Agent", b"\xff" * 5000)],
    [("Range", b"bytes=0-1")],
    [("X-Http-Method-Override", b"DELETE")],
    [(f"X-Many-{number}", b"x" * 50) for number in range(200)],
    [("X-Huge", b"x" * 100_000)],
]


@pytest.mark.parametrize("operation", SOME, ids=lambda operation: operation.id)
async def test_strange_headers(operation: Operation, shared_api: Api, shared_make: Make) -> None:
    """No header makes a bug; what is not understood is refused or passed over."""
    for headers in HEADERS:
        scene = Scene(shared_make, "admin")
        request, user = operation.request(scene), scene.caller
        assert user is not None
        given = [(name.encode(), value) for name, value in headers]
        given += [(name.encode(), value.encode()) for name, value in user.auth.items()]
        if "key" in request:
            request.pop("key")
            given.append((b"Idempotency-Key", uuid4().hex.encode()))
        kept = request.pop("headers", {})
        sent = {name.lower() for name, _ in headers}
        given += [(k.encode(), v.encode()) for k, v in kept.items() if k.lower() not in sent]
        path = f"/api/v1{request.pop('path')}"
        answer = await shared_api.client.request(operation.method, path, headers=given, **request)
        if answer.status_code not in (200, 201, 202, 204, 304):
            check_problem(answer, 400, 401, 403, 409, 412, 422, 428, sent=headers)


@EACH
async def test_two_bearers(operation: Operation, shared_api: Api, shared_make: Make) -> None:
    """A second Authorization header does not let in whom the first would not."""
    if operation.expected["anonymous"] != 401:
        return
    scene = Scene(shared_make, "admin")
    request, user = operation.request(scene), scene.caller
    assert user is not None
    before = snapshot(shared_make)
    headers = [
        (b"Authorization", b"Bearer no"),
        (b"Authorization", user.auth["Authorization"].encode()),
    ]
    request.pop("headers", None)
    request.pop("key", None)
    path = f"/api/v1{request.pop('path')}"
    shared_api.client.cookies.clear()
    answer = await shared_api.client.request(operation.method, path, headers=headers, **request)
    problem(answer, 401, "unauthenticated")
    assert snapshot(shared_make) == before


# Another provider's calendar is an administrator's, too, and what is named besides is nothing of
# the first one's: a period, or how much a feed shows.
OF_ANY_PROVIDER = ("POST /appointments/availability/slots/bulk", "POST /calendar-feeds")


async def test_ids_of_others_in_a_body(shared_api: Api, shared_make: Make) -> None:
    """Real ids, each of something else than the field is about, or of another provider."""
    mine, others = Scene(shared_make, "admin"), Scene(shared_make, "admin")
    swaps = {
        "providerId": [others.provider_id, mine.client.id, uuid4()],
        "serviceId": [others.service_id, mine.provider_id, uuid4()],
        "facilityId": [others.facility_id, mine.service_id, uuid4()],
        "timeslotId": [others.slot_id, mine.appointment_id, uuid4()],
        "userId": [mine.provider_id, uuid4()],
        "appointmentId": [mine.slot_id, uuid4()],
        "reservationToken": ["x" * 43, mine.token[:-1], mine.token + "x"],
    }
    tried = 0
    for operation in OPERATIONS:
        if operation.body is None:
            continue
        scene = Scene(shared_make, "admin")
        request, user = operation.request(scene), scene.caller
        before = snapshot(shared_make)
        for name in swaps.keys() & request["json"].keys():
            is_any = operation.id in OF_ANY_PROVIDER and name == "providerId"
            for other in swaps[name][1:] if is_any else swaps[name]:
                body = {**request["json"], name: str(other)}
                answer = await shared_api.request(
                    operation.method, user=user, **{**request, "json": body}
                )
                check_problem(answer, 404, 409, 422, sent=(operation.id, name, other))
                tried += 1
        assert snapshot(shared_make) == before, operation.id
    assert tried > 30
