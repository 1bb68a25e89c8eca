"""Wire models of facilities, services and providers (SPEC 4.2)."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from holdfast.http.contact import Email, Phone
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import (
    Boolean,
    Cents,
    Currency,
    Id,
    Integer,
    Line,
    Paragraph,
    Timezone,
    WireModel,
)

LOCALE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
Address = Annotated[Paragraph, Field(max_length=500, examples=["Hauptstraße 1, 10827 Berlin"])]
Locale = Annotated[
    str,
    StringConstraints(max_length=35, pattern=LOCALE_PATTERN),
    Field(examples=["de-DE"], description="A language and a country, as BCP 47 writes them."),
]
Search = Annotated[Paragraph, Field(max_length=200)]
Duration = Annotated[Integer, Field(ge=1, le=1440)]
Buffer = Annotated[Integer, Field(ge=0, le=1440)]
Hours = Annotated[Integer, Field(ge=0, le=8760)]
Percent = Annotated[Integer, Field(ge=0, le=100)]
Links = Annotated[list[Id], Field(max_length=500)]
Version = Annotated[Integer, Field(ge=0, le=2**31 - 1, description="The version you know.")]


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def unset() -> Any:
    """A field of a change that may be left out, though it may not be null."""
    return Field(default=None, json_schema_extra=_without_default)


class Removal(WireModel):
    """What the body of a DELETE may say; `If-Match` means the same."""

    version: Version | None = None


class NewFacility(KeyedRequest):
    """A place to add."""

    name: Line
    timezone: Timezone
    address: Address | None = None
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None


class FacilityChange(WireModel):
    """What to change of a facility; what is left out stays."""

    name: Line = unset()
    timezone: Timezone = unset()
    address: Address | None = None
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale | None = None
    version: Version | None = None


class Facility(WireModel):
    """A place, with the IANA time zone that it lies in."""

    id: Id
    name: str
    timezone: str
    address: str | None
    email: str | None
    phone: str | None
    locale: str | None
    version: int


class ServicePolicy(WireModel):
    """What a cancellation costs: nothing until so many hours before the start, then one of the
    two late fees (never both); by default nothing ever."""

    free_until_hours: Hours = Field(default=0, description="Hours before the start.")
    late_fee_cents: Cents | None = None
    late_fee_percent: Percent | None = Field(default=None, description="Of the price.")
    no_show_fee_cents: Cents = 0

    @model_validator(mode="after")
    def _one_late_fee(self) -> "ServicePolicy":
        if self.late_fee_cents is not None and self.late_fee_percent is not None:
            raise ValueError("give lateFeeCents or lateFeePercent, not both")
        return self


class PolicyChange(WireModel):
    """What to change of a policy; giving one of the late fees takes the other away."""

    free_until_hours: Hours = unset()
    late_fee_cents: Cents | None = None
    late_fee_percent: Percent | None = None
    no_show_fee_cents: Cents = unset()

    @model_validator(mode="after")
    def _one_late_fee(self) -> "PolicyChange":
        if self.late_fee_cents is not None and self.late_fee_percent is not None:
            raise ValueError("give lateFeeCents or lateFeePercent, not both")
        return self


class NewService(KeyedRequest):
    """A service to add."""

    title: Line
    description: Paragraph | None = None
    duration_minutes: Duration
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    price_cents: Cents
    currency: Currency
    cancellation_policy: ServicePolicy = ServicePolicy()
    is_active: Boolean = True


class ServiceChange(WireModel):
    """What to change of a service; what is left out stays. Appointments keep the price and the
    policy that they were booked under."""

    title: Line = unset()
    description: Paragraph | None = None
    duration_minutes: Duration = unset()
    buffer_before_minutes: Buffer = unset()
    buffer_after_minutes: Buffer = unset()
    price_cents: Cents = unset()
    currency: Currency = unset()
    cancellation_policy: PolicyChange = unset()
    is_active: Boolean = unset()
    version: Version | None = None


AFFECTED: Any = Field(
    default=None,
    description="Appointments to come; only in the answer to the change that set it inactive.",
    json_schema_extra=_without_default,
)


class Service(WireModel):
    """What is given: how long, for how much, with what around it."""

    id: Id
    title: str
    description: str | None
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price_cents: int
    currency: str
    cancellation_policy: ServicePolicy
    is_active: bool
    version: int
    affected_appointments: int = AFFECTED


class NewProvider(KeyedRequest):
    """A provider to add, with where they work and what they give."""

    name: Line
    bio: Paragraph | None = None
    timezone: Timezone
    facility_ids: Links = Field(default=[])
    service_ids: Links = Field(default=[])
    is_active: Boolean = True


class ProviderChange(WireModel):
    """What to change of a provider; what is left out stays, a list is replaced as a whole."""

    name: Line = unset()
    bio: Paragraph | None = None
    timezone: Timezone = unset()
    facility_ids: Links = unset()
    service_ids: Links = unset()
    is_active: Boolean = unset()
    version: Version | None = None


class Provider(WireModel):
    """A person who gives appointments; their schedule is kept in their own time zone."""

    id: Id
    name: str
    bio: str | None
    timezone: str
    facility_ids: list[Id]
    service_ids: list[Id]
    is_active: bool
    version: int
    affected_appointments: int = AFFECTED
