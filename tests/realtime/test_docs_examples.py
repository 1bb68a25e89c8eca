"""The clients of docs/events.md do what is said there."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.realtime.node import Script, script
from tests.realtime.support import Live
from tests.support.documents import ROOT, Document
from tests.support.make import Make, soon

EVENTS = Document(ROOT / "docs" / "events.md")


def example(language: str) -> str:
    (block,) = EVENTS.blocks(language)
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    return block


async def check(client: Script, live: Live, make: Make, channel: str, path: str) -> None:
    ack = await client.until(lambda line: "ok" in line)
    assert ack == {"ok": True, "channel": channel, "sequence": 1}
    booked = await client.until(lambda line: line.get("event") == "booking.confirmed")
    assert booked["sequence"] == 1
    await live.api.post(f"{path}/acquire-lock", make.operator())
    lock = await client.until(lambda line: line.get("event") == "lock-acquired")
    assert lock["sequence"] == 2


@pytest.mark.parametrize("language", ["js", "python"])
async def test_the_ten_lines(live: Live, make: Make, tmp_path: Path, language: str) -> None:
    place, client = make.place(), make.client()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    path, channel = f"/appointments/{appointment['id']}", f"appointment.{appointment['id']}"
    arguments = (live.url, client.token, channel)
    if language == "js":
        async with script(example("js"), *arguments) as node:
            await check(node, live, make, channel, path)
        return
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", example("python"), *arguments), stdout=subprocess.PIPE
    )
    try:
        await check(Script(process), live, make, channel, path)
    finally:
        process.kill()
        await process.wait()
