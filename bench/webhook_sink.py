"""An endpoint that answers 204 to everything, as a process. It prints its port.

`GET /latencies`: how long after its `time` each event came, in milliseconds, since the last such
request.
"""

import asyncio
import time
from datetime import datetime

import orjson
from aiohttp import web


class Sink:
    """Keeps how late each event was."""

    def __init__(self) -> None:
        self._latencies_ms: list[float] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        now = time.time()
        if request.method == "GET":
            latencies_ms, self._latencies_ms = self._latencies_ms, []
            return web.Response(body=orjson.dumps(latencies_ms))
        event = orjson.loads(await request.read())
        happened = datetime.fromisoformat(event["time"]).timestamp()
        self._latencies_ms.append((now - happened) * 1000)
        return web.Response(status=204)


async def main() -> None:
    runner = web.ServerRunner(web.Server(Sink()))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
