"""`POST /webhooks/notifications`: what became of messages, from those who carried them.

Whoever signs it right is believed; nobody else learns anything (SPEC-deliveries §5, "In").
"""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from holdfast.channels.webhooks.inbound import mail, signed, sms
from holdfast.channels.webhooks.verifying import bad_signature, signed_id
from holdfast.http.context import Context, InContext
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.kernel import metrics
from holdfast.kernel.errors import Refusal, not_found, unavailable

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MAIL = "message/rfc822"
SOURCES = {FORM: sms.SOURCE, JSON: signed.SOURCE, MAIL: mail.SOURCE}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "deliveryId": {"type": "string", "format": "uuid"},
                        "messageId": {"type": "string", "maxLength": 500},
                        "status": {
                            "enum": [
                                "delivered",
                                "failed",
                                "bounced",
                                "complained",
                                "stopped",
                                "started",
                            ]
                        },
                        "detail": {"type": "string", "maxLength": 500},
                    },
                    "required": ["status"],
                }
            },
            FORM: {"schema": {"type": "object"}},
            MAIL: {"schema": {"type": "string"}},
        },
    }
}

DeliveryId = Annotated[
    UUID | None, Query(alias="deliveryId", description="Which delivery a gateway's form is about")
]

router = api_router("/webhooks", "webhooks")


@router.post(
    "/notifications",
    status_code=204,
    summary="Report what became of a message",
    openapi_extra=_BODY,
    responses=problems(
        "malformed_json",
        "bad_signature",
        "not_found",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "unavailable",
    ),
)
async def receive_notification(
    request: Request,
    context: InContext,
    delivery_id: DeliveryId = None,
) -> Response:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    source = SOURCES.get(media_type)
    if source is None:
        raise Refusal("unsupported_media_type", f"Send {FORM}, {JSON} or {MAIL}.")
    try:
        outcome = await _receive(request, context, source, delivery_id)
    except Refusal as refusal:
        metrics.WEBHOOKS_RECEIVED.labels(source, refusal.scenario).inc()
        raise
    metrics.WEBHOOKS_RECEIVED.labels(source, outcome).inc()
    if outcome == "early":
        raise unavailable("That message is still on its way. Please report again.", 5)
    return Response(status_code=204)


async def _receive(
    request: Request, context: Context, source: str, delivery_id: UUID | None
) -> str:
    body = await request.body()
    if source == sms.SOURCE:
        return await _sms(request, context, body, delivery_id)
    if source == signed.SOURCE:
        return await _signed(request, context, body)
    outcome = await mail.receive(context.db, context.settings, body)
    if outcome == "bad_signature":
        raise bad_signature()
    return outcome


async def _sms(request: Request, context: Context, body: bytes, delivery_id: UUID | None) -> str:
    token = sms.gateway_token(context.settings)
    if token is None:
        raise not_found("SMS gateway")
    query = request.url.query
    # Signed is the address that the gateway was told, whatever a proxy makes of it.
    url = context.settings.base_url + request.url.path + (f"?{query}" if query else "")
    fields = sms.read_form(body)
    signature = request.headers.get("x-twilio-signature")
    if fields is None or not sms.is_signed(token, url, fields, signature):
        raise bad_signature()
    return await sms.receive(context.db, fields, delivery_id)


async def _signed(request: Request, context: Context, body: bytes) -> str:
    keys = signed.secrets_of(context.settings)
    if not keys:
        raise not_found("way to report")
    message_id = signed_id(request.headers, body, keys)
    return await signed.receive(context.db, message_id, signed.read_report(body))
