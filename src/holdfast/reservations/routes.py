"""`/reservations` (SPEC 4.4)."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response
from pydantic import StringConstraints

from holdfast.http.auth import SignedIn
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import Connection
from holdfast.reservations import operations
from holdfast.reservations.gathered import Reserves
from holdfast.reservations.operations import Reserved, Wanted
from holdfast.reservations.schemas import Reservation, ReservationDetail, ReserveRequest

router = api_router("/reservations", "reservations")

Token = Annotated[
    Annotated[str, StringConstraints(max_length=200)], Path(description="`reservationToken`")
]


async def reserves_of(request: Request) -> Reserves:
    return request.app.state.reserves


InReserves = Annotated[Reserves, Depends(reserves_of)]
_TOKEN_PROBLEMS = (
    "unauthenticated",
    "reservation_not_found",
    "reservation_expired",
    "reservation_used",
    "no_longer_offered",
    "unavailable",
)


@router.post(
    "",
    status_code=201,
    response_model=Reservation,
    summary="Hold a slot for a moment",
    responses={
        200: {"model": Reservation, "description": "You hold this slot already"},
        **problems(
            "malformed_json",
            "unauthenticated",
            "forbidden",
            "not_found",
            "slot_booked",
            "slot_held",
            "slot_blocked",
            "slot_past",
            "idempotency_in_flight",
            "payload_too_large",
            "unsupported_media_type",
            "validation_failed",
            "idempotency_key_reused",
            "too_many_reservations",
            "unavailable",
        ),
    },
)
async def reserve(
    request: Request,
    body: ReserveRequest,
    actor: SignedIn,
    context: InContext,
    reserves: InReserves,
    idempotency_key: KeyHeader = None,
) -> Response:
    user_id = operations.client_of(actor, body.user_id)
    operations.check_may_act_for(actor, user_id, body.provider_id)
    wanted = Wanted(body.provider_id, body.service_id, body.timeslot_id, user_id)
    if idempotency_key is None and body.idempotency_key is None:
        return _answer(context, await reserves.reserve(actor, wanted)).response()
    settings = context.settings

    async def work(connection: Connection) -> Answer:
        made = await operations.reserve(
            connection,
            actor,
            wanted,
            ttl_seconds=settings.reservation_ttl_seconds,
            idle_limit=operations.idle_limit(limits_requests=settings.limits_requests),
        )
        return _answer(context, made)

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


def _answer(context: Context, made: Reserved) -> Answer:
    token = context.tokens.reservation_token(made.id)
    return Answer(
        encode(
            {
                "reservationToken": token,
                "timeslotId": str(made.slot_id),
                "expiresAt": made.expires_at,
                "ttlSeconds": made.ttl_seconds,
                "priceCents": made.price_cents,
                "currency": made.currency,
            }
        ),
        status=201 if made.is_new else 200,
        headers={"Location": f"/api/v1/reservations/{token}"},
    )


@router.get(
    "/{token}",
    response_model=ReservationDetail,
    summary="Look at a reservation",
    responses=problems(*_TOKEN_PROBLEMS, "validation_failed"),
)
async def get_reservation(token: Token, actor: SignedIn, context: InContext) -> Response:
    reservation_id = _id_of(context, token)
    document = await context.db.run(
        lambda connection: operations.reservation(connection, actor, reservation_id)
    )
    return json_response({"reservationToken": token, **document})


@router.post(
    "/{token}/extend",
    response_model=ReservationDetail,
    summary="Get more time, at most twice",
    responses=problems(
        *_TOKEN_PROBLEMS,
        "malformed_json",
        "extension_limit",
        "slot_past",
        "idempotency_in_flight",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "idempotency_key_reused",
    ),
)
async def extend(
    request: Request,
    token: Token,
    actor: SignedIn,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    reservation_id = _id_of(context, token)

    async def work(connection: Connection) -> Answer:
        document = await operations.extend(connection, actor, reservation_id)
        return Answer(encode({"reservationToken": token, **document}))

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


@router.delete(
    "/{token}",
    status_code=204,
    summary="Let the slot go",
    responses=problems(
        "unauthenticated",
        "reservation_not_found",
        "reservation_used",
        "validation_failed",
        "unavailable",
    ),
)
async def release(token: Token, actor: SignedIn, context: InContext) -> Response:
    reservation_id = _id_of(context, token)
    await context.db.run(lambda connection: operations.release(connection, actor, reservation_id))
    return Response(status_code=204)


def _id_of(context: Context, token: str) -> UUID:
    reservation_id = context.tokens.read_reservation_token(token)
    if reservation_id is None:
        raise operations.no_such_reservation()
    return reservation_id
