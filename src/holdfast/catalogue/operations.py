"""The verbs of the catalogue: facilities, services, providers (SPEC 4.2).

Everybody may look; routes let only administrators change. Each change is one statement that
locks, compares the caller's precondition with what it locked, decides and writes.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_snake

from holdfast.catalogue import store
from holdfast.http.pagination import Position
from holdfast.http.preconditions import Precondition, refuse_stale
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, invalid, not_found
from holdfast.kernel.ids import new_id

POLICY = "cancellationPolicy"
LATE_FEES = ("lateFeeCents", "lateFeePercent")


@dataclass(frozen=True, slots=True)
class Noun:
    """One of the three things that a catalogue has, and the statements that write it."""

    name: str
    create: Callable[..., Awaitable[Row]]
    change: Callable[..., Awaitable[Row]]
    delete: Callable[..., Awaitable[Row]]


FACILITY = Noun("facility", store.create_facility, store.change_facility, store.delete_facility)
SERVICE = Noun("service", store.create_service, store.change_service, store.delete_service)
PROVIDER = Noun("provider", store.create_provider, store.change_provider, store.delete_provider)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is wanted: `limit` rows (and one more) after a position."""

    after: Position[str] | None
    limit: int

    def as_parameters(self) -> dict[str, Any]:
        return {
            "after_key": self.after.key if self.after else None,
            "after_id": self.after.id if self.after else None,
            "limit": self.limit + 1,
        }


@dataclass(frozen=True, slots=True)
class ProviderFilter:
    """What a provider must have: a service, a facility, a text in the name."""

    service_id: UUID | None = None
    facility_id: UUID | None = None
    search: str | None = None


async def facilities(connection: Connection, part: Part) -> list[Row]:
    """-> rows of document, name, id."""
    return await store.facilities(connection, part.as_parameters())


async def facility(connection: Connection, facility_id: UUID) -> Row:
    """-> document, version, updated_at.

    Raises:
        Refusal: `not_found`.
    """
    return _found(await store.facility(connection, facility_id), "facility")


async def services(connection: Connection, actor: Actor | None, part: Part) -> list[Row]:
    """-> rows of document, title, id; inactive ones for staff only."""
    parameters = {**part.as_parameters(), "inactive": _sees_inactive(actor)}
    return await store.services(connection, parameters)


async def service(connection: Connection, actor: Actor | None, service_id: UUID) -> Row:
    """As `facility`; an inactive one for staff only."""
    row = await store.service(connection, service_id, inactive=_sees_inactive(actor))
    return _found(row, "service")


async def providers(
    connection: Connection, actor: Actor | None, part: Part, wanted: ProviderFilter
) -> list[Row]:
    """-> rows of document, name, id; inactive ones for staff only."""
    parameters = {
        **part.as_parameters(),
        "inactive": _sees_inactive(actor),
        "service_id": wanted.service_id,
        "facility_id": wanted.facility_id,
        "search": wanted.search,
    }
    return await store.providers(connection, parameters)


async def provider(connection: Connection, actor: Actor | None, provider_id: UUID) -> Row:
    """As `facility`; an inactive one for staff only."""
    row = await store.provider(connection, provider_id, inactive=_sees_inactive(actor))
    return _found(row, "provider")


async def create(
    connection: Connection, actor: Actor, noun: Noun, values: Mapping[str, Any]
) -> Row:
    """Add to the catalogue -> document, version, updated_at.

    Args:
        values: every field, by wire name.
    Raises:
        Refusal: `validation_failed`.
    """
    row = await noun.create(connection, actor, new_id(), _columns(values))
    if row["outcome"] != "created":
        raise _refuse(noun, row, values)
    return row


async def change(
    connection: Connection,
    actor: Actor,
    noun: Noun,
    row_id: UUID,
    precondition: Precondition,
    wanted: Mapping[str, Any],
) -> Row:
    """Set some fields -> document, version, updated_at. What changes nothing makes no version.

    Args:
        wanted: the fields as sent, by wire name; `version` is the one that the caller knows.
    Raises:
        Refusal: `not_found`, the preconditions' refusals, `validation_failed`.
    """
    fields = {name: value for name, value in wanted.items() if name != "version"}
    parameter = precondition.as_parameter(version=wanted.get("version"), required=True)
    row = await noun.change(connection, actor, row_id, parameter, _columns(fields))
    if row["outcome"] != "changed":
        raise _refuse(noun, row, fields)
    return row


async def delete(
    connection: Connection,
    actor: Actor,
    noun: Noun,
    row_id: UUID,
    precondition: Precondition,
    version: int | None,
) -> None:
    """Hide something that no appointment needs, and with it its unbooked slots to come. Must run
    in a transaction, which may take long.

    Args:
        version: the one that the caller knows, if the body says so.
    Raises:
        Refusal: `not_found`, the preconditions' refusals, `in_use`.
    """
    parameter = precondition.as_parameter(version=version, required=True)
    row = await noun.delete(connection, actor, row_id, parameter)
    if row["outcome"] != "deleted":
        raise _refuse(noun, row, {})


def _sees_inactive(actor: Actor | None) -> bool:
    return actor is not None and actor.is_staff


def _found(row: Row | None, what: str) -> Row:
    if row is None:
        raise not_found(what)
    return row


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Wire fields as columns. One late fee takes the place of the other."""
    flat = {name: value for name, value in values.items() if name != POLICY}
    flat.update(_without_other_late_fee(values.get(POLICY, {})))
    return {to_snake(name): value for name, value in flat.items()}


def _without_other_late_fee(policy: Mapping[str, Any]) -> dict[str, Any]:
    given = [name for name in LATE_FEES if policy.get(name) is not None]
    return {**policy, **{name: None for name in LATE_FEES if given and name not in given}}


def _refuse(noun: Noun, row: Row, wanted: Mapping[str, Any]) -> Refusal:
    match row["outcome"]:
        case "not_found":
            return not_found(noun.name)
        case "in_use":
            return Refusal(
                "in_use",
                f"This {noun.name} is needed by an appointment that is not over yet.",
            )
        case "unknown_timezone":
            return invalid("timezone", "must be an IANA time zone such as Europe/Berlin")
        case "unknown_links":
            errors = [
                {"field": field, "message": f"there is no {', '.join(ids)}"}
                for field, ids in sorted(row["unknown"].items())
            ]
            return Refusal(
                "validation_failed",
                f"{errors[0]['field']}: {errors[0]['message']}",
                details={"errors": errors},
            )
        case stale:
            return refuse_stale(stale, row["document"], _as_shown(wanted, row["document"]))


def _as_shown(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """What was wanted, in the form in which the current state is shown."""
    shown = dict(wanted)
    if POLICY in wanted:
        policy = {**current[POLICY], **_without_other_late_fee(wanted[POLICY])}
        shown[POLICY] = {name: value for name, value in policy.items() if value is not None}
    for name in ("facilityIds", "serviceIds"):
        if name in wanted:
            shown[name] = sorted(set(wanted[name]))
    return shown
