"""Retention: what has outlived its use is deleted, a bounded number at a time (SPEC §7)."""

import time
from typing import Any
from uuid import UUID

from holdfast.kernel.db import Connection, Database
from holdfast.kernel.loops import Loop
from holdfast.kernel.sql import Queries
from holdfast.workers.duty import duty

QUERIES = Queries("holdfast.workers")
INTERVAL_SECONDS = 60.0
BATCH_ROWS = 1000
USER_ACTIONS_SECONDS = 365 * 24 * 3600
DELIVERY_LOG_DAYS = 90

STATEMENTS = (
    QUERIES.prune_throttle_windows,
    QUERIES.prune_sign_in_failures,
    QUERIES.prune_idempotency_records,
    QUERIES.prune_password_resets,
    QUERIES.prune_refresh_tokens,
    QUERIES.prune_sign_ins,
    QUERIES.prune_user_actions,
    QUERIES.prune_channel_events,
    QUERIES.prune_webhook_days,
    QUERIES.prune_outbox,
    QUERIES.prune_deliveries,
    QUERIES.prune_received_webhooks,
    QUERIES.prune_lanes,
    QUERIES.prune_calendar_passwords,
    QUERIES.prune_calendar_objects,
)


async def prune(db: Database, delivery_log_days: int = DELIVERY_LOG_DAYS) -> int:
    """Delete a batch of what has expired in each table; the number of rows."""
    oldest_kept = UUID(int=int((time.time() - USER_ACTIONS_SECONDS) * 1000) << 80)
    parameters = {
        "limit": BATCH_ROWS,
        "before": oldest_kept,
        "delivery_log_days": delivery_log_days,
    }
    total = 0
    for statement in STATEMENTS:
        total += await db.run(lambda c, q=statement: _delete(c, q, parameters))
    return total


async def _delete(connection: Connection, query: Any, parameters: dict[str, Any]) -> int:
    cursor = await connection.execute(query, parameters)
    return cursor.rowcount


def retention(db: Database, delivery_log_days: int) -> Loop:
    """What keeps the tables small.

    Args:
        delivery_log_days: how long settled deliveries are kept.
    """

    async def run(db: Database) -> int:
        return await prune(db, delivery_log_days)

    return duty("retention", INTERVAL_SECONDS, run, db, BATCH_ROWS)
