"""Everything of this process that sends: planners, couriers, the sweep (docs/deliveries.md)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import time
from typing import Any, LiteralString

from holdfast.deliveries import standing
from holdfast.deliveries.courier import LEASE_SECONDS, Courier
from holdfast.deliveries.from_kafka import FromKafka
from holdfast.deliveries.model import Sender
from holdfast.deliveries.statements import QUERIES, Quiet
from holdfast.events.kafka.reader import Read
from holdfast.kernel import metrics
from holdfast.kernel.db import Database, fetch_all, fetch_one
from holdfast.kernel.kafka_url import KafkaUrl
from holdfast.kernel.loops import Loop, running

PLAN_SECONDS = 0.1
PLAN_EVENTS = 500
SWEEP_SECONDS = 1.0
SWEEP_ROWS = 500
FINISH_SECONDS = 10.0
# Who follows the log, as in `consumers`.
CONSUMERS = ("calendar", "notify", "webhook")
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
        kafka: where events are planned from instead of the log.
    """

    def __init__(
        self,
        db: Database,
        senders: Sequence[Sender],
        plan: Plan,
        lease_seconds: float = LEASE_SECONDS,
        kafka: KafkaUrl | None = None,
    ) -> None:
        self._db = db
        self._plan = plan
        self._kafka = kafka
        self._has_begun = False
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
        readers = self._readers()
        planning: dict[str, Callable[[], Awaitable[None]]] = {
            "plan_webhooks": self._plan_webhooks,
            "plan_notifications": self._plan_notifications,
            "plan_calendars": self._plan_calendars,
        }
        if self._kafka is not None:
            planning = {f"read_{reader.consumer}": reader.step for reader in readers}
            planning["plan_full_lanes"] = self._plan_full_lanes
        try:
            async with running(
                *(Loop(name, self._once_begun(step)) for name, step in planning.items()),
                Loop("delivery_sweep", self._sweep),
                Loop(
                    "delivery_numbers",
                    lambda: standing.look(self._db),
                    rest_seconds=standing.LOOK_SECONDS,
                ),
                *(courier.loop for courier in self._couriers),
            ):
                yield
        finally:
            await asyncio.gather(*(reader.close() for reader in readers))

    def _readers(self) -> list[FromKafka]:
        """Who plans from Kafka, if anybody."""
        if self._kafka is None:
            return []
        plans = {
            "webhook": (self._plan_read_webhooks, self._pass_webhooks),
            "notify": (self._plan_read_notifications, self._pass_notifications),
            "calendar": (self._plan_read_calendars, self._pass_calendars),
        }
        return [FromKafka(self._db, self._kafka, name, *plan) for name, plan in plans.items()]

    def _once_begun(self, step: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def begin_and_step() -> None:
            if not self._has_begun:
                kind = "kafka" if self._kafka else "log"
                parameters = {"kind": kind, "consumers": list(CONSUMERS)}
                await self._db.run(lambda c: fetch_one(c, QUERIES.begin_on_bus, parameters))
                self._has_begun = True
            await step()

        return begin_and_step

    def wake(self) -> None:
        """Say that deliveries may be due."""
        for courier in self._couriers:
            courier.wake()

    async def _plan_webhooks(self) -> None:
        passed = await self._pass_webhooks() + await self._pass_full_lanes()
        await self._after_planning(passed)

    async def _pass_webhooks(self) -> int:
        parameters = {"limit": PLAN_EVENTS, "room": LANE_ROOM}
        return await self._value(QUERIES.plan_webhooks, parameters, "passed") or 0

    async def _plan_full_lanes(self) -> None:
        await self._after_planning(await self._pass_full_lanes())

    async def _pass_full_lanes(self) -> int:
        parameters = {"limit": PLAN_EVENTS, "room": LANE_ROOM}
        return await self._value(QUERIES.plan_full_lanes, parameters, "passed") or 0

    async def _plan_notifications(self) -> None:
        await self._after_planning(await self._pass_notifications())

    async def _pass_notifications(self) -> int:
        parameters = {"limit": PLAN_EVENTS, **self._how_to_notify()}
        return await self._value(QUERIES.plan_notifications, parameters, "passed") or 0

    def _how_to_notify(self) -> dict[str, Any]:
        return {
            "delay_seconds": self._plan.delay_seconds,
            "channels": list(self._plan.channels),
            "quiet_from": self._plan.quiet_from,
            "quiet_to": self._plan.quiet_to,
        }

    async def _plan_read_webhooks(self, read: Read) -> None:
        parameters = {"room": LANE_ROOM, **read.parameters()}
        if await self._value(QUERIES.plan_published_webhooks, parameters, "passed"):
            self.wake()

    async def _plan_read_notifications(self, read: Read) -> None:
        parameters = {**self._how_to_notify(), **read.parameters()}
        if await self._value(QUERIES.plan_published_notifications, parameters, "passed"):
            self.wake()

    async def _plan_calendars(self) -> None:
        await self._after_planning(await self._pass_calendars())

    async def _pass_calendars(self) -> int:
        return await self._value(QUERIES.plan_calendars, {"limit": PLAN_EVENTS}, "passed") or 0

    async def _plan_read_calendars(self, read: Read) -> None:
        if await self._value(QUERIES.plan_published_calendars, read.parameters(), "passed"):
            self.wake()

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
