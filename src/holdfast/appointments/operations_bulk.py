"""One action for several appointments (SPEC 4.5, `POST /appointments/bulk`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.appointments import store_writes
from holdfast.appointments.refusals import refuse_write
from holdfast.appointments.store_writes import Write
from holdfast.http.problem import SCENARIOS
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is to be done: cancel, complete, no_show, delete or set_priority (with one)."""

    action: str
    priority: str | None
    reason: str | None
    waives_fee: bool


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
        write = _write(actor, appointment_id, bulk)
        row = await store_writes.write(connection, write)
        results[appointment_id] = {"id": str(appointment_id), **_result(row, write)}
    return [results[appointment_id] for appointment_id in appointment_ids]


def _write(actor: Actor, appointment_id: UUID, bulk: Bulk) -> Write:
    reason = {"reason": bulk.reason}
    match bulk.action:
        case "cancel":
            return Write("cancel", actor, appointment_id, {**reason, "waiveFee": bulk.waives_fee})
        case "complete" | "no_show" | "delete" as verb:
            return Write(verb, actor, appointment_id, reason)
        case _:
            fields = {"priority": bulk.priority}
            given = {**reason, "fields": fields, "rule": "staff"}
            return Write("edit", actor, appointment_id, given)


def _result(row: Row, write: Write) -> dict[str, Any]:
    if row["outcome"] == "done":
        return {"status": 204 if write.verb == "delete" else 200, "version": row["version"]}
    scenario = refuse_write(row, write).scenario
    return {"status": SCENARIOS[scenario].status, "scenario": scenario}
