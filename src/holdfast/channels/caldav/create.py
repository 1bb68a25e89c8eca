"""`POST /providers/{id}/calendar-connections`: looks for the calendar, then connects it."""

from uuid import UUID

from fastapi import Request, Response
from psycopg.types.json import Jsonb

from holdfast.channels.caldav import wire
from holdfast.channels.caldav.look import Place, look
from holdfast.channels.caldav.model import Collection
from holdfast.channels.caldav.routing import KEYED, LOOKS, InOutbound, check_owns, router
from holdfast.channels.caldav.store import (
    AHEAD,
    MAXIMUM_CONNECTIONS,
    QUERIES,
    check_url,
    keyed_hash,
    refused,
    sealed,
)
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.preconditions import version_headers
from holdfast.http.problem import problems
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import not_found
from holdfast.kernel.ids import new_id


class _NotLookedForError(Exception):
    """Ends the transaction: the calendar's server is asked without one."""


@router.post(
    "",
    status_code=201,
    response_model=wire.CalendarConnection,
    summary="Connect a provider's calendar",
    description="Asks its server for the calendar first. If there are several, "
    "`calendar_not_found` lists them: send the `url` of one.",
    responses=problems(*KEYED, *LOOKS, "too_many_connections"),
)
async def create_calendar_connection(
    request: Request,
    provider_id: UUID,
    body: wire.NewCalendarConnection,
    actor: Staff,
    context: InContext,
    outbound: InOutbound,
    idempotency_key: KeyHeader = None,
) -> Response:
    check_owns(actor, provider_id)
    connection_id = new_id()
    # What a key stands for is kept as a hash, from which a short password could be guessed.
    hidden = keyed_hash(context.settings, body.password)
    fingerprinted = body.model_copy(update={"password": hidden})
    found: Collection | None = None

    async def work(connection: Connection) -> Answer:
        parameters = {
            "id": connection_id,
            "provider_id": provider_id,
            "limit": MAXIMUM_CONNECTIONS,
        }
        if found is None:
            check_url(outbound.guard, body.url)
            row = await fetch_one(connection, QUERIES.may_connect, parameters)
            if row is not None and row["outcome"] == "not_found":
                raise not_found("provider")
            if row is None or row["outcome"] is not None:
                raise refused(row)
            raise _NotLookedForError
        values = {
            "url": found.url,
            "name": found.name,
            "username": body.username,
            "push": body.push,
            "busy": body.busy,
        }
        parameters |= {
            "values": Jsonb(values),
            "password_sealed": sealed(context.settings, connection_id, body.password),
            "ahead": AHEAD,
        }
        row = await fetch_one(connection, QUERIES.create_connection, parameters)
        if row is None or row["outcome"] != "created":
            raise refused(row)
        location = f"{request.url.path.rstrip('/')}/{connection_id}"
        return Answer(
            encode(row["document"]),
            status=201,
            headers={"Location": location, **version_headers(row["version"], row["updated_at"])},
        )

    async def answer() -> Response:
        return await answer_once(
            request, context, actor, work, body=fingerprinted, header_key=idempotency_key
        )

    try:
        # A repetition has its answer already, and who may not is refused, before anybody is asked.
        return await answer()
    except _NotLookedForError:
        found = await look(outbound, Place(body.url, body.username, body.password))
    return await answer()
