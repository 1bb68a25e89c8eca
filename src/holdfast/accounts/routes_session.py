"""`/auth/session` and `/auth/signout`: the web app's cookie, and signing out (SPEC 4.1)."""

from uuid import UUID

from fastapi import Request, Response
from pydantic import ConfigDict

from holdfast.accounts import operations, sign_in
from holdfast.accounts.action_notes import ACCOUNT_KEY
from holdfast.accounts.cookies import clear_cookie, set_cookie
from holdfast.accounts.device import device_of
from holdfast.accounts.parts import InAccounts
from holdfast.accounts.routes_auth import BAD_BODY, PRIVATE, prove_credentials
from holdfast.accounts.schemas import (
    Credentials,
    CurrentSession,
    SessionAnswer,
    SignOutRequest,
)
from holdfast.http.auth import (
    SignedIn,
    authenticate,
    check_same_origin,
    current_sign_in,
    secret_hash,
    session_secret,
    signed_in,
)
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection
from holdfast.kernel.errors import Refusal

router = api_router("/auth", "auth")


@router.post(
    "/session",
    response_model=SessionAnswer,
    summary="Sign in by a cookie, for the web app",
    responses=problems(*BAD_BODY, "unauthenticated", "forbidden", "rate_limited", "unavailable"),
)
async def start_session(
    request: Request, body: Credentials, context: InContext, accounts: InAccounts
) -> Response:
    # Also without a cookie: another site must not sign this browser in as somebody else.
    check_same_origin(request, context.settings)
    proven = await prove_credentials(request, context, accounts, body)
    former = session_secret(request, context.settings)

    document, secret = await context.db.run(
        lambda connection: sign_in.start_session(
            connection, proven.account, device_of(request.scope), former=former
        )
    )
    headers = {**PRIVATE, **proven.headers, **set_cookie(context.settings, secret)}
    return json_response({"user": document}, headers=headers)


@router.get(
    "/session",
    response_model=CurrentSession,
    summary="Whose session the cookie stands for",
    description="`user` is null without a session, or when it has ended.",
    responses=problems("unavailable"),
)
async def read_session(request: Request, context: InContext) -> Response:
    secret = session_secret(request, context.settings)
    if secret is None:
        return json_response({"user": None}, headers=PRIVATE)
    caller = await context.callers.by_session(secret_hash(secret))
    if caller is None:
        headers = {**PRIVATE, **clear_cookie(context.settings)}
        return json_response({"user": None}, headers=headers)
    actor = caller.actor
    assert actor.id is not None
    user_id = actor.id
    shown = await context.db.run(lambda connection: operations.user(connection, actor, user_id))
    return json_response({"user": shown.document}, headers=PRIVATE)


@router.delete(
    "/session",
    status_code=204,
    summary="End the cookie session",
    responses=problems("unauthenticated", "forbidden", "unavailable"),
)
async def end_session(request: Request, _: SignedIn, context: InContext) -> Response:
    await context.db.run(
        lambda connection: sign_in.sign_out(
            connection,
            session=session_secret(request, context.settings),
            refresh_token=None,
            sign_in_id=None,
        )
    )
    return Response(status_code=204, headers=clear_cookie(context.settings))


@router.post(
    "/signout",
    status_code=204,
    summary="Sign out",
    description="Ends the sign-ins that the access token, the cookie and `refreshToken` belong to, "
    "each if it is given: all their tokens, and their live connections within a second. With a "
    "refresh token nothing else is needed.",
    responses=problems(
        *BAD_BODY,
        "unauthenticated",
        "forbidden",
        "idempotency_in_flight",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def signout(
    request: Request,
    context: InContext,
    body: SignOutRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    refresh_token = body.refresh_token if body else None
    session = session_secret(request, context.settings)
    if session is not None:
        check_same_origin(request, context.settings)
    actor = await _who_signs_out(request, is_needed=refresh_token is None)

    async def work(connection: Connection) -> Answer:
        ended = await sign_in.sign_out(
            connection,
            session=session,
            refresh_token=refresh_token,
            sign_in_id=current_sign_in(request),
        )
        for one in ended:
            request.scope[ACCOUNT_KEY] = one.user_id
            forgotten.append(one.sign_in_id)
        return Answer(b"", 204, clear_cookie(context.settings))

    forgotten: list[UUID] = []
    if actor is None:
        response = (await context.db.run_transaction(work)).response()
    else:
        response = await answer_once(
            request,
            context,
            actor,
            work,
            body=_for_key(body, current_sign_in(request)),
            header_key=idempotency_key,
        )
    for sign_in_id in forgotten:  # after the commit, so that nobody looks it up again before
        context.callers.forget_sign_in(sign_in_id)
    return response


def _for_key(body: SignOutRequest | None, sign_in_id: UUID | None) -> SignOutRequest:
    """What an idempotency key stands for: the end of this sign-in, not of another one as well."""
    return _SignOutOf(
        idempotency_key=body.idempotency_key if body else None,
        refresh_token=body.refresh_token if body else None,
        sign_in_id=sign_in_id,
    )


class _SignOutOf(SignOutRequest):
    model_config = ConfigDict(populate_by_name=True)
    sign_in_id: UUID | None


async def _who_signs_out(request: Request, *, is_needed: bool) -> Actor | None:
    """The caller. One whose access token has expired may still sign out by a refresh token."""
    try:
        return await (signed_in if is_needed else authenticate)(request)
    except Refusal as refusal:
        if is_needed or refusal.scenario != "unauthenticated":
            raise
        return None
