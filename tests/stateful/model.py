"""What Holdfast should do, as small and pure as possible: the model that the API is compared with.

It knows slots, reservations, appointments, versions and fees, nothing of locks or HTTP. Of time it
knows this: slots lie far ahead (cancelling is free) or near (it costs half the price), and the
start of an appointment comes at some point.
"""

from dataclasses import dataclass, field

PRICE_CENTS = 5000
LATE_FEE_CENTS = 2500
NO_SHOW_FEE_CENTS = 4000
LIVE_LIMIT = 3
EXTENSION_LIMIT = 2
# Fewer than Holdfast's own, so that a short run meets them.
APPOINTMENT_LIMIT = 3
REQUEST_LIMIT = 2


@dataclass
class Slot:
    """status: available, held, booked, blocked or deleted."""

    is_near: bool
    has_begun: bool = False
    status: str = "available"
    version: int = 1
    reservation: str | None = None
    appointment: str | None = None


@dataclass
class Reservation:
    """status: live, used, released or expired."""

    slot: int
    user: int
    status: str = "live"
    extensions: int = 0


@dataclass
class Appointment:
    """`slot` stays remembered while it is deleted, `missed_slot` since it was missed.

    `is_late`: cancelling it costs. `has_begun`: its start has come.
    """

    user: int
    wanted: int  # the slot whose time was asked for
    slot: int | None
    status: str
    is_late: bool
    has_begun: bool = False
    missed_slot: int | None = None
    version: int = 1
    notes: str | None = None
    fee: int | None = None
    attendance_confirmed: bool = False
    deleted: bool = False


