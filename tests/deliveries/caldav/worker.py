"""A worker that dies where it is told to: `python -m … DATABASE POINT LEASE` (`-`: it lives)."""

import asyncio
import sys
from datetime import time
from typing import Any

from pydantic import SecretStr

from holdfast.channels.caldav.client import DavClient
from holdfast.channels.caldav.sender import CalendarSender
from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.engine import Engine, Plan
from holdfast.deliveries.outbound import Outbound
from holdfast.kernel.db import Database
from holdfast.runtime.signals import stop_on_signals
from tests.deliveries.crashes.worker import Fate
from tests.support.make import SECRET_KEY


async def run(url: str, point: str, lease: str) -> None:
    fate = Fate(point, 1)
    for name in ("mark", "settle"):
        fate.around(name)
    put = DavClient.put

    async def fateful(*args: Any, **kwargs: Any) -> Any:
        result = await put(*args, **kwargs)
        fate.reach("after put")
        return result

    DavClient.put = fateful
    settings = Settings(secret_key=SecretStr(SECRET_KEY), outbound_allow=("127.0.0.0/8",))
    stop = asyncio.Event()
    stop_on_signals(stop.set)
    db = Database(url, max_size=6)
    outbound = Outbound(Guard(settings.outbound_allow))
    await db.open()
    try:
        plan = Plan((), 0.0, time(21), time(8))
        sender = CalendarSender(settings, db, outbound)
        async with Engine(db, [sender], plan, lease_seconds=float(lease)).running():
            await stop.wait()
    finally:
        await outbound.close()
        await db.close()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
