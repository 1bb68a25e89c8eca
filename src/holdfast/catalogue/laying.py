"""Laying out a provider's calendar: its slots become what its schedule says (SPEC 4.2).

Must run in a transaction: the calendar stays locked, so that nobody publishes or moves slots
meanwhile. docs/concurrency.md, "A schedule takes effect", says why this is right.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.catalogue import store_schedule as store
from holdfast.catalogue.schedule import (
    Expansion,
    Offer,
    Period,
    ServiceMinutes,
    expand,
    read_schedule,
)
from holdfast.catalogue.wall_clock import midnight
from holdfast.http.wire import wire_time
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection
from holdfast.kernel.errors import not_found

# What workers keep published: today and so many days after it.
PUBLISHED_DAYS = 30
# How far ahead one transaction lays out a calendar that was generated further; a worker goes on.
LAID_DAYS = 730
# Bounds a statement: about a quarter of a second of work.
PERIODS_AT_ONCE = 1000
SHOWN_CONFLICTS = 1000

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the slots of a provider are made from, read with the calendar locked.

    Attributes:
        services: those that the provider is linked to, hidden ones left out; `active` ones are
            published, slots of others stay.
        last_start: where the last slot begins that ever came from the schedule.
        unknown_until: the last slot of which nobody has said where it came from.
        was_marked, first_day: whether the calendar had to be laid out, and from which day on.
    """

    provider_id: UUID
    zone: ZoneInfo
    schedule: Document | None
    facility_ids: frozenset[UUID]
    services: dict[UUID, ServiceMinutes]
    active: frozenset[UUID]
    now: datetime
    last_start: datetime | None
    unknown_until: datetime | None
    was_marked: bool
    first_day: date | None

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


@dataclass(slots=True)
class Laid:
    """What was done to a calendar, or would be.

    Attributes:
        conflicts: of what the schedule lacks but somebody has, {slotId, appointmentId?, start},
            the first 1000 of `conflict_count`.
    """

    withdrawn: int = 0
    published: int = 0
    conflicts: list[Document] = field(default_factory=list)
    conflict_count: int = 0

    def add(self, other: "Laid") -> None:
        """Count what was done to another calendar, too."""
        self.withdrawn += other.withdrawn
        self.published += other.published
        self.conflicts = (self.conflicts + other.conflicts)[:SHOWN_CONFLICTS]
        self.conflict_count += other.conflict_count

    def conflicts_document(self) -> Document:
        document: Document = {"conflicts": self.conflicts}
        if self.conflict_count > len(self.conflicts):
            document["conflictsTotal"] = self.conflict_count
        return document


async def lock_basis(connection: Connection, provider_id: UUID, *, settles: bool = False) -> Basis:
    """Lock a calendar and read what its slots are made from.

    Args:
        settles: the caller lays the calendar out.
    Raises:
        Refusal: `not_found` when there is no such provider (any more).
    """
    row = await store.lock_schedule(connection, provider_id, settles=settles)
    if row["timezone"] is None:
        raise not_found("provider")
    return Basis(
        provider_id=provider_id,
        zone=ZoneInfo(row["timezone"]),
        schedule=row["schedule"],
        facility_ids=frozenset(row["facility_ids"]),
        services={
            UUID(service["id"]): ServiceMinutes(
                service["durationMinutes"],
                service["bufferBeforeMinutes"],
                service["bufferAfterMinutes"],
            )
            for service in row["services"]
        },
        active=frozenset(UUID(one["id"]) for one in row["services"] if one["isActive"]),
        now=row["now"],
        last_start=row["last_start"],
        unknown_until=row["unknown_until"],
        was_marked=row["was_marked"],
        first_day=row["first_day"],
    )


async def expansion(
    basis: Basis, first: date, last: date, *, active_only: bool = False
) -> Expansion:
    """The slots of the hours that begin on these days; without a schedule there are none."""
    if basis.schedule is None:
        return Expansion()
    services = {
        service_id: minutes
        for service_id, minutes in basis.services.items()
        if service_id in basis.active or not active_only
    }
    # A year of short slots takes a second of computing, which other requests need not wait for.
    return await asyncio.to_thread(
        expand,
        read_schedule(basis.schedule, first, last),
        basis.zone,
        first,
        last,
        Offer(basis.facility_ids, services),
    )


async def adopt(connection: Connection, basis: Basis) -> None:
    """Say of older slots whether they came from this schedule, before another takes its place."""
    if basis.unknown_until is None:
        return
    until = min(basis.unknown_until, basis.now + timedelta(days=LAID_DAYS))
    found = await expansion(basis, basis.today - timedelta(days=1), basis.day_of(until))
    periods = [as_parameter(period) for period in found.periods]
    await store.adopt_slots(connection, basis.provider_id, until, periods)


async def lay_out(
    connection: Connection,
    actor: Actor,
    basis: Basis,
    *,
    before: Basis | None = None,
    is_dry: bool = False,
) -> Laid:
    """Make the slots to come what the schedule says: from the present, or the day at which the last
    pass ended, for the days that workers keep and up to the last day that was ever generated.

    Args:
        before: what was in force until now. Slots that only the new schedule has come back even
            if staff deleted them.
        is_dry: only say what would be done.
    """
    first = basis.first_day or basis.today
    wanted_last = basis.today + timedelta(days=PUBLISHED_DAYS)
    if basis.last_start is not None:
        wanted_last = max(wanted_last, basis.day_of(basis.last_start))
    last = min(wanted_last, first + timedelta(days=LAID_DAYS))
    since = max(basis.now, midnight(first, basis.zone))
    until = midnight(last + timedelta(days=1), basis.zone)

    async def wanted(of: Basis) -> list[Period]:
        # The hours of the night before may go on today.
        found = await expansion(of, first - timedelta(days=1), last)
        return [period for period in found.periods if since <= period.start < until]

    periods = await wanted(basis)
    known = {_key(period) for period in await wanted(before)} if before is not None else None
    parameters = [
        as_parameter(period, is_new=known is not None and _key(period) not in known)
        for period in periods
    ]
    await store.allow_long_statement(connection)
    row = await store.withdraw_slots(
        connection, actor, basis.provider_id, since, until, parameters, is_dry=is_dry
    )
    done = Laid(row["withdrawn"], 0, row["conflicts"], row["conflict_count"])
    offered = [
        parameter
        for parameter, period in zip(parameters, periods, strict=True)
        if period.service_id is None or period.service_id in basis.active
    ]
    for batch in batches(offered):
        published = await store.publish_slots(
            connection,
            actor,
            basis.provider_id,
            batch,
            is_dry=is_dry,
            gone=row["gone"] if is_dry else (),
        )
        done.published += published["created"]
    if last < wanted_last and not is_dry:
        next_day = last + timedelta(days=1)
        await store.continue_laying(connection, basis.provider_id, next_day)
    return done


def batches(parameters: Sequence[Document]) -> Iterator[list[Document]]:
    rest = iter(parameters)
    while batch := list(islice(rest, PERIODS_AT_ONCE)):
        yield batch


def as_parameter(period: Period, *, is_new: bool = False) -> Document:
    return {
        "start": wire_time(period.start),
        "end": wire_time(period.end),
        "busyStart": wire_time(period.busy_start),
        "busyEnd": wire_time(period.busy_end),
        "facilityId": str(period.facility_id),
        "serviceId": str(period.service_id) if period.service_id else None,
        "isNew": is_new,
    }


def _key(period: Period) -> tuple[datetime, datetime, UUID, UUID | None]:
    return period.start, period.end, period.facility_id, period.service_id
