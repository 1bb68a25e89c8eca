"""The loop that repeats each duty of a worker (SPEC §7)."""

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal

# How long a pass may go on once the worker was told to stop; it is cancelled then.
FINISH_SECONDS = 10.0

log = logging.getLogger("holdfast.workers")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do again and again, safe to be done by several processes at once.

    run: one pass, bounded in work; says how many things it has dealt with.
    batch_rows: a pass that deals with as many has left some, and the next does not wait.
    """

    name: str
    interval_seconds: float
    run: Callable[[Database], Awaitable[int]]
    batch_rows: float = math.inf


@asynccontextmanager
async def duties_running(duties: Sequence[Duty], db: Database) -> AsyncIterator[None]:
    """Repeat the duties as long as the block lasts; a pass under way at its end may finish."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(run_duty(duty, db, stop), name=duty.name) for duty in duties]
    try:
        yield
    finally:
        stop.set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=FINISH_SECONDS)
            for task in late:
                log.warning("%s was cut short", task.get_name())
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def run_duty(duty: Duty, db: Database, stop: asyncio.Event) -> None:
    """Do the duty now and then every `interval_seconds`, until told to stop.

    The times vary by a tenth, so that several processes do not all come at once. While there is
    more to do, a pass comes after a rest as long as the last one took: others need the processor,
    too. A pass that fails is logged and counted; the next one comes as usual.
    """
    delay_seconds = random.uniform(0, min(1.0, duty.interval_seconds))
    while not await _is_set_within(stop, delay_seconds):
        began = time.perf_counter()
        has_more = await one_pass(duty, db) >= duty.batch_rows
        took_seconds = time.perf_counter() - began
        metrics.DUTY_SECONDS.labels(duty.name).observe(took_seconds)
        usual_seconds = duty.interval_seconds * random.uniform(0.9, 1.1)
        delay_seconds = min(took_seconds, usual_seconds) if has_more else usual_seconds


async def one_pass(duty: Duty, db: Database) -> int:
    """Do the duty once; how many things it has dealt with. Never raises."""
    count = 0
    try:
        count = await duty.run(db)
    except Refusal as refusal:
        metrics.DUTY_PASSES.labels(duty.name, "failed").inc()
        log.warning("%s: %s", duty.name, refusal.detail)
    except Exception:
        metrics.DUTY_PASSES.labels(duty.name, "failed").inc()
        log.exception("%s failed", duty.name)
    else:
        metrics.DUTY_PASSES.labels(duty.name, "ok").inc()
        if count:
            metrics.DUTY_ITEMS.labels(duty.name).inc(count)
            log.info("%s: %d", duty.name, count)
    return count


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
