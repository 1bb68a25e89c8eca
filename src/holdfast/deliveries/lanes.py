"""`/lanes`: where deliveries queue together, and pausing one (SPEC-deliveries §7)."""

from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import AfterValidator

from holdfast.deliveries.schemas import Lane
from holdfast.deliveries.steering import COUNT_LIMIT, FIND, STEER
from holdfast.http.auth import Admin
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.pagination import Cursor, Limit, Page, page_of, text_cursor
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, fetch_all, fetch_one
from holdfast.kernel.errors import not_found

router = api_router("/lanes", "deliveries")


def _storable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("is not the id of a lane")
    return value


LaneId = Annotated[
    str,
    Path(max_length=300, examples=["smtp", "push:push.example.org"]),
    AfterValidator(_storable),
]
_WRITE = problems(
    "malformed_json",
    "unauthenticated",
    "forbidden",
    "not_found",
    "idempotency_in_flight",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "idempotency_key_reused",
    "unavailable",
)


@router.get(
    "",
    response_model=Page[Lane],
    response_model_exclude_none=True,
    summary="Where deliveries queue, by id",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_lanes(
    _: Admin, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    position = text_cursor(cursor)
    parameters: dict[str, Any] = {
        "after": position.key if position else "",
        "limit": limit + 1,
        "count_limit": COUNT_LIMIT,
    }
    rows = await context.db.run(lambda c: fetch_all(c, FIND.lanes, parameters))
    return json_response(page_of(rows, limit, key="key"))


@router.post(
    "/{lane_id}/pause",
    response_model=Lane,
    response_model_exclude_none=True,
    summary="Let nothing more leave a lane",
    description="What is on its way goes on. Pausing again changes nothing.",
    responses=_WRITE,
)
async def pause_lane(
    request: Request,
    lane_id: LaneId,
    actor: Admin,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    return await _steer(request, context, actor, lane_id, body, idempotency_key, is_stopped=True)


@router.post(
    "/{lane_id}/resume",
    response_model=Lane,
    response_model_exclude_none=True,
    summary="Let a lane go on, now",
    description="Also ends the pause that a lane in trouble takes by itself.",
    responses=_WRITE,
)
async def resume_lane(
    request: Request,
    lane_id: LaneId,
    actor: Admin,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    return await _steer(request, context, actor, lane_id, body, idempotency_key, is_stopped=False)


async def _steer(
    request: Request,
    context: Context,
    actor: Actor,
    lane_id: str,
    body: KeyedRequest | None,
    idempotency_key: str | None,
    *,
    is_stopped: bool,
) -> Response:
    parameters = {"id": lane_id, "is_stopped": is_stopped, "count_limit": COUNT_LIMIT}

    async def work(connection: Connection) -> Answer:
        row = await fetch_one(connection, STEER.steer_lane, parameters)
        if row is None or row["document"] is None:
            raise not_found("lane")
        return Answer(encode(row["document"]))

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
