"""One try of one delivery, asked for by a person who waits for what becomes of it."""

import dataclasses
from uuid import UUID

from holdfast.deliveries.courier import COLUMNS, QUERIES
from holdfast.deliveries.model import EXCERPT_CHARACTERS, Claimed, Sender
from holdfast.kernel.db import Database, Row, fetch_one


async def try_once(db: Database, sender: Sender, worker: UUID, row: Row) -> None:
    """Send what this worker has claimed and marked, and settle it for good: no second try.

    Args:
        row: the delivery, as a claim returns it.
    """

    async def hand_over() -> None:
        """It was marked as it was made."""

    delivery = Claimed(**{name: row[name] for name in COLUMNS})
    outcome = await sender.send(delivery, hand_over)
    if outcome.result in ("failed", "unknown"):
        outcome = dataclasses.replace(outcome, result="refused")
    parameters = {
        "worker": worker,
        "ids": [delivery.id],
        "results": [outcome.result],
        "reasons": [outcome.reason],
        "codes": [outcome.code],
        "excerpts": [(outcome.excerpt or "")[:EXCERPT_CHARACTERS] or None],
        "retry_seconds": [outcome.retry_seconds],
        "lane_faults": [outcome.is_lane_fault],
        "receipt_ids": [outcome.receipt_id],
    }
    await db.run(lambda c: fetch_one(c, QUERIES.settle, parameters))
