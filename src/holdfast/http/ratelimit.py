"""Throttling of what can be guessed or flooded, counted in the database for all processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import LiteralString

from fastapi import Request

from holdfast.http.context import Context
from holdfast.kernel.db import fetch_all
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
    """By what address the peer is counted; the ASGI server has already applied a trusted proxy's
    header."""
    return counted_address(request.client.host) if request.client else "unknown"


def counted_address(host: str) -> str:
    """An IPv6 address stands for its network of 64 bits: whoever has one has all of those."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


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


async def count_each(context: Context, counted: Sequence[Counted]) -> dict[str, str]:
    """Count a hit against each limit; otherwise as `count`.

    Limits must come in the same order wherever they are counted together.
    """
    return await _apply(context, counted, QUERIES.count_hits, hits_of_this=1)


async def check_each(context: Context, counted: Sequence[Counted]) -> dict[str, str]:
    """Return the headers, or refuse, as `count_each` would, without counting a hit."""
    return await _apply(context, counted, QUERIES.read_hits, hits_of_this=0)


async def _apply(
    context: Context, counted: Sequence[Counted], query: LiteralString, *, hits_of_this: int
) -> dict[str, str]:
    if not context.settings.limits_requests:
        return {}
    parameters = {
        "keys": [one.row_key for one in counted],
        "windows": [one.limit.window_seconds for one in counted],
    }
    rows = await context.db.run(lambda connection: fetch_all(connection, query, parameters))
    standings = [(one.limit, row) for one, row in zip(counted, rows, strict=True)]
    headers = {
        "RateLimit-Policy": ", ".join(limit.policy for limit, _ in standings),
        "RateLimit": ", ".join(
            f'"{limit.name}";r={max(0, limit.hits - row["hits"])};t={row["reset_seconds"]}'
            for limit, row in standings
        ),
    }
    waits = [
        row["reset_seconds"] for limit, row in standings if row["hits"] - hits_of_this >= limit.hits
    ]
    if waits:
        raise Refusal(
            "rate_limited",
            f"Too many attempts. Please wait {max(waits)} seconds.",
            details={"retryAfterSeconds": max(waits)},
            retry_after_seconds=max(waits),
            headers=headers,
        )
    return headers
