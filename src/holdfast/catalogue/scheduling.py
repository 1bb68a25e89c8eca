"""The verbs of schedules: put one, publish slots from it (SPEC 4.2)."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.catalogue import store_schedule as store
from holdfast.catalogue.schedule import Offer, Period, ServiceMinutes, expand, read_schedule
from holdfast.http.preconditions import Precondition, refuse_stale
from holdfast.http.wire import wire_time
from holdfast.kernel.actor import SYSTEM, Actor
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.errors import Refusal, invalid, not_found

GENERATED_DAYS = 366
SHOWN_SKIPS = 1000
# Bounds a statement: about a quarter of a second of work.
PERIODS_AT_ONCE = 1000
PROVIDERS_AT_ONCE = 100

log = logging.getLogger("holdfast.catalogue")


@dataclass(slots=True)
class Generated:
    """What became of the slots that a schedule asks for; `skipped` rows are {start, reason}."""

    created: int = 0
    existing: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Published:
    """What one pass over all providers did."""

    providers: int = 0
    failed: int = 0
    created: int = 0


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
) -> Row:
    """Put a provider's first schedule, or replace it -> outcome (created or replaced), document,
    version, updated_at.

    Args:
        wanted: the whole schedule by wire name; `version` is the one that the caller knows.
    Raises:
        Refusal: `not_found`, the preconditions' refusals, `validation_failed` (a facility or
            service that is not the provider's).
    """
    _check_scope(actor, provider_id)
    fields = {name: value for name, value in wanted.items() if name != "version"}
    parameter = precondition.as_parameter(version=wanted.get("version"), required=True)
    row = await store.put_schedule(connection, actor, provider_id, parameter, fields)
    match row["outcome"]:
        case "created" | "replaced":
            return row
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
    basis = await _lock_basis(connection, provider_id)
    return await _generate(connection, actor, provider_id, basis, first, last)


async def publish_ahead(db: Database, days: int = 30) -> Published:
    """Publish the slots of today and the `days` after it, in each provider's zone, for all active
    providers with a schedule; one transaction for each."""
    done = Published()
    after_id = UUID(int=0)
    while True:
        ids = await db.run(
            lambda connection, after_id=after_id: store.scheduled_providers(
                connection, after_id=after_id, limit=PROVIDERS_AT_ONCE
            )
        )
        if not ids:
            return done
        for provider_id in ids:
            try:
                done.created += await db.run_transaction(
                    lambda connection, provider_id=provider_id: _publish_ahead(
                        connection, provider_id, days
                    )
                )
                done.providers += 1
            except Exception:
                # One provider's bad data must not keep the others from being published.
                log.exception("no slots were published for provider %s", provider_id)
                done.failed += 1
        after_id = ids[-1]


async def _publish_ahead(connection: Connection, provider_id: UUID, days: int) -> int:
    basis = await _lock_basis(connection, provider_id)
    today = basis["now"].astimezone(ZoneInfo(basis["timezone"])).date()
    last = today + timedelta(days=days)
    return (await _generate(connection, SYSTEM, provider_id, basis, today, last)).created


async def _lock_basis(connection: Connection, provider_id: UUID) -> Row:
    basis = await store.lock_schedule(connection, provider_id)
    if basis["timezone"] is None:
        raise not_found("provider")
    if basis["schedule"] is None:
        raise not_found("schedule of this provider yet")
    return basis


async def _generate(
    connection: Connection, actor: Actor, provider_id: UUID, basis: Row, first: date, last: date
) -> Generated:
    # A year of short slots takes a second of computing, which other requests need not wait for.
    found = await asyncio.to_thread(
        expand,
        read_schedule(basis["schedule"]),
        ZoneInfo(basis["timezone"]),
        first,
        last,
        _offer(basis),
    )
    done = Generated(
        skipped=[{"start": wire_time(skip.start), "reason": skip.reason} for skip in found.skips]
    )
    for periods in _batches(found.periods):
        row = await store.publish_slots(
            connection, actor, provider_id, [_parameters(period) for period in periods]
        )
        done.created += row["created"]
        done.existing += row["existing"]
        done.skipped += row["skipped"]
    done.skipped = sorted(done.skipped, key=lambda skip: skip["start"])[:SHOWN_SKIPS]
    return done


def _offer(basis: Row) -> Offer:
    return Offer(
        facility_ids=frozenset(basis["facility_ids"]),
        services={
            UUID(service["id"]): ServiceMinutes(
                service["durationMinutes"],
                service["bufferBeforeMinutes"],
                service["bufferAfterMinutes"],
            )
            for service in basis["services"]
        },
    )


def _batches(periods: list[Period]) -> Iterator[list[Period]]:
    rest = iter(periods)
    while batch := list(islice(rest, PERIODS_AT_ONCE)):
        yield batch


def _parameters(period: Period) -> dict[str, Any]:
    return {
        "start": wire_time(period.start),
        "end": wire_time(period.end),
        "busyStart": wire_time(period.busy_start),
        "busyEnd": wire_time(period.busy_end),
        "facilityId": str(period.facility_id),
        "serviceId": str(period.service_id) if period.service_id else None,
    }


def _check_scope(actor: Actor, provider_id: UUID) -> None:
    if not actor.may_manage_provider(provider_id):
        raise not_found("provider")


def _check_days(first: date, last: date) -> None:
    if last < first:
        raise invalid("to", "must not lie before `from`")
    if (last - first).days >= GENERATED_DAYS:
        raise invalid("to", f"must lie within {GENERATED_DAYS} days, `from` included")
