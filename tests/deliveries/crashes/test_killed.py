"""kill -9 of a worker at each line of the engine (SPEC-deliveries §2, "When a worker dies")."""

import random
import signal
from collections.abc import Iterator

import pytest

from tests.deliveries.crashes.sink import Sink
from tests.deliveries.crashes.support import EVENTS, Job
from tests.deliveries.drive import Drive
from tests.embedded.support import wait_until
from tests.support.cluster import TestDatabase

pytestmark = pytest.mark.timeout(180)
# How many the sink sees twice: only what is hit between the hand-over and the answer's commit.
POINTS = {
    "before planning": 0,
    "after planning": 0,
    "before claim": 0,
    "after claim": 0,
    "before mark": 0,
    "after mark": 0,
    "before the request": 0,
    "before the answer was read": 1,
    "after the answer": 1,
    "before settle": 1,
    "after settle": 0,
}


@pytest.fixture
def job(drive: Drive, database: TestDatabase) -> Iterator[Job]:
    with Sink() as sink:
        yield Job(drive, database.server_url, sink)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_each_line(job: Job, point: str) -> None:
    with job.worker(point, 1 if "planning" in point else 3) as worker:
        assert worker.wait(60) == -signal.SIGKILL
    assert job.count("sent") < EVENTS
    job.finish()
    assert len(job.check()) == POINTS[point]


def test_killed_while_the_sink_answers(job: Job) -> None:
    job.sink.kill_at = 5
    with job.worker() as worker:
        assert worker.wait(60) == -signal.SIGKILL
    job.finish()
    assert len(job.check()) == 1


@pytest.mark.parametrize(
    ("point", "nth"), [("after mark", 2), ("after the answer", 6), ("before settle", 2)]
)
def test_killed_with_many_on_their_way(job: Job, point: str, nth: int) -> None:
    """Statements are for several at once, so there are fewer of them."""
    job.sink.wait_seconds = 0.02
    with job.worker(point, nth, room=8) as worker:
        assert worker.wait(60) == -signal.SIGKILL
    job.finish(room=8)
    assert len(job.check()) <= 8


def test_killed_again_and_again(job: Job) -> None:
    """At any moment, with another worker at work beside it; what is uncertain may come once more
    for each kill that hit it."""
    dice = random.Random(7)
    job.sink.wait_seconds = 0.05
    with job.worker(room=2):
        for _ in range(4):
            with job.worker(room=2) as doomed:
                before = len(job.sink.seen)
                more = dice.randint(1, 4)
                wait_until(
                    lambda b=before, m=more: (
                        len(job.sink.seen) >= b + m or job.count("sent") == EVENTS
                    ),
                    "some more come",
                    seconds=60,
                )
                doomed.send_signal(signal.SIGKILL)
        wait_until(lambda: job.count("sent") == EVENTS, "all are sent", seconds=60)
    job.check(most=3)


def test_sigterm_loses_nothing(job: Job) -> None:
    """What is under way ends; what is not begun goes back, without a try and without its lease."""
    job.sink.wait_seconds = 0.5
    with job.worker(room=4, lease_seconds=60) as worker:
        wait_until(lambda: len(job.sink.seen) >= 2, "some are on their way")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    assert job.count("sending", "uncertain") == 0
    assert 0 < job.count("sent") < EVENTS
    assert job.count("sent") + job.count("pending") == EVENTS
    job.sink.wait_seconds = 0
    job.finish(room=8)
    assert job.check() == []
    assert all(len(job.drive.attempts(row["id"])) == 1 for row in job.drive.deliveries())
