"""`/auth`: signing up and in, refresh tokens, and who one is (SPEC 4.1)."""

from fastapi import Request, Response

from holdfast.accounts import limits, operations, sign_in
from holdfast.accounts.action_notes import ACCOUNT_KEY
from holdfast.accounts.device import device_of
from holdfast.accounts.operations import NewAccount
from holdfast.accounts.parts import Accounts, InAccounts
from holdfast.accounts.password_rules import check_not_own
from holdfast.accounts.phones import e164
from holdfast.accounts.schemas import Credentials, RefreshRequest, SignedInAnswer, SignUp, User
from holdfast.accounts.sign_in import Proven
from holdfast.http.auth import SignedIn
from holdfast.http.context import Context, InContext
from holdfast.http.preconditions import Conditional, conditional_response, version_headers
from holdfast.http.problem import problems
from holdfast.http.ratelimit import client_address, count
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.errors import Refusal

router = api_router("/auth", "auth")

BAD_BODY = ("malformed_json", "payload_too_large", "unsupported_media_type", "validation_failed")
# Answers with secrets in them are for nobody's cache.
PRIVATE = {"Cache-Control": "no-store"}


@router.post(
    "/signup",
    status_code=201,
    response_model=SignedInAnswer,
    summary="Open an account and sign in",
    responses=problems(*BAD_BODY, "email_taken", "rate_limited", "unavailable"),
)
async def signup(
    request: Request, body: SignUp, context: InContext, accounts: InAccounts
) -> Response:
    headers = await count(context, limits.SIGN_UPS_FROM_ADDRESS, client_address(request))
    check_not_own(body.password, email=body.email, name=body.name)
    account = NewAccount(
        email=body.email,
        password_hash=await accounts.passwords.hash(body.password),
        role="client",
        name=body.name,
        phone=body.phone,
        phone_e164=e164(body.phone, context.settings.phone_region),
    )
    answer = await context.db.run_transaction(
        lambda connection: sign_in.sign_up(
            connection, context.tokens, account, device_of(request.scope)
        )
    )
    return json_response(answer, 201, {**PRIVATE, **headers})


@router.post(
    "/signin",
    response_model=SignedInAnswer,
    summary="Sign in",
    responses=problems(*BAD_BODY, "unauthenticated", "rate_limited", "unavailable"),
)
async def signin(
    request: Request, body: Credentials, context: InContext, accounts: InAccounts
) -> Response:
    proven = await prove_credentials(request, context, accounts, body)
    answer = await context.db.run(
        lambda connection: sign_in.start_tokens(
            connection,
            context.tokens,
            proven.account.id,
            proven.account.password_hash,
            device_of(request.scope),
        )
    )
    return json_response(answer, headers={**PRIVATE, **proven.headers})


@router.post(
    "/refresh",
    response_model=SignedInAnswer,
    summary="Exchange a refresh token for new tokens",
    description="A refresh token can be used once. Used again within 30 seconds it gives the same "
    "refresh token once more (two tabs, an answer that was lost); a later use ends that sign-in.",
    responses=problems(*BAD_BODY, "unauthenticated", "rate_limited", "unavailable"),
)
async def refresh(request: Request, body: RefreshRequest, context: InContext) -> Response:
    refreshed = await sign_in.refresh(
        context.db,
        context.tokens,
        body.refresh_token,
        device_of(request.scope),
        is_limited=context.settings.limits_requests,
    )
    request.scope[ACCOUNT_KEY] = refreshed.user_id
    if refreshed.is_ended:
        assert refreshed.sign_in_id is not None
        context.callers.forget_sign_in(refreshed.sign_in_id)
    if refreshed.answer is None:
        # Counted here only: a valid token is not refused for what others send from there.
        headers = await count(context, limits.REFRESHES, client_address(request))
        raise Refusal(
            "unauthenticated",
            "The refresh token is not valid any more. Please sign in again.",
            headers=headers,
        )
    return json_response(refreshed.answer, headers={**PRIVATE, **refreshed.headers})


@router.get(
    "/me",
    response_model=User,
    summary="Who is signed in",
    responses={
        304: {"description": "You have this version"},
        **problems("unauthenticated", "unavailable"),
    },
)
async def me(actor: SignedIn, context: InContext, condition: Conditional) -> Response:
    assert actor.id is not None
    user_id = actor.id
    shown = await context.db.run(lambda connection: operations.user(connection, actor, user_id))
    return conditional_response(
        condition,
        shown.document,
        tag=str(shown.version),
        headers=version_headers(shown.version, shown.updated_at),
    )


async def prove_credentials(
    request: Request, context: Context, accounts: Accounts, body: Credentials
) -> Proven:
    """Check the credentials; an attempt at an existing account is noted in its log."""
    account = await sign_in.find_account(context.db, body.email)
    if account is not None:
        request.scope[ACCOUNT_KEY] = account.id
    return await sign_in.prove(
        context,
        accounts.passwords,
        email=body.email,
        password=body.password,
        account=account,
        address=client_address(request),
    )
