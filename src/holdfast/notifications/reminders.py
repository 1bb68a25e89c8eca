"""Finding the reminders that are due (SPEC-deliveries §3, docs/notifications.md)."""

from collections.abc import Sequence

from holdfast.deliveries.engine import Plan
from holdfast.kernel import metrics
from holdfast.kernel.db import Database, fetch_all
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.notifications", "queries_people.sql")
REMINDER_SECONDS = 15.0
# Of appointments that one pass looks at, for each time before the start.
BATCH_ROWS = 1000


async def plan_reminders(plan: Plan, minutes: Sequence[int], db: Database) -> int:
    """Write the reminders that are due now; their number.

    Any number of processes may do this at once: each time before the start is looked for by one.

    Args:
        minutes: before the start, of who chose none.
    """
    parameters = {
        "limit": BATCH_ROWS,
        "channels": list(plan.channels),
        "minutes": list(minutes),
        "quiet_from": plan.quiet_from,
        "quiet_to": plan.quiet_to,
    }
    rows = await db.run(
        lambda connection: fetch_all(connection, QUERIES.plan_reminders, parameters)
    )
    for row in rows:
        metrics.REMINDERS.labels(row["outcome"]).inc(row["count"])
    return sum(row["count"] for row in rows)
