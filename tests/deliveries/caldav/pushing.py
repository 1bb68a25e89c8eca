"""A calendar that is written to, step by step."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from icalendar import Calendar as Ical
from icalendar import Event
from psycopg.rows import DictRow

from holdfast.channels.caldav.sender import CalendarSender
from holdfast.config import Settings
from holdfast.deliveries import statements
from holdfast.deliveries.model import NotOursError
from holdfast.deliveries.outbound import Outbound
from holdfast.deliveries.statements import Claim, Quiet
from holdfast.kernel.db import Database
from tests.deliveries.caldav.servers import PASSWORD, USER, CalendarServer
from tests.deliveries.drive import Drive
from tests.support.api import Api
from tests.support.make import Make, Place, User, soon


class Pusher:
    """Plans and sends as a worker does, when it is told to."""

    def __init__(self, drive: Drive, db: Database, settings: Settings, outbound: Outbound) -> None:
        self.drive = drive
        self.db = db
        self.sender = CalendarSender(settings, db, outbound)

    async def plan(self) -> None:
        """Plan all that happened."""
        # The application relays, too, and then this one passes on.
        while self.drive.make.all("SELECT FROM outbox WHERE position IS NULL"):
            self.drive.relay()
            await asyncio.sleep(0.005)
        while self.drive.make.one("SELECT plan_calendars(500) AS n")["n"]:
            pass

    async def run(self) -> list[str | None]:
        """Send all that is due; how each ended."""
        await self.plan()
        codes: list[str | None] = []
        while claims := (await statements.claim(self.db, self.sender, 60, 16, {}, Quiet())).claims:
            for claim in claims:
                codes.append(await self.one(claim))
        return codes

    async def one(self, claim: Claim) -> str | None:
        async def hand_over() -> None:
            if not (await statements.mark(self.db, [claim], Quiet()))[0]:
                raise NotOursError

        try:
            outcome = await self.sender.send(claim.delivery, hand_over)
        except NotOursError:
            return "not ours"
        await statements.settle(self.db, [(claim, outcome)])
        return outcome.code


@dataclass
class Calendar:
    """A connection, and what it takes to look at both its ends."""

    api: Api
    make: Make
    server: CalendarServer
    pusher: Pusher
    place: Place
    provider: User
    url: str
    connection: dict[str, Any]
    settings: Settings
    _hours: Iterator[int] = field(default_factory=lambda: itertools.count())

    def slot(self) -> UUID:
        """The next free time."""
        return self.make.slot(self.place, soon(next(self._hours)))

    @property
    def path(self) -> str:
        return f"/providers/{self.place.provider_id}/calendar-connections/{self.connection['id']}"

    @property
    def id(self) -> UUID:
        return UUID(self.connection["id"])

    async def book_only(self) -> dict[str, Any]:
        """An appointment."""
        return await self.api.booked(self.make.client("Kim Weber"), self.place, self.slot())

    async def book(self) -> dict[str, Any]:
        """An appointment that is in the calendar."""
        booked = await self.book_only()
        assert await self.pusher.run() == ["201"]
        return booked

    async def staff(self, appointment: dict[str, Any], action: str, **body: Any) -> httpx.Response:
        path = f"/appointments/{appointment['id']}/{action}"
        answer = await self.api.post(path, self.provider, json=body, key="new")
        assert answer.is_success, answer.text
        return answer

    async def move(self, appointment: dict[str, Any]) -> dict[str, Any]:
        """To another slot."""
        slot = self.slot()
        held = await self.api.reserve(self.provider, self.place, slot, userId=appointment["userId"])
        token = held.json()["reservationToken"]
        return (await self.staff(appointment, "reschedule", reservationToken=token)).json()

    def at(self, appointment: dict[str, Any]) -> str:
        return f"{self.url}{appointment['id']}.ics"

    def text(self, appointment: dict[str, Any]) -> str | None:
        """The object as it lies there."""
        return self.server.read(self.at(appointment))

    def event(self, appointment: dict[str, Any]) -> Event:
        text = self.text(appointment)
        assert text is not None
        [event] = Ical.from_ical(text).walk("VEVENT")
        assert isinstance(event, Event)
        return event

    def change(self, appointment: dict[str, Any], old: str, new: str) -> None:
        """Somebody changes it in the calendar."""
        text = self.text(appointment)
        assert text is not None
        assert old in text
        self.server.put(self.at(appointment), text.replace(old, new, 1))

    def add(self, appointment: dict[str, Any], *lines: str) -> None:
        """Somebody adds something to it."""
        self.change(appointment, "END:VEVENT", "\r\n".join([*lines, "END:VEVENT"]))

    def known(self, appointment: dict[str, Any]) -> DictRow | None:
        rows = self.make.all(
            "SELECT * FROM calendar_objects WHERE connection_id = %s AND appointment_id = %s",
            self.id,
            UUID(appointment["id"]),
        )
        return rows[0] if rows else None

    def mails(self, purpose: str) -> list[DictRow]:
        return self.pusher.drive.deliveries(channel="email", purpose=purpose)


async def connected(
    api: Api,
    make: Make,
    server: CalendarServer,
    pusher: Pusher,
    settings: Settings,
    root: str | None = None,
) -> Calendar:
    """A new calendar of a new provider.

    Args:
        root: of the server as the connection knows it, if not the server's own.
    """
    place = make.place()
    provider = make.operator(place.provider_id)
    url = server.calendar("Work")
    known_as = (root or server.root) + url.removeprefix(server.root)
    body = {"url": known_as, "username": USER, "password": PASSWORD, "push": True, "busy": False}
    path = f"/providers/{place.provider_id}/calendar-connections"
    made = await api.post(path, provider, json=body)
    assert made.status_code == 201, made.text
    return Calendar(api, make, server, pusher, place, provider, url, made.json(), settings)
