"""The statements that change an appointment, one function each.

All of them answer with the row of `read_result` (lifecycle.sql): outcome, document, id, version,
updated_at, status, provider_id, service_id, start_at, end_at, fee_cents, refund_cents, lock,
lock_version, slot_document, slot_start, slot_end, slot_provider_id.
"""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.appointments.store import QUERIES
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class Target:
    """Which appointment is to be written, and what the caller knows of it."""

    actor: Actor
    appointment_id: UUID
    precondition: Jsonb
    lock_version: int | None = None
    reason: str | None = None


async def _write(
    connection: Connection, query: LiteralString, target: Target, **parameters: Any
) -> Row:
    row = await fetch_one(
        connection,
        query,
        {
            "actor": target.actor.as_parameter(),
            "appointment_id": target.appointment_id,
            "precondition": target.precondition,
            "lock_version": target.lock_version,
            "reason": target.reason,
            **parameters,
        },
    )
    assert row is not None
    return row


async def reschedule(connection: Connection, target: Target, reservation_id: UUID) -> Row:
    return await _write(connection, QUERIES.reschedule, target, reservation_id=reservation_id)


async def cancel(connection: Connection, target: Target, *, waive_fee: bool) -> Row:
    return await _write(connection, QUERIES.cancel, target, waive_fee=waive_fee)


async def end(connection: Connection, target: Target, *, status: str) -> Row:
    """status: completed or no_show."""
    return await _write(connection, QUERIES.end, target, status=status)


async def confirm_attendance(connection: Connection, target: Target) -> Row:
    return await _write(connection, QUERIES.confirm_attendance, target)


async def delete(connection: Connection, target: Target) -> Row:
    return await _write(connection, QUERIES.delete, target)


async def restore(connection: Connection, target: Target) -> Row:
    return await _write(connection, QUERIES.restore, target)


async def edit(connection: Connection, target: Target, *, fields: dict[str, Any], rule: str) -> Row:
    """fields: notes, priority, serviceId as sent. rule: own or staff."""
    return await _write(connection, QUERIES.edit, target, fields=Jsonb(fields), rule=rule)


async def accept(connection: Connection, target: Target, slot_id: UUID) -> Row:
    """The precondition is about the slot."""
    return await _write(connection, QUERIES.accept, target, slot_id=slot_id)


async def lock_many(connection: Connection, appointment_ids: list[UUID]) -> None:
    await fetch_all(connection, QUERIES.lock_many, {"appointment_ids": appointment_ids})


async def access(
    connection: Connection, actor: Actor, appointment_id: UUID, rule: str
) -> str | None:
    """-> not_found, forbidden, or None when the actor may do it. rule: own, staff or admin."""
    row = await fetch_one(
        connection,
        QUERIES.access,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id, "rule": rule},
    )
    return row["refusal"] if row else "not_found"
