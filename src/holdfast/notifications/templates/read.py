"""The words in force for a message, and where a house has its own."""

from datetime import datetime
from typing import Any

import orjson
from fastapi import Response

from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.preconditions import (
    Conditional,
    conditional_response,
    shown_headers,
    version_headers,
)
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import EARLIEST, encode, json_response
from holdfast.kernel.db import Database
from holdfast.kernel.errors import not_found
from holdfast.notifications.templates import store
from holdfast.notifications.templates.builtin import LANGUAGES, PURPOSES, Source
from holdfast.notifications.templates.render import in_force
from holdfast.notifications.templates.wire import (
    InPlace,
    MessageTemplate,
    TemplateList,
    TemplatePlace,
    template_document,
)

READ = ("unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable")

router = api_router("/message-templates", "notifications")


@router.get(
    "",
    response_model=TemplateList,
    summary="All messages that a house can word, and where it has",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_templates(_: Admin, context: InContext) -> Response:
    rows = await context.db.run(store.all_templates)
    items = [
        {
            "purpose": purpose,
            "channel": channel,
            "builtInLocales": list(LANGUAGES),
            "saved": [
                {
                    "locale": row["locale"],
                    "facilityId": row["facility_id"],
                    "version": row["version"],
                    "updatedAt": row["updated_at"],
                }
                for row in rows
                if (row["purpose"], row["channel"]) == (purpose, channel)
            ],
        }
        for channel, purposes in PURPOSES.items()
        for purpose in purposes
    ]
    return json_response({"items": items, "nextCursor": None})


@router.get(
    "/{purpose}/{channel}/{locale}",
    response_model=MessageTemplate,
    summary="The words in force for a message",
    description=(
        "`version` is that of the words saved for exactly this locale and facility, and 0 while "
        "there are none: then those of another locale or of all facilities are in force, or the "
        "built-in ones; `from` says which."
    ),
    responses={304: {"description": "You have this version"}, **problems(*READ)},
)
async def get_template(
    place: InPlace, _: Admin, context: InContext, condition: Conditional
) -> Response:
    document = await current(context.db, place)
    version, updated_at = document["version"], document["updatedAt"] or EARLIEST
    headers = version_headers(version, updated_at)
    if version == 0:
        # What stands in may change while nothing is saved here.
        headers = shown_headers(version, updated_at, orjson.dumps(document))
    return conditional_response(
        condition, encode(document), tag=headers["ETag"].strip('"'), headers=headers
    )


async def current(db: Database, place: TemplatePlace) -> dict[str, Any]:
    """The words in force at a place, as the API shows them.

    Raises:
        Refusal: `not_found` for an unknown facility.
    """
    row = await db.run(lambda c: store.exact(c, place.key))
    if not row["is_known"]:
        raise not_found("facility")
    if row["version"] is not None:
        source = Source(row["subject"], row["text"], row["html"])
        return own_document(place, source, row["version"], row["updated_at"])
    found = await in_force(db, place.purpose, place.channel, place.locale, place.facility_id)
    origin = {
        "locale": found.locale,
        "facilityId": found.facility_id,
        "isBuiltIn": found.version == 0,
    }
    return template_document(place, found.source, origin, 0, None)


def own_document(
    place: TemplatePlace, source: Source, version: int, updated_at: datetime | None
) -> dict[str, Any]:
    """The words that a house has saved at exactly this place."""
    origin = {"locale": place.locale, "facilityId": place.facility_id, "isBuiltIn": False}
    return template_document(place, source, origin, version, updated_at)
