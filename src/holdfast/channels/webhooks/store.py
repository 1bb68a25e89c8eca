"""The statements of webhook endpoints, and what refusals their outcomes are."""

from typing import Any

from holdfast.deliveries.addresses import Guard
from holdfast.http.preconditions import refuse_stale
from holdfast.kernel.db import Row
from holdfast.kernel.errors import Refusal, invalid, not_found
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.webhooks")
MAXIMUM_ENDPOINTS = 50

COLUMNS = {
    "url": "url",
    "types": "types",
    "providerIds": "provider_ids",
    "facilityIds": "facility_ids",
    "description": "description",
}


def columns(values: dict[str, Any]) -> dict[str, Any]:
    """Fields of the wire by the name of their column."""
    return {COLUMNS[name]: value for name, value in values.items() if name in COLUMNS}


def check_url(guard: Guard, url: str) -> None:
    """Refuse what can be seen to be wrong with a URL; the socket decides.

    Raises:
        Refusal: `url_not_allowed`.
    """
    objection = guard.objection(url)
    if objection is not None:
        raise Refusal(
            "url_not_allowed",
            f"url: {objection}",
            details={"errors": [{"field": "url", "message": objection}]},
        )


def refused(row: Row | None, wanted: dict[str, Any] | None = None) -> Refusal:
    """The refusal that an outcome is.

    Args:
        wanted: the fields that were sent, by wire name.
    """
    outcome = row["outcome"] if row else "not_found"
    if row is None or outcome == "not_found":
        return not_found("webhook endpoint")
    if outcome == "too_many":
        return Refusal(
            "too_many_endpoints",
            f"There are {MAXIMUM_ENDPOINTS} webhook endpoints already. Remove one first.",
        )
    if outcome == "unknown":
        field = next(iter(row["unknown"]))
        return invalid(field, f"there is no {row['unknown'][field][0]}")
    return refuse_stale(outcome, row["document"], wanted)
