"""See what words look like before they are saved, and send them to oneself."""

from typing import Any

import orjson
from fastapi import Request, Response

from holdfast.config import Settings
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import Connection, Database, fetch_one
from holdfast.kernel.errors import invalid
from holdfast.kernel.ids import new_id
from holdfast.notifications.message.compose import test_seal
from holdfast.notifications.templates import store
from holdfast.notifications.templates.builtin import Source
from holdfast.notifications.templates.read import current
from holdfast.notifications.templates.render import Rendered
from holdfast.notifications.templates.samples import NAMES
from holdfast.notifications.templates.sms_text import sms_text
from holdfast.notifications.templates.wire import (
    InPlace,
    PreviewRequest,
    Previews,
    TemplatePlace,
    TestSent,
)

TRY = (
    *("malformed_json", "unauthenticated", "forbidden", "not_found", "payload_too_large"),
    *("unsupported_media_type", "validation_failed", "template_invalid", "unavailable"),
)

router = api_router("/message-templates", "notifications")


@router.post(
    "/{purpose}/{channel}/{locale}/preview",
    response_model=Previews,
    summary="What words look like, on made-up messages",
    description="Those in the body, or without `text` those in force. Saves and sends nothing.",
    responses=problems(*TRY),
)
async def preview_template(
    place: InPlace, _: Admin, context: InContext, body: PreviewRequest | None = None
) -> Response:
    found = await _samples(context.db, place, body)
    items = [_document(place, name, rendered) for name, rendered in found.items()]
    return json_response({"items": items, "nextCursor": None})


@router.post(
    "/{purpose}/{channel}/{locale}/test",
    status_code=202,
    response_model=TestSent,
    summary="Send a made-up message to oneself",
    description="As for a preview. It is a delivery like others, of the purpose `test`.",
    responses=problems(*TRY, "idempotency_in_flight", "idempotency_key_reused"),
)
async def send_test(
    request: Request,
    place: InPlace,
    actor: Admin,
    context: InContext,
    body: PreviewRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    found = await _samples(context.db, place, body)
    rendered = found[next(name for name in NAMES if name in found)]
    settings, delivery_id = context.settings, new_id()
    written = {
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "locale": rendered.locale,
    }
    parameters = {
        "id": delivery_id,
        "channel": place.channel,
        "user_id": actor.id,
        "is_configured": settings.is_demo or _is_configured(settings, place.channel),
        "sealed": test_seal(settings).close_for(delivery_id, orjson.dumps(written)),
    }

    async def work(connection: Connection) -> Answer:
        if await fetch_one(connection, store.QUERIES.plan_test, parameters) is None:
            raise invalid("channel", "your account has no address for it")
        return Answer(encode({"deliveryId": delivery_id}), status=202, headers={})

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


async def _samples(
    db: Database, place: TemplatePlace, body: PreviewRequest | None
) -> dict[str, Rendered]:
    if body is not None and body.text is not None:
        html = body.html if place.channel == "email" else None
        source = Source(body.subject, body.text, html)
    elif body is not None and (body.subject is not None or body.html is not None):
        raise invalid("text", "is needed together with the other parts")
    else:
        document: dict[str, Any] = await current(db, place)
        source = Source(document["subject"], document["text"], document["html"])
    from holdfast.notifications.templates.check import rendered_samples  # Jinja, Babel

    return await rendered_samples(source, place.purpose, place.channel, place.locale)


def _is_configured(settings: Settings, channel: str) -> bool:
    urls = {"email": settings.smtp_url, "sms": settings.sms_url}
    return channel not in urls or urls[channel] is not None


def _document(place: TemplatePlace, name: str, rendered: Rendered) -> dict[str, Any]:
    counted = sms_text(rendered.text) if place.channel == "sms" else None
    return {
        "sample": name,
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "encoding": counted.encoding if counted else None,
        "segments": counted.segments if counted else None,
    }
