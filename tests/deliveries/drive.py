"""Steps of the engine, each by itself, as the schema's owner."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from holdfast.deliveries.engine import Plan
from holdfast.kernel.ids import new_id
from tests.support.make import Make

NOBODY = UUID(int=0)


class Drive:
    """One worker; make another one for a second."""

    def __init__(self, make: Make, plan: Plan) -> None:
        self.make = make
        self.plan = plan
        self._claims: dict[UUID, UUID] = {}

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

    def plan_full_lanes(self, limit: int = 500, room: int = 10_000) -> int:
        return self._value("SELECT plan_full_lanes(%s, %s) AS value", limit, room)

    def claim(
        self, channel: str, room: int = 100, limit: int = 100, lease_seconds: float = 60
    ) -> list[DictRow]:
        """Those that may be sent."""
        return [
            row
            for row in self.claim_all(channel, room, limit, lease_seconds)
            if row["state"] == "sending"
        ]

    def claim_all(
        self, channel: str, room: int = 100, limit: int = 100, lease_seconds: float = 60
    ) -> list[DictRow]:
        """Also those that say nothing true any more."""
        worker = new_id()
        rows = self.make.all(
            "SELECT * FROM claim_deliveries(%s, %s, %s, %s, %s, '{}', '{}')",
            worker,
            lease_seconds,
            limit,
            [channel],
            [room],
        )
        self._claims |= {row["id"]: worker for row in rows}
        return rows

    def mark(self, *ids: UUID) -> list[UUID]:
        rows = self.make.all(
            "SELECT * FROM mark_handed_over(%s, %s) AS id", self._workers(ids), list(ids)
        )
        return [row["id"] for row in rows]

    def release(self, *ids: UUID) -> int:
        return self._value(
            "SELECT release_deliveries(%s, %s) AS value", self._workers(ids), list(ids)
        )

    def settle(self, id: UUID, result: str, **more: Any) -> int:
        return self._value(
            "SELECT settle_deliveries(%s, %s, %s, %s, %s, %s, %s, %s, %s) AS value",
            self._workers([id]),
            [id],
            [result],
            [more.get("reason")],
            [more.get("code")],
            [more.get("excerpt")],
            [more.get("retry_seconds")],
            [more.get("is_lane_fault", False)],
            [more.get("receipt_id")],
        )

    def send(self, channel: str, result: str = "sent", **more: Any) -> list[DictRow]:
        """Claim, mark and settle what is due; what was claimed."""
        claimed = self.claim(channel)
        for row in claimed:
            assert self.mark(row["id"]) == [row["id"]]
            assert self.settle(row["id"], result, **more) == 1
        return claimed

    def sweep(self, sms_repeats: bool = False) -> dict[str, int]:
        """How many rows became what."""
        rows = self.make.all("SELECT * FROM sweep_deliveries(1000, %s)", sms_repeats)
        return {row["outcome"]: row["moved"] for row in rows}

    def pass_time(self, seconds: float) -> None:
        """Let time pass for all deliveries and lanes."""
        gone = timedelta(seconds=seconds)
        self.make.db.execute(
            "UPDATE deliveries SET due_at = due_at - %(gone)s, "
            "expires_at = expires_at - %(gone)s, lease_until = lease_until - %(gone)s "
            "WHERE settled_at IS NULL",
            {"gone": gone},
        )
        self.make.db.execute("UPDATE lanes SET paused_until = paused_until - %s", [gone])

    def endpoint(self, *types: str) -> UUID:
        """Somebody who is told of events by POST."""
        endpoint_id = new_id()
        self.make.db.execute(
            "INSERT INTO webhook_endpoints (id, url, types, secret_sealed) "
            "VALUES (%s, 'https://example.test/', %s, '')",
            [endpoint_id, list(types) or ["booking.*"]],
        )
        return endpoint_id

    def waiting(
        self, lane: str, count: int = 1, *, channel: str = "email", **more: object
    ) -> list[UUID]:
        """So many deliveries that are due, in the order of their numbers."""
        self.make.one("SELECT ensure_lane(%s, %s)", lane, channel)
        user_id = self._reachable_by_sms() if channel == "sms" else None
        connection_id = self._connected_calendar() if channel == "caldav" else None
        rows = self.make.all(
            "INSERT INTO deliveries (id, channel, purpose, lane, user_id, connection_id, "
            "appointment_id, due_at, expires_at) SELECT new_uuid_v7(), %s, %s, %s, %s, %s, %s, "
            "clock_timestamp() + make_interval(secs => %s), "
            "clock_timestamp() + make_interval(secs => %s) "
            "FROM generate_series(1, %s) AS n ORDER BY n RETURNING id",
            channel,
            more.get("purpose", "test"),
            lane,
            user_id,
            connection_id,
            more.get("appointment_id"),
            more.get("due_seconds", -1),
            more.get("expires_seconds", 86400),
            count,
        )
        return [row["id"] for row in rows]

    def _reachable_by_sms(self) -> UUID:
        """Somebody whose number is proved."""
        user_id = self.make.client().id
        number = f"+49151{user_id.int % 10**8:08d}"
        self.make.db.execute(
            "UPDATE users SET phone_e164 = %(number)s WHERE id = %(id)s",
            {"number": number, "id": user_id},
        )
        self.make.db.execute(
            "INSERT INTO channel_addresses (user_id, channel, address, state) "
            "VALUES (%s, 'sms', %s, 'verified')",
            [user_id, number],
        )
        return user_id

    def _connected_calendar(self) -> UUID:
        """A provider's calendar that appointments are put into."""
        return self.make.one(
            "INSERT INTO calendar_connections (id, provider_id, url, username, password_sealed, "
            "push, busy) VALUES (new_uuid_v7(), %s, 'https://example.org/', 'kim', 'x', true, "
            "false) RETURNING id",
            self.make.place().provider_id,
        )["id"]

    def delivery(self, id: UUID) -> DictRow:
        return self.make.one("SELECT * FROM deliveries WHERE id = %s", id)

    def attempts(self, id: UUID) -> list[str]:
        """The outcome of each try."""
        rows = self.make.all(
            "SELECT number, outcome FROM delivery_attempts WHERE delivery_id = %s ORDER BY number",
            id,
        )
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
        return [row["outcome"] for row in rows]

    def lane(self, id: str) -> DictRow:
        return self.make.one("SELECT * FROM lanes WHERE id = %s", id)

    def _workers(self, ids: Sequence[UUID]) -> list[UUID]:
        return [self._claims.get(id, NOBODY) for id in ids]

    def deliveries(self, **where: object) -> list[DictRow]:
        """All deliveries in the order of their planning, or those with these values."""
        rows = self.make.all("SELECT * FROM deliveries ORDER BY number")
        return [row for row in rows if all(row[name] == value for name, value in where.items())]

    def _value(self, query: Any, *parameters: object) -> Any:
        return self.make.one(query, *parameters)["value"]
