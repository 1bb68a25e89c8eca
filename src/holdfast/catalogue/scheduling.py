"""The verbs of schedules: put one, publish slots from it (SPEC 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from holdfast.catalogue import store_schedule as store
from holdfast.catalogue.laying import (
    Basis,
    Laid,
    adopt,
    as_parameter,
    batches,
    expansion,
    lay_out,
    lock_basis,
)
from holdfast.catalogue.wall_clock import shown_at
from holdfast.http.preconditions import Precondition, refuse_stale
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, invalid, not_found

GENERATED_DAYS = 366
SHOWN_SKIPS = 1000


@dataclass(slots=True)
class Generated:
    """What became of the slots that a schedule asks for; `skipped` rows are {start, reason}, where
    `start` is what clocks in the provider's zone show."""

    created: int = 0
    existing: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)


async def schedule(connection: Connection, actor: Actor, provider_id: UUID) -> Row:
    """-> document, version, updated_at.

    Raises:
        Refusal: `not_found` out of scope, or while none was put.
    """
    _check_scope(actor, provider_id)
    row = await store.schedule(connection, provider_id)
    if row is None:
        raise not_found("provider")
    if row["document"] is None:
        raise not_found("schedule of this provider yet")
    return row


async def put_schedule(
    connection: Connection,
    actor: Actor,
    provider_id: UUID,
    precondition: Precondition,
    wanted: Mapping[str, Any],
    *,
    is_dry: bool = False,
) -> tuple[Row, Laid]:
    """Put a provider's first schedule, or replace it, and make the slots to come what it says.
    Must run in a transaction -> outcome (created or replaced), document, version, updated_at; and
    what became of the slots.

    Args:
        wanted: the whole schedule by wire name; `version` is the one that the caller knows.
        is_dry: the slots stay; the caller undoes the rest.
    Raises:
        Refusal: `not_found`, the preconditions' refusals, `validation_failed` (a facility or
            service that is not the provider's).
    """
    _check_scope(actor, provider_id)
    before = await lock_basis(connection, provider_id, settles=True)
    fields = {name: value for name, value in wanted.items() if name != "version"}
    parameter = precondition.as_parameter(version=wanted.get("version"), required=True)
    row = await store.put_schedule(connection, actor, provider_id, parameter, fields)
    _refuse_schedule(row, fields)
    await adopt(connection, before)
    # All of it, also where a worker was to go on: the schedule is another one now.
    basis = replace(before, schedule=row["document"], first_day=None)
    basis = replace(basis, last_start=_latest(before.last_start, before.unknown_until))
    return row, await lay_out(connection, actor, basis, before=before, is_dry=is_dry)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _refuse_schedule(row: Row, fields: Mapping[str, Any]) -> None:
    match row["outcome"]:
        case "created" | "replaced":
            return
        case "not_found":
            raise not_found("provider")
        case "foreign_fields":
            errors = [
                {"field": name, "message": "is not one of this provider's"}
                for name in row["fields"]
            ]
            raise Refusal(
                "validation_failed",
                f"{errors[0]['field']}: {errors[0]['message']}",
                details={"errors": errors},
            )
        case stale:
            raise refuse_stale(stale, row["document"] or {}, fields)


async def generate_slots(
    connection: Connection, actor: Actor, provider_id: UUID, first: date, last: date
) -> Generated:
    """Publish the slots of a provider's schedule from `first` to `last`, both included, as far as
    they are not there yet. Must run in a transaction: the calendar stays locked meanwhile.

    Raises:
        Refusal: `not_found` (out of scope, or no schedule), `validation_failed`.
    """
    _check_scope(actor, provider_id)
    _check_days(first, last)
    basis = await lock_basis(connection, provider_id)
    if basis.schedule is None:
        raise not_found("schedule of this provider yet")
    await adopt(connection, basis)
    return await publish(connection, actor, basis, first, last)


async def publish(
    connection: Connection, actor: Actor, basis: Basis, first: date, last: date
) -> Generated:
    """Publish what the hours that begin on these days lack; nothing is withdrawn."""
    found = await expansion(basis, first, last, active_only=True)
    done = Generated()
    skips = [(skip.start, skip.reason) for skip in found.skips]
    for batch in batches([as_parameter(period) for period in found.periods]):
        row = await store.publish_slots(connection, actor, basis.provider_id, batch)
        done.created += row["created"]
        done.existing += row["existing"]
        skips += [
            (shown_at(datetime.fromisoformat(skip["start"]), basis.zone), skip["reason"])
            for skip in row["skipped"]
        ]
    done.skipped = [
        {"start": start.isoformat(), "reason": reason}
        for start, reason in sorted(skips)[:SHOWN_SKIPS]
    ]
    return done


def _check_scope(actor: Actor, provider_id: UUID) -> None:
    if not actor.may_manage_provider(provider_id):
        raise not_found("provider")


def _check_days(first: date, last: date) -> None:
    if last < first:
        raise invalid("to", "must not lie before `from`")
    if (last - first).days >= GENERATED_DAYS:
        raise invalid("to", f"must lie within {GENERATED_DAYS} days, `from` included")
