"""When gathered calls are sent, without a database."""

import asyncio
from collections.abc import Sequence

from holdfast.kernel.gather import MAXIMUM_TURNS, Gatherer


class Calls:
    """Asks a gatherer, and notes how many calls went together."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self._gatherer = Gatherer[int, int](
            alone=self._alone, together=self._together, patiently=self._together, thing=id
        )

    async def ask_in_turn(self, turn: int) -> int:
        """Ask so many turns of the event loop from now."""
        for _ in range(turn):
            await asyncio.sleep(0)
        return await self._gatherer.ask(turn)

    async def _alone(self, call: int) -> int:
        self.sent.append(1)
        return call

    async def _together(self, calls: Sequence[int]) -> list[int]:
        self.sent.append(len(calls))
        return list(calls)


async def test_what_the_next_turns_of_the_event_loop_bring_goes_along() -> None:
    calls = Calls()
    answers = await asyncio.gather(*(calls.ask_in_turn(turn) for turn in range(4)))
    assert answers == [0, 1, 2, 3]
    assert calls.sent == [4]


async def test_a_batch_does_not_wait_for_ever_for_more() -> None:
    calls = Calls()
    count = 5 * MAXIMUM_TURNS
    answers = await asyncio.gather(*(calls.ask_in_turn(turn) for turn in range(count)))
    assert answers == list(range(count))
    assert 1 < calls.sent[0] <= MAXIMUM_TURNS
