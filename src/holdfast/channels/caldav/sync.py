"""`POST /providers/{id}/calendar-connections/{connectionId}/sync`: not when it is due, but now."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.channels.caldav import wire
from holdfast.channels.caldav.routing import KEYED, check_owns, router
from holdfast.channels.caldav.store import AHEAD, QUERIES, refused
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.preconditions import version_headers
from holdfast.http.problem import problems
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, fetch_one


@router.post(
    "/{connection_id}/sync",
    status_code=202,
    response_model=wire.CalendarConnection,
    summary="Read busy times now, and see that what lies ahead is in the calendar",
    responses=problems(*KEYED),
)
async def sync_calendar_connection(
    request: Request,
    provider_id: UUID,
    connection_id: UUID,
    actor: Staff,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    check_owns(actor, provider_id)
    parameters = {"id": connection_id, "provider_id": provider_id, "ahead": AHEAD}

    async def work(connection: Connection) -> Answer:
        row = await fetch_one(connection, QUERIES.request_sync, parameters)
        if row is None or row["outcome"] != "requested":
            raise refused(row)
        headers = version_headers(row["version"], row["updated_at"])
        return Answer(encode(row["document"]), status=202, headers=headers)

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
