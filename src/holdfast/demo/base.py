"""People and catalogue of the demo: what is missing is added, what is there is left alone."""

import secrets
from datetime import date, datetime
from zoneinfo import ZoneInfo

from holdfast.accounts import store as accounts
from holdfast.accounts.passwords import PasswordHasher
from holdfast.catalogue import store as catalogue
from holdfast.catalogue import store_schedule
from holdfast.demo import store
from holdfast.demo.catalogue import FACILITIES, SERVICES
from holdfast.demo.ids import demo_id
from holdfast.demo.people import PASSWORD, PEOPLE, Person
from holdfast.demo.providers import PROVIDERS, Provider
from holdfast.http.preconditions import Precondition
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row

UNCONDITIONAL = Precondition().as_parameter(required=False)
# Who acts in the demo, by key.
Cast = dict[str, Actor]


def today_at(provider: Provider) -> date:
    """The day it is where the provider works."""
    zone = ZoneInfo(FACILITIES[provider.facility]["timezone"])
    return datetime.now(zone).date()


async def ensure_base(db: Database) -> Cast:
    """Add the users, facilities, services, providers and schedules that are missing."""
    # Hashes take their time; nothing waits for them with a lock.
    missing = await db.run(_missing_people)
    hashes = await _hashes(missing)
    return await db.run_transaction(lambda connection: _ensure(connection, hashes))


async def _missing_people(connection: Connection) -> list[Person]:
    known = await _cast(connection)
    return [person for person in PEOPLE if person.key not in known]


async def _hashes(people: list[Person]) -> dict[str, str]:
    """A password hash for each person; nobody knows the password of those who do not sign in."""
    if not people:
        return {}
    hasher = PasswordHasher()
    try:
        nobodys = await hasher.hash(secrets.token_urlsafe())
        return {
            person.key: await hasher.hash(PASSWORD) if person.signs_in else nobodys
            for person in people
        }
    finally:
        hasher.close()


async def _ensure(connection: Connection, hashes: dict[str, str]) -> Cast:
    await store.begin(connection)
    # Providers come between the administrator who makes them and the operator linked to one.
    await _ensure_people(connection, hashes, linked=False)
    admin = (await _cast(connection))["admin"]
    await _ensure_catalogue(connection, admin)
    await _ensure_people(connection, hashes, linked=True)
    await _ensure_schedules(connection, admin)
    return await _cast(connection)


async def _ensure_people(connection: Connection, hashes: dict[str, str], *, linked: bool) -> None:
    missing = {person.key for person in await _missing_people(connection)}
    for person in PEOPLE:
        if person.key in missing & hashes.keys() and (person.provider is not None) == linked:
            await accounts.create_user(
                connection,
                user_id=demo_id(person.email),
                email=person.email,
                phone_e164=None,
                entered_by=None,
                password_hash=hashes[person.key],
                role=person.role,
                name=person.name,
                phone=person.phone,
                provider_id=demo_id(person.provider) if person.provider else None,
            )


async def _ensure_catalogue(connection: Connection, admin: Actor) -> None:
    facilities = {demo_id(key): values for key, values in FACILITIES.items()}
    services = {demo_id(key): values for key, values in SERVICES.items()}
    providers = {demo_id(provider.key): provider.values() for provider in PROVIDERS}
    known = await store.known(connection, {**facilities, **services, **providers})
    for create, rows in (
        (catalogue.create_facility, facilities),
        (catalogue.create_service, services),
        (catalogue.create_provider, providers),
    ):
        for row_id, values in rows.items():
            if row_id not in known:
                await create(connection, admin, row_id, values)


async def _ensure_schedules(connection: Connection, admin: Actor) -> None:
    scheduled = await store.scheduled(connection, [demo_id(p.key) for p in PROVIDERS])
    for provider in PROVIDERS:
        if demo_id(provider.key) not in scheduled:
            await store_schedule.put_schedule(
                connection,
                admin,
                demo_id(provider.key),
                UNCONDITIONAL,
                provider.schedule(today_at(provider)),
            )


async def _cast(connection: Connection) -> Cast:
    ids = {demo_id(person.email): person.key for person in PEOPLE}
    emails = {person.email: person.key for person in PEOPLE}
    rows = await store.users(connection, ids, emails)
    return {ids.get(row["id"]) or emails[row["email"]]: _actor(row) for row in rows}


def _actor(row: Row) -> Actor:
    return Actor(row["id"], row["role"], row["name"], row["email"], row["provider_id"])
