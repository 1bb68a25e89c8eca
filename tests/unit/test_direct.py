"""The table in front of the router: it knows the routes that are asked most."""

from types import SimpleNamespace
from typing import Any

from fastapi import Request, Response

from holdfast.app import TABLE
from holdfast.http.direct import Table
from holdfast.http.route import api_router
from holdfast.http.wire import WireModel, json_response

HOT = {
    ("POST", "/api/v1/reservations"),
    ("POST", "/api/v1/reservations/{token}/extend"),
    ("DELETE", "/api/v1/reservations/{token}"),
    ("GET", "/api/v1/providers/{provider_id}/availability"),
    ("POST", "/api/v1/appointments"),
    ("GET", "/api/v1/appointments/{appointment_id}"),
    ("POST", "/api/v1/appointments/{appointment_id}/reschedule"),
    ("POST", "/api/v1/appointments/{appointment_id}/cancel"),
    ("GET", "/api/v1/users/{user_id}/appointments"),
    ("POST", "/api/v1/appointments/{appointment_id}/acquire-lock"),
    ("DELETE", "/api/v1/appointments/{appointment_id}/release-lock"),
    ("GET", "/api/v1/appointments/{appointment_id}/lock-status"),
}


class Note(WireModel):
    """A body."""

    text: str
    times: int = 1


router = api_router("/notes", "notes")


@router.post("/{note_id}")
async def write(note_id: int, body: Note, request: Request, loud: bool = False) -> Response:
    return json_response({"id": note_id, "text": body.text * body.times, "loud": loud})


async def ask(
    method: str, path: str, body: bytes = b"", content_type: str = "application/json"
) -> bytes | None:
    """What is answered directly; None when it is the framework's."""
    route, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": route,
        "query_string": query.encode(),
        "headers": [(b"content-type", content_type.encode())],
        "app": SimpleNamespace(state=SimpleNamespace(write_limits=None)),
    }
    receive: Any = None  # nobody reads the body by himself here
    response = await Table([router], "").response(scope, receive, body)
    return bytes(response.body) if response is not None else None


def test_the_routes_that_are_asked_most_are_answered_directly() -> None:
    assert set(TABLE.answered()) >= HOT


async def test_a_well_formed_request_is_answered() -> None:
    body = b'{"text": "so", "times": 2}'
    assert await ask("POST", "/notes/7?loud=1", body) == b'{"id":7,"text":"soso","loud":true}'


async def test_whatever_is_unusual_is_left_to_the_framework() -> None:
    good = b'{"text": "so"}'
    for method, path, body, content_type in (
        ("POST", "/notes/seven", good, "application/json"),
        ("POST", "/notes/7?loud=perhaps", good, "application/json"),
        ("POST", "/notes/7?loud=1&loud=0", good, "application/json"),
        ("POST", "/notes/7?load=1", good, "application/json"),
        ("POST", "/notes/7?loud=1&load", good, "application/json"),
        ("POST", "/notes/7", b"", "application/json"),
        ("POST", "/notes/7", b"{", "application/json"),
        ("POST", "/notes/7", b"[" * 100_000, "application/json"),
        ("POST", "/notes/7", b'{"text": 1}', "application/json"),
        ("POST", "/notes/7", b'{"text": "so", "more": 1}', "application/json"),
        ("POST", "/notes/7", good, "application/problem+json"),
        ("POST", "/notes/7/8", good, "application/json"),
        ("POST", "/notes/", good, "application/json"),
        ("PUT", "/notes/7", good, "application/json"),
    ):
        assert await ask(method, path, body, content_type) is None, (method, path, body)
