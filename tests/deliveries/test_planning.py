"""Each event is planned once, and means what the contract says (SPEC-deliveries §2, §3)."""

from collections.abc import Callable
from datetime import time
from uuid import UUID

import psycopg
import pytest

from holdfast.deliveries.engine import Plan
from tests.deliveries.both import bus
from tests.deliveries.drive import Drive
from tests.support.make import Make, User, soon

__all__ = ["bus"]
Act = Callable[[], object]


class Visit:
    """An appointment of a client, and what may happen to it."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.place = make.place()
        self.client = make.client()
        self.staff = make.operator()
        self.provider_user = make.operator(self.place.provider_id)
        self.id = UUID(int=0)

    def book(self) -> None:
        self.id = self.make.appointment(self.client, self.place, self.make.slot(self.place))

    def change(self, actor: User, changes: str) -> None:
        with self.make.db.transaction():
            self.make.db.execute("SELECT act_as(%s)", [actor.actor.as_parameter()])
            if "status = 'c" in changes or "deleted_at = now" in changes:
                self.make.db.execute(
                    "UPDATE slots SET status = 'available', appointment_id = NULL "
                    "WHERE appointment_id = %s",
                    [self.id],
                )
            self.make.db.execute(
                b"UPDATE appointments SET " + changes.encode() + b" WHERE id = %s", [self.id]
            )

    def cancel(self, actor: User | None = None) -> None:
        self.change(
            actor or self.client,
            "status = 'cancelled', slot_id = NULL, fee_cents = 0, refund_cents = price_cents",
        )

    def move(self, actor: User | None = None) -> None:
        """To another facility: as good as another time."""
        facility = self.make.facility()
        self.change(actor or self.client, f"facility_id = '{facility}'")

    def delete(self) -> None:
        self.change(self.staff, "deleted_at = now(), slot_id = NULL")


@pytest.fixture
def visit(make: Make) -> Visit:
    return Visit(make)


def mails(drive: Drive, user: User, *, waiting: bool = True) -> list[str]:
    """The purposes of a user's mails, in order."""
    return [
        row["purpose"]
        for row in drive.deliveries(user_id=user.id, channel="email")
        if not waiting or row["state"] == "pending"
    ]


def test_the_first_start_is_at_the_end_of_the_log(drive: Drive, visit: Visit) -> None:
    drive.endpoint()
    visit.book()
    drive.start()
    drive.plan_all()
    assert drive.deliveries() == []
    visit.move()
    drive.plan_all()
    assert drive.deliveries() != []


