"""What the processes of one server tell each other."""

import asyncio
import socket
from typing import Any

import orjson
import pytest

from holdfast.realtime.neighbours import DatagramManager, Neighbours

CURSOR: dict[str, Any] = {"method": "emit", "event": "cursor-gone", "data": [{}]}


@pytest.fixture
def managers() -> tuple[DatagramManager, DatagramManager]:
    first, second = (socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    return (
        DatagramManager(Neighbours(first[0], [second[1]])),
        DatagramManager(Neighbours(second[0], [first[1]])),
    )


async def test_a_process_hears_that_another_has_put_something_into_the_log(
    managers: tuple[DatagramManager, DatagramManager],
) -> None:
    ours, theirs = managers
    heard: list[str] = []
    theirs.on_grown = lambda: heard.append("grown")
    ours.tell_grown()
    await ours._publish(CURSOR)
    async with asyncio.timeout(10):
        # It is no message for Socket.IO, and what comes after it is still read.
        assert orjson.loads(await anext(theirs._listen())) == CURSOR
    assert heard == ["grown"]
