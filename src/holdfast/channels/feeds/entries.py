"""What a feed shows of each appointment."""

from collections.abc import Sequence

from holdfast.calendars.ics import Entry, EventStatus, Person
from holdfast.kernel.db import Row

BUSY = "Busy"


def name_of(feed: Row) -> str:
    """What calendars call the feed."""
    if feed["detail"] == "busy":
        return BUSY
    return feed["calendar_name"] or "Appointments"


def entries_of(rows: Sequence[Row], organizer: str) -> list[Entry]:
    """Of the rows of `feed_events`.

    Args:
        organizer: the address that all mail of this server comes from.
    """
    return [_entry(row, organizer) for row in rows if row["id"] is not None]


def _entry(row: Row, organizer: str) -> Entry:
    if row["detail"] == "busy":
        summary, location, description, who = BUSY, None, "", ""
    else:
        place = [part for part in (row["facility_name"], row["facility_address"]) if part]
        whom = "provider" if row["feed_provider_id"] is None else "client"
        summary = f"{row['service_title']} with {row[f'{whom}_name']}"
        location = ", ".join(place) or None
        description = "\n".join([summary, *place, f"Appointment {row['id']}"])
        who = row["provider_name"]
    return Entry(
        id=row["id"],
        sequence=row["sequence"],
        status=_status(row),
        start=row["start_at"],
        end=row["end_at"],
        timezone=row["timezone"],
        summary=summary,
        location=location,
        description=description,
        organizer=Person(who, organizer),
        created_at=row["created_at"],
        changed_at=row["updated_at"],
    )


def _status(row: Row) -> EventStatus:
    if row["status"] == "cancelled" or row["deleted_at"] is not None:
        return "CANCELLED"
    return "TENTATIVE" if row["status"] == "requested" else "CONFIRMED"
