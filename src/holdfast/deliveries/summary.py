"""`GET /deliveries/summary`: how it goes, in numbers (SPEC-deliveries §7)."""

from typing import Any

from fastapi import Response

from holdfast.deliveries.schemas import DeliverySummary
from holdfast.deliveries.steering import COUNT_LIMIT, FIND, configured_channels
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.db import Connection, fetch_all, fetch_one

router = api_router("/deliveries", "deliveries")

RECENT_DAYS = 7


@router.get(
    "/summary",
    response_model=DeliverySummary,
    summary="Counts by channel and state, dead letters, and the oldest that is due",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def summarise_deliveries(_: Admin, context: InContext) -> Response:
    configured = configured_channels(context.settings)

    async def look(connection: Connection) -> dict[str, Any]:
        limits = {"count_limit": COUNT_LIMIT, "recent_days": RECENT_DAYS}
        counts = await fetch_all(connection, FIND.counts, limits)
        dead = await fetch_one(connection, FIND.dead_letters, limits)
        due_rows = await fetch_all(connection, FIND.oldest_due)
        bus = await fetch_one(connection, FIND.bus)
        due = {row["channel"]: row["due_at"] for row in due_rows}
        states: dict[str, dict[str, int]] = {}
        for row in counts:
            states.setdefault(row["channel"], {})[row["state"]] = row["count"]
        channels = [
            {
                "channel": channel,
                "isConfigured": channel in configured,
                "oldestDueAt": due.get(channel),
                "states": by_state,
            }
            for channel, by_state in states.items()
        ]
        return {
            "isSending": context.settings.delivery == "on",
            "channels": channels,
            "countLimit": COUNT_LIMIT,
            "deadLetters": dead,
            "oldestDueAt": min(due.values(), default=None),
            "bus": bus,
        }

    return json_response(await context.db.run(look))
