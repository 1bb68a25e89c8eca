"""`POST /users/{id}/push-subscriptions`: a browser that wants messages."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import Request, Response
from pydantic import AfterValidator, Field, StrictFloat, StrictInt, StringConstraints

from holdfast.accounts.device import device_of
from holdfast.accounts.operations import check_sees
from holdfast.channels.push.public_key import vapid_here
from holdfast.channels.push.subscriptions import QUERIES, PushSubscription
from holdfast.deliveries.addresses import Guard
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.sealing import seal_of
from holdfast.http.wire import WireModel, encode
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import Refusal, not_found
from holdfast.kernel.p256 import base64url, check_public_key, from_base64url

router = api_router("/users/{user_id}/push-subscriptions", "notifications")

SUBSCRIPTIONS_OF_USER = 10
SEAL_PURPOSE = "push subscriptions"
AUTH_BYTES = 16


def _public_key(value: str) -> str:
    try:
        check_public_key(value)
    except ValueError:
        raise ValueError("must be a P-256 public key: 65 bytes in base64url") from None
    return base64url(from_base64url(value))


def _auth_secret(value: str) -> str:
    try:
        raw = from_base64url(value)
    except ValueError:
        raw = b""
    if len(raw) != AUTH_BYTES:
        raise ValueError(f"must be {AUTH_BYTES} bytes in base64url")
    return base64url(raw)


Text = StringConstraints(min_length=1, max_length=200)


class PushKeys(WireModel):
    """What a message to this browser is encrypted with."""

    p256dh: Annotated[str, Text, AfterValidator(_public_key)] = Field(alias="p256dh")
    auth: Annotated[str, Text, AfterValidator(_auth_secret), Field(repr=False)]


class NewPushSubscription(KeyedRequest):
    """What `PushSubscription.toJSON()` gives."""

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    keys: PushKeys
    expiration_time: StrictFloat | StrictInt | None = Field(
        default=None, description="Taken, and not looked at"
    )


@router.post(
    "",
    status_code=201,
    response_model=PushSubscription,
    summary="Send push messages to a browser",
    description="The same browser again keeps its id and takes the new keys. Of more than ten the "
    "oldest goes. A browser belongs to who subscribed there last.",
    responses=problems(
        "malformed_json",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "url_not_allowed",
        "unauthenticated",
        "forbidden",
        "not_found",
        "idempotency_in_flight",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def subscribe_to_push(
    request: Request,
    user_id: UUID,
    body: NewPushSubscription,
    actor: SignedIn,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    check_sees(actor, user_id)
    vapid_here(request)
    objection = Guard(context.settings.outbound_allow).objection(body.endpoint)
    if objection is not None:
        message = f"endpoint: {objection}"
        errors = [{"field": "endpoint", "message": objection}]
        raise Refusal("url_not_allowed", message, details={"errors": errors})
    # The same browser of the same person always has the same id, which is inside the seal.
    subscription_id = uuid5(user_id, body.endpoint)
    seal = seal_of(context.settings, SEAL_PURPOSE)
    device = device_of(request.scope)
    parameters = {
        "user_id": user_id,
        "id": subscription_id,
        "endpoint": body.endpoint,
        "p256dh": body.keys.p256dh,
        "auth_sealed": seal.close_for(subscription_id, body.keys.auth.encode()),
        "user_agent": device.user_agent,
        "limit": SUBSCRIPTIONS_OF_USER,
    }

    async def work(connection: Connection) -> Answer:
        row = await fetch_one(connection, QUERIES.subscribe, parameters)
        assert row is not None
        if row["outcome"] != "subscribed":
            raise not_found("user")
        shown = {
            "id": subscription_id,
            "userAgent": device.user_agent,
            "createdAt": row["created_at"],
        }
        place = f"/api/v1/users/{user_id}/push-subscriptions/{subscription_id}"
        return Answer(encode(shown), status=201, headers={"Location": place})

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
