"""`/auth/session` and `/auth/signout`: the web app's cookie, and signing out (SPEC 4.1)."""

from typing import Any

from fastapi import Request, Response

from holdfast.accounts import operations, sign_in
from holdfast.accounts.action_notes import ACCOUNT_KEY
from holdfast.accounts.cookies import clear_cookie, set_cookie
from holdfast.accounts.parts import InAccounts
from holdfast.accounts.routes_auth import BAD_BODY, PRIVATE, prove_credentials
from holdfast.accounts.schemas import (
    Credentials,
    CurrentSession,
    SessionAnswer,
    SignOutRequest,
)
from holdfast.http.auth import (
    SESSION_COOKIE,
    SignedIn,
    check_same_origin,
    secret_hash,
    signed_in,
)
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection

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
    former = request.cookies.get(SESSION_COOKIE)

    async def work(connection: Connection) -> tuple[dict[str, Any], str]:
        await sign_in.sign_out(connection, session=former, refresh_token=None)
        return await sign_in.start_session(connection, proven.account)

    document, secret = await context.db.run_transaction(work)
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
    secret = request.cookies.get(SESSION_COOKIE)
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
    await context.db.run_transaction(
        lambda connection: sign_in.sign_out(
            connection, session=request.cookies.get(SESSION_COOKIE), refresh_token=None
        )
    )
    return Response(status_code=204, headers=clear_cookie(context.settings))


@router.post(
    "/signout",
    status_code=204,
    summary="Sign out",
    description="Ends the cookie session that the request comes with, and the tokens of the "
    "sign-in that `refreshToken` belongs to. With a refresh token nothing else is needed.",
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
    session = request.cookies.get(SESSION_COOKIE)
    actor: Actor | None = None
    if session is not None:
        check_same_origin(request, context.settings)
    if refresh_token is None:
        actor = await signed_in(request)

    async def work(connection: Connection) -> Answer:
        user_id = await sign_in.sign_out(connection, session=session, refresh_token=refresh_token)
        if user_id is not None:
            request.scope[ACCOUNT_KEY] = user_id
        return Answer(b"", 204, clear_cookie(context.settings))

    if actor is None:
        return (await context.db.run_transaction(work)).response()
    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
