"""The loop that repeats duties."""

import asyncio
import logging
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from holdfast.kernel.db import Database
from holdfast.kernel.errors import unavailable
from holdfast.workers.loop import Duty, duties_running, one_pass, run_duty

NO_DATABASE = cast(Database, None)


def counted(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


async def test_a_duty_is_repeated_until_the_end() -> None:
    passes = 0
    enough = asyncio.Event()

    async def run(_: Database) -> int:
        nonlocal passes
        passes += 1
        if passes == 3:
            enough.set()
        return 0

    async with duties_running([Duty("count", 0.001, run)], NO_DATABASE):
        await enough.wait()
    passes_at_the_end = passes
    await asyncio.sleep(0.02)
    assert passes == passes_at_the_end


async def test_what_is_left_does_not_wait_for_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts, rests = [200, 200, 7], []

    async def run(_: Database) -> int:
        return counts.pop(0)

    async def rest(_: asyncio.Event, seconds: float) -> bool:
        rests.append(seconds)
        return not counts  # the end of the duty

    monkeypatch.setattr("holdfast.workers.loop._is_set_within", rest)
    await run_duty(Duty("sweep", 3600, run, batch_rows=200), NO_DATABASE, asyncio.Event())
    # Before the first pass, and after each: only a batch that is not full was the last.
    assert [seconds > 60 for seconds in rests] == [False, False, False, True]


async def test_a_failing_duty_goes_on_and_disturbs_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures = 0
    enough = asyncio.Event()

    async def fail(_: Database) -> int:
        nonlocal failures
        failures += 1
        raise ValueError("a mistake")

    async def work(_: Database) -> int:
        if failures >= 2:
            enough.set()
        return 1

    duties = [Duty("failing", 0.001, fail), Duty("working", 0.001, work)]
    before = counted("holdfast_duty_items_total", duty="working")
    async with duties_running(duties, NO_DATABASE):
        await enough.wait()
    assert counted("holdfast_duty_passes_total", duty="failing", result="failed") >= 2
    assert counted("holdfast_duty_items_total", duty="working") > before
    assert any(record.message == "failing failed" and record.exc_info for record in caplog.records)


async def test_a_database_that_is_away_is_one_line_not_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run(_: Database) -> int:
        raise unavailable("The database is not available.")

    await one_pass(Duty("away", 1, run), NO_DATABASE)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)


async def test_a_pass_under_way_may_finish() -> None:
    began, finished = asyncio.Event(), False

    async def run(_: Database) -> int:
        nonlocal finished
        began.set()
        await asyncio.sleep(0.05)
        finished = True
        return 0

    async with duties_running([Duty("slow", 60, run)], NO_DATABASE):
        await began.wait()
    assert finished


async def test_a_pass_that_takes_too_long_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.workers.loop.FINISH_SECONDS", 0.05)
    began, ended = asyncio.Event(), asyncio.Event()

    async def run(_: Database) -> Any:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with duties_running([Duty("endless", 60, run)], NO_DATABASE):
        await began.wait()
    assert ended.is_set()
