"""Steps of the engine, each by itself, as the schema's owner."""

from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from holdfast.deliveries.engine import Plan
from holdfast.kernel.ids import new_id
from tests.support.make import Make


class Drive:
    """One worker; make another one for a second."""

    def __init__(self, make: Make, plan: Plan) -> None:
        self.make = make
        self.plan = plan
        self.worker = new_id()

    def another(self) -> "Drive":
        return Drive(self.make, self.plan)

    def relay(self) -> None:
        """Give all committed events their positions."""
        while self._value("SELECT relay_outbox(1000, 0) AS value"):
            pass

    def start(self) -> None:
        """Let the consumers begin at the log's end."""
        self.relay()
        self.plan_all()

    def plan_all(self, limit: int = 500) -> None:
        """Plan all events that are in the log."""
        self.relay()
        while self.plan_notifications(limit) or self.plan_webhooks(limit):
            pass

    def plan_notifications(self, limit: int = 500) -> int | None:
        plan = self.plan
        return self._value(
            "SELECT plan_notifications(%s, %s, %s, %s, %s) AS value",
            limit,
            plan.delay_seconds,
            list(plan.channels),
            plan.quiet_from,
            plan.quiet_to,
        )

    def plan_webhooks(self, limit: int = 500, room: int = 10_000) -> int | None:
        return self._value("SELECT plan_webhooks(%s, %s) AS value", limit, room)

    def claim(self, channel: str, room: int = 100, limit: int = 100) -> list[DictRow]:
        rows = self.make.all(
            "SELECT * FROM claim_deliveries(%s, 60, %s, %s, %s, '{}', '{}')",
            self.worker,
            limit,
            [channel],
            [room],
        )
        return [row for row in rows if row["state"] == "sending"]

    def mark(self, *ids: UUID) -> list[UUID]:
        rows = self.make.all("SELECT * FROM mark_handed_over(%s, %s) AS id", self.worker, list(ids))
        return [row["id"] for row in rows]

    def settle(self, id: UUID, result: str, **more: Any) -> int:
        return self._value(
            "SELECT settle_deliveries(%s, %s, %s, %s, %s, %s, %s, %s, %s) AS value",
            self.worker,
            [id],
            [result],
            [more.get("reason")],
            [more.get("code")],
            [more.get("excerpt")],
            [more.get("retry_seconds")],
            [more.get("is_lane_fault", False)],
            [more.get("receipt_id")],
        )

    def sweep(self) -> int:
        return self._value("SELECT sweep_deliveries(1000, false) AS value")

    def deliveries(self, **where: object) -> list[DictRow]:
        """All deliveries in the order of their planning, or those with these values."""
        rows = self.make.all("SELECT * FROM deliveries ORDER BY number")
        return [row for row in rows if all(row[name] == value for name, value in where.items())]

    def _value(self, query: Any, *parameters: object) -> Any:
        return self.make.one(query, *parameters)["value"]