@dataclass
class Model:
    """Every method returns the scenario of a refusal, or None when it was done."""

    slots: list[Slot]
    reservations: dict[str, Reservation] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)

    def _change_slot(self, number: int, **values: object) -> None:
        slot = self.slots[number]
        for name, value in values.items():
            setattr(slot, name, value)
        slot.version += 1

    def _has_run_out(self, number: int) -> bool:
        slot = self.slots[number]
        return (
            slot.status == "held"
            and slot.reservation is not None
            and self.reservations[slot.reservation].status == "expired"
        )

    def _settle(self, number: int) -> None:
        """A hold that has run out ends when somebody takes the slot, not when one is refused."""
        if self._has_run_out(number):
            self._change_slot(number, status="available", reservation=None)

    def _is_near(self, number: int) -> bool:
        return self.slots[number].is_near

    def _refusal(self, number: int) -> str | None:
        status = "available" if self._has_run_out(number) else self.slots[number].status
        if status == "deleted":
            return "not_found"
        return None if status == "available" else f"slot_{status}"

    def live_of(self, user: int) -> int:
        return sum(r.user == user and r.status == "live" for r in self.reservations.values())

    def existing(self, user: int, number: int) -> str | None:
        """The user's own live reservation of a slot."""
        slot = self.slots[number]
        if slot.status != "held" or slot.reservation is None:
            return None
        hold = self.reservations[slot.reservation]
        return slot.reservation if hold.status == "live" and hold.user == user else None

    def check_reserve(self, user: int, number: int) -> str | None:
        refusal = self._refusal(number)
        if self.slots[number].has_begun and refusal != "not_found":
            return "slot_past"
        if refusal is None and (self.live_of(user) >= LIVE_LIMIT or self._cools_down(user, number)):
            return "too_many_reservations"
        return refusal

    def _cools_down(self, user: int, number: int) -> bool:
        """Whether a hold of this slot used up its extensions. (No run is as long as a hold.)"""
        return any(
            hold.user == user
            and hold.slot == number
            and hold.extensions == EXTENSION_LIMIT
            and hold.status in ("released", "expired")
            for hold in self.reservations.values()
        )

    def _refusal_of_client(
        self, user: int, number: int, status: str | None, moving: str | None = None
    ) -> str | None:
        """What keeps a client from one more appointment at that time.

        Args:
            status: of the one that would be made; None: it is only moved.
            moving: the one that is moved.
        """
        theirs = [
            found
            for name, found in self.appointments.items()
            if found.user == user
            and name != moving
            and found.status in ("requested", "confirmed")
            and not found.deleted
            and not found.has_begun
        ]
        limit = REQUEST_LIMIT if status == "requested" else APPOINTMENT_LIMIT
        if status and sum(found.status == status for found in theirs) >= limit:
            return "too_many_appointments"
        if any(found.wanted == number for found in theirs):
            return "client_overlap"
        return None

    def reserve(self, user: int, number: int, token: str) -> None:
        self._settle(number)
        self.reservations[token] = Reservation(number, user)
        self._change_slot(number, status="held", reservation=token)

    def _token_refusal(self, user: int, token: str) -> str | None:
        hold = self.reservations[token]
        if hold.user != user or hold.status == "released":
            return "reservation_not_found"
        return None if hold.status == "live" else f"reservation_{hold.status}"

    def extend(self, user: int, token: str) -> str | None:
        refusal = self._token_refusal(user, token)
        if refusal:
            return refusal
        hold = self.reservations[token]
        if hold.extensions >= EXTENSION_LIMIT:
            return "extension_limit"
        hold.extensions += 1
        self._change_slot(hold.slot)
        return None

    def release(self, user: int, token: str) -> str | None:
        hold = self.reservations[token]
        if hold.user != user:
            return "reservation_not_found"
        if hold.status == "used":
            return "reservation_used"
        if hold.status == "live":
            hold.status = "released"
            self._change_slot(hold.slot, status="available", reservation=None)
        elif self.slots[hold.slot].reservation == token:
            self._settle(hold.slot)
        return None

    def expire(self, token: str) -> None:
        """Its time passes, unseen by anyone."""
        hold = self.reservations[token]
        hold.status = "expired"
        self.slots[hold.slot].version += 1  # the test changes the row's time

    def check_book(self, user: int, token: str) -> str | None:
        return self._token_refusal(user, token) or self._refusal_of_client(
            user, self.reservations[token].slot, "confirmed"
        )

    def book(self, user: int, token: str, appointment: str, notes: str | None) -> None:
        hold = self.reservations[token]
        hold.status = "used"
        self.appointments[appointment] = Appointment(
            user, hold.slot, hold.slot, "confirmed", self._is_near(hold.slot), notes=notes
        )
        self._change_slot(hold.slot, status="booked", reservation=None, appointment=appointment)

    def check_direct(self, user: int, number: int, *, fallback: bool) -> tuple[str | None, bool]:
        """The refusal, and whether it becomes a request."""
        refusal = self._refusal(number)
        if self.slots[number].has_begun:  # and was moved away from the time that is asked for
            refusal = "not_found"
        if refusal and not fallback:
            return ("no_slot" if refusal == "not_found" else refusal), False
        status = "requested" if refusal else "confirmed"
        return self._refusal_of_client(user, number, status), bool(refusal)

    def book_directly(self, user: int, number: int, appointment: str) -> None:
        self._settle(number)
        self.appointments[appointment] = Appointment(
            user, number, number, "confirmed", self._is_near(number)
        )
        self._change_slot(number, status="booked", appointment=appointment)

    def request(self, user: int, number: int, appointment: str) -> None:
        self.appointments[appointment] = Appointment(
            user, number, None, "requested", self._is_near(number)
        )

    def begin(self, appointment: str) -> bool:
        """Its start comes, unseen by anyone; False: it cannot, or had come."""
        found = self.appointments[appointment]
        if found.status not in ("requested", "confirmed") or found.deleted or found.has_begun:
            return False
        if found.slot is not None:
            self._change_slot(found.slot, has_begun=True)  # the test changes the rows' times
        found.has_begun = found.is_late = True
        found.version += 1
        return True

    def expire_requests(self) -> None:
        for found in self.appointments.values():
            if found.status == "requested" and found.has_begun and not found.deleted:
                found.status, found.fee = "cancelled", 0
                found.version += 1

    def access(self, appointment: str, user: int | None) -> str | None:
        """`user` is None for staff."""
        found = self.appointments[appointment]
        if user is not None and (found.user != user or found.deleted):
            return "not_found"
        return None

    def _begun_refusal(
        self, found: Appointment, user: int | None, *, has_reason: bool
    ) -> str | None:
        if not found.has_begun:
            return None
        if user is not None:
            return "invalid_transition"
        return None if has_reason else "validation_failed"

    def cancel(
        self, appointment: str, user: int | None, *, waive: bool, has_reason: bool
    ) -> str | None:
        found = self.appointments[appointment]
        refusal = self.access(appointment, user)
        if refusal:
            return refusal
        if found.deleted or found.status not in ("requested", "confirmed"):
            return "invalid_transition"
        refusal = self._begun_refusal(found, user, has_reason=has_reason)
        if refusal:
            return refusal
        late = found.status == "confirmed" and found.is_late and not waive
        self._free(appointment)
        found.status, found.slot = "cancelled", None
        found.fee = LATE_FEE_CENTS if late else 0
        found.version += 1
        return None

    def _free(self, appointment: str) -> None:
        number = self.appointments[appointment].slot
        if number is not None and self.slots[number].appointment == appointment:
            self._change_slot(number, status="available", appointment=None)

    def reschedule(
        self, appointment: str, user: int | None, token: str, *, has_reason: bool
    ) -> str | None:
        found = self.appointments[appointment]
        refusal = self.access(appointment, user)
        if refusal:
            return refusal
        if found.status != "confirmed" or found.deleted:
            return "invalid_transition"
        refusal = self._begun_refusal(found, user, has_reason=has_reason)
        if refusal:
            return refusal
        # Staff may use a reservation of anybody.
        holder = self.reservations[token].user if user is None else user
        refusal = self._token_refusal(holder, token)
        if refusal:
            return refusal
        hold = self.reservations[token]
        if user is not None:
            refusal = self._refusal_of_client(user, hold.slot, None, moving=appointment)
            if refusal:
                return refusal
        hold.status = "used"
        self._free(appointment)
        found.slot = found.wanted = hold.slot
        found.has_begun = False
        found.is_late = self._is_near(hold.slot) or (user is not None and found.is_late)
        found.attendance_confirmed = False
        found.version += 1
        self._change_slot(hold.slot, status="booked", reservation=None, appointment=appointment)
        return None

    def accept(self, appointment: str, number: int, *, move: bool) -> str | None:
        found = self.appointments[appointment]
        refusal = self._refusal(number)
        if refusal:
            return refusal
        if found.status != "requested" or found.deleted:
            return "invalid_transition"
        if found.wanted != number or found.has_begun or self.slots[number].has_begun:
            if not move:
                return "time_mismatch"
            if self.slots[number].has_begun:
                return "slot_past"
            found.wanted, found.is_late = number, self._is_near(number)
            found.has_begun = False
        found.status, found.slot = "confirmed", number
        found.version += 1
        self._settle(number)
        self._change_slot(number, status="booked", appointment=appointment)
        return None

    def end(self, appointment: str, status: str) -> str | None:
        found = self.appointments[appointment]
        if found.deleted or found.status != "confirmed" or not found.has_begun:
            return "invalid_transition"
        if status == "no_show":
            self._free(appointment)
            found.missed_slot, found.slot = found.slot, None
            found.fee = NO_SHOW_FEE_CENTS
        found.status = status
        found.version += 1
        return None

    def reopen(self, appointment: str) -> str | None:
        found = self.appointments[appointment]
        if found.deleted or found.status not in ("completed", "no_show"):
            return "invalid_transition"
        if found.status == "no_show":
            assert found.missed_slot is not None
            refusal = self._refusal(found.missed_slot)
            if refusal:
                return "slot_booked" if refusal == "not_found" else refusal
            found.slot, found.fee = found.missed_slot, None
            self._change_slot(found.slot, status="booked", appointment=appointment)
        found.status = "confirmed"
        found.version += 1
        return None

    def confirm_attendance(self, appointment: str, user: int) -> str | None:
        found = self.appointments[appointment]
        refusal = self.access(appointment, user)
        if refusal:
            return refusal
        if found.status != "confirmed":
            return "invalid_transition"
        if not found.attendance_confirmed:
            found.attendance_confirmed = True
            found.version += 1
        return None

    def edit(self, appointment: str, user: int | None, version: int, notes: str) -> str | None:
        found = self.appointments[appointment]
        refusal = self.access(appointment, user)
        if refusal:
            return refusal
        if version != found.version:
            return "version_conflict"
        if found.deleted:
            return "invalid_transition"
        if notes != found.notes:
            found.notes = notes
            found.version += 1
        return None

    def delete(self, appointment: str) -> str | None:
        found = self.appointments[appointment]
        if found.deleted:
            return "invalid_transition"
        self._free(appointment)
        found.deleted = True
        found.version += 1
        return None

    def restore(self, appointment: str) -> str | None:
        found = self.appointments[appointment]
        if not found.deleted:
            return "invalid_transition"
        if found.status in ("confirmed", "completed"):
            assert found.slot is not None
            refusal = self._refusal(found.slot)
            if refusal:
                return "slot_booked" if refusal == "not_found" else refusal
            # The slot began with another appointment meanwhile; this one has the time it had.
            if self.slots[found.slot].has_begun and not found.has_begun:
                return "slot_booked"
            self._settle(found.slot)
            self._change_slot(found.slot, status="booked", appointment=appointment)
        found.deleted = False
        found.version += 1
        return None

    def set_blocked(self, number: int, *, blocked: bool) -> str | None:
        refusal = self._refusal(number)
        if refusal in ("not_found", "slot_held", "slot_booked"):
            return refusal
        self._settle(number)
        wanted = "blocked" if blocked else "available"
        if self.slots[number].status != wanted:
            self._change_slot(number, status=wanted)
        return None

    def delete_slot(self, number: int) -> str | None:
        refusal = self._refusal(number)
        if refusal in ("not_found", "slot_held", "slot_booked"):
            return refusal
        self._settle(number)
        self._change_slot(number, status="deleted")
        return None
