"""Throttling of what can be guessed or flooded, counted in the database for all processes."""

from dataclasses import dataclass

from fastapi import Request

from holdfast.http.context import Context
from holdfast.kernel.db import Connection, fetch_one
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
    """The peer's address; the ASGI server has already applied a trusted proxy's header."""
    return request.client.host if request.client else "unknown"


async def count(context: Context, limit: Limit, key: str) -> dict[str, str]:
    """Count a hit and return the `RateLimit` headers of the answer.

    Raises:
        Refusal: `rate_limited` when the key has used up its window.
    """
    if not context.settings.limits_requests:
        return {}

    async def hit(connection: Connection) -> dict[str, int]:
        row = await fetch_one(
            connection,
            QUERIES.count_hit,
            {"key": f"{limit.name}:{key}", "window_seconds": limit.window_seconds},
        )
        assert row is not None
        return row

    row = await context.db.run(hit)
    remaining = max(0, limit.hits - row["hits"])
    headers = {
        "RateLimit-Policy": limit.policy,
        "RateLimit": f'"{limit.name}";r={remaining};t={row["reset_seconds"]}',
    }
    if row["hits"] > limit.hits:
        raise Refusal(
            "rate_limited",
            f"Too many attempts. Please wait {row['reset_seconds']} seconds.",
            details={"retryAfterSeconds": row["reset_seconds"]},
            retry_after_seconds=row["reset_seconds"],
            headers=headers,
        )
    return headers
