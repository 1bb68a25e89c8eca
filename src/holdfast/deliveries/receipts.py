"""What the other side says later of what was sent (docs/deliveries.md, "Receipts")."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from holdfast.deliveries.statements import QUERIES
from holdfast.kernel.db import Database, Row, fetch_one

Status = Literal["sent", "delivered", "failed", "bounced", "complained", "stopped", "started"]
Noted = Literal["noted", "repeated", "unknown", "early"]
# A receipt (or a bounce) may be quicker than the answer to the message that it is about.
EARLY_SECONDS = 3.0
AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery.

    source, message_id: what tells a repeated receipt from a new one.
    delivery_id, receipt_id: one of them: our name of the delivery, or the other side's.
    """

    source: str
    message_id: str
    status: Status
    delivery_id: UUID | None = None
    receipt_id: str | None = None


async def note_receipt(db: Database, receipt: Receipt) -> Noted:
    """Note it; `early` when the delivery is still on its way after some seconds."""
    parameters = {
        "source": receipt.source,
        "message_id": receipt.message_id,
        "delivery_id": receipt.delivery_id,
        "receipt_id": receipt.receipt_id,
        "status": receipt.status,
    }
    return await until_known(
        lambda: db.run(lambda c: fetch_one(c, QUERIES.note_receipt, parameters))
    )


async def until_known(note: Callable[[], Awaitable[Row | None]]) -> Any:
    """The outcome of a statement, asked again for some seconds while it is `early`."""
    until = asyncio.get_running_loop().time() + EARLY_SECONDS
    while True:
        row = await note()
        assert row is not None
        if row["outcome"] != "early" or asyncio.get_running_loop().time() > until:
            return row["outcome"]
        await asyncio.sleep(AGAIN_SECONDS)


async def note_sms_reply(
    db: Database, source: str, message_id: str, number: str, status: Literal["stopped", "started"]
) -> Noted:
    """Note that who has this number (E.164) wants no more SMS, or wants them again."""
    parameters = {
        "source": source,
        "message_id": message_id,
        "number": number,
        "status": status,
    }
    row = await db.run(lambda c: fetch_one(c, QUERIES.note_sms_reply, parameters))
    assert row is not None
    return row["outcome"]
