"""Waiting for a running application's relay."""

from tests.concurrency.support import eventually
from tests.support.make import Make


async def all_relayed(make: Make) -> None:
    """Wait until the application has put all that there is on its channels."""

    async def is_relayed() -> bool:
        return not make.all("SELECT FROM outbox WHERE position IS NULL")

    await eventually(is_relayed, "all is relayed")
