"""Appointments of the demo, made by the same functions as anybody's, each in one transaction.

Whatever does not work out because users changed the demo (a provider withdrawn, a calendar full)
is left out.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.appointments import store_writes
from holdfast.appointments.store_writes import Verb, Write
from holdfast.catalogue.schedule import minute_of_day
from holdfast.demo import store
from holdfast.demo.base import UNCONDITIONAL, Cast, today_at
from holdfast.demo.catalogue import FACILITIES, SERVICES
from holdfast.demo.ids import demo_id
from holdfast.demo.providers import PROVIDERS, Provider
from holdfast.demo.visits import PastVisit, Visit
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.ids import new_id
from holdfast.reservations import store as reservations
from holdfast.slots import store as slots

TTL_SECONDS = 60
NO_LIMIT = 1000
PROVIDER = {provider.key: provider for provider in PROVIDERS}


class LeftOut(Exception):
    """This one cannot be made (any more); its transaction is to be rolled back."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes one visit in one transaction.

    Attributes:
        client: whose visit it is.
        booker: who books it: the client, or the front desk.
        desk: the front desk.
    """

    connection: Connection
    visit: Visit
    appointment_id: UUID
    client: Actor
    booker: Actor
    desk: Actor

    async def make(self) -> None:
        """Raises: LeftOut."""
        slot = await self._free_slot()
        match self.visit.kind:
            case "requested":
                await self._ask(slot)
            case "accepted":
                await self._ask(slot)
                await self._write("accept", self.desk, slot=slot["id"])
            case kind:
                await self._book(await self._reserve(self.booker, slot["id"]))
                await self._follow(kind, slot["start_at"])

    async def _follow(self, kind: str, start: datetime) -> None:
        if kind == "attending":
            await self._write("confirm", self.client)
        elif kind == "cancelled":
            await self._write("cancel", self.client, waiveFee=False)
        elif kind == "moved":
            later = await self._free_slot(after=start + timedelta(hours=20))
            reservation_id = await self._reserve(self.client, later["id"])
            await self._write("reschedule", self.client, reservation=reservation_id)

    async def _write(
        self, verb: Verb, actor: Actor, *, outcome: str = "done", **given: object
    ) -> None:
        write = Write(verb, actor, self.appointment_id, given)
        await _expect(outcome, store_writes.write(self.connection, write))

    async def _free_slot(self, after: datetime | None = None) -> Row:
        slot = await store.free_slot(
            self.connection,
            demo_id(self.visit.provider),
            demo_id(self.visit.service),
            _id(self.client),
            in_days=self.visit.in_days,
            hour=self.visit.hour,
            after=after,
        )
        if slot is None:
            raise LeftOut
        return slot

    async def _reserve(self, actor: Actor, slot_id: UUID) -> UUID:
        row = await reservations.reserve_slot(
            self.connection,
            actor,
            reservation_id=new_id(),
            slot_id=slot_id,
            provider_id=demo_id(self.visit.provider),
            service_id=demo_id(self.visit.service),
            user_id=_id(self.client),
            ttl_seconds=TTL_SECONDS,
            live_limit=NO_LIMIT,
            idle_limit=None,
        )
        if row["outcome"] != "reserved":
            raise LeftOut
        return row["id"]

    async def _book(self, reservation_id: UUID) -> None:
        await self._write(
            "book",
            self.booker,
            outcome="booked",
            reservation=reservation_id,
            priority=self.visit.priority,
            notes=self.visit.notes,
        )

    async def _ask(self, slot: Row) -> None:
        """File a request, as happens while somebody else looks at the slot."""
        reservation_id = await self._reserve(self.desk, slot["id"])
        await self._write(
            "book_directly",
            self.booker,
            outcome="requested",
            user=self.client.id,
            provider=demo_id(self.visit.provider),
            service=demo_id(self.visit.service),
            facility=slot["facility_id"],
            start=slot["start_at"],
            priority=self.visit.priority,
            notes=self.visit.notes,
            ifUnavailable="request",
        )
        await reservations.release_reservation(self.connection, self.desk, reservation_id)


async def make_visit(connection: Connection, cast: Cast, visit: Visit, day: date) -> None:
    """Make an appointment to come.

    Args:
        day: the one in whose name it is made; there is one of a visit for each.
    Raises:
        LeftOut: it cannot be made, or is there already.
    """
    await store.begin(connection)
    appointment_id = demo_id(visit.key, day)
    if await store.standing(connection, [appointment_id]):
        raise LeftOut
    client, desk = cast[visit.client], cast["operator"]
    booker = desk if visit.by_staff else client
    await Maker(connection, visit, appointment_id, client, booker, desk).make()


async def make_past_visit(connection: Connection, cast: Cast, visit: PastVisit) -> None:
    """Make an appointment that is over, with the slot in which it was.

    Raises:
        LeftOut: it cannot be made, or is there already.
    """
    await store.begin(connection)
    appointment_id = demo_id(visit.key)
    if await store.standing(connection, [appointment_id]):
        raise LeftOut
    provider, client, desk = PROVIDER[visit.provider], cast[visit.client], cast["operator"]
    start = _past_start(provider, visit)
    minutes = SERVICES[visit.service]["duration_minutes"]
    slot_id = new_id()
    slot = {
        "slot_id": slot_id,
        "provider_id": demo_id(visit.provider),
        "facility_id": demo_id(provider.facility),
        "service_id": demo_id(visit.service),
        "start": start,
        "end": start + timedelta(minutes=minutes),
    }
    if await store.publish_past(connection, desk, slot) is None:
        raise LeftOut
    await store.book_past(
        connection,
        client,
        appointment_id=appointment_id,
        user_id=_id(client),
        slot_id=slot_id,
        service_id=demo_id(visit.service),
    )
    if visit.ending == "cancelled":
        # Once it has begun only staff may.
        given = {"reason": "Called too late: something came up", "waiveFee": False}
        ending = Write("cancel", desk, appointment_id, given)
    else:
        verb: Verb = "complete" if visit.ending == "completed" else "no_show"
        ending = Write(verb, desk, appointment_id, {})
    await _expect("done", store_writes.write(connection, ending))
    if visit.ending != "completed":
        await slots.delete_slot(connection, desk, slot_id, UNCONDITIONAL, None)


def _past_start(provider: Provider, visit: PastVisit) -> datetime:
    """That hour of the last day, at least so many days ago, on which the provider works then."""
    zone = ZoneInfo(FACILITIES[provider.facility]["timezone"])
    day = today_at(provider) - timedelta(days=visit.ago_days)
    while not _works(provider, day, visit.hour):
        day -= timedelta(days=1)
    return datetime.combine(day, time(visit.hour), zone)


def _works(provider: Provider, day: date, hour: int) -> bool:
    return any(
        day.isoweekday() in hours.weekdays
        and minute_of_day(hours.start) <= hour * 60 < minute_of_day(hours.end)
        for hours in provider.hours
    )


async def _expect(outcome: str, work: Awaitable[Row]) -> None:
    if (await work)["outcome"] != outcome:
        raise LeftOut


def _id(actor: Actor) -> UUID:
    assert actor.id is not None, "everybody in the demo is a user"
    return actor.id
