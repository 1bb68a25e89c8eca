"""Made-up messages on which a template is tried before it is saved."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.notifications.message.dictionary import dictionary
from holdfast.notifications.message.facts import Facts

_ID = UUID("01900000-0000-7000-8000-000000000000")
NAMES = ("usual", "elsewhere", "plain", "staff")
_ABOUT_NO_APPOINTMENT = ("password_reset", "endpoint_disabled", "phone_code", "calendar_trouble")


def samples(purpose: str, locale: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A name and a dictionary each: a usual one; a client in another time zone, with a fee; one of
    whom little is known; and what staff get."""
    for name in NAMES:
        if purpose in _ABOUT_NO_APPOINTMENT and name != "usual":
            continue
        # Only a provider's people hear of their calendar.
        if purpose == "calendar_conflict" and name != "staff":
            continue
        yield name, _dictionary(purpose, locale, name)


def _dictionary(purpose: str, locale: str, name: str) -> dict[str, Any]:
    row = {**_USUAL, **_DIFFERENCES[name], "locale": locale}
    if purpose in ("cancelled", "no_show"):
        fee = 0 if name == "plain" else 2500
        row |= {"fee_cents": fee, "refund_cents": max(0, row["price_cents"] - fee)}
    endpoint = None
    if purpose in _ABOUT_NO_APPOINTMENT:
        row |= {"appointment_id": None, "facility_name": None, "facility_address": None}
        row |= {"facility_email": None, "facility_phone": None, "client_name": None}
    if purpose == "endpoint_disabled":
        url = "https://hooks.example.org/holdfast"
        endpoint = {"url": url, "disabled_reason": "failing"}
    calendar = None
    if purpose in ("calendar_trouble", "calendar_conflict"):
        url = "https://cloud.example.org/dav/kim/visits/"
        calendar = {"url": url, "name": "Work", "reason": "unauthorized"}
    changes = _moved() if purpose == "rescheduled" and name != "plain" else ()
    more = {"code": "493017"} if purpose == "phone_code" else None
    links = {key: link for key, link in _LINKS.items() if name != "staff" or key not in _CLIENTS}
    if purpose != "reminder":
        links.pop("unsubscribe", None)
    return dictionary(Facts(row, changes, endpoint, calendar), links, more)


_LINKS: Mapping[str, Any] = {
    "appointment": "https://book.example.org/appointments/0190",
    "manage": "https://book.example.org/m/AZAAAAAAcACAAAAAAAAAAA",
    "book": "https://book.example.org/find",
    "settings": "https://book.example.org/settings",
    "unsubscribe": "https://book.example.org/u/AZAAAAAAcACAAAAAAAAAAA",
    "reset": "https://book.example.org/reset-password?token=AZAAAAAAcACAAAAAAAAAAA",
    "resetMinutes": 60,
    "endpoint": "https://book.example.org/admin/webhooks/0190",
    "calendar": "https://book.example.org/calendars",
}
_CLIENTS = ("manage", "unsubscribe")
_START = datetime(2027, 3, 2, 8, 30, tzinfo=UTC)
_USUAL: Mapping[str, Any] = {
    "user_name": "Kim O'Neill <kim>",
    "client_name": "Kim O'Neill <kim>",
    "user_timezone": None,
    "appointment_id": _ID,
    "is_client": True,
    "start_at": _START,
    "end_at": _START + timedelta(minutes=45),
    "status": "confirmed",
    "timezone": "Europe/Berlin",
    "price_cents": 5000,
    "currency": "EUR",
    "fee_cents": None,
    "refund_cents": None,
    "service_title": "Check-up & cleaning",
    "provider_name": "Dr. Anna Weber",
    "facility_id": _ID,
    "facility_name": "Praxis am Park",
    "facility_address": "Hauptstraße 1, 10827 Berlin",
    "facility_email": "praxis@example.org",
    "facility_phone": "+49 30 1234567",
}
_DIFFERENCES: dict[str, dict[str, Any]] = {
    "usual": {},
    "elsewhere": {"user_timezone": "America/New_York", "currency": "JPY"},
    "plain": {
        "price_cents": 0,
        "facility_id": None,
        "facility_name": None,
        "facility_address": None,
        "facility_email": None,
        "facility_phone": None,
    },
    "staff": {"user_name": "Dr. Anna Weber", "is_client": False},
}


def _moved() -> tuple[Mapping[str, Any], ...]:
    return (
        {"field": "start", "before": "2027-03-01T14:00:00+00:00", "name": None, "timezone": None},
        {"field": "end", "before": "2027-03-01T14:45:00+00:00", "name": None, "timezone": None},
        {"field": "providerId", "before": str(_ID), "name": "Dr. Ben Kaya", "timezone": None},
    )
