"""Sharing an appointment by a secret link (SPEC 4.5)."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.appointments import operations_around as operations
from holdfast.appointments.operations_writes import check_access
from holdfast.appointments.schemas_around import Share, SharedAppointment
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.ratelimit import Limit, client_address, count
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import Connection
from holdfast.kernel.errors import Refusal

router = api_router("/appointments", "appointments")
public_router = api_router("/shared", "appointments")

LOOKS_FROM_ADDRESS = Limit("shared", hits=120, window_seconds=60)
# A link that was revoked shall show nothing any more, and its secret shall not travel on.
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@router.post(
    "/{appointment_id}/share",
    status_code=201,
    response_model=Share,
    summary="Make a link that shows time and place to anybody",
    responses=problems(
        "malformed_json",
        "unauthenticated",
        "not_found",
        "invalid_transition",
        "idempotency_in_flight",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def share_appointment(
    request: Request,
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def authorise(connection: Connection) -> None:
        await check_access(connection, actor, appointment_id, "own")

    async def work(connection: Connection) -> Answer:
        made = await operations.share(connection, actor, appointment_id)
        url = f"{context.settings.base_url}/shared/{made.secret}"
        return Answer(
            encode(
                {
                    "id": str(made.id),
                    "url": url,
                    "secret": made.secret,
                    "expiresAt": made.expires_at,
                }
            ),
            status=201,
            headers={"Cache-Control": "no-store"},
        )

    return await answer_once(
        request,
        context,
        actor,
        work,
        body=body,
        header_key=idempotency_key,
        authorise=authorise,
    )


@router.delete(
    "/{appointment_id}/share/{share_id}",
    status_code=204,
    summary="Revoke a link",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def revoke_share(
    appointment_id: UUID, share_id: UUID, actor: SignedIn, context: InContext
) -> Response:
    await context.db.run(
        lambda connection: operations.revoke_share(connection, actor, appointment_id, share_id)
    )
    return Response(status_code=204)


@public_router.get(
    "/{secret}",
    response_model=SharedAppointment,
    summary="What a link shows",
    responses=problems("not_found", "rate_limited", "unavailable"),
)
async def get_shared(request: Request, secret: str, context: InContext) -> Response:
    headers = await count(context, LOOKS_FROM_ADDRESS, client_address(request))
    try:
        document = await context.db.run(lambda connection: operations.shared(connection, secret))
    except Refusal as refusal:
        refusal.headers.update(headers | _HEADERS)
        raise
    return json_response(document, headers=headers | _HEADERS)
