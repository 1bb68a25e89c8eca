"""The calendar part of a mail: the same event as `/appointments/{id}/calendar.ics` (RFC 5546)."""

from dataclasses import dataclass
from typing import Any, Literal

from holdfast.calendars.ics import Entry, EventStatus, Person, calendar_file
from holdfast.notifications.message.dictionary import one_line
from holdfast.notifications.message.facts import Facts

Method = Literal["REQUEST", "CANCEL"]

METHODS: dict[str, Method] = {
    "confirmed": "REQUEST",
    "rescheduled": "REQUEST",
    "cancelled": "CANCEL",
}
_TITLES = {"en": "{service} with {provider}", "de": "{service} bei {provider}"}


@dataclass(frozen=True, slots=True)
class Invitation:
    """An iCalendar object. `method` must be its MIME part's `method=`, or Outlook refuses it."""

    method: Method
    content: bytes


def invitation(
    facts: Facts, purpose: str, organizer: Person, attendee: Person
) -> Invitation | None:
    """None for a message that puts nothing into a calendar, and takes nothing out of it."""
    method, row = METHODS.get(purpose), facts.row
    if method is None or not facts.has_appointment:
        return None
    if method == "REQUEST" and row["status"] not in ("confirmed", "completed"):
        return None
    return Invitation(method, calendar_file(_entry(facts, method, organizer, attendee), method))


def _entry(facts: Facts, method: Method, organizer: Person, attendee: Person) -> Entry:
    row = facts.row
    status: EventStatus = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
    place = [
        line
        for name in ("facility_name", "facility_address")
        if (line := one_line(row[name], ", "))
    ]
    title = _title(facts)
    return Entry(
        id=row["appointment_id"],
        sequence=row["sequence"],
        status=status,
        start=row["start_at"],
        end=row["end_at"],
        timezone=row["timezone"],
        summary=title,
        location=", ".join(place) or None,
        description="\n".join([title, *place]),
        organizer=organizer,
        attendee=attendee,
        created_at=row["created_at"],
        changed_at=row["updated_at"],
    )


def _title(facts: Facts) -> str:
    row: Any = facts.row
    words = {
        "service": one_line(row["service_title"]),
        "provider": one_line(row["provider_name"]),
    }
    if not row["is_client"]:
        return f"{words['service']}: {one_line(row['client_name'])}"
    language = facts.locale.partition("-")[0]
    return _TITLES.get(language, _TITLES["en"]).format(**words)
