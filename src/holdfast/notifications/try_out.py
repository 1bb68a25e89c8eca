"""`POST /users/{id}/notification-settings/test`: a message to oneself, to see that it arrives."""

from typing import Any, Literal
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from holdfast.accounts.operations import check_sees
from holdfast.deliveries.steering import configured_channels
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.ratelimit import Counted, Limit, count_each
from holdfast.http.route import api_router
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import invalid
from holdfast.kernel.ids import new_id
from holdfast.notifications.settings import document_of, read_settings
from holdfast.notifications.templates import store
from holdfast.notifications.templates.wire import TestSent

# An SMS costs money, and a mail server thinks ill of who sends the same again and again.
TESTS_OF_USER = Limit("test-messages", hits=5, window_seconds=3600)

router = api_router("/users/{user_id}", "notifications")


class TestMessageRequest(KeyedRequest):
    """By which way it is to come."""

    channel: Literal["email", "sms", "push"] = Field(examples=["email"])


@router.post(
    "/notification-settings/test",
    status_code=202,
    response_model=TestSent,
    summary="Send a test message to a user",
    description="By one channel, to the address that other messages go to. Five an hour.",
    responses=problems(
        "malformed_json",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "unauthenticated",
        "not_found",
        "rate_limited",
        "idempotency_in_flight",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def send_test_message(
    request: Request,
    user_id: UUID,
    body: TestMessageRequest,
    actor: SignedIn,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    check_sees(actor, user_id)
    settings = context.settings

    async def work(connection: Connection) -> Answer:
        row = await read_settings(connection, user_id)
        _check_reaches(document_of(row, settings)["channels"][body.channel], body.channel)
        headers = await count_each(
            context, [Counted(TESTS_OF_USER, str(user_id))], within=connection
        )
        parameters = {
            "id": new_id(),
            "channel": body.channel,
            "user_id": user_id,
            "is_configured": body.channel in configured_channels(settings),
            "sealed": None,
        }
        planned = await fetch_one(connection, store.QUERIES.plan_test, parameters)
        if planned is None:  # the address went meanwhile
            raise invalid("channel", "there is no address for it")
        return Answer(encode({"deliveryId": planned["id"]}), status=202, headers=headers)

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


def _check_reaches(channel: dict[str, Any], name: str) -> None:
    """Raises `validation_failed` where a message would not even be tried."""
    if not channel["available"]:
        raise invalid("channel", "this server does not send by it")
    if name == "push":
        if channel["subscriptions"] == 0:
            raise invalid("channel", "no device has been allowed to show messages")
    elif channel["address"] is None:
        raise invalid("channel", "there is no address for it")
    elif name == "sms" and channel["state"] != "verified":
        raise invalid("channel", "the number has not been verified")
    elif channel["state"] == "bounced":
        raise invalid("channel", "mail to that address came back")
