"""The verbs of edit locks (SPEC 4.6). Each is one statement and one round trip.

What is asked for most often is in `gathered.py`, which judges outcomes as this module does.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.edit_locks import store
from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, invalid, not_found

ANALYTICS_DAYS = 366


async def acquire(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    expected_version: int | None,
    position: dict[str, float] | None,
    ttl_seconds: int,
    metadata: dict[str, Any],
) -> Row:
    """Take the lock, or renew one's own -> outcome (acquired or renewed), lock.

    Raises:
        Refusal: `lock_held`, `lock_version_conflict`, `not_found` (also for a deleted one).
    """
    row = await store.acquire(
        connection,
        actor,
        appointment_id,
        expected_version=expected_version,
        position=position,
        ttl_seconds=ttl_seconds,
        metadata=metadata,
    )
    return granted(row, expected_version)


def granted(row: Row, expected_version: int | None) -> Row:
    """What an acquire has come to; raises what `acquire` does."""
    metrics.EDIT_LOCKS.labels(row["outcome"]).inc()
    match row["outcome"]:
        case "acquired" | "renewed":
            return row
        case "not_found":
            raise not_found("appointment")
        case "lock_held":
            raise Refusal(
                "lock_held",
                f"{row['lock']['userInfo']['name']} is editing this appointment.",
                details={"expiresAt": row["lock"]["expiresAt"]},
                top_level={"lock": row["lock"]},
            )
        case _:
            raise version_conflict(row["current_version"], expected_version, row["lock"])


def given_back(row: Row, expected_version: int | None) -> None:
    """What a release has come to.

    Raises:
        Refusal: `not_lock_owner`, `lock_not_found`, `lock_version_conflict`, `not_found`.
    """
    metrics.EDIT_LOCKS.labels(row["outcome"]).inc()
    match row["outcome"]:
        case "released":
            return
        case "not_found":
            raise not_found("appointment")
        case "lock_not_found":
            raise nobody_holds_it()
        case "not_lock_owner":
            raise Refusal(
                "not_lock_owner",
                f"The edit lock belongs to {row['lock']['userInfo']['name']}.",
                top_level={"lock": row["lock"]},
            )
        case _:
            raise version_conflict(row["current_version"], expected_version, row["lock"])


async def force_release(
    connection: Connection, actor: Actor, appointment_id: UUID, *, metadata: dict[str, Any]
) -> None:
    """End whoever's lock it is (administrators).

    Raises:
        Refusal: `lock_not_found`, `not_found`.
    """
    outcome = await store.force_release(connection, actor, appointment_id, metadata=metadata)
    metrics.EDIT_LOCKS.labels(outcome).inc()
    if outcome == "not_found":
        raise not_found("appointment")
    if outcome == "lock_not_found":
        raise nobody_holds_it()


async def take_over(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    ttl_seconds: int,
    metadata: dict[str, Any],
) -> dict[str, Any]:
    """Take the lock from whoever has it (administrators) -> the lock.

    Raises:
        Refusal: `not_found`.
    """
    row = await store.take_over(
        connection, actor, appointment_id, ttl_seconds=ttl_seconds, metadata=metadata
    )
    metrics.EDIT_LOCKS.labels(row["outcome"]).inc()
    if row["outcome"] == "not_found":
        raise not_found("appointment")
    return row["lock"]


def standing(row: Row, actor: Actor, expected_version: int | None) -> dict[str, Any]:
    """How an edit lock stands for this caller, in wire form.

    Raises:
        Refusal: `not_found`.
    """
    if not row["is_seen"]:
        raise not_found("appointment")
    if expected_version is not None and expected_version != row["version"]:
        state = "conflict"
    elif row["user_id"] is None:
        state = "unlocked"
    elif row["is_expired"]:
        state = "expired"
    else:
        state = "locked_by_user" if row["user_id"] == actor.id else "locked_by_other"
    return {"state": state} if row["lock"] is None else {"state": state, "lock": row["lock"]}


async def history(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """Up to `limit + 1` entries, newest first.

    Raises:
        Refusal: `not_found`.
    """
    rows = await store.history(connection, actor, appointment_id, before=before, limit=limit + 1)
    if rows is None:
        raise not_found("appointment")
    return rows


async def statistics(connection: Connection, actor: Actor, appointment_id: UUID) -> dict[str, Any]:
    """Counts over one appointment's edit locks.

    Raises:
        Refusal: `not_found`.
    """
    counts = await store.statistics(connection, actor, appointment_id)
    if counts is None:
        raise not_found("appointment")
    return counts


async def held(
    connection: Connection, actor: Actor, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """Up to `limit + 1` edit locks held now, the latest first."""
    return await store.held(connection, actor, before=before, limit=limit + 1)


async def analytics(connection: Connection, start: datetime, end: datetime) -> dict[str, Any]:
    """The use of edit locks in a period of at most 366 days.

    Raises:
        Refusal: `invalid_time_range`, `validation_failed`.
    """
    if end <= start:
        raise Refusal("invalid_time_range", "The end must be after the start.")
    if end - start > timedelta(days=ANALYTICS_DAYS):
        raise invalid("to", f"may lie {ANALYTICS_DAYS} days after `from` at most")
    return await store.analytics(connection, start, end)


def nobody_holds_it() -> Refusal:
    return Refusal("lock_not_found", "Nobody holds the edit lock of this appointment.")


def version_conflict(
    current_version: int, expected_version: int | None, lock: Mapping[str, Any] | None
) -> Refusal:
    """The caller's edit-lock version is not the current one."""
    return Refusal(
        "lock_version_conflict",
        "The edit lock has changed since you took it.",
        details={
            "currentVersion": current_version,
            "expectedVersion": expected_version,
            "conflictingUser": lock["userInfo"] if lock else None,
        },
    )
