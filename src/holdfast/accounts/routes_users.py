"""`/users`: accounts and their action logs (SPEC 4.1)."""

import hashlib
import hmac
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from holdfast.accounts import clients, operations
from holdfast.accounts.operations import NewAccount
from holdfast.accounts.parts import InAccounts
from holdfast.accounts.password_rules import check_not_own
from holdfast.accounts.phones import e164
from holdfast.accounts.routes_auth import BAD_BODY
from holdfast.accounts.schemas import (
    SEARCH_TEXT,
    Client,
    NewUser,
    Role,
    User,
    UserAction,
    UserPatch,
)
from holdfast.http.auth import SignedIn, Staff
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.pagination import Cursor, Limit, Page, page_of, text_cursor
from holdfast.http.preconditions import Conditional, conditional_response, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import Connection

router = api_router("/users", "users")


@router.get(
    "",
    response_model=Page[User] | Page[Client],
    summary="Users, the newest first; for operators clients in their scope",
    description="Operators look for clients: `role=client` and `q` of at least 3 characters. A "
    "provider finds those who have or had an appointment with them or whom they entered, and "
    "others by their exact e-mail address or telephone number.",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_users(
    actor: Staff,
    context: InContext,
    q: Annotated[
        Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] | None,
        Query(description=SEARCH_TEXT),
    ] = None,
    role: Role | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = text_cursor(cursor)
    rows = await context.db.run(
        lambda connection: clients.users(
            connection,
            actor,
            role=role,
            q=q,
            region=context.settings.phone_region,
            before_id=position.id if position else None,
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="id"))


@router.post(
    "",
    status_code=201,
    response_model=User,
    summary="Enter a client, or make another user",
    description="Staff enter clients with a name and an e-mail address or a telephone number. Such "
    "a client signs in once they have proved the address by a link for a new password. "
    "Administrators make operators and administrators, with e-mail address and password.",
    responses=problems(
        *BAD_BODY,
        "unauthenticated",
        "forbidden",
        "email_taken",
        "idempotency_in_flight",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def create_user(
    request: Request,
    body: NewUser,
    actor: Staff,
    context: InContext,
    accounts: InAccounts,
    idempotency_key: KeyHeader = None,
) -> Response:
    has_password = body.password is not None
    clients.check_may_enter(actor, role=body.role, has_password=has_password)
    clients.check_complete(
        role=body.role, email=body.email, phone=body.phone, has_password=has_password
    )
    phone_e164 = e164(body.phone, context.settings.phone_region)
    if body.password is not None:
        check_not_own(body.password, email=body.email, name=body.name)
    account = NewAccount(
        email=body.email,
        password_hash=await accounts.passwords.hash(body.password) if body.password else None,
        role=body.role,
        name=body.name,
        phone=body.phone,
        phone_e164=phone_e164,
        provider_id=body.provider_id,
        entered_by=actor.id,
    )

    async def work(connection: Connection) -> Answer:
        shown = await operations.create_user(connection, account)
        return Answer(
            encode(shown.document),
            status=201,
            headers={
                "Location": f"/api/v1/users/{shown.document['id']}",
                **version_headers(shown.version, shown.updated_at),
            },
        )

    return await answer_once(
        request,
        context,
        actor,
        work,
        body=_without_password(context, body),
        header_key=idempotency_key,
    )


def _without_password(context: Context, body: NewUser) -> NewUser:
    """What an idempotency key stands for: its fast hash must not be a way to guess the password."""
    if body.password is None:
        return body
    assert context.settings.secret_key is not None
    key = context.settings.secret_key.get_secret_value().encode()
    digest = hmac.new(key, b"password " + body.password.encode(), hashlib.sha256).hexdigest()
    return body.model_copy(update={"password": digest})


@router.get(
    "/{user_id}",
    response_model=User,
    summary="One user",
    responses={
        304: {"description": "You have this version"},
        **problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
    },
)
async def get_user(
    user_id: UUID, actor: SignedIn, context: InContext, condition: Conditional
) -> Response:
    shown = await context.db.run(lambda connection: operations.user(connection, actor, user_id))
    return conditional_response(
        condition,
        shown.document,
        tag=str(shown.version),
        headers=version_headers(shown.version, shown.updated_at),
    )


@router.patch(
    "/{user_id}",
    response_model=User,
    summary="Change a user",
    description="Preconditions are optional here, but honoured (SPEC 4.7).",
    responses=problems(
        *BAD_BODY,
        "unauthenticated",
        "forbidden",
        "not_found",
        "email_taken",
        "invalid_transition",
        "version_conflict",
        "precondition_failed",
        "unavailable",
    ),
)
async def change_user(
    user_id: UUID, body: UserPatch, actor: SignedIn, context: InContext, condition: Conditional
) -> Response:
    patch = body.model_dump(mode="json", exclude_unset=True, exclude={"version"})
    wanted = body.model_dump(mode="json", exclude_unset=True, exclude={"version"}, by_alias=True)
    shown = await context.db.run(
        lambda connection: operations.change_user(
            connection,
            actor,
            user_id,
            patch=patch,
            condition=condition,
            version=body.version,
            wanted=wanted,
            phone_region=context.settings.phone_region,
        )
    )
    context.callers.forget(user_id)
    return json_response(shown.document, headers=version_headers(shown.version, shown.updated_at))


@router.get(
    "/{user_id}/actions",
    response_model=Page[UserAction],
    summary="What a user tried, the newest first; failed attempts included",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def list_actions(
    user_id: UUID,
    actor: SignedIn,
    context: InContext,
    accounts: InAccounts,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = text_cursor(cursor)
    rows = await operations.actions(
        context.db,
        accounts.actions,
        actor,
        user_id,
        before_id=position.id if position else None,
        limit=limit,
    )
    return json_response(page_of(rows, limit, key="id"))
