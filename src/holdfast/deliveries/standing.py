"""How the deliveries stand, for `/metrics` and the log (docs/operations.md)."""

import logging
from collections import defaultdict
from typing import get_args

from holdfast.deliveries.model import Channel
from holdfast.deliveries.statements import QUERIES
from holdfast.kernel import metrics
from holdfast.kernel.db import Database, fetch_all

LOOK_SECONDS = 5.0
LANE_STATES = ("open", "paused", "stopped", "needs_attention")

log = logging.getLogger("holdfast.deliveries")


async def look(db: Database) -> None:
    """Set the gauges, and log the gaps that nobody has logged yet.

    Raises:
        Refusal: `unavailable`.
    """
    rows = await db.run(lambda c: fetch_all(c, QUERIES.standing))
    values: defaultdict[tuple[str, str | None, str | None], float] = defaultdict(float)
    values |= {(row["what"], row["label"], row["state"]): row["value"] for row in rows}
    # What there is none of is said, too: it may have been there before.
    for channel in get_args(Channel):
        metrics.DELIVERIES_PENDING.labels(channel).set(values["pending", channel, None])
        metrics.DELIVERIES_OLDEST_DUE_SECONDS.labels(channel).set(
            values["oldest_due", channel, None]
        )
        for state in LANE_STATES:
            metrics.LANES.labels(channel, state).set(values["lanes", channel, state])
    for row in rows:
        if row["what"] == "lag":
            metrics.CONSUMER_LAG_EVENTS.labels(row["label"]).set(row["value"])
    gaps = values["gaps", None, None]
    metrics.CONSUMER_GAPS.set(gaps)
    if gaps:
        for row in await db.run(lambda c: fetch_all(c, QUERIES.tell_gaps)):
            log.warning(
                "consumer %s: events were gone before they were planned (%d times)",
                row["name"],
                row["gaps"],
            )
