"""Many connections at once stay connected while changes flow (SPEC §5)."""

import asyncio
import itertools
from pathlib import Path

import pytest
from bench.realtime import Sockets, write

from tests.support.make import Make, soon
from tests.support.relay import all_relayed
from tests.support.server import Server

APPOINTMENTS = 50


@pytest.mark.parametrize(
    ("sockets", "per_second", "seconds"),
    [
        pytest.param(200, 40, 5.0, marks=pytest.mark.timeout(300)),
        pytest.param(1000, 200, 60.0, marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
)
async def test_many_sockets_on_one_process(
    tmp_path: Path, sockets: int, per_second: int, seconds: float
) -> None:
    with Server(tmp_path) as server:
        make = Make(server.owner_url)
        place, client, admin = make.place(), make.client(), make.admin()
        ids = [
            str(make.appointment(client, place, slot))
            for slot in make.slots(place, APPOINTMENTS, soon(days=2))
        ]
        await all_relayed(make)
        make.close()
        names = [f"appointment.{id}" for id in itertools.islice(itertools.cycle(ids), sockets)]
        many = Sockets()
        lanes = [names[n::10] for n in range(10)]
        await asyncio.gather(*(many.connect(server.url, admin, lane) for lane in lanes))
        made, refused = await write(server.url, admin, ids, per_second, seconds)
        assert refused == 0
        expected = made * sockets // APPOINTMENTS
        await many.until_received(expected, 30)
        assert many.received == expected
        assert many.still_open == sockets
        await many.close()
