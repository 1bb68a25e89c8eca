"""The one way to repeat something beside the requests.

A `Loop` goes on whatever its step raises: it logs the error, pauses, and tries again. `running()`
starts loops and ends them. `heartbeats()` says how those of this process stand, for `/health/ready`
and the metrics (docs/operations.md, "Loops").
"""

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.kernel import metrics
from holdfast.kernel.errors import Refusal

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
STUCK_SECONDS = 60.0
CANCEL_AGAIN_SECONDS = 0.5

Step = Callable[[], Awaitable[int | None]]

log = logging.getLogger("holdfast.loops")
_live: dict["Loop", None] = {}
# Its own: Hypothesis, for one, watches over the state of the common one.
_vary = random.Random()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a loop stands.

    last_pass: when a pass last ended well; failures: in a row since then; is_stuck: the pass that
    is under way takes longer than it ever should.
    """

    name: str
    last_pass: datetime | None
    failures: int
    is_stuck: bool


class Loop:
    """Something to do again and again, until the block of its `running()` ends.

    Args:
        name: as the log, the metrics and `/health/ready` name it.
        step: one pass, bounded in work and time; says how many things it has dealt with, if it
            counts any.
        rest_seconds: between two passes, varied by a tenth so that several processes do not all
            come at once. 0: the step itself waits where it has to.
        batch_rows: a pass that deals with as many has left some: the next one comes after a rest
            only as long as the pass took, for others need the processor, too.
        longest_pause_seconds: between passes that fail one after the other.
        stuck_seconds: no pass may take longer.
        finish_seconds: for which a pass under way goes on after the end; it is cancelled then.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        *,
        rest_seconds: float = 0.0,
        batch_rows: float = math.inf,
        longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
        stuck_seconds: float = STUCK_SECONDS,
        finish_seconds: float = 0.0,
    ) -> None:
        self.name = name
        self.finish_seconds = finish_seconds
        self._step = step
        self._rest_seconds = rest_seconds
        self._batch_rows = batch_rows
        self._longest_pause_seconds = longest_pause_seconds
        self._stuck_seconds = stuck_seconds
        self._stop = asyncio.Event()
        self._failures = 0
        self._last_pass: datetime | None = None
        self._began: float | None = None

    def stop(self) -> None:
        """Begin no further pass."""
        self._stop.set()

    def heartbeat(self) -> Heartbeat:
        took = 0.0 if self._began is None else time.monotonic() - self._began
        is_stuck = took > self._stuck_seconds
        return Heartbeat(self.name, self._last_pass, self._failures, is_stuck)

    async def run(self) -> None:
        """Repeat until stopped or cancelled."""
        _live[self] = None
        try:
            wait_seconds = _vary.uniform(0, min(1.0, self._rest_seconds))
            while not await self._is_stopped_within(wait_seconds):
                wait_seconds = await self._pass()
        finally:
            _live.pop(self, None)

    async def _pass(self) -> float:
        """Do it once; never raises. How many seconds to wait then."""
        began = self._began = time.monotonic()
        count = 0
        try:
            count = await self._step() or 0
        except Refusal as refusal:
            self._failed()
            if self._failures == 1:  # how long it goes on, the metrics say
                log.warning("%s waits: %s", self.name, refusal.detail)
        except (Exception, asyncio.CancelledError) as error:
            # Cancelled by nobody: something inside the step was, and this goes on.
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            self._failed()
            log.exception("%s failed", self.name)
        else:
            self._succeeded(count)
        finally:
            self._began = None
        took_seconds = time.monotonic() - began
        if self._rest_seconds:
            metrics.LOOP_SECONDS.labels(self.name).observe(took_seconds)
        rest_seconds = self._rest_seconds * _vary.uniform(0.9, 1.1)
        if self._failures:
            return max(rest_seconds, self._pause_seconds())
        return min(took_seconds, rest_seconds) if count >= self._batch_rows else rest_seconds

    def _succeeded(self, count: int) -> None:
        self._failures = 0
        self._last_pass = datetime.now(UTC)
        metrics.LOOP_LAST_PASS.labels(self.name).set(self._last_pass.timestamp())
        metrics.LOOP_PASSES.labels(self.name, "ok").inc()
        if count:
            metrics.LOOP_ITEMS.labels(self.name).inc(count)
            log.info("%s: %d", self.name, count)

    def _failed(self) -> None:
        self._failures += 1
        metrics.LOOP_PASSES.labels(self.name, "failed").inc()

    def _pause_seconds(self) -> float:
        doubled = FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 16)
        # Varied at the limit, too: processes that lost the same database must not all come at once.
        return min(doubled, self._longest_pause_seconds) * _vary.uniform(0.9, 1.0)

    async def _is_stopped_within(self, seconds: float) -> bool:
        if seconds > 0:
            return await is_set_within(self._stop, seconds)
        # A step that never waits must not keep all others from their turn.
        await asyncio.sleep(0)
        return self._stop.is_set()


def heartbeats() -> list[Heartbeat]:
    """Those of the loops that run in this process."""
    return [loop.heartbeat() for loop in _live]


@asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    """Run these loops as long as the block lasts."""
    tasks = {asyncio.create_task(loop.run(), name=loop.name): loop for loop in loops}
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        patient = [task for task, loop in tasks.items() if loop.finish_seconds]
        await _cancel([task for task in tasks if task not in patient])
        if patient:
            seconds = max(loop.finish_seconds for loop in loops)
            _, late = await asyncio.wait(patient, timeout=seconds)
            for task in late:
                log.warning("%s was cut short", task.get_name())
            await _cancel(list(late))


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set by then; returns as soon as it is."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return event.is_set()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    pending = set(tasks)
    while pending:
        # Again and again: `asyncio.wait_for` of Python 3.11 loses a cancellation that comes just
        # as what it waits for is done, and a loop would go on for ever.
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
