"""Runs one statement for all calls that came while the last one was under way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from holdfast.kernel.errors import Refusal

Item = TypeVar("Item")
Answer = TypeVar("Answer")

BATCH_ITEMS = 200

log = logging.getLogger("holdfast.deliveries")


class Batch(Generic[Item, Answer]):
    """Calls wait for the statement under way, and go together in the next one.

    A statement that fails is repeated for each call alone, so that only the one to blame gets the
    error. Whoever was cancelled before its statement was sent is left out.

    Args:
        run: answers up to BATCH_ITEMS items, in order.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]) -> None:
        self._run = run
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send())
        return await answer

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_ITEMS], self._waiting[BATCH_ITEMS:]
            batch = [(item, future) for item, future in batch if not future.done()]
            if batch and not await self._answer(batch):
                for call in batch:
                    await self._answer([call])

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> bool:
        """Run the statement; whether the calls have their answers, or an error that all share."""
        try:
            answers = await self._run([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Refusal):
                log.exception("a statement for %d deliveries failed", len(batch))
                return False
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return True
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
        return True
