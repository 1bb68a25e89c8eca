"""PostgreSQL is killed while a worker sends."""

import os
import signal
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest

from holdfast.deliveries.engine import Plan
from holdfast.kernel.embedded import EmbeddedPostgres
from holdfast.kernel.migrate import migrate
from tests.deliveries.crashes.sink import Sink
from tests.deliveries.crashes.support import EVENTS, Job
from tests.deliveries.drive import Drive
from tests.embedded.support import wait_until
from tests.support.cluster import bin_dir
from tests.support.make import Make
from tests.support.scratch import scratch

pytestmark = pytest.mark.timeout(180)
PLAN = Plan((), 0.0, time(21), time(8))


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """As in production: it keeps what it has committed, and is started again when it dies."""
    with (
        scratch(tmp_path / "cluster") as data_dir,
        EmbeddedPostgres(data_dir, bin_dir=bin_dir()) as postgres,
    ):
        migrate(postgres.owner_url)
        yield postgres


def test_postgresql_killed_while_a_worker_sends(postgres: EmbeddedPostgres) -> None:
    """The worker lives on, and settles what was answered meanwhile as soon as it can."""
    make = Make(postgres.owner_url)
    with Sink() as sink:
        job = Job(Drive(make, PLAN), postgres.server_url, sink)
        sink.wait_seconds = 0.2
        with job.worker(room=4, lease_seconds=60) as worker:
            for share in (4, 12):
                wait_until(lambda s=share: len(sink.seen) >= s, "some are sent", seconds=60)
                killed = postgres.pid
                os.kill(killed, signal.SIGKILL)
                wait_until(lambda k=killed: is_another(postgres, k), "it is started again")
            make.close()
            job.drive.make = job.make = make = Make(postgres.owner_url)
            wait_until(lambda: job.count("sent") == EVENTS, "all are sent", seconds=90)
            assert worker.poll() is None
        assert job.check() == []
    make.close()


def is_another(postgres: EmbeddedPostgres, pid: int) -> bool:
    """Whether PostgreSQL runs again, as another process."""
    try:
        if postgres.pid == pid:
            return False
        Make(postgres.owner_url).close()
    except Exception:
        return False
    return True
