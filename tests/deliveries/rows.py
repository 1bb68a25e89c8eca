"""Deliveries as rows, made past the engine, in any state."""

from datetime import datetime, timedelta
from typing import Any, LiteralString, cast
from uuid import UUID

from holdfast.kernel.ids import new_id
from tests.support.make import Make

DAY = timedelta(days=1)
# The steps to a state, each with what its CHECK wants.
_SENDING = (
    "state = 'sending', worker = gen_random_uuid(), claimed_at = now(), "
    "lease_until = now() + interval '1 minute'"
)
_ENDED = "worker = NULL, lease_until = NULL, settled_at = now()"
_STEPS: dict[str, tuple[str, ...]] = {
    "pending": (),
    "sending": (_SENDING,),
    "uncertain": (
        _SENDING,
        "state = 'uncertain', worker = NULL, lease_until = NULL, handed_over_at = now()",
    ),
    "sent": (_SENDING, f"state = 'sent', sent_at = now(), {_ENDED}"),
    "delivered": (
        _SENDING,
        f"state = 'sent', sent_at = now(), {_ENDED}",
        "state = 'delivered'",
    ),
    "bounced": (_SENDING, f"state = 'sent', sent_at = now(), {_ENDED}", "state = 'bounced'"),
    "dead": (_SENDING, f"state = 'dead', {_ENDED}"),
    "superseded": (f"state = 'superseded', reason = 'newer', {_ENDED}",),
    "expired": (f"state = 'expired', reason = 'past', {_ENDED}",),
    "suppressed": (f"state = 'suppressed', reason = 'preference', {_ENDED}",),
}
_LANES = {"email": "smtp", "sms": "sms", "push": "push:push.example.org", "caldav": "caldav:1"}


def delivery(
    make: Make,
    channel: str = "email",
    state: str = "sent",
    *,
    purpose: str = "confirmed",
    user_id: UUID | None = None,
    appointment_id: UUID | None = None,
    endpoint_id: UUID | None = None,
    **more: Any,
) -> UUID:
    """One delivery; `more` are other columns of its first state."""
    lane = f"webhook:{endpoint_id}" if channel == "webhook" else _LANES[channel]
    columns: dict[str, Any] = {
        "id": new_id(),
        "channel": channel,
        "purpose": purpose,
        "lane": lane,
        "user_id": user_id,
        "appointment_id": appointment_id,
        "endpoint_id": endpoint_id,
        "due_at": datetime.now().astimezone(),
        "expires_at": datetime.now().astimezone() + DAY,
        **more,
    }
    make.db.execute("SELECT ensure_lane(%s, %s)", [lane, channel])
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO deliveries ({names}) VALUES ({marks})"
    make.db.execute(cast(LiteralString, insert), list(columns.values()))
    for step in _STEPS[state]:
        update = cast(LiteralString, f"UPDATE deliveries SET {step} WHERE id = %s")
        make.db.execute(update, [columns["id"]])
    return columns["id"]


def endpoint(make: Make, url: str = "https://hooks.example.org/secret/path") -> UUID:
    """A webhook endpoint that is told of all bookings."""
    endpoint_id = new_id()
    make.db.execute(
        "INSERT INTO webhook_endpoints (id, url, types, secret_sealed) "
        "VALUES (%s, %s, '{booking.*}', '\\x00')",
        [endpoint_id, url],
    )
    make.db.execute("SELECT ensure_lane(%s, 'webhook')", [f"webhook:{endpoint_id}"])
    return endpoint_id


def attempt(make: Make, delivery_id: UUID, number: int = 1, **more: Any) -> None:
    """One try of it."""
    columns = {
        "delivery_id": delivery_id,
        "number": number,
        "started_at": datetime.now().astimezone(),
        "outcome": "failed",
        **more,
    }
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO delivery_attempts ({names}) VALUES ({marks})"
    make.db.execute(cast(LiteralString, insert), list(columns.values()))
