"""Throttling of what can be guessed or flooded, counted in the database for all processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from fastapi import Request

from holdfast.http.addresses import address_key
from holdfast.http.context import Context
from holdfast.kernel.db import Connection, fetch_all
from holdfast.kernel.errors import Refusal
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.http")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `hits` in a window of `window_seconds`, for each key."""

    name: str
    hits: int
    window_seconds: int

    @property
    def policy(self) -> str:
        return f'"{self.name}";q={self.hits};w={self.window_seconds}'


def client_address(request: Request) -> str:
    """What the peer is counted by; the ASGI server has already applied a trusted proxy's header."""
    context: Context = request.app.state.context
    context.proxy_warning.look_at(request)
    return address_key(request.client.host) if request.client else "unknown"


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose hits are held against which limit."""

    limit: Limit
    key: str

    @property
    def row_key(self) -> str:
        return f"{self.limit.name}:{self.key}"


async def count(context: Context, limit: Limit, key: str) -> dict[str, str]:
    """Count a hit and return the `RateLimit` headers of the answer.

    Raises:
        Refusal: `rate_limited` when the key has used up its window.
    """
    return await count_each(context, [Counted(limit, key)])


async def count_each(
    context: Context, counted: Sequence[Counted], *, within: Connection | None = None
) -> dict[str, str]:
    """Count a hit against each limit; otherwise as `count`.

    Limits must come in the same order wherever they are counted together.

    Args:
        within: the transaction that is counted; what is refused or rolled back counts nothing.
    """
    return await _apply(context, counted, QUERIES.count_hits, hits_of_this=1, within=within)


async def check_each(context: Context, counted: Sequence[Counted]) -> dict[str, str]:
    """Return the headers, or refuse, as `count_each` would, without counting a hit."""
    return await _apply(context, counted, QUERIES.read_hits, hits_of_this=0)


async def _apply(
    context: Context,
    counted: Sequence[Counted],
    query: LiteralString,
    *,
    hits_of_this: int,
    within: Connection | None = None,
) -> dict[str, str]:
    if not context.settings.limits_requests:
        return {}
    parameters = {
        "keys": [one.row_key for one in counted],
        "windows": [one.limit.window_seconds for one in counted],
    }
    if within is not None:
        rows = await fetch_all(within, query, parameters)
    else:
        rows = await context.db.run(lambda connection: fetch_all(connection, query, parameters))
    standings = [
        Standing(one.limit, row["hits"], row["reset_seconds"])
        for one, row in zip(counted, rows, strict=True)
    ]
    headers = headers_of(standings)
    waits = [one.reset_seconds for one in standings if one.hits - hits_of_this >= one.limit.hits]
    if waits:
        raise too_many(max(waits), headers)
    return headers


@dataclass(frozen=True, slots=True)
class Standing:
    """How many hits there were in a window that ends in so many seconds."""

    limit: Limit
    hits: int
    reset_seconds: int


def headers_of(standings: Sequence[Standing]) -> dict[str, str]:
    """What an answer says about its limits."""
    return {
        "RateLimit-Policy": ", ".join(one.limit.policy for one in standings),
        "RateLimit": ", ".join(
            f'"{one.limit.name}";r={max(0, one.limit.hits - one.hits)};t={one.reset_seconds}'
            for one in standings
        ),
    }


def too_many(seconds: int, headers: dict[str, str]) -> Refusal:
    """The refusal of one attempt too many; the next one counts anew in so many seconds."""
    return Refusal(
        "rate_limited",
        f"Too many attempts. Please wait {seconds} seconds.",
        details={"retryAfterSeconds": seconds},
        retry_after_seconds=seconds,
        headers=headers,
    )
