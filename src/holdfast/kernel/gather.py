"""Gathers calls that come at the same time: while one is under way, the next ones wait and go
together (docs/concurrency.md, "Gathered reserves", "Gathered edit locks" and "Gathered looks").
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextvars import Context
from typing import Any, Generic, TypeVar

from holdfast.kernel.db import Connection, Database
from holdfast.kernel.errors import Refusal, unavailable

BATCH_CALLS = 64
# Calls that have no answer yet, whatever they wait for; more are told to come back.
MAXIMUM_CALLS = 2000
# A call that takes longer waits for somebody, or for a slow database. Those behind it do not.
PATIENCE_SECONDS = 0.05
# As many may be late in this way. When there are more, those behind them wait after all.
MAXIMUM_LATE = 8
# So long may what comes one after the other keep a batch from being sent.
MAXIMUM_TURNS = 8

Call = TypeVar("Call")
Answer = TypeVar("Answer")

log = logging.getLogger("holdfast.gather")


class Gatherer(Generic[Call, Answer]):
    """Answers calls one by one as long as they come one by one, and in batches otherwise.

    Args:
        alone: answers one call.
        together: answers several; None for a call that would have had to wait for somebody.
        patiently: answers several that want the same thing, and waits for it.
        thing: what a call wants.
    """

    def __init__(
        self,
        *,
        alone: Callable[[Call], Awaitable[Answer]],
        together: Callable[[Sequence[Call]], Awaitable[Sequence[Answer | None]]],
        patiently: Callable[[Sequence[Call]], Awaitable[Sequence[Answer | None]]],
        thing: Callable[[Call], Hashable],
    ) -> None:
        self._alone = alone
        self._together = together
        self._patiently = patiently
        self._thing = thing
        self._waiting: deque[tuple[Call, asyncio.Future[Answer]]] = deque()
        self._unanswered = 0
        self._is_occupied = False  # by a call or a batch under way that is not late
        self._late = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, call: Call) -> Answer:
        """Answer one call.

        Raises:
            Refusal: `unavailable` when too many wait already, or whatever the call is refused with.
        """
        if self._unanswered >= MAXIMUM_CALLS:
            raise unavailable("Too many requests are waiting. Please try again.")
        self._unanswered += 1
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((call, answer))
        if not self._is_occupied:
            self._is_occupied = True
            self._send_soon()
        try:
            return await answer
        finally:
            self._unanswered -= 1

    def _occupy(self) -> Callable[[], None]:
        """Keep others waiting until the returned function is called, or until patience ends."""
        loop = asyncio.get_running_loop()
        self._is_occupied = True
        is_late = False

        def lose_patience() -> None:
            nonlocal is_late, timer
            if self._late >= MAXIMUM_LATE:
                timer = loop.call_later(PATIENCE_SECONDS, lose_patience)
                return
            is_late = True
            self._late += 1
            self._send_next()

        def release() -> None:
            timer.cancel()
            if is_late:
                self._late -= 1
            elif self._waiting:
                self._send_soon()
            else:
                self._is_occupied = False

        timer = loop.call_later(PATIENCE_SECONDS, lose_patience)
        return release

    def _send_soon(self) -> None:
        """Send what waits when a turn of the event loop has brought nothing more: what comes in the
        same moment is read one after the other."""
        loop = asyncio.get_running_loop()
        seen = turns = 0

        def look() -> None:
            nonlocal seen, turns
            turns += 1
            if seen < len(self._waiting) < BATCH_CALLS and turns < MAXIMUM_TURNS:
                seen = len(self._waiting)
                loop.call_soon(look)
            else:
                self._send_next()

        loop.call_soon(look)

    def _send_next(self) -> None:
        self._is_occupied = False
        batch: list[tuple[Call, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < BATCH_CALLS:
            call, answer = self._waiting.popleft()
            if not answer.done():  # else its caller has gone
                batch.append((call, answer))
        if batch:
            self._start(self._answer(batch, self._occupy()))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # In a context of its own: it is not the request of any one of them.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(
        self, batch: list[tuple[Call, asyncio.Future[Answer]]], release: Callable[[], None]
    ) -> None:
        try:
            if len(batch) == 1:
                await self._answer_each(batch)
            else:
                await self._answer_together(batch, self._together)
        finally:
            release()

    async def _answer_together(
        self,
        batch: list[tuple[Call, asyncio.Future[Answer]]],
        together: Callable[[Sequence[Call]], Awaitable[Sequence[Answer | None]]],
    ) -> None:
        try:
            answers = await together([call for call, _ in batch])
        except Refusal as refusal:  # the database is away, or takes too long
            for _, future in batch:
                _refuse(future, refusal)
            return
        except Exception:
            # One of them may be to blame. Nothing was done, or all of it: ask for each by itself.
            log.warning("a batch of %d failed", len(batch), exc_info=True)
            self._start(self._answer_each(batch))
            return
        busy: dict[Hashable, list[tuple[Call, asyncio.Future[Answer]]]] = {}
        for (call, future), answer in zip(batch, answers, strict=True):
            if answer is None:
                busy.setdefault(self._thing(call), []).append((call, future))
            elif not future.done():
                future.set_result(answer)
        for rivals in busy.values():
            self._start(self._answer_together(rivals, self._patiently))

    async def _answer_each(self, batch: list[tuple[Call, asyncio.Future[Answer]]]) -> None:
        async def answer(call: Call, future: asyncio.Future[Answer]) -> None:
            try:
                found = await self._alone(call)
            except Exception as error:
                _refuse(future, error)
            else:
                if not future.done():
                    future.set_result(found)

        await asyncio.gather(*(answer(call, future) for call, future in batch))


class SharedStatement(Generic[Call, Answer]):
    """Questions that wait for nobody: those that come at the same time share one statement. Each is
    answered by a statement that begins after it was asked.

    Args:
        statement: answers several, in order.
        gathers: False to give each a statement of its own after all.
    """

    def __init__(
        self,
        db: Database,
        statement: Callable[[Connection, Sequence[Call]], Awaitable[Sequence[Answer]]],
        *,
        gathers: bool,
    ) -> None:
        self._db = db
        self._statement = statement
        gatherer = Gatherer[Call, Answer](
            alone=self.ask_alone,
            together=self._together,
            patiently=self._together,  # never: there is nobody to wait for
            thing=id,
        )
        self.ask = gatherer.ask if gathers else self.ask_alone

    async def ask_alone(self, call: Call) -> Answer:
        """For a question that would keep those beside it waiting."""
        [answer] = await self._together([call])
        return answer

    async def _together(self, calls: Sequence[Call]) -> Sequence[Answer]:
        return await self._db.run(lambda connection: self._statement(connection, calls))


def _refuse(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
