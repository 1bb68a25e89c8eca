"""Random changes of a schedule between reserves, bookings and cancels, compared with a small model
of what is on offer (SPEC 4.2)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid4

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.api.test_generate import BERLIN, coming
from tests.stateful.model import APPOINTMENT_LIMIT
from tests.stateful.world import World
from tests.support.make import User

DAYS = 3
HOURS = (8, 9, 10)
TIMES = [(day, hour) for day in range(DAYS) for hour in HOURS]

times = st.integers(0, len(TIMES) - 1)
# Of each day, from which hour on it is open; None: closed.
plans = st.tuples(*[st.sampled_from([None, *HOURS])] * DAYS)


@dataclass
class Offer:
    """What there is at one time."""

    state: Literal["none", "available", "held", "booked"] = "none"
    client: int = 0
    token: str = ""
    appointment: str = ""


class Calendar(RuleBasedStateMachine):
    """Two clients and an administrator on three days of one provider."""

    world: ClassVar[World]

    @initialize(plan=plans)
    def open(self, plan: tuple[int | None, ...]) -> None:
        make = self.world.make
        self.place = make.place(service_id=make.service(duration_minutes=60))
        self.clients, self.admin = [make.client(), make.client()], make.admin()
        first = coming(1)
        self.days: list[date] = [first + timedelta(days=day) for day in range(DAYS)]
        self.offers = [Offer() for _ in TIMES]
        self.plan: tuple[int | None, ...] = (None,) * DAYS
        self.version: int | None = None
        self.put(plan)

    def call(self, method: str, path: str, user: User, body: Any = None) -> httpx.Response:
        headers = {**user.auth, "Idempotency-Key": uuid4().hex}
        answer = self.world.call(method, path, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        return answer

    def is_planned(self, number: int) -> bool:
        day, hour = TIMES[number]
        begins = self.plan[day]
        return begins is not None and hour >= begins

    def slot(self, number: int) -> UUID | None:
        row = self.world.make.all(
            "SELECT id FROM slots WHERE provider_id = %s AND start_at = %s AND deleted_at IS NULL",
            self.place.provider_id,
            self.start(number),
        )
        assert len(row) <= 1
        return row[0]["id"] if row else None

    def start(self, number: int) -> datetime:
        day, hour = TIMES[number]
        return datetime.combine(self.days[day], datetime.min.time(), BERLIN).replace(hour=hour)

    @rule(plan=plans)
    def put(self, plan: tuple[int | None, ...]) -> None:
        """What is free and no longer planned goes; what is taken stays and is told of."""
        self.plan = plan
        exceptions: list[dict[str, Any]] = []
        for day, begins in zip(self.days, plan, strict=True):
            hours = {"start": f"{begins:02}:00", "end": "11:00"} if begins else {"closed": True}
            exceptions.append({"date": day.isoformat(), **hours})
        body: dict[str, Any] = {
            "weekly": [
                {
                    "weekday": 7,
                    "start": "08:00",
                    "end": "09:00",
                    "facilityId": str(self.place.facility_id),
                }
            ],
            "slotMinutes": 60,
            "exceptions": [
                {**one, **({} if "closed" in one else {"facilityId": str(self.place.facility_id)})}
                for one in exceptions
            ],
        }
        if self.version is not None:
            body["version"] = self.version
        path = f"/providers/{self.place.provider_id}/schedule"
        answer = self.call("PUT", path, self.admin, body)
        assert answer.is_success, answer.text
        self.version = answer.json()["version"]
        conflicts = 0
        for number, offer in enumerate(self.offers):
            if offer.state in ("held", "booked"):
                conflicts += not self.is_planned(number)
            else:
                offer.state = "available" if self.is_planned(number) else "none"
        assert len(answer.json()["conflicts"]) == conflicts

    @rule(number=times, client=st.integers(0, 1))
    def reserve(self, number: int, client: int) -> None:
        offer, slot = self.offers[number], self.slot(number)
        if slot is None:
            return
        holds = sum(one.state == "held" and one.client == client for one in self.offers)
        body = {
            "providerId": str(self.place.provider_id),
            "serviceId": str(self.place.service_id),
            "timeslotId": str(slot),
        }
        answer = self.call("POST", "/reservations", self.clients[client], body)
        if offer.state == "held" and offer.client == client:
            assert answer.status_code == 200
        elif offer.state != "available":
            assert answer.json()["scenario"] == f"slot_{offer.state}"
        elif holds >= 3:
            assert answer.json()["scenario"] == "too_many_reservations"
        else:
            assert answer.status_code == 201, answer.text
            offer.state, offer.client = "held", client
            offer.token = answer.json()["reservationToken"]

    @rule(number=times)
    def book(self, number: int) -> None:
        offer = self.offers[number]
        if offer.state == "held":
            body = {"reservationToken": offer.token}
            answer = self.call("POST", "/appointments", self.clients[offer.client], body)
            if self.booked_of(offer.client) >= APPOINTMENT_LIMIT:
                assert answer.json()["scenario"] == "too_many_appointments"
                return
            assert answer.status_code == 201, answer.text
            offer.state, offer.appointment = "booked", answer.json()["id"]

    def booked_of(self, client: int) -> int:
        return sum(one.state == "booked" and one.client == client for one in self.offers)

    @rule(number=times)
    def release(self, number: int) -> None:
        offer = self.offers[number]
        if offer.state == "held":
            path = f"/reservations/{offer.token}"
            assert self.call("DELETE", path, self.clients[offer.client]).is_success
            self.give_back(number)

    @rule(number=times)
    def let_expire(self, number: int) -> None:
        slot = self.slot(number)
        if self.offers[number].state == "held" and slot is not None:
            self.world.make.expire(slot)
            self.world.make.db.execute("SELECT sweep_reservations(1000)")
            self.give_back(number)

    @rule(number=times)
    def cancel(self, number: int) -> None:
        offer = self.offers[number]
        if offer.state == "booked":
            path = f"/appointments/{offer.appointment}/cancel"
            assert self.call("POST", path, self.clients[offer.client], {}).is_success
            self.give_back(number)

    def give_back(self, number: int) -> None:
        """On a day that is closed meanwhile it is not offered again."""
        self.offers[number].state = "available" if self.is_planned(number) else "none"

    @invariant()
    def what_is_there_is_what_the_model_says(self) -> None:
        if not hasattr(self, "offers"):
            return
        rows = self.world.make.all(
            "SELECT start_at, status::text FROM slots WHERE provider_id = %s "
            "AND deleted_at IS NULL AND start_at BETWEEN %s AND %s",
            self.place.provider_id,
            self.start(0),
            self.start(len(TIMES) - 1),
        )
        there = {row["start_at"]: row["status"] for row in rows}
        assert len(there) == len(rows)
        assert there == {
            self.start(number): offer.state
            for number, offer in enumerate(self.offers)
            if offer.state != "none"
        }

    def teardown(self) -> None:
        if hasattr(self, "offers"):
            self.world.assert_clean()
