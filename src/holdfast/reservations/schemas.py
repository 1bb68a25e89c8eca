"""Wire models of reservations (SPEC 4.4)."""

from pydantic import Field

from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, WireModel

_TOKEN_EXAMPLE = "AZ2JxY0nc8O5r0m1tq0o3cJ8m0p1b2V4o3QeYd1kTz0"


class ReserveRequest(KeyedRequest):
    """Which slot to hold, and, from staff, for which client."""

    provider_id: Id
    service_id: Id
    timeslot_id: Id
    user_id: Id | None = Field(default=None, description="Staff must give it.")


class Reservation(WireModel):
    """A live hold: the token is the right to book the slot until `expiresAt`."""

    reservation_token: str = Field(examples=[_TOKEN_EXAMPLE])
    timeslot_id: Id
    expires_at: Instant
    ttl_seconds: int = Field(description="How long a reservation lives, in seconds", examples=[120])
    price_cents: int = Field(
        description="What booking it costs, whatever the service costs by then"
    )
    currency: str = Field(examples=["EUR"])


class ReservationDetail(Reservation):
    """A live hold with what it is for."""

    provider_id: Id
    service_id: Id
    user_id: Id
    facility_id: Id
    start: Instant
    end: Instant
    extensions_left: int
