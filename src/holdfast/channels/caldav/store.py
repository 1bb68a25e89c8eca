"""The statements of calendar connections, and what refusals their outcomes are."""

import hmac
from typing import Any
from uuid import UUID

from holdfast.channels.caldav.model import Collection, DavError
from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.http.preconditions import refuse_stale
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.db import Row
from holdfast.kernel.errors import Refusal, invalid, not_found
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.caldav")
MAXIMUM_CONNECTIONS = 3
# How many appointments to come a connection begins with; how many objects it takes away.
AHEAD = 2000
REMOVED = 5000
SEAL_PURPOSE = "calendar passwords"


def passwords_seal(settings: Settings) -> Seal:
    """What seals the passwords of connections."""
    return seal_of(settings, SEAL_PURPOSE)


def sealed(settings: Settings, connection_id: UUID, password: str) -> bytes:
    return passwords_seal(settings).close_for(connection_id, password.encode())


def keyed_hash(settings: Settings, password: str) -> str:
    """A hash from which nobody can guess the password without this server's key."""
    assert settings.secret_key is not None
    key = f"{SEAL_PURPOSE} {settings.secret_key.get_secret_value()}".encode()
    return hmac.digest(key, password.encode(), "sha256").hex()


def check_url(guard: Guard, url: str) -> None:
    """Refuse what can be seen to be wrong with a URL; the socket decides.

    Raises:
        Refusal: `url_not_allowed`.
    """
    objection = guard.objection(url)
    if objection is not None:
        errors = [{"field": "url", "message": objection}]
        raise Refusal("url_not_allowed", f"url: {objection}", details={"errors": errors})


def unusable(error: DavError) -> Refusal:
    """The refusal that a failed look for a calendar is."""
    if error.code == "not_allowed":
        message = "names an address that is not public"
        errors = [{"field": "url", "message": message}]
        return Refusal("url_not_allowed", f"url: {message}", details={"errors": errors})
    if error.kind == "unauthorized":
        return Refusal(
            "calendar_unauthorized",
            "The calendar's server does not accept this user name and password.",
            details={"errors": [{"field": "password", "message": "is not accepted"}]},
        )
    if error.kind == "unreachable":
        return Refusal(
            "calendar_unreachable",
            "The calendar's server cannot be reached, or is in trouble.",
            details={"code": error.code},
        )
    return no_calendar([])


def no_calendar(found: list[Collection]) -> Refusal:
    """None of the calendars that were found is the one."""
    shown = [{"url": one.url, "name": one.name} for one in found]
    detail = (
        "There are several calendars. Take the URL of one of them."
        if found
        else "There is no calendar at this address."
    )
    return Refusal("calendar_not_found", detail, details={"collections": shown})


def refused(row: Row | None, wanted: dict[str, Any] | None = None) -> Refusal:
    """The refusal that an outcome is.

    Args:
        wanted: the fields that were sent, by wire name.
    """
    outcome = row["outcome"] if row else "not_found"
    if row is None or outcome == "not_found":
        return not_found("calendar connection")
    if outcome == "too_many":
        return Refusal(
            "too_many_connections",
            f"This provider has {MAXIMUM_CONNECTIONS} calendars already. Remove one first.",
        )
    if outcome == "known":
        return invalid("url", "is a calendar that this provider is connected to already")
    return refuse_stale(outcome, row["document"], wanted)
