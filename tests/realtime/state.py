"""What a client knows: fetched once, then kept up by events (SPEC §5)."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.support.api import Api
from tests.support.make import Make, User

SLOTS = "/appointments/availability/slots"
# Staff read an appointment's history and its client's contact data; events have neither.
NEVER_TOLD = {"audit", "client"}


@dataclass
class State:
    """Appointments, time slots and edit locks, each by id."""

    appointments: dict[str, dict[str, Any]] = field(default_factory=dict)
    timeslots: dict[str, dict[str, Any]] = field(default_factory=dict)
    locks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, event: str, data: dict[str, Any]) -> None:
        """Bring the state up to date by an event, as a client does."""
        if event.startswith("booking."):
            known = self.appointments.setdefault(data["appointmentId"], {"version": 0})
            if data["version"] > known["version"]:  # several channels tell of it
                assert data["version"] == known["version"] + 1
                assert not NEVER_TOLD & data["updates"].keys()
                known.update(data["updates"])
                assert known["version"] == data["version"]
        elif event == "timeslot.updated":
            told = {name: data[name] for name in ("providerId", "serviceId", "date", "status")}
            self.timeslots[data["timeslotId"]] = told
            if data["status"] == "deleted":
                del self.timeslots[data["timeslotId"]]
        elif event in ("lock-acquired", "lock-update", "admin-takeover"):
            self.locks[data["appointmentId"]] = data["lock"]
        elif event == "lock-released":
            self.locks.pop(data["appointmentId"], None)
        else:
            raise AssertionError(f"{event} changes what?")


@dataclass(frozen=True)
class Scope:
    """Everything that belongs to the providers that were made since some moment."""

    make: Make
    providers: list[UUID]
    appointments: list[UUID]

    @classmethod
    def since(cls, make: Make, marker: UUID) -> "Scope":
        providers = [
            row["id"]
            for row in make.all("SELECT id FROM providers WHERE id >= %s ORDER BY id", marker)
        ]
        rows = make.all("SELECT id FROM appointments WHERE provider_id = ANY(%s)", providers)
        return cls(make, providers, [row["id"] for row in rows])

    @property
    def channels(self) -> list[str]:
        """Where all of it is told."""
        return [
            *(
                f"provider.{id}.{what}"
                for id in self.providers
                for what in ("bookings", "availability")
            ),
            *(f"appointment.{id}" for id in self.appointments),
        ]

    async def fetch(self, api: Api, admin: User) -> State:
        """What an administrator finds by asking."""
        state = State()
        for id in self.appointments:
            document = (await api.get(f"/appointments/{id}", admin)).json()
            state.appointments[str(id)] = as_told(document)
            status = (await api.get(f"/appointments/{id}/lock-status", admin)).json()
            if "lock" in status:
                lock = status["lock"]
                lock["userInfo"].pop("email")
                state.locks[str(id)] = lock
        for provider in self.providers:
            zone = self.make.one("SELECT timezone FROM providers WHERE id = %s", provider)
            query: dict[str, Any] = {"providerId": str(provider), "limit": 100}
            while True:
                page = (await api.get(SLOTS, admin, params=query)).json()
                for slot in page["items"]:
                    state.timeslots[slot["id"]] = timeslot(slot, zone["timezone"])
                if page["nextCursor"] is None:
                    break
                query["cursor"] = page["nextCursor"]
        return state


def as_told(document: dict[str, Any]) -> dict[str, Any]:
    """An appointment that staff read, as events tell of it."""
    assert document.keys() >= NEVER_TOLD
    return {name: value for name, value in document.items() if name not in NEVER_TOLD}


def timeslot(slot: dict[str, Any], timezone: str) -> dict[str, Any]:
    """A slot as events tell of it."""
    start = datetime.fromisoformat(re.sub("Z$", "+00:00", slot["start"]))
    return {
        "providerId": slot["providerId"],
        "serviceId": slot["serviceId"],
        "date": f"{start.astimezone(ZoneInfo(timezone)):%Y-%m-%d}",
        "status": slot["status"],
    }
