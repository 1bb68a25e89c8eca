"""Problems: every 4xx and 5xx is `application/problem+json` (RFC 9457, SPEC 4.9)."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response

from holdfast.http.wording import errors_of
from holdfast.kernel.errors import Refusal

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://holdfast.dev/problems/"

log = logging.getLogger("holdfast.http")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a problem's code means: status, title, and whether the same user can retry."""

    status: int
    title: str
    recoverable: bool


SCENARIOS: dict[str, Scenario] = {
    "malformed_json": Scenario(400, "The body is not JSON", True),
    "malformed_request": Scenario(400, "The request is not HTTP", True),
    "idempotency_key_missing": Scenario(400, "An idempotency key is needed", True),
    "unauthenticated": Scenario(401, "Sign in first", True),
    "bad_signature": Scenario(401, "The signature is not right", False),
    "forbidden": Scenario(403, "Not allowed", False),
    "not_lock_owner": Scenario(403, "Somebody else holds the edit lock", False),
    "not_found": Scenario(404, "Not found", False),
    "lock_not_found": Scenario(404, "Nobody holds the edit lock", False),
    "reservation_not_found": Scenario(404, "No such reservation", False),
    "method_not_allowed": Scenario(405, "Method not allowed", False),
    "email_taken": Scenario(409, "This e-mail address is taken", True),
    "in_use": Scenario(409, "Still in use", True),
    "slot_booked": Scenario(409, "The slot is booked", True),
    "slot_held": Scenario(409, "The slot is held", True),
    "slot_blocked": Scenario(409, "The slot is blocked", True),
    "slot_past": Scenario(409, "The slot has begun", True),
    "slot_overlap": Scenario(409, "The slot overlaps another", True),
    "no_slot": Scenario(409, "There is no slot at this time", True),
    "no_longer_offered": Scenario(409, "Not offered any more", True),
    "client_overlap": Scenario(409, "You have another appointment then", True),
    "extension_limit": Scenario(409, "No more extensions", False),
    "invalid_transition": Scenario(409, "Not possible in this state", False),
    "not_resendable": Scenario(409, "This message cannot be sent again", False),
    "provider_mismatch": Scenario(409, "Another provider", True),
    "version_conflict": Scenario(409, "Changed meanwhile", True),
    "phone_missing": Scenario(409, "No telephone number in the profile", True),
    "phone_verified": Scenario(409, "The number is verified", False),
    "lock_held": Scenario(409, "Somebody else is editing", True),
    "lock_version_conflict": Scenario(409, "The edit lock has changed", True),
    "too_many_endpoints": Scenario(409, "Too many webhook endpoints", True),
    "too_many_connections": Scenario(409, "Too many calendars", True),
    "rotation_open": Scenario(409, "The former secret is still in use", True),
    "idempotency_in_flight": Scenario(409, "The first request is still running", True),
    "reservation_expired": Scenario(410, "The reservation has expired", True),
    "reservation_used": Scenario(410, "The reservation was used", False),
    "code_expired": Scenario(410, "The code is not good any more", True),
    "precondition_failed": Scenario(412, "Changed meanwhile", True),
    "payload_too_large": Scenario(413, "The body is too large", False),
    "unsupported_media_type": Scenario(415, "Unsupported media type", True),
    "validation_failed": Scenario(422, "The request is not valid", True),
    "template_invalid": Scenario(422, "The template does not work", True),
    "invalid_time_range": Scenario(422, "The end must be after the start", True),
    "last_channel": Scenario(422, "No way would be left", True),
    "time_mismatch": Scenario(422, "The times do not match", True),
    "url_not_allowed": Scenario(422, "This address is not allowed", True),
    "calendar_unreachable": Scenario(422, "The calendar cannot be reached", True),
    "calendar_unauthorized": Scenario(422, "The calendar's server refuses the password", True),
    "calendar_not_found": Scenario(422, "No such calendar", True),
    "code_wrong": Scenario(422, "Not the code that was sent", True),
    "idempotency_key_reused": Scenario(422, "The key belongs to another request", False),
    "locked": Scenario(423, "Somebody else is editing", True),
    "precondition_required": Scenario(428, "Say which version you change", True),
    "rate_limited": Scenario(429, "Too many requests", True),
    "too_many_reservations": Scenario(429, "Too many reservations", True),
    "too_many_appointments": Scenario(429, "Too many appointments", True),
    "internal_error": Scenario(500, "Something went wrong", True),
    "unavailable": Scenario(503, "Not available right now", True),
}

