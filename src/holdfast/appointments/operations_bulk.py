"""One action for several appointments (SPEC 4.5, `POST /appointments/bulk`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.appointments import store_writes
from holdfast.appointments.refusals import refuse_write
from holdfast.appointments.store_writes import Target
from holdfast.http.preconditions import Precondition
from holdfast.http.problem import SCENARIOS
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is to be done: cancel, complete, no_show, delete or set_priority (with one)."""

    action: str
    priority: str | None
    reason: str | None


async def act_on_many(
    connection: Connection, actor: Actor, appointment_ids: Sequence[UUID], bulk: Bulk
) -> list[dict[str, Any]]:
    """Do it to each appointment that allows it; what one refuses does not touch the others.

    Runs in the caller's transaction: what is done is done together. The appointments are taken in
    the order of their ids, whatever the order asked for, so that two callers never wait for each
    other.

    Returns:
        For each id, in the given order: id, status (as HTTP has it), and version or scenario.
    """
    await store_writes.lock_many(connection, list(appointment_ids))
    results: dict[UUID, dict[str, Any]] = {}
    for appointment_id in sorted(appointment_ids):
        target = Target(
            actor, appointment_id, Precondition().as_parameter(required=False), reason=bulk.reason
        )
        row = await _act(connection, target, bulk)
        results[appointment_id] = {"id": str(appointment_id), **_result(row, bulk)}
    return [results[appointment_id] for appointment_id in appointment_ids]


async def _act(connection: Connection, target: Target, bulk: Bulk) -> Row:
    match bulk.action:
        case "cancel":
            return await store_writes.cancel(connection, target, waive_fee=False)
        case "complete":
            return await store_writes.end(connection, target, status="completed")
        case "no_show":
            return await store_writes.end(connection, target, status="no_show")
        case "delete":
            return await store_writes.delete(connection, target)
        case _:
            fields = {"priority": bulk.priority}
            return await store_writes.edit(connection, target, fields=fields, rule="staff")


def _result(row: Row, bulk: Bulk) -> dict[str, Any]:
    if row["outcome"] == "done":
        return {"status": 204 if bulk.action == "delete" else 200, "version": row["version"]}
    scenario = refuse_write(row, action=bulk.action).scenario
    return {"status": SCENARIOS[scenario].status, "scenario": scenario}
