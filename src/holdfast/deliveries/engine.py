"""Everything of this process that sends: planners, couriers, the sweep (docs/deliveries.md)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import time
from typing import Any, LiteralString

from holdfast.deliveries import standing
from holdfast.deliveries.courier import LEASE_SECONDS, Courier
from holdfast.deliveries.model import Sender
from holdfast.deliveries.statements import QUERIES, Quiet
from holdfast.kernel import metrics
from holdfast.kernel.db import Database, fetch_all, fetch_one
from holdfast.kernel.loops import repeat, running

PLAN_SECONDS = 0.1
PLAN_EVENTS = 500
SWEEP_SECONDS = 1.0
SWEEP_ROWS = 500
FINISH_SECONDS = 10.0
# So many may wait in a webhook's lane before the log waits for it instead.
LANE_ROOM = 10_000

log = logging.getLogger("holdfast.deliveries")


@dataclass(frozen=True, slots=True)
class Plan:
    """How messages to people are planned.

    channels: what this server can send by; quiet_from, quiet_to: for who set no quiet hours.
    """

    channels: tuple[str, ...]
    delay_seconds: float
    quiet_from: time
    quiet_to: time
    sms_repeats: bool = False


class Engine:
    """Any number of processes may run one on the same database.

    Args:
        lease_seconds: after which others may take what a worker has claimed.
    """

    def __init__(
        self,
        db: Database,
        senders: Sequence[Sender],
        plan: Plan,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._db = db
        self._plan = plan
        quiet = Quiet(plan.quiet_from, plan.quiet_to)
        self._couriers = [Courier(db, sender, lease_seconds, quiet) for sender in senders]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Plan and send as long as the block lasts; what is on its way at its end may finish."""
        try:
            async with self._loops():
                yield
        finally:
            await asyncio.gather(*(courier.finish(FINISH_SECONDS) for courier in self._couriers))

    @asynccontextmanager
    async def _loops(self) -> AsyncIterator[None]:
        async with running(
            repeat(self._plan_webhooks, log, "planning webhooks"),
            repeat(self._plan_notifications, log, "planning notifications"),
            repeat(self._plan_calendars, log, "planning calendars"),
            repeat(self._sweep, log, "sweeping deliveries"),
            repeat(lambda: standing.watch(self._db), log, "counting deliveries"),
            *(courier.run() for courier in self._couriers),
        ):
            yield

    def wake(self) -> None:
        """Say that deliveries may be due."""
        for courier in self._couriers:
            courier.wake()

    async def _plan_webhooks(self) -> None:
        parameters = {"limit": PLAN_EVENTS, "room": LANE_ROOM}
        passed = await self._value(QUERIES.plan_webhooks, parameters, "passed") or 0
        passed += await self._value(QUERIES.plan_full_lanes, parameters, "passed") or 0
        await self._after_planning(passed)

    async def _plan_notifications(self) -> None:
        parameters = {
            "limit": PLAN_EVENTS,
            "delay_seconds": self._plan.delay_seconds,
            "channels": list(self._plan.channels),
            "quiet_from": self._plan.quiet_from,
            "quiet_to": self._plan.quiet_to,
        }
        passed = await self._value(QUERIES.plan_notifications, parameters, "passed") or 0
        await self._after_planning(passed)

    async def _plan_calendars(self) -> None:
        passed = await self._value(QUERIES.plan_calendars, {"limit": PLAN_EVENTS}, "passed") or 0
        await self._after_planning(passed)

    async def _after_planning(self, passed: int) -> None:
        if passed:
            self.wake()
        if passed < PLAN_EVENTS:
            await asyncio.sleep(PLAN_SECONDS)

    async def _sweep(self) -> None:
        parameters = {"limit": SWEEP_ROWS, "sms_repeats": self._plan.sms_repeats}
        rows = await self._db.run(lambda c: fetch_all(c, QUERIES.sweep, parameters))
        for row in rows:
            if row["outcome"] != "again":
                metrics.DELIVERIES.labels(row["channel"], row["outcome"]).inc(row["moved"])
        if rows:
            self.wake()
        if sum(row["moved"] for row in rows) < SWEEP_ROWS:
            await asyncio.sleep(SWEEP_SECONDS)

    async def _value(self, query: LiteralString, parameters: dict[str, Any], name: str) -> Any:
        row = await self._db.run(lambda c: fetch_one(c, query, parameters))
        assert row is not None
        return row[name]
