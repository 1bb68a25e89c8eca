"""Wire models of oversight."""

from datetime import date

from pydantic import Field

from holdfast.http.wire import Instant, WireModel


class BookingCounts(WireModel):
    """How often something happened. `bookings` are those that became confirmed, at once or by
    accepting a request; reservations are counted when they were made."""

    reservations_made: int
    reservations_used: int
    reservations_released: int
    reservations_expired: int
    bookings: int
    requests: int
    cancellations: int
    no_shows: int
    reschedules: int
    reschedule_failures: int = Field(description="Tried and refused, by the user-action log.")


class DayOfBookings(BookingCounts):
    """One day, in the time zone of the answer."""

    day: date


class Fees(WireModel):
    """Fees and refunds of what was cancelled or missed in the period, in one currency."""

    currency: str
    cancellation_fee_cents: int
    no_show_fee_cents: int
    refund_cents: int


class BookingAnalytics(WireModel):
    """How booking went in a period."""

    from_: Instant = Field(
        alias="from", description="Later than asked for when `isComplete` is false."
    )
    to: Instant
    timezone: str = Field(description="In whose days: the facility's, of several the first one's.")
    is_complete: bool = Field(description="Whether all that was asked for has been counted.")
    totals: BookingCounts
    expiry_rate: float | None = Field(
        description="Which part of the reservations that are over ran out, 0 to 1."
    )
    fees: list[Fees]
    by_day: list[DayOfBookings]
