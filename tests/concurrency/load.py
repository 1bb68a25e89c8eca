"""Clients that book, move on and let go while the server is being killed, and remember the answers.

Each client does what a good client does: it repeats a request that was not answered, with the same
idempotency key, until it is.
"""

import random
import threading
import time
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.support.make import Make, Place, User, soon

PATIENCE_SECONDS = 120.0
SLOTS = 300
# What a client may be told besides yes: others were faster, or it took too long.
EXPECTED = {
    "slot_booked", "slot_held", "slot_past", "no_slot", "reservation_expired", "reservation_used",
    "reservation_not_found", "too_many_reservations", "extension_limit", "invalid_transition",
    "too_many_appointments", "client_overlap",
}  # fmt: skip
TRY_AGAIN = {"unavailable", "idempotency_in_flight"}


@dataclass
class Memory:
    """What one client was told."""

    reserved: dict[UUID, str] = field(default_factory=dict)
    released: set[UUID] = field(default_factory=set)
    booked: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    cancelled: set[UUID] = field(default_factory=set)
    # The appointment that each key was answered with.
    by_key: dict[str, UUID] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)


def reservation_id(token: str) -> UUID:
    return UUID(bytes=urlsafe_b64decode(token + "=")[:16])


class Load:
    """Many clients of one server, each in a thread of its own."""

    def __init__(self, url: str, make: Make, *, clients: int) -> None:
        self._url = url
        self._place = make.place()
        self._start = soon()
        self._slots = make.slots(self._place, SLOTS, self._start)
        self._users = [make.client() for _ in range(clients)]
        self._memories = {user.id: Memory() for user in self._users}
        self._answers: Counter[str] = Counter()
        self._stop = threading.Event()
        self._changed = threading.Condition()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The clients at work; at the end, each gets the answer to what it has asked last."""
        threads = [threading.Thread(target=self._work, args=[user]) for user in self._users]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(2 * PATIENCE_SECONDS)
            assert not any(thread.is_alive() for thread in threads)

    def wait_for_more(self, answers: int, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until so many more writes have succeeded."""
        with self._changed:
            goal = self._answers["2xx"] + answers
            done = self._changed.wait_for(lambda: self._answers["2xx"] >= goal, seconds)
        assert done, f"only {self._answers}; {self._unexpected()}"

    def _work(self, user: User) -> None:
        client = Client(self._url, user, self._place, self._memories[user.id], self._count)
        with client.session:
            while not self._stop.is_set():
                number = random.randrange(SLOTS)
                start = self._start + timedelta(minutes=30 * number)
                try:
                    client.step(self._slots[number], start)
                except Exception as error:
                    client.memory.unexpected.append(repr(error))
                    return

    def _count(self, what: str) -> None:
        with self._changed:
            self._answers[what] += 1
            self._changed.notify_all()

    def _unexpected(self) -> list[str]:
        return [text for memory in self._memories.values() for text in memory.unexpected][:5]

    def check(self, make: Make) -> None:
        """Everything that was answered 2xx is in the database, as it was answered."""
        assert self._unexpected() == []
        assert self._answers["repeated"] > 0, "no crash has hit a request"
        appointments = {
            row["id"]: row
            for row in make.all(
                "SELECT id, user_id, status::text, slot_id, start_at FROM appointments"
            )
        }
        reservations = {
            row["id"]: row for row in make.all("SELECT id, user_id, status::text FROM reservations")
        }
        booked = [entry for memory in self._memories.values() for entry in memory.booked]
        assert len(booked) == len(set(booked)), "one appointment was given to two"
        # No appointment without an answer: each key has one effect, and each was repeated until
        # it was answered.
        assert set(booked) == set(appointments)
        for user_id, memory in self._memories.items():
            self._check_client(user_id, memory, appointments, reservations)
        counted = make.one("SELECT count(*) FROM idempotency_records")["count"]
        assert counted == self._answers["keyed"]

    @staticmethod
    def _check_client(
        user_id: UUID, memory: Memory, appointments: dict[UUID, Any], reservations: dict[UUID, Any]
    ) -> None:
        for appointment_id, told in memory.booked.items():
            row = appointments[appointment_id]
            assert row["user_id"] == user_id
            if appointment_id in memory.cancelled:
                assert (row["status"], row["slot_id"]) == ("cancelled", None)
            else:
                assert (row["status"], str(row["slot_id"])) == ("confirmed", told["slotId"])
            assert row["start_at"] == datetime.fromisoformat(told["start"])
        for made in memory.reserved:
            assert reservations[made]["user_id"] == user_id
        for made in memory.released:
            assert reservations[made]["status"] in ("released", "expired")
        assert set(memory.by_key.values()) == set(memory.booked)


class Client:
    """One client of the server."""

    def __init__(self, url: str, user: User, place: Place, memory: Memory, count: Any) -> None:
        self.session = httpx.Client(base_url=f"{url}/api/v1", headers=user.auth, timeout=30)
        self.memory = memory
        self._place = place
        self._count = count

    def step(self, slot_id: UUID, start: datetime) -> None:
        """Reserve and book, or release; or book directly; or cancel something."""
        chance = random.random()
        if chance < 0.3:
            self._book({**self._direct(start), "ifUnavailable": "fail"})
        elif chance < 0.5 and len(self.memory.booked) > len(self.memory.cancelled):
            mine = random.choice([*self.memory.booked.keys() - self.memory.cancelled])
            if self._send("POST", f"/appointments/{mine}/cancel", {}) is not None:
                self.memory.cancelled.add(mine)
        else:
            self._reserve(slot_id)

    def _direct(self, start: datetime) -> dict[str, str]:
        return {
            "providerId": str(self._place.provider_id),
            "serviceId": str(self._place.service_id),
            "start": start.isoformat(),
        }

    def _reserve(self, slot_id: UUID) -> None:
        body = {
            "providerId": str(self._place.provider_id),
            "serviceId": str(self._place.service_id),
            "timeslotId": str(slot_id),
        }
        made = self._send("POST", "/reservations", body)
        if made is None:
            return
        token = made["reservationToken"]
        self.memory.reserved[reservation_id(token)] = token
        if random.random() < 0.7:
            self._book({"reservationToken": token})
        elif self._send("DELETE", f"/reservations/{token}") is not None:
            self.memory.released.add(reservation_id(token))

    def _book(self, body: dict[str, str]) -> None:
        key = uuid4().hex
        made = self._send("POST", "/appointments", body, key)
        if made is not None:
            self.memory.booked[UUID(made["id"])] = made
            self.memory.by_key[key] = UUID(made["id"])

    def _send(
        self, method: str, path: str, body: dict[str, str] | None = None, key: str | None = None
    ) -> Any:
        """Send a write until it is answered; the answer's JSON, or None when it was refused."""
        headers = {"Idempotency-Key": key or uuid4().hex} if method == "POST" else {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < deadline, f"no answer to {method} {path}"
            try:
                answer = self.session.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                self._count("repeated")
                time.sleep(0.02)  # as any client would, before it tries again
                continue
            if answer.is_success:
                self._count("2xx")
                if headers:
                    self._count("keyed")
                return answer.json() if answer.content else {}
            scenario = answer.json()["scenario"]
            if scenario in TRY_AGAIN:
                self._count("repeated")
                time.sleep(0.02)
                continue
            if scenario not in EXPECTED:
                self.memory.unexpected.append(f"{method} {path}: {answer.text}")
            self._count(scenario)
            return None
