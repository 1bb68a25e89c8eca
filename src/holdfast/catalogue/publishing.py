"""Keeping calendars published, and laying out those that have to be (SPEC 4.2, §7)."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from holdfast.catalogue import store_schedule as store
from holdfast.catalogue.laying import PUBLISHED_DAYS, Laid, adopt, lay_out, lock_basis
from holdfast.catalogue.scheduling import publish
from holdfast.kernel.actor import SYSTEM, Actor
from holdfast.kernel.db import Connection, Database
from holdfast.kernel.errors import Refusal

PROVIDERS_AT_ONCE = 100
CALENDARS_AT_ONCE = 20
# A calendar that could not be laid out lets others go first.
PUT_OFF_SECONDS = 300.0

log = logging.getLogger("holdfast.catalogue")


@dataclass(slots=True)
class Published:
    """What one pass over all providers did."""

    providers: int = 0
    failed: int = 0
    created: int = 0


async def publish_ahead(db: Database, days: int = PUBLISHED_DAYS) -> Published:
    """Publish the slots of today and the `days` after it, in each provider's zone, for all active
    providers with a schedule; one transaction for each."""
    done = Published()
    after_id: UUID | None = UUID(int=0)
    while after_id is not None:
        after_id = await publish_some(db, done, after_id, days)
    return done


async def publish_some(
    db: Database, done: Published, after_id: UUID, days: int = PUBLISHED_DAYS
) -> UUID | None:
    """As `publish_ahead`, for some providers after an id; where to go on, None at the end."""
    ids = await db.run(
        lambda connection: store.scheduled_providers(
            connection, after_id=after_id, limit=PROVIDERS_AT_ONCE
        )
    )
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
    return ids[-1] if len(ids) == PROVIDERS_AT_ONCE else None


async def _publish_ahead(connection: Connection, provider_id: UUID, days: int) -> int:
    basis = await lock_basis(connection, provider_id)
    await adopt(connection, basis)
    # The hours of the night before may go on today.
    first, last = basis.today - timedelta(days=1), basis.today + timedelta(days=days)
    return (await publish(connection, SYSTEM, basis, first, last)).created


async def lay_out_due(db: Database, limit: int = CALENDARS_AT_ONCE) -> int:
    """Lay out some of the calendars that have to be, longest due first; how many were looked at."""
    ids = await db.run(lambda connection: store.due_calendars(connection, limit))
    await _lay_out_each(db, SYSTEM, ids)
    return len(ids)


async def lay_out_provider(db: Database, actor: Actor, provider_id: UUID) -> Laid | None:
    """Lay out the calendar of a provider that was just changed; None when it need not be."""
    return await _lay_out_each(db, actor, [provider_id])


async def lay_out_service(db: Database, actor: Actor, service_id: UUID) -> Laid | None:
    """Lay out the calendars of those who give a service that was just changed; a worker sees to
    what is more than some. None when none need be."""
    ids = await db.run(
        lambda connection: store.due_calendars_of_service(connection, service_id, CALENDARS_AT_ONCE)
    )
    return await _lay_out_each(db, actor, ids)


async def _lay_out_each(db: Database, actor: Actor, ids: Sequence[UUID]) -> Laid | None:
    """Lay out calendars, one transaction for each. What fails is left to a worker."""
    all_done: Laid | None = None
    for provider_id in ids:
        try:
            done = await db.run_transaction(
                lambda connection, provider_id=provider_id: _lay_out(connection, actor, provider_id)
            )
        except Exception as error:
            if isinstance(error, Refusal):
                log.warning("calendar of provider %s waits: %s", provider_id, error.detail)
            else:
                log.exception("calendar of provider %s was not laid out", provider_id)
            # What was to be laid out for was committed before: this must not refuse it.
            with suppress(Refusal):
                await db.run(
                    lambda connection, provider_id=provider_id: store.put_off_calendar(
                        connection, provider_id, PUT_OFF_SECONDS
                    )
                )
            continue
        if done is not None:
            all_done = all_done or Laid()
            all_done.add(done)
    return all_done


async def _lay_out(connection: Connection, actor: Actor, provider_id: UUID) -> Laid | None:
    basis = await lock_basis(connection, provider_id, settles=True)
    if not basis.was_marked:
        return None  # somebody else has done it
    await adopt(connection, basis)
    return await lay_out(connection, actor, basis)
