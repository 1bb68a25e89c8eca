"""`POST /pusher/auth`: lets a Pusher client into a private channel (SPEC §5)."""

from typing import Any
from urllib.parse import parse_qs

import orjson
from fastapi import Request, Response
from pydantic import BaseModel

from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.errors import Refusal, invalid, not_found
from holdfast.pusher.service import PREFIX, Service
from holdfast.realtime import store
from holdfast.realtime.channels import parse_channel

router = api_router("/pusher", "live updates")

FORM = "application/x-www-form-urlencoded"
_FIELDS = {
    "type": "object",
    "properties": {
        "socket_id": {"type": "string", "pattern": r"^\d+\.\d+$"},
        "channel_name": {"type": "string", "maxLength": 200},
    },
    "required": ["socket_id", "channel_name"],
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": _FIELDS}, "application/json": {"schema": _FIELDS}},
    }
}


class ChannelAuthorisation(BaseModel):
    """What a Pusher client shows to the service."""

    auth: str


@router.post(
    "/auth",
    response_model=ChannelAuthorisation,
    summary="Let a Pusher client into a private channel",
    openapi_extra=_BODY,
    responses=problems(
        "unauthenticated",
        "not_found",
        "malformed_json",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "unavailable",
    ),
)
async def authorise_channel(request: Request, actor: SignedIn, context: InContext) -> Response:
    service: Service | None = request.app.state.pusher
    if service is None:
        raise not_found("Pusher service")
    fields = await _fields(request)
    name = fields["channel_name"]
    channel = parse_channel(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    # One spelling of each channel only: the service compares names as they are written.
    if channel is None or name != PREFIX + channel.name:
        raise not_found("channel")
    if not await context.db.run(lambda c: store.may_listen(c, actor, channel)):
        raise not_found("channel")
    try:
        return json_response(service.authorise(name, fields["socket_id"]))
    except ValueError:
        raise invalid("socket_id", "must be a socket id such as 1234.5678") from None


async def _fields(request: Request) -> dict[str, str]:
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    given: Any
    if media_type == FORM:
        given = {
            name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()
        }
    elif media_type == "application/json":
        try:
            given = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Refusal("malformed_json", "The body is not JSON.") from None
    else:
        raise Refusal("unsupported_media_type", f"Send the body as {FORM} or application/json.")
    for name in ("socket_id", "channel_name"):
        if not isinstance(given, dict) or not isinstance(given.get(name), str):
            raise invalid(name, "is needed")
    return given
