"""Save a house's own words."""

from typing import Any

from fastapi import Response

from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.preconditions import Conditional, refuse_stale, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import Row
from holdfast.kernel.errors import Refusal, invalid, not_found
from holdfast.notifications.templates import store
from holdfast.notifications.templates.builtin import Source
from holdfast.notifications.templates.read import own_document
from holdfast.notifications.templates.wire import (
    InPlace,
    MessageTemplate,
    PutTemplate,
    TemplatePlace,
    source_of,
)

TEMPLATES_LIMIT = 1000
CHANGE = (
    *("malformed_json", "unauthenticated", "forbidden", "not_found", "version_conflict"),
    *("precondition_failed", "payload_too_large", "unsupported_media_type", "validation_failed"),
    *("precondition_required", "unavailable"),
)

router = api_router("/message-templates", "notifications")


@router.put(
    "/{purpose}/{channel}/{locale}",
    response_model=MessageTemplate,
    summary="Save words for a message",
    description=(
        "The first ones need no precondition. They are saved only if all samples render, and if "
        "nothing in them would be fetched when the message is read."
    ),
    responses={
        201: {"model": MessageTemplate, "description": "The first words here"},
        **problems(*CHANGE, "template_invalid"),
    },
)
async def put_template(
    place: InPlace, body: PutTemplate, _: Admin, context: InContext, condition: Conditional
) -> Response:
    _check_parts(place, body)
    source = source_of(body, place.channel)
    from holdfast.notifications.templates.check import rendered_samples  # Jinja, Babel

    await rendered_samples(source, place.purpose, place.channel, place.locale)
    precondition = condition.as_parameter(version=body.version, required=True)
    values = {
        "subject": source.subject,
        "text": source.text,
        "html": source.html,
        "limit": TEMPLATES_LIMIT,
    }
    row = await context.db.run(lambda c: store.put(c, place.key, precondition, values))
    if row["outcome"] not in ("created", "replaced"):
        raise refused(place, row, body.model_dump(by_alias=True))
    return json_response(
        encode(saved_document(place, row)),
        201 if row["outcome"] == "created" else 200,
        version_headers(row["version"], row["updated_at"]),
    )


def _check_parts(place: TemplatePlace, body: PutTemplate) -> None:
    if place.channel != "sms" and not body.subject:
        raise invalid("subject", "is needed")
    if place.channel == "sms" and body.subject is not None:
        raise invalid("subject", "an SMS has none")
    if place.channel != "email" and body.html is not None:
        raise invalid("html", "only mail has HTML")


def saved_document(place: TemplatePlace, row: Row) -> dict[str, Any]:
    source = Source(row["subject"], row["text"], row["html"])
    return own_document(place, source, row["version"], row["updated_at"])


def refused(place: TemplatePlace, row: Row, wanted: dict[str, Any]) -> Refusal:
    """The refusal for an outcome of put_message_template() or delete_message_template()."""
    if row["outcome"] == "not_found":
        return not_found("message template")
    if row["outcome"] == "too_many":
        return invalid("text", f"there are {TEMPLATES_LIMIT} templates already; drop one first")
    now = saved_document(place, row) if row["version"] is not None else {"version": 0}
    return refuse_stale(row["outcome"], now, wanted)