def test_a_booking_makes_a_confirmation(drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    drive.start()
    appointment = make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [mail] = drive.deliveries()
    assert (mail["channel"], mail["purpose"], mail["state"]) == ("email", "confirmed", "pending")
    assert (mail["user_id"], mail["appointment_id"]) == (client.id, appointment)
    [claimed] = drive.claim("email")
    assert drive.another().claim("email") == []
    assert drive.mark(claimed["id"]) == [claimed["id"]]
    assert drive.settle(claimed["id"], "sent", code="250") == 1
    [mail] = drive.deliveries()
    assert (mail["state"], mail["tries"]) == ("sent", 1)


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_no_event_is_planned_twice_or_left_out(
    drive: Drive, make: Make, bus: str, limit: int
) -> None:
    endpoints = {drive.endpoint(), drive.endpoint()}
    place, client = make.place(), make.client()
    drive.start()
    for slot in make.slots(place, 4):
        make.appointment(client, place, slot)
    drive.plan_all(limit)
    drive.plan_all(limit)
    deliveries = drive.deliveries(channel="webhook")
    told = [(row["position"], row["endpoint_id"]) for row in deliveries]
    events = make.all("SELECT position FROM outbox WHERE topic = 'bookings' ORDER BY position")
    assert sorted(told) == sorted((row["position"], e) for row in events for e in endpoints)
    # In the log's order; Kafka keeps that of each appointment.
    for appointment in {row["appointment_id"] for row in deliveries} if bus == "kafka" else {None}:
        planned = [
            row["position"]
            for row in deliveries
            if appointment is None or row["appointment_id"] == appointment
        ]
        assert planned == sorted(planned)
    assert len(drive.deliveries(channel="email")) == 4
    last = make.one("SELECT position FROM relay")["position"]
    at = make.all("SELECT position FROM consumers WHERE name IN ('notify', 'webhook')")
    assert [row["position"] for row in at] == [last, last]


@pytest.mark.parametrize("bus", ["log"])  # with Kafka the repeated position is seen before
def test_planning_twice_would_fail_loudly(drive: Drive, make: Make, visit: Visit) -> None:
    drive.endpoint()
    drive.start()
    visit.book()
    drive.plan_all()
    for consumer, plan in (
        ("notify", drive.plan_notifications),
        ("webhook", drive.plan_webhooks),
    ):
        make.db.execute("UPDATE consumers SET position = position - 2 WHERE name = %s", [consumer])
        with pytest.raises(psycopg.errors.UniqueViolation):
            plan()


def test_a_change_of_staff_still_lets_others_hear_of_the_booking(
    drive: Drive, visit: Visit
) -> None:
    """The newer message goes to the client only; the provider's user still hears of the booking."""
    drive.start()
    visit.book()
    drive.plan_all()
    assert mails(drive, visit.provider_user) == ["confirmed"]
    visit.move(visit.staff)
    drive.plan_all()
    assert mails(drive, visit.client) == ["rescheduled"]
    assert mails(drive, visit.provider_user) == ["confirmed"]
    states = {row["state"]: row["reason"] for row in drive.deliveries(user_id=visit.client.id)}
    assert states == {"superseded": "newer", "pending": None}


def test_of_a_batch_only_the_newest_event_that_means_something_counts(
    drive: Drive, visit: Visit, make: Make
) -> None:
    drive.endpoint()
    drive.start()
    visit.book()
    visit.move()
    visit.move()
    visit.change(visit.staff, "priority = 'vip'")  # means nothing to people
    drive.plan_all()
    assert mails(drive, visit.client) == ["rescheduled"]
    assert len(drive.deliveries(channel="webhook")) == 4


@pytest.mark.parametrize("batches", ["one", "several"])
def test_who_undoes_what_they_never_heard_of_hears_nothing(
    drive: Drive, visit: Visit, batches: str
) -> None:
    drive.start()
    acts: tuple[Act, ...] = (visit.book, visit.move, visit.cancel)
    for act in acts:
        act()
        if batches == "several":
            drive.plan_all()
    drive.plan_all()
    assert mails(drive, visit.client) == []
    assert mails(drive, visit.provider_user) == ["cancelled"]
    assert drive.claim("email") != []


@pytest.mark.parametrize("first", ["book", "move"])
def test_a_cancel_of_what_they_know_is_told(drive: Drive, visit: Visit, first: str) -> None:
    """Also in one batch with a change, and when the booking's message is long gone."""
    if first == "move":
        visit.book()
    drive.start()
    if first == "book":
        visit.book()
        drive.plan_all()
        drive.send("email")
    visit.move()
    visit.cancel()
    drive.plan_all()
    assert mails(drive, visit.client) == ["cancelled"]


def test_a_cancel_by_staff_is_always_told(drive: Drive, visit: Visit) -> None:
    drive.start()
    visit.book()
    visit.cancel(visit.staff)
    drive.plan_all()
    assert mails(drive, visit.client) == ["cancelled"]


def test_a_confirmation_on_its_way_has_left(drive: Drive, visit: Visit) -> None:
    drive.start()
    visit.book()
    drive.plan_all()
    [claimed] = [row for row in drive.claim("email") if row["user_id"] == visit.client.id]
    assert drive.mark(claimed["id"])
    visit.cancel()
    drive.plan_all()
    assert mails(drive, visit.client) == ["cancelled"]


def test_a_record_that_goes_away_is_no_cancel(drive: Drive, visit: Visit) -> None:
    drive.start()
    visit.book()
    drive.plan_all()
    drive.send("email")
    visit.cancel()
    drive.plan_all()
    drive.send("email")
    before = len(drive.deliveries())
    visit.delete()
    visit.change(visit.staff, "deleted_at = NULL")  # restored: still cancelled
    drive.plan_all(1)
    assert len(drive.deliveries()) == before


def test_what_is_deleted_and_was_to_come_is_cancelled(drive: Drive, visit: Visit) -> None:
    drive.start()
    visit.book()
    drive.plan_all()
    drive.send("email")
    visit.delete()
    drive.plan_all()
    assert mails(drive, visit.client) == ["cancelled"]


@pytest.mark.parametrize("is_to_come", [True, False])
def test_old_events_are_news_only_of_what_is_to_come(
    drive: Drive, visit: Visit, make: Make, is_to_come: bool
) -> None:
    drive.endpoint()
    drive.start()
    visit.book()
    if not is_to_come:
        make.begin(visit.id)
    make.db.execute("UPDATE outbox SET at = at - interval '25 hours'")
    drive.plan_all()
    assert bool(drive.deliveries(channel="email")) == is_to_come
    assert drive.deliveries(channel="webhook") != []


def test_a_change_waits_a_moment_for_a_newer_one(make: Make, visit: Visit) -> None:
    drive = Drive(make, Plan(("email",), 10.0, time(21), time(8)))
    drive.start()
    visit.book()
    drive.plan_all()
    assert drive.claim("email") == []
    drive.pass_time(10)
    assert len(drive.claim("email")) == 1


def test_what_cannot_be_sent_is_written_down(make: Make, visit: Visit) -> None:
    drive = Drive(make, Plan((), 0.0, time(21), time(8)))
    drive.start()
    visit.book()
    drive.plan_all()
    assert {(row["state"], row["reason"]) for row in drive.deliveries()} == {
        ("suppressed", "not_configured")
    }


@pytest.mark.parametrize("bus", ["log"])  # Kafka's: tests/deliveries/kafka/
def test_a_gap_in_the_log_is_counted_and_passed(drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    drive.endpoint()
    drive.start()
    for slot in make.slots(place, 3, soon(days=2)):
        make.appointment(client, place, slot)
    drive.relay()
    first = make.one(
        "SELECT min(position) AS p FROM outbox WHERE position > "
        "(SELECT position FROM consumers WHERE name = 'webhook')"
    )["p"]
    make.db.execute("DELETE FROM outbox WHERE position IN (%s, %s)", [first, first + 2])
    drive.plan_all(1)
    gaps = make.all("SELECT name, gaps FROM consumers WHERE position IS NOT NULL ORDER BY name")
    assert [(row["name"], row["gaps"]) for row in gaps] == [("notify", 2), ("webhook", 2)]
    drive.plan_all()
    assert make.one("SELECT max(gaps) AS n FROM consumers")["n"] == 2
