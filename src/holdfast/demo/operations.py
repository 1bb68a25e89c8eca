"""Loading the demo: everything that is missing, as of today."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from holdfast.catalogue.scheduling import generate_slots
from holdfast.demo import store
from holdfast.demo.base import Cast, ensure_base, today_at
from holdfast.demo.bookings import LeftOut, make_past_visit, make_visit
from holdfast.demo.catalogue import FACILITIES, SERVICES
from holdfast.demo.ids import demo_id
from holdfast.demo.people import PEOPLE
from holdfast.demo.providers import PROVIDERS, Provider
from holdfast.demo.visits import PAST_VISITS, VISITS, Visit
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database
from holdfast.kernel.errors import Refusal
from holdfast.kernel.server_role import server_role

DAYS_AHEAD = 30
# How far back a visit may have been made and still lie in the future.
MEMORY_DAYS = 60

log = logging.getLogger("holdfast.demo")


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What the demo consists of, and what this run added to it."""

    users: int
    facilities: int
    services: int
    providers: int
    slots_added: int
    appointments_added: int


def load_demo(url: str) -> DemoSummary:
    """Add what the demo lacks, as of today; change nothing that is there.

    The same on every empty database, up to the day. Run again, it publishes the days that have
    come into reach, and makes those appointments again that have passed; what users booked,
    changed or cancelled stays as it is. Must not be called in an event loop.

    Args:
        url: a libpq URL; the database must have this version's schema.
    Raises:
        psycopg.Error, Refusal: the database cannot be used.
    """
    return asyncio.run(_load(url))


async def _load(url: str) -> DemoSummary:
    db = Database(url, role=server_role(url), min_size=1, max_size=2)
    await db.open()
    try:
        cast = await ensure_base(db)
        slots_added = 0
        for provider in PROVIDERS:
            slots_added += await _publish(db, cast["operator"], provider)
        appointments_added = await _make_all(db, cast)
    finally:
        await db.close()
    return DemoSummary(
        users=len(PEOPLE),
        facilities=len(FACILITIES),
        services=len(SERVICES),
        providers=len(PROVIDERS),
        slots_added=slots_added,
        appointments_added=appointments_added,
    )


async def _publish(db: Database, desk: Actor, provider: Provider) -> int:
    today = today_at(provider)
    try:
        generated = await db.run_transaction(
            lambda connection: generate_slots(
                connection,
                desk,
                demo_id(provider.key),
                today,
                today + timedelta(days=DAYS_AHEAD),
            )
        )
    except Refusal as refusal:
        log.info("no slots of %s: %s", provider.name, refusal)
        return 0
    return generated.created


async def _make_all(db: Database, cast: Cast) -> int:
    today = utc_today()
    missing = await db.run(lambda connection: _missing(connection, today))
    past = await db.run(
        lambda connection: store.standing(connection, [demo_id(v.key) for v in PAST_VISITS])
    )
    work: list[Callable[[Connection], Awaitable[None]]] = [
        lambda connection, visit=visit: make_past_visit(connection, cast, visit)
        for visit in PAST_VISITS
        if demo_id(visit.key) not in past
    ]
    work += [
        lambda connection, visit=visit: make_visit(connection, cast, visit, today)
        for visit in missing
    ]
    return sum([await _made(db, make) for make in work])


async def _missing(connection: Connection, today: date) -> list[Visit]:
    """Visits of which none is still to come, whatever has become of it."""
    ids = {
        demo_id(visit.key, today - timedelta(days=days)): visit.key
        for visit in VISITS
        for days in range(MEMORY_DAYS)
    }
    standing = await store.standing(connection, ids)
    made = {ids[row_id] for row_id, is_to_come in standing.items() if is_to_come}
    made |= {visit.key for visit in VISITS if demo_id(visit.key, today) in standing}
    return [visit for visit in VISITS if visit.key not in made]


def utc_today() -> date:
    """The day in whose name appointments are made."""
    return datetime.now(UTC).date()


async def _made(db: Database, make: Callable[[Connection], Awaitable[None]]) -> bool:
    try:
        await db.run_transaction(make)
    except LeftOut:
        return False
    return True
