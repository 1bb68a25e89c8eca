"""An endpoint, and appointments to tell it of."""

import asyncio
from typing import Any

from tests.deliveries.webhooks.receiver import Receiver
from tests.support.api import Api
from tests.support.make import Make, User, soon


async def add_endpoint(api: Api, admin: User, url: str, *types: str, **more: Any) -> dict[str, Any]:
    """An endpoint as the API shows it, with its secret."""
    body = {"url": url, "types": list(types or ("booking.*",)), **more}
    answer = await api.post("/webhook-endpoints", admin, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


class World:
    """An endpoint, and appointments to tell it of."""

    def __init__(self, api: Api, receiver: Receiver, make: Make, admin: User) -> None:
        self.api, self.receiver, self.make, self.admin = api, receiver, make, admin
        self.place = make.place()
        self._hours = 0
        self.endpoint: dict[str, Any] = {}

    @property
    def path(self) -> str:
        return f"/webhook-endpoints/{self.endpoint['id']}"

    async def begin(self, *types: str, **more: Any) -> None:
        self.endpoint = await add_endpoint(self.api, self.admin, self.receiver.url, *types, **more)

    def book(self) -> Any:
        self._hours += 1
        slot = self.make.slot(self.place, soon(self._hours))
        return self.make.appointment(self.make.client(), self.place, slot)

    def change(self, appointment: Any, notes: str = "x") -> None:
        self.make.db.execute(
            "UPDATE appointments SET notes = coalesce(notes, '') || %s WHERE id = %s",
            [notes, appointment],
        )

    def delivery(self, number: int = -1) -> dict[str, Any]:
        return self.make.all("SELECT * FROM deliveries WHERE channel = 'webhook' ORDER BY number")[
            number
        ]

    def attempts(self) -> list[dict[str, Any]]:
        return self.make.all(
            "SELECT a.* FROM delivery_attempts AS a JOIN deliveries AS d ON d.id = a.delivery_id "
            "ORDER BY d.number, a.number"
        )

    async def until(self, condition: str, seconds: float = 30) -> None:
        """Wait until SQL says so."""
        query: Any = f"SELECT {condition} AS is_so"
        async with asyncio.timeout(seconds):
            while True:
                if self.make.one(query)["is_so"]:
                    return
                await asyncio.sleep(0.02)

    async def planned(self) -> None:
        """Wait until each event that there is has been planned."""
        await self.until(
            "NOT EXISTS (SELECT FROM outbox AS o, consumers AS c WHERE c.name = 'webhook' "
            "AND (o.position IS NULL OR o.position > c.position))"
        )

    async def tried(self, number: int) -> None:
        await self.until(f"(SELECT count(*) FROM delivery_attempts) >= {number}")

    def hurry(self) -> None:
        """Let nothing wait any longer."""
        self.make.db.execute(
            "UPDATE deliveries SET due_at = clock_timestamp() WHERE state = 'pending'"
        )
        self.make.db.execute("UPDATE lanes SET paused_until = NULL, failures = 0")
