"""`/auth/password-reset`: the way back in for who forgot the password (SPEC 4.1)."""

from fastapi import Request, Response
from starlette.background import BackgroundTask

from holdfast.accounts import limits, resets, store_credentials
from holdfast.accounts.action_notes import ACCOUNT_KEY
from holdfast.accounts.parts import InAccounts
from holdfast.accounts.routes_auth import BAD_BODY
from holdfast.accounts.schemas import NeutralAnswer, ResetMailRequest, ResetRequest
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.ratelimit import Counted, client_address, count_each
from holdfast.http.route import api_router
from holdfast.http.wire import json_response

router = api_router("/auth", "auth")


@router.post(
    "/password-reset-request",
    status_code=202,
    response_model=NeutralAnswer,
    summary="Ask for a mail with a link that sets a new password",
    description="The answer is the same whether or not there is such an account.",
    responses=problems(*BAD_BODY, "rate_limited", "unavailable"),
)
async def request_password_reset(
    request: Request, body: ResetMailRequest, context: InContext, accounts: InAccounts
) -> Response:
    account_key = await context.db.run(
        lambda connection: store_credentials.account_key(connection, body.email)
    )
    headers = await count_each(
        context,
        [
            Counted(limits.RESET_MAILS_TO_ACCOUNT, account_key),
            Counted(limits.RESET_MAILS_FROM_ADDRESS, client_address(request)),
        ],
    )
    answer = {"message": "If there is an account with this address, a mail is on its way."}
    response = json_response(answer, 202, headers)
    response.background = BackgroundTask(accounts.reset_mails.plan, context.db, body.email)
    return response


@router.post(
    "/password-reset",
    status_code=204,
    summary="Set a new password with the link from the mail",
    description="Works once, within an hour, and ends every session and token of the account.",
    responses=problems(*BAD_BODY, "unavailable"),
)
async def reset_password(
    request: Request, body: ResetRequest, context: InContext, accounts: InAccounts
) -> Response:
    user_id = await resets.reset_password(
        context.db, accounts.passwords, token=body.token, password=body.password
    )
    context.callers.forget(user_id)
    request.scope[ACCOUNT_KEY] = user_id
    return Response(status_code=204)
