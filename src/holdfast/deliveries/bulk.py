"""`POST /deliveries/bulk`: send many again, or discard them (SPEC-deliveries §7)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from holdfast.deliveries.find import LAST_NUMBER, found, wanted_by
from holdfast.deliveries.resend import resend
from holdfast.deliveries.schemas import (
    BULK_LIMIT,
    BulkDeliveriesAnswer,
    BulkDeliveriesRequest,
)
from holdfast.deliveries.steering import STEER, configured_channels
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import SCENARIOS, problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, Row, fetch_all
from holdfast.kernel.errors import invalid

router = api_router("/deliveries", "deliveries")


@router.post(
    "/bulk",
    response_model=BulkDeliveriesAnswer,
    response_model_exclude_none=True,
    summary="Send many messages again, or discard them",
    description="At most 1,000 at once; what one refuses does not touch the others.",
    responses=problems(
        "malformed_json",
        "unauthenticated",
        "forbidden",
        "idempotency_in_flight",
        "payload_too_large",
        "unsupported_media_type",
        "invalid_time_range",
        "validation_failed",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def steer_many(
    request: Request,
    body: BulkDeliveriesRequest,
    actor: Admin,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    if (body.ids is None) == (body.filter is None):
        raise invalid("ids", "must be given, or filter: one of the two")
    channels: list[str] = [*configured_channels(context.settings)]

    async def work(connection: Connection) -> Answer:
        ids, has_more = await _asked_for(connection, body)
        if body.action == "resend":
            rows = await resend(connection, actor, ids, channels)
        else:
            rows = await fetch_all(connection, STEER.discard, {"ids": ids})
        results = [_result(row) for row in rows]
        return Answer(encode({"results": results, "hasMore": has_more}))

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


async def _asked_for(
    connection: Connection, body: BulkDeliveriesRequest
) -> tuple[list[UUID], bool]:
    if body.filter is None:
        return list(body.ids or ()), False
    wanted = wanted_by(body.filter)
    if body.action == "resend":
        wanted = replace(wanted, state=wanted.state or "dead", is_unresent=True)
    else:
        wanted = replace(wanted, state=wanted.state or "pending")
    ids: list[UUID] = []
    before = LAST_NUMBER
    while True:
        rows = await found(connection, wanted, before, BULK_LIMIT + 1)
        ids += [row["id"] for row in rows if row["is_shown"]]
        if len(ids) > BULK_LIMIT:
            return ids[:BULK_LIMIT], True
        if not rows or not rows[-1].get("scan_ended"):
            return ids, False
        before = rows[-1]["number"]


def _result(row: Row) -> dict[str, Any]:
    match row["outcome"]:
        case "resent":
            return {"id": row["id"], "status": 201, "deliveryId": row["new_id"]}
        case "discarded":
            return {"id": row["id"], "status": 200}
        case scenario:
            result = {
                "id": row["id"],
                "status": SCENARIOS[scenario].status,
                "scenario": scenario,
                "reason": row.get("reason"),
            }
            return {name: value for name, value in result.items() if value is not None}
