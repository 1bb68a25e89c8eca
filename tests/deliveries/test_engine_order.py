"""The engine whole, with a real HTTP endpoint that fails one in five."""

import asyncio
import random
from collections import defaultdict
from datetime import time

import aiohttp
import pytest

from holdfast.deliveries.engine import Engine, Plan
from holdfast.kernel.db import Database
from tests.deliveries.crashes.sink import Sink
from tests.deliveries.crashes.worker import Fate, PostSender
from tests.deliveries.drive import Drive
from tests.support.make import Make

APPOINTMENTS, CHANGES = 200, 20


@pytest.mark.timeout(300)
async def test_each_appointments_versions_arrive_rising(
    db: Database, drive: Drive, make: Make
) -> None:
    drive.endpoint()
    drive.start()
    make.db.execute(
        "INSERT INTO outbox (topic, key, type, payload) SELECT 'bookings', a.id, "
        "'booking.updated', jsonb_build_object('version', v, 'updates', '{}'::jsonb) "
        "FROM generate_series(1, %s) AS v CROSS JOIN (SELECT gen_random_uuid() AS id "
        "FROM generate_series(1, %s)) AS a ORDER BY v",
        [CHANGES, APPOINTMENTS],
    )
    dice = random.Random(12)
    with Sink() as sink:
        sink.decide = lambda _: 503 if dice.random() < 0.2 else 204
        async with aiohttp.ClientSession() as session:
            sender = PostSender(session, sink.url, 64, Fate("-", 1))
            async with Engine(db, [sender], Plan((), 0.0, time(21), time(8))).running():
                drive.relay()
                while await asyncio.to_thread(open_ones, make):
                    # Nobody waits for the delays here: what is to be tried again is due.
                    await asyncio.to_thread(hurry, make)
        rows = make.all(
            "SELECT d.id::text, o.key, (o.payload ->> 'version')::integer AS version, d.tries "
            "FROM deliveries AS d JOIN outbox AS o USING (position) WHERE d.state = 'sent'"
        )
        about = {row["id"]: (row["key"], row["version"]) for row in rows}
        assert len(about) == APPOINTMENTS * CHANGES
        arrived: defaultdict[object, list[int]] = defaultdict(list)
        tried: defaultdict[object, list[int]] = defaultdict(list)
        for seen in sink.seen:
            appointment, version = about[seen.delivery]
            tried[appointment].append(version)
            if seen.status == 204:
                arrived[appointment].append(version)
    assert len(arrived) == APPOINTMENTS
    assert all(versions == list(range(1, CHANGES + 1)) for versions in arrived.values())
    assert all(versions == sorted(versions) for versions in tried.values())
    assert sum(row["tries"] for row in rows) == len(sink.seen) > APPOINTMENTS * CHANGES * 1.15


def open_ones(make: Make) -> bool:
    row = make.one(
        "SELECT count(*) < %s OR bool_or(settled_at IS NULL) AS open FROM deliveries",
        APPOINTMENTS * CHANGES,
    )
    return row["open"]


def hurry(make: Make) -> None:
    make.db.execute(
        "UPDATE deliveries SET due_at = now() WHERE id = ANY (ARRAY("
        "SELECT id FROM deliveries WHERE state = 'pending' AND due_at > now() "
        "FOR UPDATE SKIP LOCKED))"
    )
    make.db.execute("UPDATE lanes SET paused_until = now() WHERE paused_until > now()")
