"""`/auth/sessions`, `/auth/password`: one's own sign-ins, and a new password (SPEC 4.1)."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.accounts import changes, store_sign_ins
from holdfast.accounts.cookies import clear_cookie
from holdfast.accounts.parts import InAccounts
from holdfast.accounts.routes_auth import BAD_BODY, PRIVATE
from holdfast.accounts.schemas import PasswordChange, SignIn
from holdfast.http.auth import SignedIn, current_sign_in, session_secret
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, page_of, text_cursor
from holdfast.http.problem import problems
from holdfast.http.ratelimit import client_address
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.errors import not_found

router = api_router("/auth", "auth")


@router.get(
    "/sessions",
    response_model=Page[SignIn],
    summary="One's own sign-ins that go on, the newest first",
    responses=problems("unauthenticated", "validation_failed", "unavailable"),
)
async def list_sessions(
    request: Request,
    actor: SignedIn,
    context: InContext,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    assert actor.id is not None
    user_id = actor.id
    position = text_cursor(cursor)
    rows = await context.db.run(
        lambda connection: store_sign_ins.sign_ins(
            connection,
            user_id,
            current=current_sign_in(request),
            before_id=position.id if position else None,
            limit=limit + 1,
        )
    )
    return json_response(page_of(rows, limit, key="id"), headers=PRIVATE)


@router.delete(
    "/sessions",
    status_code=204,
    summary="End all of one's own sign-ins but the one that asks",
    responses=problems("unauthenticated", "forbidden", "unavailable"),
)
async def end_other_sessions(request: Request, actor: SignedIn, context: InContext) -> Response:
    assert actor.id is not None
    user_id, keep = actor.id, current_sign_in(request)
    assert keep is not None
    await context.db.run(
        lambda connection: store_sign_ins.end_other_sign_ins(connection, user_id, keep)
    )
    context.callers.forget(user_id)
    return Response(status_code=204)


@router.get(
    "/sessions/{session_id}",
    response_model=SignIn,
    summary="One of one's own sign-ins",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def get_session(
    request: Request, session_id: UUID, actor: SignedIn, context: InContext
) -> Response:
    assert actor.id is not None
    user_id = actor.id
    document = await context.db.run(
        lambda connection: store_sign_ins.sign_in(
            connection, user_id, session_id, current=current_sign_in(request)
        )
    )
    if document is None:
        raise not_found("session")
    return json_response(document, headers=PRIVATE)


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End one of one's own sign-ins",
    description="Its tokens end at once, its live connections within a second.",
    responses=problems(
        "unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable"
    ),
)
async def end_one_session(
    request: Request, session_id: UUID, actor: SignedIn, context: InContext
) -> Response:
    assert actor.id is not None
    user_id = actor.id
    outcome = await context.db.run(
        lambda connection: store_sign_ins.end_own_sign_in(connection, user_id, session_id)
    )
    if outcome != "ended":
        raise not_found("session")
    context.callers.forget_sign_in(session_id)
    has_cookie = session_secret(request, context.settings) is not None
    is_own_cookie = session_id == current_sign_in(request) and has_cookie
    return Response(
        status_code=204, headers=clear_cookie(context.settings) if is_own_cookie else None
    )


@router.post(
    "/password",
    status_code=204,
    summary="Change the password",
    description="Ends all sign-ins but the one that asks. Wrong current passwords are throttled as "
    "failed sign-ins are.",
    responses=problems(*BAD_BODY, "unauthenticated", "forbidden", "rate_limited", "unavailable"),
)
async def change_password(
    request: Request,
    body: PasswordChange,
    actor: SignedIn,
    context: InContext,
    accounts: InAccounts,
) -> Response:
    keep = current_sign_in(request)
    assert keep is not None
    headers = await changes.change_password(
        context,
        accounts.passwords,
        actor,
        current=body.current,
        new=body.new,
        keep=keep,
        address=client_address(request),
    )
    assert actor.id is not None
    context.callers.forget(actor.id)
    return Response(status_code=204, headers=headers)
