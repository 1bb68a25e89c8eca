"""What several commands need."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from holdfast.runtime.database import database, prepare
from holdfast.runtime.errors import CannotRun

T = TypeVar("T")


def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do one thing in the database of these settings, whether or not a server runs on it.

    Raises:
        CannotRun: it was refused, or the database cannot be used.
        EmbeddedError, MigrationError: the database cannot be used.
    """
    with database(settings, join=True) as place:
        login = prepare(place)

        async def run() -> T:
            db = Database(login.url, role=login.role, min_size=1, max_size=1)
            await db.open()
            try:
                return await work(db)
            finally:
                await db.close()

        try:
            return asyncio.run(run())
        except Refusal as refusal:
            raise CannotRun(refusal.detail) from None
