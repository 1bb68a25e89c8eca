"""Edit locks: `/appointments/{id}/…-lock…` and, for administrators, `/locks` (SPEC 4.6)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from holdfast.edit_locks import operations
from holdfast.edit_locks.gathered import EditLocks
from holdfast.edit_locks.schemas import (
    MAXIMUM_VERSION,
    AcquireRequest,
    EditLock,
    Granted,
    LockAnalytics,
    LockHistoryEntry,
    LockStatistics,
    LockStatus,
    Released,
    ReleaseRequest,
)
from holdfast.http.auth import Admin, SignedIn
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.pagination import Cursor, Limit, Page, page_of, time_cursor
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Instant, encode, json_response
from holdfast.kernel.db import Connection, Row

router = api_router("/appointments/{appointment_id}", "edit locks")
admin_router = api_router("/locks", "edit locks")

USER_AGENT_CHARACTERS = 300
_READ = ("unauthenticated", "not_found", "validation_failed", "unavailable")
_WRITE = (*_READ, "malformed_json", "payload_too_large", "unsupported_media_type")
_KEYED = (*_WRITE, "idempotency_in_flight", "idempotency_key_reused")


async def edit_locks_of(request: Request) -> EditLocks:
    return request.app.state.edit_locks


InEditLocks = Annotated[EditLocks, Depends(edit_locks_of)]


def _metadata(request: Request) -> dict[str, str]:
    agent = request.headers.get("user-agent")
    if not agent:
        return {}
    printable = "".join(character for character in agent if character.isprintable())
    return {"userAgent": printable[:USER_AGENT_CHARACTERS]}


@router.post(
    "/acquire-lock",
    response_model=Granted,
    response_model_exclude_none=True,
    summary="Take or renew the edit lock",
    responses=problems(*_KEYED, "lock_held", "lock_version_conflict"),
)
async def acquire_lock(
    request: Request,
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    edit_locks: InEditLocks,
    body: AcquireRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    said = body or AcquireRequest()
    position = said.position.model_dump() if said.position else None
    metadata = _metadata(request)
    if idempotency_key is None and said.idempotency_key is None:
        row = await edit_locks.acquire(
            actor,
            appointment_id,
            expected_version=said.expected_version,
            position=position,
            metadata=metadata,
        )
        return _granted(row).response()

    async def work(connection: Connection) -> Answer:
        row = await operations.acquire(
            connection,
            actor,
            appointment_id,
            expected_version=said.expected_version,
            position=position,
            ttl_seconds=context.settings.edit_lock_ttl_seconds,
            metadata=metadata,
        )
        return _granted(row)

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


def _granted(row: Row) -> Answer:
    message = (
        "You hold the edit lock." if row["outcome"] == "acquired" else "Your edit lock was renewed."
    )
    return Answer(encode({"success": True, "message": message, "lock": row["lock"]}))


@router.delete(
    "/release-lock",
    response_model=Released,
    summary="Give the edit lock back",
    responses=problems(*_WRITE, "not_lock_owner", "lock_not_found", "lock_version_conflict"),
)
async def release_lock(
    request: Request,
    appointment_id: UUID,
    actor: SignedIn,
    edit_locks: InEditLocks,
    body: ReleaseRequest | None = None,
) -> Response:
    await edit_locks.release(
        actor,
        appointment_id,
        expected_version=body.expected_version if body else None,
        metadata=_metadata(request),
    )
    return json_response({"success": True, "message": "The edit lock is free."})


@router.delete(
    "/force-release-lock",
    response_model=Released,
    summary="End whoever's edit lock it is",
    responses=problems(*_READ, "forbidden", "lock_not_found"),
)
async def force_release_lock(
    request: Request, appointment_id: UUID, actor: Admin, context: InContext
) -> Response:
    await context.db.run(
        lambda connection: operations.force_release(
            connection, actor, appointment_id, metadata=_metadata(request)
        )
    )
    return json_response({"success": True, "message": "The edit lock was ended."})


@router.post(
    "/take-over-lock",
    response_model=Granted,
    response_model_exclude_none=True,
    summary="Take the edit lock from whoever has it",
    responses=problems(*_KEYED, "forbidden"),
)
async def take_over_lock(
    request: Request,
    appointment_id: UUID,
    actor: Admin,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        lock = await operations.take_over(
            connection,
            actor,
            appointment_id,
            ttl_seconds=context.settings.edit_lock_ttl_seconds,
            metadata=_metadata(request),
        )
        message = "You took the edit lock over."
        return Answer(encode({"success": True, "message": message, "lock": lock}))

    if idempotency_key is None and (body is None or body.idempotency_key is None):
        return (await context.db.run(work)).response()
    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


@router.get(
    "/lock-status",
    response_model=LockStatus,
    response_model_exclude_none=True,
    summary="How the edit lock stands for you",
    responses=problems(*_READ),
)
async def get_lock_status(
    appointment_id: UUID,
    actor: SignedIn,
    edit_locks: InEditLocks,
    expected_version: Annotated[
        int | None, Query(alias="expectedVersion", ge=0, le=MAXIMUM_VERSION)
    ] = None,
) -> Response:
    return json_response(await edit_locks.status(actor, appointment_id, expected_version))


@router.get(
    "/lock-history",
    response_model=Page[LockHistoryEntry],
    summary="What happened to the edit lock, newest first",
    responses=problems(*_READ),
)
async def list_lock_history(
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = time_cursor(cursor)
    rows = await context.db.run(
        lambda connection: operations.history(
            connection,
            actor,
            appointment_id,
            before=(position.key, position.id) if position else None,
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="at"))


@router.get(
    "/lock-statistics",
    response_model=LockStatistics,
    summary="Counts over this appointment's edit locks",
    responses=problems(*_READ),
)
async def get_lock_statistics(
    appointment_id: UUID, actor: SignedIn, context: InContext
) -> Response:
    statistics = await context.db.run(
        lambda connection: operations.statistics(connection, actor, appointment_id)
    )
    return json_response(statistics)


@admin_router.get(
    "",
    response_model=Page[EditLock],
    response_model_exclude_none=True,
    summary="Edit locks held now",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_locks(
    actor: Admin, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    position = time_cursor(cursor)
    rows = await context.db.run(
        lambda connection: operations.held(
            connection,
            actor,
            before=(position.key, position.id) if position else None,
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="acquired_at"))


@admin_router.get(
    "/analytics",
    response_model=LockAnalytics,
    summary="The use of edit locks in a period",
    responses=problems(
        "unauthenticated", "forbidden", "invalid_time_range", "validation_failed", "unavailable"
    ),
)
async def get_lock_analytics(
    _: Admin,
    context: InContext,
    from_: Annotated[
        Instant | None, Query(alias="from", description="Default: 30 days before `to`")
    ] = None,
    to: Annotated[Instant | None, Query(description="Default: now")] = None,
) -> Response:
    end = to or datetime.now(UTC)
    start = from_ or end - timedelta(days=30)
    document = await context.db.run(lambda connection: operations.analytics(connection, start, end))
    return json_response(document)
