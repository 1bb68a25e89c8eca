"""The state machine: random operations over the whole HTTP API, each compared with the model."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.stateful.model import NO_SHOW_FEE_CENTS, PRICE_CENTS, Model, Slot
from tests.stateful.world import World
from tests.support.make import User, soon

SLOTS = 6
NEAR = 3  # the first ones lie within the hours in which cancelling costs
SLOT_PATH = "/appointments/availability/slots"

users = st.integers(0, 1)
numbers = st.integers(0, SLOTS - 1)
notes = st.sampled_from(["short", "with ünïcode ✓", "two\nlines"])


class Holdfast(RuleBasedStateMachine):
    """Two clients, an operator and an administrator on one provider's six slots."""

    world: ClassVar[World]
    tokens: Bundle[str] = Bundle("tokens")
    appointments: Bundle[str] = Bundle("appointments")

    @initialize()
    def open(self) -> None:
        make = self.world.make
        self.service_id = make.service(
            price_cents=PRICE_CENTS,
            free_until_hours=48,
            late_fee_percent=50,
            no_show_fee_cents=NO_SHOW_FEE_CENTS,
        )
        self.place = make.place(service_id=self.service_id)
        self.clients = [make.client(), make.client()]
        self.staff, self.admin = make.operator(), make.admin()
        self.starts = [
            # An hour later than need be: none must begin while a sequence goes on.
            soon(1, days=0 if number < NEAR else 9) + timedelta(minutes=30 * number)
            for number in range(SLOTS)
        ]
        self.slot_ids = [make.slot(self.place, start) for start in self.starts]
        self.model = Model([Slot(is_near=number < NEAR) for number in range(SLOTS)])

    def call(
        self, method: str, path: str, user: User, body: Any = None, **headers: str
    ) -> httpx.Response:
        answer = self.world.call(
            method,
            path,
            json=body,
            headers={**user.auth, "Idempotency-Key": uuid4().hex, **headers},
        )
        assert answer.status_code < 500, answer.text
        return answer

    def check(self, answer: httpx.Response, refusal: str | None) -> bool:
        """Whether it was done; fails unless the API agrees with the model."""
        said = answer.json()["scenario"] if answer.status_code >= 400 else None
        assert said == refusal, (answer.request.method, answer.url, answer.text)
        return refusal is None

    @rule(target=tokens, user=users, number=numbers)
    def reserve(self, user: int, number: int) -> str:
        existing = self.model.existing(user, number)
        refusal = None if existing else self.model.check_reserve(user, number)
        answer = self.call(
            "POST",
            "/reservations",
            self.clients[user],
            {
                "providerId": str(self.place.provider_id),
                "serviceId": str(self.service_id),
                "timeslotId": str(self.slot_ids[number]),
            },
        )
        if not self.check(answer, refusal):
            return ""
        token = answer.json()["reservationToken"]
        if existing:
            assert (answer.status_code, token) == (200, existing)
        else:
            assert answer.status_code == 201
            self.model.reserve(user, number, token)
        return token

    @rule(user=users, token=tokens)
    def extend(self, user: int, token: str) -> None:
        if token:
            answer = self.call("POST", f"/reservations/{token}/extend", self.clients[user])
            self.check(answer, self.model.extend(user, token))

    @rule(user=users, token=tokens)
    def release(self, user: int, token: str) -> None:
        if token:
            answer = self.call("DELETE", f"/reservations/{token}", self.clients[user])
            self.check(answer, self.model.release(user, token))

    @rule(token=tokens)
    def let_expire(self, token: str) -> None:
        if token and self.model.reservations[token].status == "live":
            self.model.expire(token)
            number = self.model.reservations[token].slot
            self.world.make.expire(self.slot_ids[number])

    @rule(target=appointments, user=users, token=tokens, text=notes)
    def book(self, user: int, token: str, text: str) -> str:
        if not token:
            return ""
        body = {"reservationToken": token, "notes": text}
        answer = self.call("POST", "/appointments", self.clients[user], body)
        if not self.check(answer, self.model.check_book(user, token)):
            return ""
        self.model.book(user, token, answer.json()["id"], text)
        return answer.json()["id"]

    @rule(target=appointments, user=users, number=numbers, fallback=st.booleans())
    def book_directly(self, user: int, number: int, fallback: bool) -> str:
        refusal, is_request = self.model.check_direct(user, number, fallback=fallback)
        answer = self.call(
            "POST",
            "/appointments",
            self.clients[user],
            {
                "providerId": str(self.place.provider_id),
                "serviceId": str(self.service_id),
                "start": self.starts[number].isoformat(),
                "ifUnavailable": "request" if fallback else "fail",
            },
        )
        if not self.check(answer, refusal):
            return ""
        appointment = answer.json()["id"]
        if is_request:
            self.model.request(user, number, appointment)
        else:
            self.model.book_directly(user, number, appointment)
        return appointment

    @rule(appointment=appointments)
    def begin(self, appointment: str) -> None:
        """Its time comes; each slot has another hour for that, so that none overlap."""
        if appointment:
            slot = self.model.appointments[appointment].slot
            if self.model.begin(appointment):
                minutes = 30 if slot is None else 60 * (slot + 1)
                self.world.make.begin(appointment, minutes_ago=minutes)

    @rule()
    def expire_requests(self) -> None:
        self.model.expire_requests()
        self.world.make.db.execute("SELECT expire_requests(1000)")

    @rule(
        appointment=appointments,
        user=st.sampled_from([0, 1, None]),
        waive=st.booleans(),
        reason=st.sampled_from([None, "Ill"]),
    )
    def cancel(self, appointment: str, user: int | None, waive: bool, reason: str | None) -> None:
        if not appointment:
            return
        waive = waive and user is None
        caller = self.staff if user is None else self.clients[user]
        body = {"reason": reason, **({"waiveFee": True} if waive else {})}
        answer = self.call("POST", f"/appointments/{appointment}/cancel", caller, body)
        if self.check(
            answer, self.model.cancel(appointment, user, waive=waive, has_reason=bool(reason))
        ):
            fee = self.model.appointments[appointment].fee
            assert fee is not None
            assert answer.json()["feeCents"] == fee
            assert answer.json()["refundCents"] == PRICE_CENTS - fee

    @rule(
        appointment=appointments,
        user=st.sampled_from([0, 1, None]),
        token=tokens,
        reason=st.sampled_from([None, "Late"]),
    )
    def reschedule(
        self, appointment: str, user: int | None, token: str, reason: str | None
    ) -> None:
        if appointment and token:
            path = f"/appointments/{appointment}/reschedule"
            caller = self.staff if user is None else self.clients[user]
            body = {"reservationToken": token, "reason": reason}
            answer = self.call("POST", path, caller, body)
            refusal = self.model.reschedule(appointment, user, token, has_reason=bool(reason))
            self.check(answer, refusal)

    @rule(appointment=appointments, number=numbers, move=st.booleans())
    def accept(self, appointment: str, number: int, move: bool) -> None:
        if appointment:
            path = f"{SLOT_PATH}/{self.slot_ids[number]}/accept-appointment"
            body = {"appointmentId": appointment, "move": move}
            answer = self.call("POST", path, self.staff, body)
            self.check(answer, self.model.accept(appointment, number, move=move))

    @rule(appointment=appointments, status=st.sampled_from(["completed", "no_show"]))
    def end(self, appointment: str, status: str) -> None:
        if appointment:
            action = "complete" if status == "completed" else "no-show"
            answer = self.call("POST", f"/appointments/{appointment}/{action}", self.staff)
            self.check(answer, self.model.end(appointment, status))

    @rule(appointment=appointments)
    def reopen(self, appointment: str) -> None:
        if appointment:
            path = f"/appointments/{appointment}/reopen"
            answer = self.call("POST", path, self.staff, {"reason": "The wrong row"})
            self.check(answer, self.model.reopen(appointment))

    @rule(appointment=appointments, user=users)
    def confirm_attendance(self, appointment: str, user: int) -> None:
        if appointment:
            path = f"/appointments/{appointment}/confirm-attendance"
            answer = self.call("POST", path, self.clients[user])
            self.check(answer, self.model.confirm_attendance(appointment, user))

    @rule(
        appointment=appointments,
        user=st.sampled_from([0, 1, None]),
        text=notes,
        behind=st.integers(0, 1),
    )
    def edit(self, appointment: str, user: int | None, text: str, behind: int) -> None:
        if not appointment:
            return
        version = self.model.appointments[appointment].version - behind
        caller = self.staff if user is None else self.clients[user]
        body = {"notes": text, "version": version}
        answer = self.call("PATCH", f"/appointments/{appointment}", caller, body)
        self.check(answer, self.model.edit(appointment, user, version, text))

    @rule(appointment=appointments)
    def delete(self, appointment: str) -> None:
        if appointment:
            version = self.model.appointments[appointment].version
            answer = self.call(
                "DELETE",
                f"/appointments/{appointment}",
                self.staff,
                **{"If-Match": f'"{version}"'},
            )
            self.check(answer, self.model.delete(appointment))

    @rule(appointment=appointments)
    def restore(self, appointment: str) -> None:
        if appointment:
            answer = self.call("POST", f"/appointments/{appointment}/restore", self.admin)
            self.check(answer, self.model.restore(appointment))

    @rule(number=numbers, blocked=st.booleans())
    def block(self, number: int, blocked: bool) -> None:
        if self.model.slots[number].has_begun:
            return
        body = {"status": "blocked" if blocked else "available"}
        path = f"{SLOT_PATH}/{self.slot_ids[number]}"
        answer = self.call("PATCH", path, self.staff, body, **{"If-Match": "*"})
        self.check(answer, self.model.set_blocked(number, blocked=blocked))

    @rule(number=numbers, really=st.integers(0, 9))
    def delete_slot(self, number: int, really: int) -> None:
        if really == 0 and not self.model.slots[number].has_begun:  # seldom: it never comes back
            path = f"{SLOT_PATH}/{self.slot_ids[number]}"
            answer = self.call("DELETE", path, self.staff, **{"If-Match": "*"})
            self.check(answer, self.model.delete_slot(number))

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        rows = self.world.make.all(
            "SELECT id, status::text, version, deleted_at FROM slots WHERE id = ANY(%s)",
            self.slot_ids,
        )
        for row in rows:
            slot = self.model.slots[self.slot_ids.index(row["id"])]
            status = "deleted" if row["deleted_at"] else row["status"]
            assert (status, row["version"]) == (slot.status, slot.version)
        rows = self.world.make.all(
            "SELECT id, status::text, version, notes, fee_cents, deleted_at, slot_id, "
            "refundable_until <= now() AS is_late FROM appointments WHERE provider_id = %s",
            self.place.provider_id,
        )
        assert len(rows) == len(self.model.appointments)
        for row in rows:
            expected = self.model.appointments[str(row["id"])]
            slot_id: UUID | None = None if expected.slot is None else self.slot_ids[expected.slot]
            assert (
                row["status"],
                row["version"],
                row["notes"],
                row["fee_cents"],
                row["deleted_at"] is not None,
                row["slot_id"],
                row["is_late"],
            ) == (
                expected.status,
                expected.version,
                expected.notes,
                expected.fee,
                expected.deleted,
                slot_id,
                expected.is_late,
            )

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.world.assert_clean()
