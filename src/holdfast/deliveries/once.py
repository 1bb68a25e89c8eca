"""One try of one delivery, asked for by a person who waits for what becomes of it."""

import dataclasses
import time
from uuid import UUID

from holdfast.deliveries import statements
from holdfast.deliveries.model import Claimed, Sender
from holdfast.kernel.db import Database, Row


async def try_once(db: Database, sender: Sender, worker: UUID, row: Row) -> None:
    """Send what this claim has taken and marked, and settle it for good: no second try.

    Args:
        worker: the claim's name.
        row: the delivery, as a claim returns it.
    """

    async def hand_over() -> None:
        """It was marked as it was made."""

    delivery = Claimed(**{name: row[name] for name in statements.COLUMNS})
    outcome = await sender.send(delivery, hand_over)
    if outcome.result in ("failed", "unknown"):
        outcome = dataclasses.replace(outcome, result="refused")
    claim = statements.Claim(delivery, worker, time.monotonic())
    await statements.settle(db, [(claim, outcome)])
