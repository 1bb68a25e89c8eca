"""A part of a worker as a process:
`python -m tests.deliveries.kafka.worker DATABASE KAFKA PARTS MENDING_SECONDS`.

PARTS: `publish`, `plan`, or both with a comma between. MENDING_SECONDS: after which what Kafka does
not bring is planned from the log.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import time

from holdfast.deliveries import from_kafka
from holdfast.deliveries.engine import Engine, Plan
from holdfast.events.kafka.publisher import Publisher, Timing
from holdfast.kernel.db import Database
from holdfast.kernel.kafka_url import parse_kafka_url
from holdfast.runtime.signals import stop_on_signals

# As in production, in a fifth of the time.
TIMING = Timing(flush=1.6, fence=3.0, quiet=4.0, lease=6.0)
SOURCE = "https://book.example"


async def run(database: str, kafka: str, parts: str) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop.set)
    db = Database(database, max_size=6)
    await db.open()
    url = parse_kafka_url(kafka)
    async with AsyncExitStack() as stack:
        if "publish" in parts:
            await stack.enter_async_context(Publisher(db, url, SOURCE, TIMING).running())
        if "plan" in parts:
            engine = Engine(db, [], Plan((), 0.0, time(0), time(0)), kafka=url)
            await stack.enter_async_context(engine.running())
        print("ready", flush=True)
        await stop.wait()
    await db.close()


if __name__ == "__main__":
    from_kafka.MENDING_SECONDS = float(sys.argv[4])
    asyncio.run(run(*sys.argv[1:4]))
