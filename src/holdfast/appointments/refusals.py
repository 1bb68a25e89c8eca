"""What a write of an appointment answers when it did not happen."""

from typing import Any

from holdfast.appointments.store_writes import Write
from holdfast.edit_locks.operations import version_conflict
from holdfast.http.idempotency import refuse_claim
from holdfast.http.preconditions import refuse_stale
from holdfast.http.wire import wire_time
from holdfast.kernel.db import Row
from holdfast.kernel.errors import Refusal, forbidden, invalid, not_found
from holdfast.reservations.operations import no_such_reservation, refuse_token
from holdfast.slots.refusals import SlotRefusal

_STALE = frozenset({"precondition_required", "precondition_failed", "version_conflict"})
_TOKEN = frozenset({"expired", "used", "released", "no_longer_offered"})
_SLOT = frozenset({"no_slot", "slot_booked", "slot_held", "slot_blocked", "slot_past"})
# These want the appointment's own slot back, which may not only have been booked.
_WANT_BACK = frozenset({"restore", "reopen"})
_SLOT_GONE = "Its slot is gone: it was booked, moved or withdrawn meanwhile."
_CLAIM = frozenset({"reused", "in_flight"})
_ACTIONS = {"no_show": "mark as missed"}
# The state lacks the transition because of the time.
_TIME = {
    "begun": "it has begun. Please ask the front desk",
    "not_begun": "it has not begun",
}


def refuse_write(row: Row, write: Write) -> Refusal:
    """The refusal for an outcome of functions.sql, lifecycle.sql, endings.sql, staff.sql or
    gathered.sql.

    Args:
        row: as `store_writes` answers.
        write: what was tried.
    """
    outcome: str = row["outcome"]
    if outcome in _CLAIM:
        return refuse_claim(outcome)
    if outcome in _STALE:
        return refuse_stale(outcome, row["document"], write.given.get("fields"))
    if outcome in _SLOT:
        return SlotRefusal(
            outcome,
            provider_id=row["slot_provider_id"] or row["provider_id"],
            service_id=row["service_id"],
            wanted=row["slot_start"] or row["start_at"],
            detail=_SLOT_GONE if write.verb in _WANT_BACK and outcome == "slot_booked" else None,
        )
    if outcome in _TOKEN:
        return refuse_token(
            outcome,
            {
                "provider_id": row["slot_provider_id"],
                "service_id": row["service_id"],
                "wanted": row["slot_start"],
            },
        )
    match outcome:
        case "not_found":
            return not_found("appointment")
        case "slot_not_found":
            return not_found("slot")
        case "forbidden":
            return forbidden("You may see this appointment, but not do this to it.")
        case "slot_precondition":
            return refuse_stale(row["lock"], row["slot_document"], {})
        case "locked":
            holder = row["lock"]["userInfo"]["name"]
            return Refusal(
                "locked",
                f"{holder} is editing this appointment.",
                details={"expiresAt": row["lock"]["expiresAt"]},
                top_level={"lock": row["lock"]},
            )
        case "lock_version_conflict":
            return version_conflict(
                row["lock_version"], write.given.get("lockVersion"), row["lock"]
            )
        case "invalid_transition" | "begun" | "not_begun":
            action = _ACTIONS.get(write.verb, write.verb)
            why = _TIME.get(outcome, f"it is {_state(row)}")
            when = {"start": wire_time(row["start_at"])} if outcome in _TIME else {}
            return Refusal(
                "invalid_transition",
                f"You cannot {action} this appointment: {why}.",
                details={"status": row["status"], "action": action, **when},
            )
        case "reason_required":
            return invalid("reason", "is needed to do this to an appointment that has begun")
        case "not_offered":
            return not_found("service of this provider")
        case "user_not_found":
            return not_found("user")
        case "facility_not_found":
            return not_found("facility of this provider")
        case "other_user":
            return invalid("userId", "is not the client of this reservation")
        case "end_mismatch":
            minutes = row["details"]["durationMinutes"]
            return invalid("end", f"must be {minutes} minutes after start, as long as the service")
        case "end_too_soon":
            return invalid("end", "must be at least 5 minutes after start")
        case "too_many_appointments":
            return _too_many(row["details"])
        case "client_overlap":
            return Refusal(
                "client_overlap",
                "You have another appointment or request at this time.",
                details=row["details"],
            )
        case "invalid_time_range":
            return Refusal("invalid_time_range", "The end must be after the start.")
        case "other_service":
            return invalid("reservationToken", "was made for another service")
        case "service_not_found":
            return invalid("serviceId", "is not a service of this provider")
        case "reservation_not_found":
            return no_such_reservation()
        case "provider_mismatch":
            return Refusal(
                "provider_mismatch",
                "The slot belongs to another provider than the appointment.",
                details={
                    "appointmentProviderId": str(row["provider_id"]),
                    "slotProviderId": str(row["slot_provider_id"]),
                },
            )
        case "time_mismatch":
            return Refusal(
                "time_mismatch",
                "The appointment does not lie within the slot.",
                details={
                    "appointmentStart": wire_time(row["start_at"]),
                    "appointmentEnd": wire_time(row["end_at"]),
                    "slotStart": wire_time(row["slot_start"]),
                    "slotEnd": wire_time(row["slot_end"]),
                },
            )
        case _:
            raise AssertionError(f"unknown outcome {outcome}")


def _too_many(details: dict[str, Any]) -> Refusal:
    what = "requests that wait" if details["status"] == "requested" else "appointments to come"
    return Refusal(
        "too_many_appointments",
        f"You have {details['limit']} {what} already. Please cancel one first.",
        details=details,
        retry_after_seconds=details["retryAfterSeconds"],
    )


def _state(row: Row) -> str:
    if row["document"] and row["document"]["deletedAt"]:
        return "deleted"
    return str(row["status"]).replace("_", "-")
