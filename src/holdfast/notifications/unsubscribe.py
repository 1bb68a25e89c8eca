"""`/u/{token}`: no more mails that remind, by one click in a mail program (RFC 8058).

The page comes from here and not from the web app, so that it works wherever a mail is read: without
a script, and in a browser that has never been here.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from holdfast.accounts.action_notes import ACCOUNT_KEY
from holdfast.http.context import Context, InContext
from holdfast.http.ratelimit import Limit, client_address, count
from holdfast.kernel.db import fetch_one
from holdfast.notifications.linked import HEADERS, QUERIES
from holdfast.notifications.links import links_of
from holdfast.notifications.unsubscribe_page import Step, page

# Providers of mail ask for many people from few addresses.
FROM_ADDRESS = Limit("unsubscribe", hits=600, window_seconds=60)
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

router = APIRouter(prefix="/u", tags=["links"], include_in_schema=False)


async def _headers(request: Request) -> dict[str, str]:
    context: Context = request.app.state.context
    counted = await count(context, FROM_ADDRESS, client_address(request))
    return HEADERS | counted | {"Content-Security-Policy": _POLICY}


InHeaders = Annotated[dict[str, str], Depends(_headers)]


@router.get("/{token}")
async def show(request: Request, token: str, context: InContext, headers: InHeaders) -> Response:
    """A page with a button; nothing is changed."""
    user_id = links_of(context.settings).read_unsubscribe(token)
    if user_id is None:
        return _page(request, "void", None, headers, status=404)
    row = await context.db.run(
        lambda connection: fetch_one(connection, QUERIES.locale, {"user_id": user_id})
    )
    return _page(request, "ask", row["locale"] if row else None, headers)


@router.post("/{token}")
async def unsubscribe(
    request: Request, token: str, context: InContext, headers: InHeaders
) -> Response:
    """What is in the form does not matter: to post to this address is the wish."""
    user_id = links_of(context.settings).read_unsubscribe(token)
    if user_id is None:
        return _page(request, "void", None, headers, status=404)
    request.scope[ACCOUNT_KEY] = user_id
    parameters = {"user_id": user_id}
    await context.db.run(lambda connection: fetch_one(connection, QUERIES.unsubscribe, parameters))
    row = await context.db.run(lambda connection: fetch_one(connection, QUERIES.locale, parameters))
    return _page(request, "done", row["locale"] if row else None, headers)


def _page(
    request: Request, step: Step, locale: str | None, headers: dict[str, str], status: int = 200
) -> Response:
    language = locale or request.headers.get("accept-language", "")
    return Response(
        page(step, "de" if language.lower().startswith("de") else "en"),
        status_code=status,
        headers=headers,
        media_type="text/html",
    )
