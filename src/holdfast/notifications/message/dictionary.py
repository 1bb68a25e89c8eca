"""The dictionary that templates have (docs/mail.md): fixed names, values in the reader's words."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from holdfast.notifications.message.facts import Facts
from holdfast.notifications.templates.formats import Moment, locale_of, money

if TYPE_CHECKING:
    from babel import Locale

# In the order in which they are told.
_CHANGED = ("start", "providerId", "serviceId", "facilityId")
_LABELS = {
    "en": {"start": "When", "providerId": "With", "serviceId": "What", "facilityId": "Where"},
    "de": {"start": "Wann", "providerId": "Bei", "serviceId": "Was", "facilityId": "Wo"},
}
_NO_CATEGORIES = ("Cc", "Cf", "Cs", "Co")


def dictionary(
    facts: Facts, links: Mapping[str, Any], more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """
    Args:
        links: where the message leads, by name (`compose.links_for`).
        more: what only one purpose has: a phone_code's `code`.
    """
    row, locale = facts.row, locale_of(facts.locale)
    is_recipient = bool(row["is_client"]) if facts.has_appointment else True
    return {
        "client": {
            "name": one_line(row["client_name"] or row["user_name"]),
            "isRecipient": is_recipient,
        },
        "appointment": _appointment(row, locale) if facts.has_appointment else None,
        "provider": {"name": one_line(row["provider_name"])},
        "facility": {
            "name": one_line(row["facility_name"]),
            "address": one_line(row["facility_address"], ", "),
            "email": row["facility_email"],
            "phone": row["facility_phone"],
        },
        "links": {**_NO_LINKS, **links},
        "changes": _changes(facts, locale),
        "fee": _fee(row, locale),
        "endpoint": _endpoint(facts.endpoint),
        "calendar": _calendar(facts.calendar),
        **(more or {}),
    }


_NO_LINKS = dict.fromkeys(
    (
        *("appointment", "manage", "book", "settings", "unsubscribe"),
        *("reset", "resetMinutes", "endpoint", "calendar"),
    )
)


def one_line(text: str | None, joint: str = " ") -> str | None:
    """A name as one line without control characters: it may stand in a header or an SMS."""
    if text is None:
        return None
    lines = (
        " ".join(
            "".join(" " if unicodedata.category(c) in _NO_CATEGORIES else c for c in line).split()
        )
        for line in text.splitlines()
    )
    return joint.join(line for line in lines if line)


def _appointment(row: Mapping[str, Any], locale: "Locale") -> dict[str, Any]:
    start, end, zone = row["start_at"], row["end_at"], row["timezone"]
    own = row["user_timezone"]
    differs = bool(own) and start.astimezone(ZoneInfo(own)).utcoffset() != (
        start.astimezone(ZoneInfo(zone)).utcoffset()
    )
    return {
        "id": str(row["appointment_id"]),
        "service": one_line(row["service_title"]),
        "status": row["status"],
        "start": Moment(start, zone, locale),
        "end": Moment(end, zone, locale),
        "yourStart": Moment(start, own, locale) if differs else None,
        "yourEnd": Moment(end, own, locale) if differs else None,
        "price": money(row["price_cents"], row["currency"], locale) if row["price_cents"] else None,
    }


def _changes(facts: Facts, locale: "Locale") -> list[dict[str, str]]:
    """What was moved: [{field, label, before, after}]. A new length counts as another time."""
    row = facts.row
    before = {change["field"]: change for change in facts.changes}
    if not before:
        return []
    labels = _LABELS.get(locale.language, _LABELS["en"])
    now = {
        "providerId": row["provider_name"],
        "facilityId": row["facility_name"],
        "serviceId": row["service_title"],
    }
    told: list[dict[str, str]] = []
    for field in _CHANGED:
        if field == "start":
            start, end = (
                _instant(before[name]["before"]) if name in before else row[f"{name}_at"]
                for name in ("start", "end")
            )
            now_is = _period(row["start_at"], row["end_at"], row, locale)
            texts = _period(start, end, row, locale), now_is
        elif field in before:
            texts = one_line(before[field]["name"]) or "-", one_line(now[field]) or "-"
        else:
            continue
        if texts[0] != texts[1]:
            told.append(
                {"field": field, "label": labels[field], "before": texts[0], "after": texts[1]}
            )
    return told


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _period(start: datetime, end: datetime, row: Mapping[str, Any], locale: "Locale") -> str:
    begins, ends = (Moment(at, row["timezone"], locale) for at in (start, end))
    return f"{begins.date}, {begins.time} \u2013 {ends.time}"


def _fee(row: Mapping[str, Any], locale: "Locale") -> dict[str, Any] | None:
    if row["fee_cents"] is None:
        return None
    fee, refund, currency = row["fee_cents"], row["refund_cents"], row["currency"]
    return {
        "isDue": fee > 0,
        "amount": money(fee, currency, locale),
        "refund": money(refund, currency, locale) if refund else None,
    }


def _endpoint(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    url = one_line(row["url"]) or ""
    reason = (row["disabled_reason"] or "").replace("_", " ")
    return {"url": url, "host": urlsplit(url).hostname or url, "reason": reason}


def _calendar(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    host = urlsplit(row["url"]).hostname or row["url"]
    return {"name": one_line(row["name"]) or host, "host": host, "reason": row["reason"]}
