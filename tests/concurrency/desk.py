"""Many of the staff at their desks, with appointments to edit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.config import Settings
from tests.concurrency.support import Answer, Crowd, all_of, crowd_of
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User, soon

STAFF = 20
APPOINTMENTS = 40


@dataclass(frozen=True)
class Desk:
    """The staff, known to the server, so that what they ask for at once goes at once, too."""

    crowd: Crowd
    make: Make
    place: Place
    owner: User
    staff: list[User]
    appointments: list[UUID]

    async def acquire(self, user: User, appointment: UUID, **said: Any) -> Answer:
        path = f"/appointments/{appointment}/acquire-lock"
        return await self.crowd.send(user, "POST", path, said or None, headers=AGENT)

    async def release(self, user: User, appointment: UUID, **said: Any) -> Answer:
        path = f"/appointments/{appointment}/release-lock"
        return await self.crowd.send(user, "DELETE", path, said or None, headers=AGENT)

    async def look(self, user: User, appointment: UUID, expected: int | None = None) -> Answer:
        query = "" if expected is None else f"?expectedVersion={expected}"
        return await self.crowd.send(user, "GET", f"/appointments/{appointment}/lock-status{query}")

    async def introduce(self, *users: User) -> None:
        """Let the server get to know them."""
        await all_of(self.crowd.send(user, "GET", "/auth/me") for user in users)

    def let_run_out(self, appointment: UUID) -> None:
        self.make.db.execute(
            "UPDATE edit_locks SET expires_at = clock_timestamp() - interval '1 second' "
            "WHERE appointment_id = %s",
            [appointment],
        )

    def transactions(self, action: str = "acquired") -> int:
        """How many transactions have written this into the history of edit locks."""
        return self.make.one(
            "SELECT count(DISTINCT xmin::text) FROM edit_lock_history WHERE action = %s", action
        )["count"]


AGENT = {"user-agent": "Editor/1"}


@asynccontextmanager
async def desk_of(
    database: TestDatabase, settings: Settings, make: Make, *, connections: int
) -> AsyncIterator[Desk]:
    """Twenty of the staff, forty appointments, the application with so many connections."""
    place, owner = make.place(), make.client()
    staff = [make.operator() for _ in range(STAFF)]
    slots = make.slots(place, APPOINTMENTS, soon(days=2))
    appointments = [make.appointment(owner, place, slot) for slot in slots]
    async with crowd_of(database, settings, connections=connections) as crowd:
        desk = Desk(crowd, make, place, owner, staff, appointments)
        await desk.introduce(*staff, owner)
        yield desk
