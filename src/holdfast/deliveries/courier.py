"""Claims, sends and settles the deliveries of one channel (docs/deliveries.md)."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence

from holdfast.deliveries import statements
from holdfast.deliveries.batch import Batch
from holdfast.deliveries.model import NotNowError, NotOursError, Outcome, Sender
from holdfast.deliveries.statements import Claim
from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from holdfast.kernel.loops import Loop, is_set_within

LEASE_SECONDS = 60.0
# A try ends before its lease does, with time left to settle it.
TRY_SHARE = 0.75
POLL_SECONDS = 1.0
# Calls that end at about the same time make one claim.
GATHER_SECONDS = 0.005
SETTLE_AGAIN_SECONDS = 0.5
# For what has its answer when the worker stops, and only has to be written down.
LAST_SECONDS = 5.0

log = logging.getLogger("holdfast.deliveries")


class Courier:
    """Any number of processes may run one for the same channel; the claim keeps them apart.

    Args:
        lease_seconds: after which others may take what this one has claimed.
        quiet: for who set no quiet hours.
    """

    def __init__(
        self,
        db: Database,
        sender: Sender,
        lease_seconds: float = LEASE_SECONDS,
        quiet: statements.Quiet = statements.Quiet(),  # noqa: B008 it never changes
    ) -> None:
        self._db = db
        self._sender = sender
        self._lease_seconds = lease_seconds
        self._quiet = quiet
        self._mark = Batch[Claim, bool](lambda claims: statements.mark(db, claims, quiet))
        self._settle = Batch[tuple[Claim, Outcome], None](self._settle_all)
        self._under_way: dict[asyncio.Task[None], Claim] = {}
        self._claiming: asyncio.Task[int] | None = None
        self._handed_over: set[Claim] = set()
        self._answered: set[Claim] = set()
        self._woken = asyncio.Event()
        self._stops = False
        # Claims and sends; what is under way at its end goes on (`finish`).
        self.loop = Loop(f"send_{sender.channel}", self._step)

    def wake(self) -> None:
        """Say that something may be due."""
        self._woken.set()

    async def finish(self, seconds: float) -> None:
        """Let what is under way end. What takes longer is given up: it goes back without a try, or
        is uncertain when it was handed over.
        """
        self._stops = True
        if self._claiming is not None:
            await asyncio.gather(self._claiming, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        late = {
            task: claim for task, claim in self._under_way.items() if claim not in self._answered
        }
        # Before they are cancelled: what has ended is forgotten.
        cut = [claim for claim in late.values() if claim in self._handed_over]
        unbegun = [claim for claim in late.values() if claim not in self._handed_over]
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        outcome = Outcome("unknown", code="stopped", is_lane_fault=None)
        try:
            if unbegun:
                await statements.release(self._db, unbegun)
            if cut:
                await statements.settle(self._db, [(claim, outcome) for claim in cut])
        except Refusal:
            log.warning(
                "%d %s deliveries are left to their leases", len(late), self._sender.channel
            )
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_SECONDS)
        for task in self._under_way:
            task.cancel()

    async def _step(self) -> None:
        self._woken.clear()
        room = self._sender.process_room - len(self._under_way)
        if room > 0:
            # Shielded: the answer to a claim is never lost because the worker stops.
            self._claiming = asyncio.create_task(self._claim(room))
            if await asyncio.shield(self._claiming) >= room:
                return
        if await is_set_within(self._woken, POLL_SECONDS):
            await asyncio.sleep(GATHER_SECONDS)

    async def _claim(self, room: int) -> int:
        """Begin what is due; how many were found."""
        busy = Counter(claim.delivery.lane for claim in self._under_way.values())
        found = await statements.claim(
            self._db, self._sender, self._lease_seconds, room, busy, self._quiet
        )
        for channel, state in found.untold:
            metrics.DELIVERIES.labels(channel, state).inc()
        if self._stops:
            if found.claims:
                await statements.release(self._db, found.claims)
            return 0
        for claim in found.claims:
            task = asyncio.create_task(self._deliver(claim))
            self._under_way[task] = claim
            task.add_done_callback(self._ended)
        # What was not sent after all leaves its room to the next ones.
        return room if found.untold else len(found.claims)

    def _ended(self, task: asyncio.Task[None]) -> None:
        claim = self._under_way.pop(task)
        self._handed_over.discard(claim)
        self._answered.discard(claim)
        self._woken.set()

    async def _deliver(self, claim: Claim) -> None:
        async def hand_over() -> None:
            if not await self._mark(claim):
                raise NotOursError
            self._handed_over.add(claim)

        delivery = claim.delivery
        try:
            async with asyncio.timeout(self._lease_seconds * TRY_SHARE):
                outcome = await self._sender.send(delivery, hand_over)
        except NotOursError:
            return
        except NotNowError:
            await self._release_surely(claim)
            return
        except Refusal:  # the database is away
            if claim not in self._handed_over:
                await self._release_surely(claim)
                return
            outcome = self._gone_wrong(claim, "unavailable", is_lane_fault=None)
        except TimeoutError:
            outcome = self._gone_wrong(claim, "timeout", is_lane_fault=True)
        except Exception as error:
            # Only the kind: a message may quote an address.
            log.error("a %s delivery failed: %s", delivery.channel, type(error).__name__)
            outcome = self._gone_wrong(claim, type(error).__name__, is_lane_fault=None)
        self._answered.add(claim)
        await self._settle_surely(claim, outcome)

    def _gone_wrong(self, claim: Claim, code: str, *, is_lane_fault: bool | None) -> Outcome:
        result = "unknown" if claim in self._handed_over else "failed"
        return Outcome(result, code=code, is_lane_fault=is_lane_fault)

    async def _release_surely(self, claim: Claim) -> None:
        """Give back, without a try, what was not handed over; else its lease does."""
        await asyncio.sleep(SETTLE_AGAIN_SECONDS)
        try:
            await statements.release(self._db, [claim])
        except Refusal:
            log.warning("a %s delivery is left to its lease", claim.delivery.channel)

    async def _settle_surely(self, claim: Claim, outcome: Outcome) -> None:
        """Settle, again and again while the database is away and the lease is held."""
        until = time.monotonic() + self._lease_seconds
        while True:
            try:
                await self._settle((claim, outcome))
            except Refusal:
                if time.monotonic() > until:
                    log.warning("a %s delivery could not be settled", claim.delivery.channel)
                    return
                await asyncio.sleep(SETTLE_AGAIN_SECONDS)
            except Exception:
                if outcome.code == "unsettled":
                    raise
                # What the sender says of it cannot be kept; what became of it can.
                log.exception("a %s delivery has no proper outcome", claim.delivery.channel)
                result = "failed" if outcome.result == "suppressed" else outcome.result
                outcome = Outcome(result, code="unsettled", is_lane_fault=None)
            else:
                break
        metrics.DELIVERIES.labels(claim.delivery.channel, outcome.result).inc()
        if outcome.result == "sent":
            lag = metrics.DELIVERY_LAG_SECONDS.labels(claim.delivery.channel)
            lag.observe(time.monotonic() - claim.began)

    async def _settle_all(self, settled: Sequence[tuple[Claim, Outcome]]) -> list[None]:
        await statements.settle(self._db, settled)
        return [None] * len(settled)
