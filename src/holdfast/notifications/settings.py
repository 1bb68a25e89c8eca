"""`/users/{id}/notification-settings`: how a person wants to be told (SPEC-deliveries §3)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response
from psycopg.types.json import Jsonb

from holdfast.accounts.operations import check_sees
from holdfast.config import Settings
from holdfast.deliveries.steering import configured_channels
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.preconditions import (
    Conditional,
    Precondition,
    conditional_response,
    refuse_stale,
    shown_headers,
)
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.db import Connection, Row, fetch_one
from holdfast.kernel.errors import Refusal, not_found
from holdfast.kernel.sql import Queries
from holdfast.notifications.schemas import NotificationSettings, PutNotificationSettings

QUERIES = Queries("holdfast.notifications", "queries_people.sql")

router = api_router("/users/{user_id}", "notifications")


@router.get(
    "/notification-settings",
    response_model=NotificationSettings,
    summary="How a user wants to be told",
    description="What the user never said is as it is by default. `sms.changes` is null then: late "
    "cancels go to a verified number all the same, until it is false.",
    responses={
        304: {"description": "You have this version"},
        **problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
    },
)
async def get_notification_settings(
    user_id: UUID, actor: SignedIn, context: InContext, condition: Conditional
) -> Response:
    check_sees(actor, user_id)
    row = await context.db.run(lambda connection: read_settings(connection, user_id))
    document = document_of(row, context.settings)
    headers = _headers(row, document)
    return conditional_response(
        condition, document, tag=headers["ETag"].strip('"'), headers=headers
    )


@router.put(
    "/notification-settings",
    response_model=NotificationSettings,
    summary="Put how a user wants to be told",
    description="What is left out is as it is by default. `channels` is not written.",
    responses=problems(
        "malformed_json",
        "unauthenticated",
        "not_found",
        "version_conflict",
        "precondition_failed",
        "payload_too_large",
        "unsupported_media_type",
        "last_channel",
        "validation_failed",
        "precondition_required",
        "unavailable",
    ),
)
async def put_notification_settings(
    user_id: UUID,
    body: PutNotificationSettings,
    actor: SignedIn,
    context: InContext,
    condition: Conditional,
) -> Response:
    check_sees(actor, user_id)
    row = await context.db.run(
        lambda connection: _save(connection, user_id, body, condition, context.settings)
    )
    document = document_of(row, context.settings)
    match row["outcome"]:
        case "saved":
            return json_response(document, headers=_headers(row, document))
        case "last_channel":
            raise Refusal(
                "last_channel",
                "Changes and cancels would not reach this person any more. Leave at least one way "
                "on that they have.",
                details={"channels": document["channels"]},
            )
        case stale:
            raise refuse_stale(stale, document, _said(body))


def document_of(row: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Settings as the API shows them: what was said, and otherwise what is so by default.

    Args:
        row: settings, version, reach.
    """
    said = row["settings"]
    begins, ends = settings.quiet_from_to
    no_quiet = begins == ends
    by_default = {
        "email": {"changes": True, "reminders": True},
        "sms": {"changes": None, "reminders": False},
        "push": {"changes": True, "reminders": True},
    }
    return {
        **{name: kinds | said.get(name, {}) for name, kinds in by_default.items()},
        "reminderMinutes": said.get("reminderMinutes", list(settings.reminders)),
        "quietHours": said.get(
            "quietHours",
            None if no_quiet else {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"},
        ),
        "locale": said.get("locale"),
        "showDetails": said.get("showDetails", False),
        "channels": _channels(row["reach"], settings),
        "version": row["version"],
    }


def _channels(reach: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    can = configured_channels(settings)
    return {
        "email": {
            "available": "email" in can,
            "address": reach["email"],
            "state": reach["email_state"],
        },
        "sms": {
            "available": "sms" in can,
            "address": reach["phone"],
            "state": reach["phone_state"],
        },
        "push": {"available": "push" in can, "subscriptions": reach["subscriptions"]},
    }


def _headers(row: Row, document: dict[str, Any]) -> dict[str, str]:
    return shown_headers(row["version"], row["updated_at"], orjson.dumps(document))


def _said(body: PutNotificationSettings) -> dict[str, Any]:
    """What is kept: what was given, but for what stands for "as by default"."""
    given = body.model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude={"version", "channels"}
    )
    if given.get("locale", "") is None:
        del given["locale"]
    if given.get("sms", {}).get("changes", True) is None:
        del given["sms"]["changes"]
    return given


async def read_settings(connection: Connection, user_id: UUID) -> Row:
    """What `document_of` takes.

    Raises:
        Refusal: `not_found`.
    """
    row = await fetch_one(connection, QUERIES.read_settings, {"user_id": user_id})
    if row is None:
        raise not_found("user")
    return row


async def _save(
    connection: Connection,
    user_id: UUID,
    body: PutNotificationSettings,
    condition: Precondition,
    settings: Settings,
) -> Row:
    row = await fetch_one(
        connection,
        QUERIES.save_settings,
        {
            "user_id": user_id,
            "settings": Jsonb(_said(body)),
            "precondition": condition.as_parameter(version=body.version, required=True),
            "channels": configured_channels(settings),
        },
    )
    assert row is not None
    if row["outcome"] == "not_found":
        raise not_found("user")
    return row
