"""What a courier does with outcomes, faults of its sender, and an absent database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest

from holdfast.deliveries import statements
from holdfast.deliveries.courier import Courier
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome, Result
from holdfast.kernel.db import Database
from holdfast.kernel.errors import unavailable
from holdfast.kernel.loops import running
from tests.deliveries.drive import Drive
from tests.embedded.support import wait_until


class Script:
    """A sender whose tries end as they are told to."""

    channel: Channel = "email"
    lane_room = 8
    process_room = 8

    def __init__(self, send: Callable[[int], Outcome | Exception | None]) -> None:
        self._send = send
        self.sent: list[Claimed] = []
        self.handed_over = 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        what = self._send(len(self.sent))
        self.sent.append(delivery)
        if what is None:  # before anything is handed over
            await self.may_end.wait()
            what = Outcome("sent")
        await hand_over()
        self.handed_over += 1
        await self.may_end.wait()
        if isinstance(what, Exception):
            raise what
        return what


@asynccontextmanager
async def courier(db: Database, sender: Script, seconds: float = 5) -> AsyncIterator[None]:
    """A courier at work; stopped at the end, with so much time for what is under way."""
    one = Courier(db, sender)
    try:
        async with running(one.loop):
            yield
    finally:
        await one.finish(seconds)


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, condition, "it is settled")


def states(drive: Drive) -> list[str]:
    return [row["state"] for row in drive.deliveries()]


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("sent", code="2\x0050", excerpt="a\x00b"),
        Outcome("sent", excerpt="x" * 5000, receipt_id="\ud800"),
        Outcome("sent", code="c" * 300),
        Outcome("sent", reason="no reason that there is"),
    ],
    ids=["NUL", "long, and half a character", "a long code", "an unknown reason"],
)
async def test_whatever_is_said_of_a_try_it_is_settled(
    db: Database, drive: Drive, outcome: Outcome
) -> None:
    """And nobody else's in the same statement is sent again for it."""
    drive.waiting("smtp", 6)
    sender = Script(lambda number: outcome if number == 2 else Outcome("sent"))
    async with courier(db, sender):
        await until(lambda: states(drive) == ["sent"] * 6)
    assert len(sender.sent) == 6


@pytest.mark.parametrize(
    ("error", "state"), [(ValueError("a secret"), "uncertain"), (TimeoutError(), "uncertain")]
)
async def test_a_sender_that_fails_after_the_hand_over(
    db: Database, drive: Drive, error: Exception, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    [id] = drive.waiting("smtp")
    async with courier(db, Script(lambda _: error)):
        await until(lambda: states(drive) == [state])
    assert drive.attempts(id) == ["unknown"]
    assert "a secret" not in caplog.text


async def test_a_suppressed_one_makes_way_at_once(db: Database, drive: Drive) -> None:
    """Many that say nothing true any more do not wait for a poll each time there is room."""
    drive.waiting("webhook:x", 60, channel="webhook", purpose="event")
    drive.make.db.execute("UPDATE deliveries SET endpoint_id = %s", [drive.endpoint()])
    drive.make.db.execute("UPDATE webhook_endpoints SET state = 'disabled', disabled_reason = 'x'")
    sender = Script(lambda _: Outcome("sent"))
    sender.channel = "webhook"
    began = asyncio.get_running_loop().time()
    async with courier(db, sender):
        await until(lambda: set(states(drive)) == {"suppressed"})
    assert asyncio.get_running_loop().time() - began < 5
    assert sender.sent == []


async def test_no_database_at_the_mark_costs_no_try(
    db: Database, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    [id] = drive.waiting("smtp")
    mark, calls = statements.mark, 0

    async def failing(*args: object) -> list[bool]:
        nonlocal calls
        calls += 1
        if calls == 1:
            await mark(*args)  # type: ignore[arg-type]  # it was written, and the answer was lost
            raise unavailable("gone")
        return await mark(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(statements, "mark", failing)
    async with courier(db, Script(lambda _: Outcome("sent"))):
        await until(lambda: states(drive) == ["sent"])
    assert drive.delivery(id)["tries"] == 1
    assert drive.attempts(id) == ["sent"]


async def test_no_database_at_the_end_of_a_try_is_waited_for(
    db: Database, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive.waiting("smtp", 3)
    settle, calls = statements.settle, 0

    async def failing(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise unavailable("gone")
        await settle(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(statements, "settle", failing)
    sender = Script(lambda _: Outcome("sent"))
    async with courier(db, sender):
        await until(lambda: states(drive) == ["sent"] * 3)
    assert len(sender.sent) == 3


@pytest.mark.parametrize("is_handed_over", [True, False])
async def test_what_takes_too_long_when_the_worker_stops(
    db: Database, drive: Drive, is_handed_over: bool
) -> None:
    [id] = drive.waiting("smtp")
    sender = Script(lambda _: Outcome("sent") if is_handed_over else None)
    sender.may_end.clear()
    async with courier(db, sender, seconds=0.2):
        await until(lambda: (len(sender.sent), sender.handed_over) == (1, int(is_handed_over)))
    row = drive.delivery(id)
    assert row["state"] == ("uncertain" if is_handed_over else "pending")
    assert row["tries"] == (1 if is_handed_over else 0)


async def test_each_result_is_what_it_says(db: Database, drive: Drive) -> None:
    drive.waiting("smtp", 4)
    results = cast(list[Result], ["sent", "failed", "refused", "suppressed"])
    sender = Script(lambda n: Outcome(results[n], reason="preference" if n == 3 else None))
    async with courier(db, sender):
        await until(lambda: sorted(states(drive)) == ["dead", "pending", "sent", "suppressed"])
