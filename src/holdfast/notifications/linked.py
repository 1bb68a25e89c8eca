"""Who comes by a mail's link, and what they may see of it (SPEC-deliveries §3, "Links")."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from pydantic import StringConstraints

from holdfast.http.auth import check_same_origin
from holdfast.http.context import Context
from holdfast.http.ratelimit import Limit, client_address, count
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import fetch_one
from holdfast.kernel.errors import Refusal
from holdfast.kernel.sql import Queries
from holdfast.notifications.links import links_of

QUERIES = Queries("holdfast.notifications", "queries_people.sql")

FROM_ADDRESS = Limit("links", hits=120, window_seconds=60)
# The address holds a secret: it must not be kept, sent on or found.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}

Token = Annotated[
    Annotated[str, StringConstraints(max_length=200)], Path(description="The end of the link")
]


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that holds.

    actor: the client, who came by a link. headers: of the answer.
    """

    actor: Actor
    appointment_id: UUID
    provider_id: UUID
    service_id: UUID
    headers: dict[str, str]


async def linked(request: Request, token: Token) -> Linked:
    """Read the link of a request.

    Raises:
        Refusal: `not_found` for a link that is forged, too old or void, or whose appointment was
            deleted; `forbidden` for a write from another site's page; `rate_limited`.
    """
    context: Context = request.app.state.context
    headers = HEADERS | await count(context, FROM_ADDRESS, client_address(request))
    try:
        check_same_origin(request, context.settings)
        found = await _find(context, token, headers)
    except Refusal as refusal:
        refusal.headers.update(headers)
        raise
    # Whom the log of actions and the access log name.
    request.scope["holdfast.actor"] = found.actor
    return found


InLinked = Annotated[Linked, Depends(linked)]


async def _find(context: Context, token: str, headers: dict[str, str]) -> Linked:
    link = links_of(context.settings).read_manage(token)
    if link is None:
        raise no_such_link()
    parameters = {
        "user_id": link.user_id,
        "links_version": link.links_version,
        "appointment_id": link.appointment_id,
    }
    row = await context.db.run(lambda connection: fetch_one(connection, QUERIES.linked, parameters))
    if row is None:
        raise no_such_link()
    # A client in any case: a link gives nobody the rights of staff.
    actor = Actor(link.user_id, "client", row["name"], row["email"], via="link")
    return Linked(actor, link.appointment_id, row["provider_id"], row["service_id"], headers)


def no_such_link() -> Refusal:
    return Refusal("not_found", "This link does not work, or does not work any more.")
