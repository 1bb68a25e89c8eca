"""Loops go on whatever happens, and end when they are told to."""

import asyncio
import logging
from typing import Any

import pytest
from prometheus_client import REGISTRY

from holdfast.kernel.errors import unavailable
from holdfast.kernel.loops import Heartbeat, Loop, heartbeats, running


def counted(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


def beat(name: str) -> Heartbeat:
    (found,) = [beat for beat in heartbeats() if beat.name == name]
    return found


async def test_a_step_is_repeated_until_the_end() -> None:
    passes = 0
    enough = asyncio.Event()

    async def step() -> None:
        nonlocal passes
        passes += 1
        if passes == 3:
            enough.set()

    async with running(Loop("count", step, rest_seconds=0.001)):
        await enough.wait()
    passes_at_the_end = passes
    await asyncio.sleep(0.02)
    assert passes == passes_at_the_end
    assert "count" not in [beat.name for beat in heartbeats()]


async def test_a_step_that_never_waits_leaves_others_their_turn() -> None:
    async def busy() -> None:
        pass

    async with running(Loop("busy", busy)):
        await asyncio.sleep(0.01)


async def test_what_is_left_does_not_wait_for_the_next_time() -> None:
    counts = [200, 200, 7]
    begun: list[float] = []
    all_done = asyncio.Event()

    async def step() -> int:
        begun.append(asyncio.get_running_loop().time())
        if len(counts) == 1:
            all_done.set()
        return counts.pop(0) if counts else 0

    # Had it rested for an hour between them, the test would run out of time.
    async with running(Loop("sweep", step, rest_seconds=3600, batch_rows=200)):
        await all_done.wait()
        await asyncio.sleep(0.02)
    assert len(begun) == 3  # the batch that was not full was the last


@pytest.mark.parametrize("error", [ValueError("a mistake"), asyncio.CancelledError()])
async def test_a_failing_loop_goes_on_and_disturbs_no_other(
    error: BaseException, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that something inside the step cancels: nobody told the loop to end."""
    monkeypatch.setattr("holdfast.kernel.loops.FIRST_PAUSE_SECONDS", 0.001)
    failures, recovered = 0, asyncio.Event()

    async def fail_twice() -> None:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise error
        recovered.set()
        await asyncio.Event().wait()

    async def work() -> int:
        return 1

    before = counted("holdfast_loop_passes_total", loop="failing", result="failed")
    items = counted("holdfast_loop_items_total", loop="working")
    loops = [Loop("failing", fail_twice), Loop("working", work, rest_seconds=0.001)]
    async with running(*loops):
        await recovered.wait()
        assert beat("failing").failures == 2
    after = counted("holdfast_loop_passes_total", loop="failing", result="failed")
    assert after == before + 2
    assert counted("holdfast_loop_items_total", loop="working") > items
    assert any(record.message == "failing failed" and record.exc_info for record in caplog.records)


async def test_pauses_grow_up_to_a_limit_and_begin_anew_after_a_success() -> None:
    outcomes: list[BaseException | None] = [ValueError()] * 8
    outcomes += [None, ValueError()]

    async def step() -> None:
        error = outcomes.pop(0)
        if error:
            raise error

    loop = Loop("pausing", step)
    pauses = [await loop._pass() for _ in range(10)]
    assert 0.4 < pauses[0] < 0.6 < pauses[1] < 1.2 < pauses[2]
    assert 4.4 < pauses[7] <= 5.0
    assert pauses[8] == 0.0
    assert pauses[9] < 0.6


async def test_processes_that_wait_for_the_same_thing_do_not_all_come_at_once() -> None:
    async def step() -> None:
        raise unavailable("The database is not available.")

    loops = [Loop("waiting", step) for _ in range(8)]
    longest = [[await loop._pass() for _ in range(8)][-1] for loop in loops]
    assert len(set(longest)) > 1


async def test_a_database_that_is_away_is_one_line_not_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def step() -> int:
        raise unavailable("The database is not available.")

    loop = Loop("away", step, rest_seconds=1)
    for _ in range(3):
        await loop._pass()
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)


async def test_a_pass_that_takes_too_long_is_called_stuck() -> None:
    async def step() -> None:
        await asyncio.Event().wait()

    async with running(Loop("slow", step, stuck_seconds=0.01), Loop("fine", step)):
        await asyncio.sleep(0.02)
        assert beat("slow").is_stuck
        assert not beat("fine").is_stuck


async def test_a_pass_under_way_may_finish() -> None:
    began, finished = asyncio.Event(), False

    async def step() -> None:
        nonlocal finished
        began.set()
        await asyncio.sleep(0.05)
        finished = True

    async with running(Loop("slow", step, rest_seconds=60, finish_seconds=10)):
        await began.wait()
    assert finished


@pytest.mark.parametrize("finish_seconds", [0, 0.05])
async def test_a_pass_that_takes_too_long_at_the_end_is_cut_short(finish_seconds: float) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def step() -> Any:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(Loop("endless", step, finish_seconds=finish_seconds)):
        await began.wait()
    assert ended.is_set()


async def test_a_loop_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost = 0

    async def deaf_at_first() -> None:
        nonlocal lost
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if lost:
                raise
            lost += 1
            await asyncio.Event().wait()

    async with running(Loop("deaf", deaf_at_first)):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert lost == 1
