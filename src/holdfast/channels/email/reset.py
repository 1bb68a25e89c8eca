"""The link of a mail that sets a new password. Its secret is in the delivery, sealed."""

from math import floor
from typing import Any

from holdfast.deliveries.model import Claimed
from holdfast.http.auth import secret_hash
from holdfast.http.sealing import Seal
from holdfast.kernel.db import Database, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.email")


async def reset_links(
    db: Database, seal: Seal, base_url: str, delivery: Claimed
) -> dict[str, Any] | None:
    """Where the mail leads, and for how long; None for a link that was used or has ended."""
    opened = seal.open_for(delivery.id, delivery.sealed) if delivery.sealed is not None else None
    if opened is None:
        return None
    secret = opened.decode()
    row = await db.run(
        lambda c: fetch_one(c, QUERIES.reset_seconds, {"secret_hash": secret_hash(secret)})
    )
    if row is None:
        return None
    return {
        "reset": f"{base_url}/reset-password?token={secret}",
        "resetMinutes": max(1, floor(row["seconds"] / 60 + 0.5)),
    }