_BY_STATUS = {
    400: "malformed_json",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    503: "unavailable",
}


def problem_body(
    scenario: str,
    detail: str,
    instance: str,
    details: dict[str, Any] | None = None,
    top_level: dict[str, Any] | None = None,
) -> bytes:
    known = SCENARIOS[scenario]
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + scenario,
        "title": known.title,
        "status": known.status,
        "detail": detail,
        "instance": instance,
        "success": False,
        "message": detail,
        "scenario": scenario,
        "details": details or {},
        "recoverable": known.recoverable,
    }
    return orjson.dumps(body | (top_level or {}), default=str)


def problem_response(
    request: Request, refusal: Refusal, headers: dict[str, str] | None = None
) -> Response:
    all_headers = {**refusal.headers, **(headers or {})}
    retry_after_seconds = refusal.retry_after_seconds
    status = SCENARIOS[refusal.scenario].status
    if retry_after_seconds is None and status in (429, 503):
        retry_after_seconds = 1
    if retry_after_seconds is not None:
        all_headers["Retry-After"] = str(retry_after_seconds)
    if status == HTTPStatus.UNAUTHORIZED:
        all_headers.setdefault("WWW-Authenticate", "Bearer")
    request.scope["holdfast.scenario"] = refusal.scenario
    return Response(
        problem_body(
            refusal.scenario,
            refusal.detail,
            request.url.path,
            refusal.details,
            refusal.top_level,
        ),
        status_code=status,
        headers=all_headers,
        media_type=MEDIA_TYPE,
    )


async def on_refusal(request: Request, refusal: Refusal) -> Response:
    """The problem that a refusal is; it may need a look into the database to say all of it."""
    try:
        completed = await refusal.completed(request.app.state.context.db)
    except Refusal as worse:
        completed = worse
    return problem_response(request, completed)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return await on_refusal(request, error)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem_response(
            request, Refusal("malformed_json", "The body is not well-formed JSON.")
        )
    errors = errors_of(found)
    first = errors[0]
    return problem_response(
        request,
        Refusal(
            "validation_failed",
            f"{first['field']}: {first['message']}",
            details={"errors": errors},
        ),
    )


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    scenario = _BY_STATUS.get(error.status_code, "internal_error")
    details = {
        "not_found": "There is nothing at this address.",
        "method_not_allowed": f"{request.method} is not possible here.",
        "malformed_json": "The body could not be read as JSON.",
    }
    headers = dict(error.headers or {})
    if scenario == "method_not_allowed":
        headers["Allow"] = ", ".join(sorted(_allowed_methods(request)))
    return problem_response(
        request, Refusal(scenario, details.get(scenario, SCENARIOS[scenario].title + ".")), headers
    )


def _allowed_methods(request: Request) -> set[str]:
    """What the address takes. Each method is a route of its own, and the router asks only one."""
    path = request.scope["path"]
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.methods and route.path_regex.match(path)
        for method in route.methods
    }
    return methods | {"HEAD"} if "GET" in methods else methods


async def on_bug(request: Request, error: Exception) -> Response:
    """Log an error that nobody expected and answer 500, which says nothing about it."""
    log.error("unhandled error in %s %s", request.method, _template(request), exc_info=error)
    return problem_response(
        request, Refusal("internal_error", "Something went wrong on the server. It was logged.")
    )


def _template(request: Request) -> str:
    """The route's path; the path as it was sent may hold a token."""
    return getattr(request.scope.get("route"), "path_format", "(no route)")


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, on_bug)


def problems(*scenarios: str) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer these scenarios, one example for each."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for name in scenarios:
        known = SCENARIOS[name]
        response = by_status.setdefault(
            known.status,
            {
                "description": known.title,
                "content": {
                    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
                },
            },
        )
        example = orjson.loads(problem_body(name, known.title + ".", "/api/v1/example"))
        response["content"][MEDIA_TYPE]["examples"][name] = {"value": example}
        descriptions = [
            SCENARIOS[code].title for code in scenarios if SCENARIOS[code].status == known.status
        ]
        response["description"] = "; ".join(dict.fromkeys(descriptions))
    return by_status
