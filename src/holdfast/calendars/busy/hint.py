"""`POST /webhooks/calendar`: a calendar has changed, somebody says. It is only read sooner."""

import hmac
from hashlib import sha256
from uuid import UUID

import orjson
from fastapi import Request, Response

from holdfast.calendars.busy import store
from holdfast.channels.webhooks.signing import key_of
from holdfast.channels.webhooks.verifying import bad_signature, signed_id
from holdfast.config import Settings
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.kernel import metrics
from holdfast.kernel.errors import Refusal, invalid, not_found

JSON = "application/json"

router = api_router("/webhooks/calendar", "webhooks")

_BODY = {
    "requestBody": {
        "required": False,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "properties": {"connectionId": {"type": "string", "format": "uuid"}},
                    "required": ["connectionId"],
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=204,
    summary="Say that a calendar has changed",
    description="Signed as Standard Webhooks are, with `HOLDFAST_INBOUND_SECRET`; or without a "
    "body, as Google sends it, with `X-Goog-Channel-Token: {connectionId}.{mac}` "
    "(docs/calendars.md). The calendar is read soon. An unknown connection answers 204, too, and a "
    "message that came before has no effect.",
    openapi_extra=_BODY,
    responses=problems(
        "malformed_json",
        "bad_signature",
        "not_found",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "rate_limited",
        "unavailable",
    ),
)
async def calendar_has_changed(request: Request, context: InContext) -> Response:
    key = inbound_key(context.settings)
    body = await request.body()
    try:
        message_id, connection_id = _signed(request, body, key)
        is_new = await context.db.run(lambda c: store.hint(c, message_id, connection_id))
    except Refusal as refusal:
        metrics.WEBHOOKS_RECEIVED.labels("calendar", refusal.scenario).inc()
        raise
    metrics.WEBHOOKS_RECEIVED.labels("calendar", "accepted" if is_new else "repeated").inc()
    return Response(status_code=204)


def inbound_key(settings: Settings) -> bytes:
    """The bytes of `HOLDFAST_INBOUND_SECRET`.

    Raises:
        Refusal: `not_found` where there is none.
    """
    secret = settings.inbound_secret.get_secret_value() if settings.inbound_secret else ""
    if not secret:
        raise not_found("webhook; HOLDFAST_INBOUND_SECRET is not set")
    try:
        return key_of(secret)
    except ValueError:
        return secret.encode()  # somebody's own words instead of `whsec_` and base64


def channel_token(key: bytes, connection_id: UUID) -> str:
    """What a channel of Google is made with: it says which calendar it is about, and proves it."""
    mac = hmac.digest(key, f"calendar channel {connection_id}".encode(), sha256)
    return f"{connection_id}.{mac.hex()}"


def _signed(request: Request, body: bytes, key: bytes) -> tuple[str, UUID]:
    """The message's id, and which connection it is about."""
    token = request.headers.get("x-goog-channel-token")
    if token is not None:
        connection_id = _uuid(token.partition(".")[0])
        if connection_id is None or not hmac.compare_digest(
            token.encode(), channel_token(key, connection_id).encode()
        ):
            raise bad_signature()
        channel = request.headers.get("x-goog-channel-id", "")
        number = request.headers.get("x-goog-message-number", "")
        # Neither is signed: they only tell one message from another.
        said = sha256(f"{connection_id} {channel} {number}".encode()).hexdigest()
        return f"google:{said}", connection_id
    message_id = signed_id(request.headers, body, [key])
    said = request.headers.get("content-type", JSON)
    if said.partition(";")[0].strip().lower() != JSON:
        raise Refusal("unsupported_media_type", f"Send {JSON}.")
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("malformed_json", "The body is not JSON.") from None
    named = given.get("connectionId") if isinstance(given, dict) else None
    if not isinstance(named, str) or len(named) > 100:
        raise invalid("connectionId", "is needed")
    connection_id = _uuid(named)
    if connection_id is None:
        raise invalid("connectionId", "must be the id of a connection")
    return message_id, connection_id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
