"""The verbs that change an appointment (SPEC 4.3 accept, 4.5).

Each runs inside the caller's transaction, which must roll back when a `Refusal` is raised.
"""

from typing import Any
from uuid import UUID

from holdfast.appointments import store, store_writes
from holdfast.appointments.refusals import refuse_write
from holdfast.appointments.store_writes import Target
from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, forbidden, not_found

CLIENT_FIELDS = frozenset({"notes"})


async def check_access(
    connection: Connection, actor: Actor, appointment_id: UUID, rule: str
) -> None:
    """Whether the actor may do this at all: 404 and 403 come before an idempotent replay.

    Args:
        rule: own (whoever sees it), staff or admin.
    Raises:
        Refusal: `not_found`, `forbidden`.
    """
    refusal = await store_writes.access(connection, actor, appointment_id, rule)
    if refusal == "not_found":
        raise not_found("appointment")
    if refusal == "forbidden":
        raise forbidden("You may see this appointment, but not do this to it.")


async def reschedule(connection: Connection, target: Target, reservation_id: UUID) -> Row:
    """Move a confirmed appointment into the slot that a reservation holds.

    Raises:
        Refusal: `invalid_transition`, `reservation_expired|used|not_found`, `slot_past`,
            `time_mismatch`, `locked`, preconditions, `not_found`.
    """
    row = await store_writes.reschedule(connection, target, reservation_id)
    return _done(row, target, "reschedule")


async def cancel(connection: Connection, target: Target, *, waive_fee: bool) -> Row:
    """Cancel, decide the fee, free the slot -> fee_cents, refund_cents besides the rest.

    Raises:
        Refusal: `invalid_transition`, `locked`, preconditions, `not_found`, `forbidden` (waiver).
    """
    row = await store_writes.cancel(connection, target, waive_fee=waive_fee)
    return _done(row, target, "cancel")


async def complete(connection: Connection, target: Target) -> Row:
    """The visit took place. Raises as `cancel`."""
    return _done(await store_writes.end(connection, target, status="completed"), target, "complete")


async def no_show(connection: Connection, target: Target) -> Row:
    """The client did not come; frees the slot and decides the fee. Raises as `cancel`."""
    row = await store_writes.end(connection, target, status="no_show")
    return _done(row, target, "mark as missed")


async def confirm_attendance(connection: Connection, target: Target) -> Row:
    """The client will come. Raises as `cancel`."""
    return _done(await store_writes.confirm_attendance(connection, target), target, "confirm")


async def delete(connection: Connection, target: Target) -> Row:
    """Hide the appointment and free its slot. Raises as `cancel`."""
    return _done(await store_writes.delete(connection, target), target, "delete")


async def restore(connection: Connection, target: Target) -> Row:
    """Bring a deleted appointment back.

    Raises:
        Refusal: `slot_booked|held|blocked` with alternatives when its slot has gone, and as
            `cancel`.
    """
    return _done(await store_writes.restore(connection, target), target, "restore")


async def edit(connection: Connection, target: Target, fields: dict[str, Any]) -> Row:
    """Change notes, priority or service.

    Args:
        fields: what was sent, in wire form; clients may change their notes only.
    Raises:
        Refusal: `forbidden`, `time_mismatch`, `validation_failed` (service), and as `cancel`.
    """
    rule = "own" if fields.keys() <= CLIENT_FIELDS else "staff"
    row = await store_writes.edit(connection, target, fields=fields, rule=rule)
    return _done(row, target, "edit", fields)


async def accept(connection: Connection, target: Target, slot_id: UUID) -> Row:
    """Accept a waiting request into a slot; the target's precondition is about the slot.

    Raises:
        Refusal: `slot_booked|held|blocked|past`, `time_mismatch`, `provider_mismatch`,
            `invalid_transition`, `locked`, preconditions, `not_found`.
    """
    row = _done(await store_writes.accept(connection, target, slot_id), target, "accept")
    metrics.APPOINTMENTS_BOOKED.inc()
    return row


async def quote(connection: Connection, actor: Actor, appointment_id: UUID) -> dict[str, Any]:
    """What cancelling would cost now, in wire form.

    Raises:
        Refusal: `not_found`, `invalid_transition` when it cannot be cancelled.
    """
    row = await store.quote(connection, actor, appointment_id)
    if row is None:
        raise not_found("appointment")
    if row["status"] not in ("requested", "confirmed") or row["deleted_at"] is not None:
        raise Refusal(
            "invalid_transition",
            "This appointment cannot be cancelled any more.",
            details={"status": row["status"], "action": "cancel"},
        )
    return {
        "feeCents": row["fee_cents"],
        "refundCents": row["price_cents"] - row["fee_cents"],
        "refundableUntil": row["refundable_until"],
        "currency": row["currency"],
    }


def _done(row: Row, target: Target, action: str, fields: dict[str, Any] | None = None) -> Row:
    if row["outcome"] != "done":
        raise refuse_write(row, action=action, wanted=fields, lock_version=target.lock_version)
    return row
