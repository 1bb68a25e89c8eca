"""`PATCH` and `DELETE` of a calendar connection, of a version that the caller names (SPEC 4.7)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from psycopg.types.json import Jsonb

from holdfast.channels.caldav import wire
from holdfast.channels.caldav.look import Place, look
from holdfast.channels.caldav.routing import CHANGE, LOOKS, InOutbound, check_owns, router, shown
from holdfast.channels.caldav.store import (
    AHEAD,
    QUERIES,
    REMOVED,
    passwords_seal,
    refused,
    sealed,
)
from holdfast.deliveries.outbound import Outbound
from holdfast.http.auth import Staff
from holdfast.http.context import Context, InContext
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.kernel.db import Row, fetch_one
from holdfast.kernel.errors import Refusal

# A change of these is tried with the server before it is written.
_TRIED = {"url", "username", "password"}


@router.patch(
    "/{connection_id}",
    response_model=wire.CalendarConnection,
    summary="Change a calendar connection",
    description="Another `url`, `username` or `password` is tried with the server first; one that "
    "works ends `needs_attention`.",
    responses=problems(*CHANGE, *LOOKS),
)
async def change_calendar_connection(
    provider_id: UUID,
    connection_id: UUID,
    body: wire.CalendarConnectionChange,
    actor: Staff,
    context: InContext,
    outbound: InOutbound,
    condition: Conditional,
) -> Response:
    check_owns(actor, provider_id)
    sent = body.model_dump(by_alias=True, exclude_unset=True, exclude={"version", "password"})
    wanted: dict[str, Any] = dict(sent)
    parameters = {
        "id": connection_id,
        "provider_id": provider_id,
        "precondition": condition.as_parameter(version=body.version, required=True),
        "password_sealed": None,
        "seen_version": None,
        "ahead": AHEAD,
    }
    if _TRIED & body.model_fields_set:
        before = await context.db.run(lambda c: fetch_one(c, QUERIES.before_change, parameters))
        if before is None or before["outcome"] is not None:
            raise refused(before, sent)
        wanted |= await _tried(context, outbound, connection_id, body, before)
        parameters["seen_version"] = before["version"]
        if "password" in body.model_fields_set:
            parameters["password_sealed"] = sealed(context.settings, connection_id, body.password)
    parameters["values"] = Jsonb(wanted)
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.change_connection, parameters))
    if row is None or row["outcome"] != "changed":
        raise refused(row, sent)
    return shown(row)


async def _tried(
    context: Context,
    outbound: Outbound,
    connection_id: UUID,
    body: wire.CalendarConnectionChange,
    before: Row,
) -> dict[str, Any]:
    """The calendar that the server has for what is there and what was sent, as fields to write."""
    given = body.model_fields_set
    if "password" in given:
        password = body.password
    else:
        seal = passwords_seal(context.settings)
        opened = seal.open_for(connection_id, bytes(before["password_sealed"]))
        if opened is None:
            # Sealed with a secret key that this server does not know any more.
            raise Refusal(
                "calendar_unauthorized",
                "The password that was kept cannot be read any more. Send it again.",
                details={"errors": [{"field": "password", "message": "is missing"}]},
            )
        password = opened.decode()
    url = body.url if "url" in given else before["url"]
    username = body.username if "username" in given else before["username"]
    found = await look(outbound, Place(url, username, password))
    return {"url": found.url, "name": found.name}


@router.delete(
    "/{connection_id}",
    status_code=204,
    summary="Remove a calendar connection",
    description="With `removeEvents` what was put into the calendar is taken away afterwards.",
    responses=problems(*CHANGE),
)
async def delete_calendar_connection(
    provider_id: UUID,
    connection_id: UUID,
    actor: Staff,
    context: InContext,
    condition: Conditional,
    removes_events: Annotated[bool, Query(alias="removeEvents")] = False,
    body: wire.CalendarConnectionRemoval | None = None,
) -> Response:
    check_owns(actor, provider_id)
    version = body.version if body else None
    parameters = {
        "id": connection_id,
        "provider_id": provider_id,
        "precondition": condition.as_parameter(version=version, required=True),
        "removes": removes_events,
        "limit": REMOVED,
    }
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.delete_connection, parameters))
    if row is None or row["outcome"] != "deleted":
        raise refused(row)
    return Response(status_code=204)
