"""The verbs that change an appointment (SPEC 4.3 accept, 4.5)."""

from typing import Any
from uuid import UUID

from holdfast.appointments import store, store_writes
from holdfast.appointments.refusals import refuse_write
from holdfast.appointments.store_writes import Write
from holdfast.http.idempotency import Answer
from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, forbidden, not_found


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


def answer_of(row: Row, write: Write) -> Answer:
    """What a write answers, the first time and each time it is repeated with its key.

    Args:
        row: as `AppointmentWrites.write` answers.
    Raises:
        Refusal: it was not done, for the reason that the row gives (refusals.py).
    """
    outcome = row["outcome"]
    if row["body"] is None:
        raise refuse_write(row, write)
    if outcome == "booked" or (write.verb == "accept" and outcome == "done"):
        metrics.APPOINTMENTS_BOOKED.inc()
    if outcome == "booked" and write.verb == "book":
        metrics.RESERVATIONS.labels("used").inc()
    return Answer(row["body"].encode(), row["http_status"], row["headers"], outcome == "replay")


async def quote(connection: Connection, actor: Actor, appointment_id: UUID) -> dict[str, Any]:
    """What cancelling would cost now, in wire form.

    Raises:
        Refusal: `not_found`, `invalid_transition` when it cannot be cancelled.
    """
    row = await store.quote(connection, actor, appointment_id)
    if row is None:
        raise not_found("appointment")
    is_over = row["status"] not in ("requested", "confirmed") or row["deleted_at"] is not None
    if is_over or row["obstacle"] is not None:
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
