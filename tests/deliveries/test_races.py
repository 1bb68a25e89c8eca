"""Two real connections at the same row (docs/deliveries.md, "Claiming")."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from tests.deliveries.drive import Drive
from tests.deliveries.test_planning import Visit
from tests.support.cluster import TestDatabase
from tests.support.make import Make


@contextmanager
def another(database: TestDatabase, drive: Drive) -> Iterator[Drive]:
    """The same worker's second connection."""
    make = Make(database.owner_url)
    second = Drive(make, drive.plan)
    second._claims = drive._claims
    yield second
    make.close()


def while_locked(
    database: TestDatabase, delivery_id: UUID, act: Callable[[], object], then: Callable[[], None]
) -> Future[object]:
    """Let something begin that has to wait for a row, and let something else happen meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(database.owner_url) as holder:
            holder.execute("SELECT FROM deliveries WHERE id = %s FOR UPDATE", [delivery_id])
            waiting = pool.submit(act)
            with psycopg.connect(database.owner_url, autocommit=True) as watcher:
                deadline = time.monotonic() + 10
                while not watcher.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    "AND datname = current_database()"
                ).fetchone():
                    assert time.monotonic() < deadline, "nothing waits"
            then()
        waiting.exception()
    return waiting


@pytest.fixture
def visit(make: Make) -> Visit:
    return Visit(make)


@pytest.mark.parametrize("purpose", ["reminder", "confirmed"])
@pytest.mark.parametrize("change", ["cancel", "delete"])
def test_a_cancel_that_was_answered_before_the_mark_stops_it(
    drive: Drive, database: TestDatabase, visit: Visit, purpose: str, change: str
) -> None:
    """Also while the mark waits for the row: it looks at the appointment after that."""
    visit.book()
    [id] = drive.waiting("smtp", purpose=purpose, appointment_id=visit.id)
    drive.make.db.execute("UPDATE deliveries SET start_at = (SELECT start_at FROM appointments)")
    drive.claim("email")
    with another(database, drive) as second:
        marking = while_locked(database, id, lambda: second.mark(id), getattr(visit, change))
    assert marking.result() == []
    row = drive.delivery(id)
    assert (row["state"], row["reason"], row["tries"]) == ("suppressed", "cancelled", 0)


def test_a_move_before_the_mark_stops_the_reminder(
    drive: Drive, database: TestDatabase, visit: Visit, make: Make
) -> None:
    visit.book()
    [id] = drive.waiting("smtp", purpose="reminder", appointment_id=visit.id)
    make.db.execute("UPDATE deliveries SET start_at = (SELECT start_at FROM appointments)")
    drive.claim("email")
    with another(database, drive) as second:
        marking = while_locked(
            database, id, lambda: second.mark(id), lambda: make.begin(visit.id, minutes_ago=-90)
        )
    assert marking.result() == []
    assert drive.delivery(id)["state"] == "suppressed"


@pytest.mark.parametrize("change", ["cancel", "delete"])
def test_a_cancel_before_the_claim_stops_it(drive: Drive, visit: Visit, change: str) -> None:
    visit.book()
    [id] = drive.waiting("smtp", purpose="reminder", appointment_id=visit.id)
    getattr(visit, change)()
    assert drive.claim("email") == []
    assert drive.delivery(id)["reason"] == "cancelled"


def test_a_cancel_after_the_mark_comes_too_late(drive: Drive, visit: Visit) -> None:
    visit.book()
    [id] = drive.waiting("smtp", purpose="confirmed", appointment_id=visit.id)
    drive.claim("email")
    assert drive.mark(id) == [id]
    visit.cancel()
    assert drive.settle(id, "sent") == 1


def test_what_expires_between_claim_and_mark_is_not_sent(drive: Drive) -> None:
    [id] = drive.waiting("smtp", expires_seconds=30)
    drive.claim("email")
    drive.pass_time(31)
    assert drive.mark(id) == []
    row = drive.delivery(id)
    assert (row["state"], row["reason"]) == ("expired", "past")


def test_a_mark_after_the_lease_is_refused(drive: Drive) -> None:
    [id] = drive.waiting("smtp")
    drive.claim("email")
    drive.pass_time(60)
    assert drive.mark(id) == []
    assert drive.sweep() == {"lost": 1}


def test_a_planner_that_waited_for_a_claim_supersedes_nothing_on_its_way(
    drive: Drive, database: TestDatabase, visit: Visit, make: Make
) -> None:
    drive.start()
    visit.book()
    drive.plan_all()
    [mail] = drive.deliveries(user_id=visit.client.id)
    visit.move()
    drive.relay()
    with (
        ThreadPoolExecutor(1) as pool,
        another(database, drive) as second,
        psycopg.connect(database.owner_url) as claimer,
    ):
        claimer.execute(
            "SELECT FROM claim_deliveries(gen_random_uuid(), 60, 9, '{email}', '{9}', '{}', '{}')"
        )
        planning = pool.submit(second.plan_notifications)
        with psycopg.connect(database.owner_url, autocommit=True) as watcher:
            while (
                not planning.done()
                and not watcher.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                ).fetchone()
            ):
                pass
        claimer.commit()
        planning.result()
    assert drive.delivery(mail["id"])["state"] == "sending"
    purposes = [row["purpose"] for row in drive.deliveries(user_id=visit.client.id)]
    assert purposes == ["confirmed", "rescheduled"]


def test_two_planners_at_once_plan_each_event_once(
    drive: Drive, database: TestDatabase, make: Make
) -> None:
    drive.endpoint()
    drive.start()
    place, client = make.place(), make.client()
    for slot in make.slots(place, 12):
        make.appointment(client, place, slot)
    drive.relay()

    def plan(_: int) -> int:
        with another(database, drive) as planner:
            passed, idle = 0, 0
            while idle < 50:
                more = (planner.plan_webhooks(3) or 0) + (planner.plan_notifications(3) or 0)
                passed, idle = passed + more, 0 if more else idle + 1
            return passed

    with ThreadPoolExecutor(4) as pool:
        passed = list(pool.map(plan, range(4)))
    events = make.one("SELECT count(*) AS n FROM outbox WHERE position > 0")["n"]
    bookings = make.one("SELECT count(*) AS n FROM outbox WHERE topic = 'bookings'")["n"]
    assert bookings == 12
    assert sum(passed) <= 2 * events
    assert len(drive.deliveries(channel="webhook")) == bookings
    assert len(drive.deliveries(channel="email", user_id=client.id)) == bookings


def test_a_planner_that_is_killed_has_planned_all_or_nothing(
    drive: Drive, database: TestDatabase, make: Make
) -> None:
    drive.endpoint()
    drive.start()
    place, client = make.place(), make.client()
    make.appointment(client, place, make.slot(place))
    drive.relay()
    with psycopg.connect(database.owner_url) as doomed:
        doomed.execute("SELECT plan_webhooks(500, 10)")
        pid = doomed.info.backend_pid
        assert drive.plan_webhooks() is None  # the lease is another's
        make.one("SELECT pg_terminate_backend(%s)", pid)
        with pytest.raises(psycopg.OperationalError):
            doomed.execute("SELECT 1")
    assert drive.deliveries() == []
    drive.plan_all()
    assert len(drive.deliveries(channel="webhook")) == 1
