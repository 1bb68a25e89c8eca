"""Claims, sends and settles the deliveries of one channel (docs/deliveries.md)."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from holdfast.deliveries.batch import Batch
from holdfast.deliveries.model import EXCERPT_CHARACTERS, Claimed, NotOursError, Outcome, Sender
from holdfast.kernel import metrics
from holdfast.kernel.db import Database, fetch_all, fetch_one
from holdfast.kernel.errors import Refusal
from holdfast.kernel.ids import new_id
from holdfast.kernel.loops import repeat
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.deliveries")
LEASE_SECONDS = 60.0
# A try ends before its lease does, with time left to settle it.
TRY_SECONDS = 45.0
POLL_SECONDS = 1.0
# Calls that end at about the same time make one claim.
GATHER_SECONDS = 0.005
SETTLE_AGAIN_SECONDS = 0.5
COLUMNS = [field.name for field in fields(Claimed)]

log = logging.getLogger("holdfast.deliveries")


class Courier:
    """Any number of processes may run one for the same channel; the claim keeps them apart."""

    def __init__(self, db: Database, sender: Sender) -> None:
        self._db = db
        self._sender = sender
        self._worker = new_id()
        self._mark = Batch(self._mark_all)
        self._settle = Batch(self._settle_all)
        self._under_way: dict[asyncio.Task[None], Claimed] = {}
        self._handed_over: set[UUID] = set()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that something may be due."""
        self._woken.set()

    async def run(self) -> None:
        """Claim and send until cancelled; what is under way goes on (`finish`)."""
        await repeat(self._step, log, f"sending by {self._sender.channel}")

    async def finish(self, seconds: float) -> None:
        """Let what is under way end. What takes longer is given up: unless it was handed over, it
        goes back without a try."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=seconds)
        unbegun = [
            self._under_way[task].id
            for task in late
            if self._under_way[task].id not in self._handed_over
        ]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if unbegun:
            parameters = {"worker": self._worker, "ids": unbegun}
            await self._db.run(lambda c: fetch_one(c, QUERIES.release, parameters))

    async def _step(self) -> None:
        self._woken.clear()
        room = self._sender.process_room - len(self._under_way)
        claimed = await self._claim(room) if room > 0 else []
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            self._under_way[task] = delivery
            task.add_done_callback(self._ended)
        if claimed and len(claimed) >= room:
            return
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            pass

    def _ended(self, task: asyncio.Task[None]) -> None:
        delivery = self._under_way.pop(task)
        self._handed_over.discard(delivery.id)
        self._woken.set()

    async def _claim(self, room: int) -> list[Claimed]:
        busy = Counter(delivery.lane for delivery in self._under_way.values())
        parameters = {
            "worker": self._worker,
            "lease_seconds": LEASE_SECONDS,
            "limit": room,
            "channels": [self._sender.channel],
            "rooms": [self._sender.lane_room],
            "busy_lanes": list(busy.keys()),
            "busy": list(busy.values()),
        }
        rows = await self._db.run(lambda c: fetch_all(c, QUERIES.claim, parameters))
        for row in rows:
            if row["state"] != "sending":
                metrics.DELIVERIES.labels(row["channel"], row["state"]).inc()
        return [
            Claimed(**{name: row[name] for name in COLUMNS})
            for row in rows
            if row["state"] == "sending"
        ]

    async def _deliver(self, delivery: Claimed) -> None:
        async def hand_over() -> None:
            if not await self._mark(delivery.id):
                raise NotOursError
            self._handed_over.add(delivery.id)

        try:
            async with asyncio.timeout(TRY_SECONDS):
                outcome = await self._sender.send(delivery, hand_over)
        except NotOursError:
            return
        except Refusal as refusal:  # the database is away
            outcome = self._gone_wrong(delivery, refusal.scenario, is_lane_fault=False)
        except TimeoutError:
            outcome = self._gone_wrong(delivery, "timeout", is_lane_fault=True)
        except Exception as error:
            # Only the kind: a message may quote an address.
            log.exception("a %s delivery failed", delivery.channel)
            outcome = self._gone_wrong(delivery, type(error).__name__, is_lane_fault=False)
        await self._settle_surely(delivery, outcome)

    def _gone_wrong(self, delivery: Claimed, code: str, *, is_lane_fault: bool) -> Outcome:
        was_handed_over = delivery.id in self._handed_over
        result = "unknown" if was_handed_over else "failed"
        return Outcome(result, code=code, is_lane_fault=is_lane_fault)

    async def _settle_surely(self, delivery: Claimed, outcome: Outcome) -> None:
        """Settle, again and again while the database is away and the lease is held."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LEASE_SECONDS
        while True:
            try:
                await self._settle((delivery, outcome))
            except Refusal:
                if loop.time() > until:
                    log.warning("a %s delivery could not be settled", delivery.channel)
                    return
                await asyncio.sleep(SETTLE_AGAIN_SECONDS)
            else:
                break
        metrics.DELIVERIES.labels(delivery.channel, outcome.result).inc()

    async def _mark_all(self, ids: Sequence[UUID]) -> list[bool]:
        parameters = {"worker": self._worker, "ids": list(ids)}
        rows = await self._db.run(lambda c: fetch_all(c, QUERIES.mark, parameters))
        marked = {row["id"] for row in rows}
        return [id in marked for id in ids]

    async def _settle_all(self, settled: Sequence[tuple[Claimed, Outcome]]) -> list[None]:
        outcomes = [outcome for _, outcome in settled]
        parameters = {
            "worker": self._worker,
            "ids": [delivery.id for delivery, _ in settled],
            "results": [outcome.result for outcome in outcomes],
            "reasons": [outcome.reason for outcome in outcomes],
            "codes": [outcome.code for outcome in outcomes],
            "excerpts": [
                (outcome.excerpt or "")[:EXCERPT_CHARACTERS] or None for outcome in outcomes
            ],
            "retry_seconds": [outcome.retry_seconds for outcome in outcomes],
            "lane_faults": [outcome.is_lane_fault for outcome in outcomes],
            "receipt_ids": [outcome.receipt_id for outcome in outcomes],
        }
        await self._db.run(lambda c: fetch_one(c, QUERIES.settle, parameters))
        return [None] * len(settled)
