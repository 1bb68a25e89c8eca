"""`POST /deliveries/{id}/resend`: the message again, as a new delivery (SPEC-deliveries §7)."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.deliveries.find import documents
from holdfast.deliveries.schemas import Delivery
from holdfast.deliveries.steering import STEER, configured_channels
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all
from holdfast.kernel.errors import Refusal, not_found

router = api_router("/deliveries", "deliveries")

_REASONS = {
    "open": "It has not ended yet: wait for what becomes of it.",
    "resent": "It is being sent again already.",
    "secret": "A link or a code is never sent twice: ask for a new one.",
    "test": "A test is never sent again: make a new one.",
    "forgotten": "The log does not reach back to what it tells of.",
    "endpoint_disabled": "The endpoint is disabled or gone.",
    "not_configured": "The calendar's connection is removed, or does not push.",
    "past": "What it tells of is over.",
    "cancelled": "What it says is not true any more: the appointment was cancelled or moved.",
    "newer": "What it says is not true any more: the appointment has changed.",
}


async def resend(
    connection: Connection, actor: Actor, ids: list[UUID], channels: list[str]
) -> list[Row]:
    """Send some again, each by itself. Runs in the caller's transaction.

    Args:
        channels: what this server can send by.
    Returns:
        For each id, in order: id, outcome (resent, not_resendable, not_found), reason, new_id.
    """
    return await fetch_all(
        connection,
        STEER.resend,
        {"actor": actor.as_parameter(), "ids": ids, "channels": channels},
    )


@router.post(
    "/{delivery_id}/resend",
    status_code=201,
    response_model=Delivery,
    response_model_exclude_none=True,
    summary="Send a message again",
    description=(
        "The new delivery has `resendOf`. It is `suppressed` at once where its way is closed, as "
        "any other. Staff may do it for the messages of appointments in their scope."
    ),
    responses=problems(
        "malformed_json",
        "unauthenticated",
        "forbidden",
        "not_found",
        "not_resendable",
        "idempotency_in_flight",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def resend_delivery(
    request: Request,
    delivery_id: UUID,
    actor: Staff,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    channels: list[str] = [*configured_channels(context.settings)]

    async def work(connection: Connection) -> Answer:
        [row] = await resend(connection, actor, [delivery_id], channels)
        match row["outcome"]:
            case "resent":
                pass
            case "not_resendable":
                raise Refusal(
                    "not_resendable",
                    _REASONS.get(row["reason"], "It cannot be sent again."),
                    details={"reason": row["reason"]},
                )
            case _:
                raise not_found("delivery")
        view = "full" if actor.role == "admin" else "staff"
        shown = await documents(connection, [row["new_id"]], view)
        return Answer(encode(shown[row["new_id"]]), status=201)

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
