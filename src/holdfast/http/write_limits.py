"""How often anybody may write. Counted in each process, so that it costs a write next to nothing
(ADR 0019, docs/limits.md); ratelimit.py counts in the database what can be guessed."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any
from uuid import UUID

from fastapi import Request

from holdfast.http.ratelimit import Limit, client_address
from holdfast.kernel.actor import Actor
from holdfast.kernel.errors import Refusal

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SCOPE_KEY = "holdfast.write_limit"
"""In a scope: the headers that say how the caller stands."""

WRITES = Limit("writes", hits=600, window_seconds=60)
HEAVY_WRITES = Limit("heavy-writes", hits=60, window_seconds=60)
SIGNED_OUT_WRITES = Limit("signed-out-writes", hits=600, window_seconds=60)
# One request changes many rows, or asks another server.
HEAVY_ROUTES = frozenset(
    {
        "/appointments/bulk",
        "/appointments/availability/slots/bulk",
        "/deliveries/bulk",
        "/providers/{provider_id}/schedule",
        "/providers/{provider_id}/slots/generate",
        "/providers/{provider_id}/calendar-connections",
        "/providers/{provider_id}/calendar-connections/{connection_id}",
        "/providers/{provider_id}/calendar-connections/{connection_id}/sync",
    }
)
MAXIMUM_KEYS = 20_000

Check = Callable[[Request], Coroutine[Any, Any, Any]]


def write_limit(methods: Collection[str], path: str) -> Limit | None:
    """The policy of a route for those who are signed in; None for one that only reads."""
    if METHODS.isdisjoint(methods):
        return None
    return HEAVY_WRITES if path.removeprefix("/api/v1") in HEAVY_ROUTES else WRITES


class WriteLimits:
    """A bucket for each key and policy: it holds `hits`, and fills again within the window.

    Args:
        clock: in seconds; never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # When each bucket will be full again; the one that was used last stands last.
        self._full_at: OrderedDict[tuple[str, UUID | str], float] = OrderedDict()

    def take(self, limit: Limit, key: UUID | str) -> tuple[int, int, int]:
        """Take one out of the bucket.

        Returns:
            How many are left, in how many seconds it is full again, and in how many there is one to
            take: 0 when one was taken.
        """
        now = self._clock()
        each = limit.window_seconds / limit.hits
        full_at = max(self._full_at.get((limit.name, key), now), now)
        wait = full_at + each - now - limit.window_seconds
        if wait > 1e-6:  # more than what is lost by adding up fractions
            return 0, math.ceil(full_at - now), math.ceil(wait)
        full_at += each
        self._full_at[limit.name, key] = full_at
        self._full_at.move_to_end((limit.name, key))
        if len(self._full_at) > MAXIMUM_KEYS:
            self._full_at.popitem(last=False)
        left = int((limit.window_seconds - (full_at - now)) / each + 1e-6)
        return left, math.ceil(full_at - now), 0


async def admit(request: Request, checks: Sequence[Check], limit: Limit | None) -> None:
    """Who asks comes first, then how often: refused requests count as well.

    Args:
        limit: as `write_limit` says.
    Raises:
        Refusal: as the checks; `rate_limited`.
    """
    try:
        for check in checks:
            await check(request)
    finally:
        if limit is not None:
            _count(request, limit)


def _count(request: Request, limit: Limit) -> None:
    limits: WriteLimits | None = request.app.state.write_limits
    # The framework gets what the table could not answer, and must not count it once more.
    if limits is None or SCOPE_KEY in request.scope:
        return
    actor: Actor | None = request.scope.get("holdfast.actor")
    if actor is not None and actor.id is not None:
        left, full_in, wait = limits.take(limit, actor.id)
    else:
        limit = SIGNED_OUT_WRITES
        left, full_in, wait = limits.take(limit, client_address(request))
    request.scope[SCOPE_KEY] = (
        (b"ratelimit-policy", limit.policy.encode()),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (limit.name.encode(), left, full_in)),
    )
    if wait:
        raise Refusal(
            "rate_limited",
            f"Too many requests. Please wait {wait} seconds.",
            details={"retryAfterSeconds": wait},
            retry_after_seconds=wait,
        )
