"""A small clean database with one of everything, and ways to break it past all guards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any, LiteralString, cast
from uuid import UUID

from psycopg import ClientCursor, sql

from holdfast.deliveries.engine import Plan
from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.support.make import Make, soon

AGREEMENT = (
    "slots.slots_agreement",
    "slots.slots_agreement_on_insert",
    "appointments.appointments_agreement",
    "appointments.appointments_policy",
)
HISTORY = (
    "slots.slots_record",
    "slots.slots_stay",
    "appointments.appointments_record",
    "appointments.appointments_stay",
    "appointment_audit.appointment_audit_append_only",
    "slot_audit.slot_audit_append_only",
)
DELIVERIES = (
    "deliveries.deliveries_guard",
    "deliveries.deliveries_guard_removed",
    "delivery_attempts.delivery_attempts_append_only",
)
INDEXES = ("reservations_slot_key", "appointments_slot_key")


class World:
    """Rows of each kind, by name; made by the schema's owner, recorded by the triggers."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self.db = make.db
        self.place = make.place()
        other_place = make.place()
        self.user_id = make.client().id
        self.staff_id = make.operator().id
        self.ids: dict[str, Any] = {
            "provider": self.place.provider_id,
            "other_provider": other_place.provider_id,
            "facility": self.place.facility_id,
            "service": self.place.service_id,
            "user": self.user_id,
            "new": new_id(),
            "new_too": new_id(),
            "nobody": new_id(),
            "early": soon(days=5),
        }
        for number, name in enumerate(("free", "held", "booked", "done")):
            self.ids[name] = make.slot(self.place, soon(number), minutes=60)
        self.ids["late"] = make.slot(self.place, soon(days=0), minutes=60)
        self.ids["foreign"] = make.slot(other_place, soon(), minutes=60)

        self.ids["live"] = self._reserve("held")
        self.ids["used"] = self._reserve("booked")
        self.ids["confirmed"] = self._book("booked", reservation=self.ids["used"])
        self.ids["completed"] = self._book("done")
        self._end("completed", "completed")
        self.ids["cancelled"] = self._book("free")
        self._end("cancelled", "cancelled", fee_cents=0)
        self.ids["missed"] = self._book("free")
        self._end("missed", "no_show", fee_cents=5000)
        self.ids["cancelled_late"] = self._book("late")
        self._end("cancelled_late", "cancelled", fee_cents=2500)
        self.ids["requested"] = self._insert(None, soon(days=4))
        self._lock_for_edit()
        self._answer()
        # Far from the old end of the outbox every event is missed when it is not there.
        self.db.execute("UPDATE outbox SET at = at - interval '1 day'")

    def tell(self) -> None:
        """Let an endpoint be told of three changes of `confirmed`; the last one still waits."""
        drive = Drive(self._make, Plan(("email",), 0.0, time(21), time(8)))
        drive.start()
        self.ids["endpoint"] = drive.endpoint()
        self.db.execute(
            "ALTER TABLE webhook_endpoints DISABLE TRIGGER USER; "
            "UPDATE webhook_endpoints SET updated_at = now() - interval '1 hour'; "
            "ALTER TABLE webhook_endpoints ENABLE TRIGGER USER"
        )
        for priority in ("vip", "urgent", "normal"):
            self.db.execute(
                "UPDATE appointments SET priority = %s::appointment_priority WHERE id = %s",
                [priority, self.ids["confirmed"]],
            )
        drive.plan_all()
        for name in ("told", "told_next"):
            [self.ids[name]] = [row["id"] for row in drive.send("webhook")]
        [row] = drive.deliveries(state="pending")
        self.ids["waiting"] = row["id"]

    def run(self, statements: str) -> None:
        """Several statements at once, with this world's ids for `%(name)s`."""
        cursor = ClientCursor(self.db)
        cursor.execute(cast(LiteralString, statements), self.ids)

    @contextmanager
    def unguarded(self, *, past_history: bool, without: tuple[str, ...]) -> Iterator[None]:
        """Some constraints gone for good, some triggers for a while.

        Args:
            past_history: whether changes are to go unrecorded.
            without: constraints or indexes to drop, as `table.name`.
        """
        triggers = AGREEMENT + DELIVERIES + (HISTORY if past_history else ())
        for name in without:
            table, guard = _identifiers(name)
            if name.partition(".")[2] in INDEXES:
                self.db.execute(sql.SQL("DROP INDEX {}").format(guard))
            else:
                self.db.execute(
                    sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(table, guard)
                )
        self._switch(triggers, "DISABLE")
        yield
        self._switch(triggers, "ENABLE ALWAYS")

    def _switch(self, triggers: tuple[str, ...], how: LiteralString) -> None:
        for name in triggers:
            table, trigger = _identifiers(name)
            self.db.execute(sql.SQL("ALTER TABLE {} " + how + " TRIGGER {}").format(table, trigger))

    def _reserve(self, slot: str) -> UUID:
        reservation_id = new_id()
        with self.db.transaction():
            row = self._make.one(
                "INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, "
                "created_by, ttl_seconds, expires_at, price_cents, currency, duration_minutes, "
                "free_until_hours, no_show_fee_cents) "
                "VALUES (%s, %s, %s, %s, %s, %s, 300, clock_timestamp() + interval '300 s', "
                "5000, 'EUR', 30, 24, 5000) "
                "RETURNING expires_at",
                reservation_id,
                self.ids[slot],
                self.place.provider_id,
                self.place.service_id,
                self.user_id,
                self.user_id,
            )
            self.db.execute(
                "UPDATE slots SET status = 'held', held_until = %s, reservation_id = %s "
                "WHERE id = %s",
                [row["expires_at"], reservation_id, self.ids[slot]],
            )
        return reservation_id

    def _book(self, slot: str, *, reservation: UUID | None = None) -> UUID:
        start = self._make.one("SELECT start_at FROM slots WHERE id = %s", self.ids[slot])
        with self.db.transaction():
            self.db.execute(
                "UPDATE reservations SET status = 'used', closed_at = clock_timestamp() "
                "WHERE id = %s",
                [reservation],
            )
            appointment_id = self._insert(self.ids[slot], start["start_at"])
            self.db.execute(
                "UPDATE slots SET status = 'booked', appointment_id = %s, held_until = NULL, "
                "reservation_id = NULL WHERE id = %s",
                [appointment_id, self.ids[slot]],
            )
        return appointment_id

    def _insert(self, slot_id: UUID | None, start: datetime) -> UUID:
        appointment_id = new_id()
        self.db.execute(
            "INSERT INTO appointments (id, user_id, provider_id, facility_id, service_id, "
            "slot_id, start_at, end_at, status, price_cents, currency, free_until_hours, "
            "late_fee_percent, no_show_fee_cents) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 5000, 'EUR', 24, 50, 5000)",
            [
                appointment_id,
                self.user_id,
                self.place.provider_id,
                self.place.facility_id,
                self.place.service_id,
                slot_id,
                start,
                start + timedelta(minutes=30),
                "confirmed" if slot_id else "requested",
            ],
        )
        return appointment_id

    def _end(self, appointment: str, status: str, *, fee_cents: int | None = None) -> None:
        appointment_id = self.ids[appointment]
        with self.db.transaction():
            if status != "completed":
                self.db.execute(
                    "UPDATE slots SET status = 'available', appointment_id = NULL "
                    "WHERE appointment_id = %s",
                    [appointment_id],
                )
            self.db.execute(
                "UPDATE appointments SET status = %s, fee_cents = %s, refund_cents = 5000 - %s, "
                "slot_id = CASE WHEN %s = 'completed' THEN slot_id END WHERE id = %s",
                [status, fee_cents, fee_cents, status, appointment_id],
            )

    def _lock_for_edit(self) -> None:
        self.db.execute(
            "INSERT INTO edit_locks (appointment_id, version) VALUES (%s, 2)",
            [self.ids["confirmed"]],
        )
        for version, action in enumerate(("acquired", "renewed"), 1):
            self.db.execute(
                "INSERT INTO edit_lock_history (id, appointment_id, user_id, user_name, "
                "user_email, action, at, lock_version) VALUES (%s, %s, %s, 'A', 'a@b', %s, "
                "clock_timestamp(), %s)",
                [new_id(), self.ids["confirmed"], self.staff_id, action, version],
            )

    def _answer(self) -> None:
        self.db.execute(
            "INSERT INTO idempotency_records (user_id, key, fingerprint, status, headers, body, "
            "expires_at) SELECT a.user_id, 'one', 'x', 201, '{}', "
            "convert_to(appointment_document(a)::text, 'UTF8'), "
            "clock_timestamp() + interval '8 days' FROM appointments AS a WHERE id = %s",
            [self.ids["confirmed"]],
        )


def _identifiers(name: str) -> tuple[sql.Identifier, sql.Identifier]:
    table, _, guard = name.partition(".")
    return sql.Identifier(table), sql.Identifier(guard)


def names_of(ids: Mapping[str, Any], text: str) -> str:
    """The text with each id replaced by its name."""
    for name, value in ids.items():
        text = text.replace(str(value), name)
    return text
