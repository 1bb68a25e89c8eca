"""One side of `bench.against`: the operations of the checkout that this runs in, on demand.

It is run by its path with the other checkout's Python, so it imports that checkout's `bench` and
`holdfast`. The first line of JSON that it writes says that it is ready. Then it answers each line
of standard input, the number of operations of each client, with a line of JSON: for each operation
what `Sample.as_json()` gives.
"""

import asyncio
import json
import sys

from bench.load import Fleet
from bench.operations import Operations
from bench.stack import Stack, stack
from bench.world import World

CLIENTS = 16
WARM_EACH = 5


def main(providers: int) -> None:
    with stack() as made:
        world = World(made.superuser())
        world.grow(providers)
        with made.server() as server, asyncio.Runner() as runner:
            runner.run(_serve(made, world, server.url))


async def _serve(made: Stack, world: World, url: str) -> None:
    fleet = await Fleet.connect(url, CLIENTS)
    operations = Operations(world, fleet)
    await operations.life(WARM_EACH)
    await operations.reads(WARM_EACH)
    _say({"ready": True})
    while line := await asyncio.to_thread(sys.stdin.readline):
        made.checkpoint()
        samples = await operations.life(int(line)) | await operations.reads(int(line))
        _say({name: sample.as_json() for name, sample in samples.items()})
    fleet.close()


def _say(content: dict[str, object]) -> None:
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
