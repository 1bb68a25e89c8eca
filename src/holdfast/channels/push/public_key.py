"""`GET /push/public-key`: what a browser subscribes with."""

from fastapi import Request, Response
from pydantic import Field

from holdfast.channels.push.vapid import Vapid
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import WireModel, json_response
from holdfast.kernel.errors import not_found

router = api_router("/push", "notifications")


class PushKey(WireModel):
    """The `applicationServerKey` of a subscription."""

    public_key: str = Field(description="P-256, uncompressed, in base64url")


def vapid_here(request: Request) -> Vapid:
    """How this server signs in at push services.

    Raises:
        Refusal: `not_found` where it sends no push messages.
    """
    vapid: Vapid | None = request.app.state.vapid
    if vapid is None:
        raise not_found("push service on this server")
    return vapid


@router.get(
    "/public-key",
    response_model=PushKey,
    summary="The key that a browser subscribes to push messages with",
    description="A browser that subscribed with another key must subscribe again.",
    responses=problems("not_found", "unavailable"),
)
async def get_public_key(request: Request) -> Response:
    return json_response({"publicKey": vapid_here(request).public_key})
