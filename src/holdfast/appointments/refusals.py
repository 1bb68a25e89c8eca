"""What a write of an appointment answers when it did not happen."""

from collections.abc import Mapping
from typing import Any

from holdfast.edit_locks.operations import version_conflict
from holdfast.http.preconditions import refuse_stale
from holdfast.http.wire import wire_time
from holdfast.kernel.db import Row
from holdfast.kernel.errors import Refusal, forbidden, invalid, not_found
from holdfast.reservations.operations import no_such_reservation, refuse_token
from holdfast.slots.refusals import SlotRefusal

_STALE = frozenset({"precondition_required", "precondition_failed", "version_conflict"})
_TOKEN = frozenset({"expired", "used", "released"})
_SLOT = frozenset({"slot_booked", "slot_held", "slot_blocked", "slot_past"})


def refuse_write(
    row: Row,
    *,
    action: str,
    wanted: Mapping[str, Any] | None = None,
    lock_version: int | None = None,
) -> Refusal:
    """The refusal for an outcome of lifecycle.sql or staff.sql.

    Args:
        row: as `store_writes` answers.
        action: what was tried, as a verb for a person ("cancel").
        wanted: the fields that the caller meant to set, in wire form.
        lock_version: the edit-lock version that the caller named.
    """
    outcome: str = row["outcome"]
    if outcome in _STALE:
        return refuse_stale(outcome, row["document"], wanted)
    if outcome in _SLOT:
        return SlotRefusal(
            outcome,
            provider_id=row["slot_provider_id"] or row["provider_id"],
            service_id=row["service_id"],
            wanted=row["slot_start"] or row["start_at"],
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
            return version_conflict(row["lock_version"], lock_version, row["lock"])
        case "invalid_transition":
            return Refusal(
                "invalid_transition",
                f"You cannot {action} this appointment: it is {_state(row)}.",
                details={"status": row["status"], "action": action},
            )
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


def _state(row: Row) -> str:
    if row["document"] and row["document"]["deletedAt"]:
        return "deleted"
    return str(row["status"]).replace("_", "-")
