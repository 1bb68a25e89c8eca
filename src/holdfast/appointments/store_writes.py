"""The statements that change an appointment.

They answer with the row of `read_result` (lifecycle.sql): outcome, document, id, version,
updated_at, status, provider_id, service_id, start_at, end_at, fee_cents, refund_cents, lock,
lock_version, slot_document, slot_start, slot_end, slot_provider_id. Those that also keep the answer
for a repetition (`write_once`, `write_together`) have http_status, headers and body besides, which
with outcome and version is all there is when there is an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.appointments.store import QUERIES
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one

Verb = Literal[
    "book",
    "book_directly",
    "reschedule",
    "cancel",
    "complete",
    "no_show",
    "reopen",
    "confirm",
    "edit",
    "delete",
    "restore",
    "accept",
]


@dataclass(frozen=True, slots=True)
class Write:
    """A write of an appointment.

    Attributes:
        appointment_id: which one; for a booking the id that it gets.
        given: what the verb takes, by the names of `write_appointment()` (gathered.sql).
    """

    verb: Verb
    actor: Actor
    appointment_id: UUID
    given: Mapping[str, Any]

    def as_request(self) -> dict[str, Any]:
        """The form in which SQL functions know it, as plain data."""
        return {
            "verb": self.verb,
            "actor": self.actor.facts(),
            "appointment": self.appointment_id,
            **self.given,
        }


async def write(connection: Connection, wanted: Write) -> Row:
    """Do it in the caller's transaction."""
    row = await fetch_one(connection, QUERIES.write, {"request": Jsonb(wanted.as_request())})
    assert row is not None
    return row


async def write_once(connection: Connection, request: Mapping[str, Any]) -> Row:
    """Do it in a transaction of its own, once for its idempotency key.

    Args:
        request: as `write_appointment_once()` takes it (gathered.sql).
    """
    row = await fetch_one(connection, QUERIES.write_once, {"request": Jsonb(request)})
    assert row is not None
    return row


async def write_together(
    connection: Connection, requests: Sequence[Mapping[str, Any]]
) -> list[Row]:
    """-> for each request, in order: as `write_once`, or the outcome `busy`."""
    return await fetch_all(connection, QUERIES.write_together, {"requests": Jsonb(requests)})


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
