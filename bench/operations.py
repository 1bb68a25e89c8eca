"""The other operations through HTTP: book, reschedule, cancel, and what is read most."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from itertools import count

from bench import plans
from bench.load import Fleet, Plan, request
from bench.rows import PAST_SLOTS
from bench.sample import Sample
from bench.world import World

UNCHANGED = "availability, 304"
AGAIN = 20  # as often a day is asked for again


class Operations:
    """Each operation as often as asked for, on one database through one server."""

    def __init__(self, world: World, fleet: Fleet) -> None:
        self._world = world
        self._fleet = fleet
        self._round = count(1)

    async def life(self, each: int) -> dict[str, Sample]:
        """What changes something, `each` of every client."""
        return {name: sample async for name, sample in self._life(each)}

    async def reads(self, each: int) -> dict[str, Sample]:
        """What is read most, `each` of every client."""
        return {name: sample async for name, sample in self._reads(each)}

    async def steps(self, each: int) -> AsyncGenerator[tuple[str, Sample], None]:
        """Everything, one operation at a time: it goes on when it is asked for the next one."""
        async for step in self._life(each):
            yield step
        async for step in self._reads(each):
            yield step

    async def _life(self, each: int) -> AsyncIterator[tuple[str, Sample]]:
        """Reserve, book, reschedule, cancel, after which all slots are free again."""
        world, fleet = self._world, self._fleet
        groups = [world.next_clients(each) for _ in range(len(fleet))]
        first: list[list[str]] = [[] for _ in groups]
        second: list[list[str]] = [[] for _ in groups]
        ids: list[list[str]] = [[] for _ in groups]

        def each_group(plan: Callable[[int], Plan]) -> list[Plan]:
            return [plan(number) for number in range(len(groups))]

        def reserve(tokens: list[list[str]], *, is_measured: bool) -> list[Plan]:
            return each_group(
                lambda n: plans.reserve(
                    world,
                    list(zip(groups[n], world.next_slots(each), strict=True)),
                    tokens[n],
                    is_measured=is_measured,
                )
            )

        await fleet.run([plans.warm(clients) for clients in groups])
        yield "reserve", await fleet.run(reserve(first, is_measured=True))
        yield "book", await fleet.run(each_group(lambda n: plans.book(groups[n], first[n], ids[n])))
        await fleet.run(reserve(second, is_measured=False))
        yield (
            "reschedule",
            await fleet.run(each_group(lambda n: plans.reschedule(groups[n], ids[n], second[n]))),
        )
        yield (
            "cancel",
            await fleet.run(each_group(lambda n: plans.cancel(groups[n], ids[n]))),
        )

    async def _reads(self, each: int) -> AsyncIterator[tuple[str, Sample]]:
        """Lists, single appointments and availability, spread over all there is."""
        fleet = self._fleet
        start = next(self._round) * 1_000_000
        for name, make in (("list", self._list), ("appointment", self._appointment)):
            numbers = [range(start + n * each, start + (n + 1) * each) for n in range(len(fleet))]
            # Twice: the first time the server gets to know who asks.
            prepared = [[make(number * 7919) for number in group] for group in numbers]
            await fleet.run([plans.read(iter(requests)) for requests in prepared])
            yield name, await fleet.run([plans.read(iter(requests)) for requests in prepared])
        days = [
            [self._availability(start + n * each + k) for k in range(each)]
            for n in range(len(fleet))
        ]
        yield "availability", await fleet.run([plans.read(iter(group)) for group in days])
        yield (
            UNCHANGED,
            await fleet.run(
                [
                    plans.read_again(iter(group[: max(1, each // AGAIN)]), times=AGAIN)
                    for group in days
                ]
            ),
        )

    def unchanged(self, number: int) -> Plan:
        """One day's availability for ever, answered once."""
        yield from plans.read_again(iter([self._availability(number)]), times=None)

    def _list(self, number: int) -> bytes:
        client = self._world.client(number)
        path = f"/users/{client.id}/appointments?filter=history"
        return request("GET", path, token=client.token)

    def _appointment(self, number: int) -> bytes:
        visits = self._world.providers * PAST_SLOTS
        appointment, client = self._world.visit(number % visits)
        return request("GET", f"/appointments/{appointment}", token=client.token)

    def _availability(self, number: int) -> bytes:
        provider = number * 7919 % self._world.providers
        day = self._world.day(number)
        return request(
            "GET",
            f"/providers/{self._world.provider(provider)}/availability"
            f"?serviceId={self._world.service}&date={day}",
        )
