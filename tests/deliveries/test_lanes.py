"""A lane in trouble pauses, and one probe says whether it is over (SPEC-deliveries §2)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.support.cluster import TestDatabase
from tests.support.make import Make


def pause_seconds(drive: Drive) -> float | None:
    row = drive.make.one(
        "SELECT extract(epoch FROM paused_until - clock_timestamp())::float AS s FROM lanes"
    )
    return row["s"] and round(row["s"])


def fail(drive: Drive, count: int = 1) -> None:
    for row in drive.claim("email", room=count):
        drive.mark(row["id"])
        drive.settle(row["id"], "failed", is_lane_fault=True)


def probe(drive: Drive, result: str, **more: object) -> None:
    """The pause ends, one is let through."""
    drive.pass_time((pause_seconds(drive) or 0) + 1)
    [row] = drive.send("email", result, **more)
    assert row


def test_five_faults_in_a_row_pause_a_lane(drive: Drive) -> None:
    drive.waiting("smtp", 50)
    fail(drive, 4)
    assert pause_seconds(drive) is None
    assert drive.lane("smtp")["failing_since"] is not None
    fail(drive)
    assert pause_seconds(drive) == 30
    assert drive.claim("email") == []
    drive.pass_time(28)
    assert drive.claim("email") == []


def test_an_answer_in_between_begins_the_count_again(drive: Drive) -> None:
    drive.waiting("smtp", 50)
    for result in ("sent", "refused", "failed"):
        fail(drive, 4)
        [row] = drive.claim("email", room=1)
        drive.settle(row["id"], result)
        assert drive.lane("smtp")["failures"] == 0
    assert pause_seconds(drive) is None


def test_what_says_nothing_of_the_lane_counts_for_nothing(drive: Drive) -> None:
    """A fault of this server is neither an answer nor a fault of the other side."""
    drive.waiting("smtp", 50)
    fail(drive, 4)
    for _ in range(3):
        [row] = drive.claim("email", room=1)
        drive.settle(row["id"], "failed", is_lane_fault=None)
    assert drive.lane("smtp")["failures"] == 4
    fail(drive)
    assert pause_seconds(drive) == 30


def test_the_pause_doubles_up_to_a_quarter_of_an_hour(drive: Drive) -> None:
    drive.waiting("smtp", 50, expires_seconds=100_000)
    fail(drive, 5)
    pauses = [pause_seconds(drive)]
    for _ in range(6):
        probe(drive, "failed", is_lane_fault=True)
        pauses.append(pause_seconds(drive))
    assert pauses == [30, 60, 120, 240, 480, 900, 900]
    waiting = [row for row in drive.deliveries(state="pending") if row["tries"] == 0]
    assert len(waiting) == 39  # waiting costs no tries
    probe(drive, "sent")
    lane = drive.lane("smtp")
    assert (lane["paused_until"], lane["failures"], lane["failing_since"]) == (None, 0, None)
    assert len(drive.claim("email", room=50)) > 30
    fail_again = drive.another()
    fail_again.waiting("smtp", 5)
    fail(fail_again, 5)
    assert pause_seconds(drive) == 30


def test_one_probe_whatever_the_number_of_workers(
    drive: Drive, database: TestDatabase, make: Make
) -> None:
    drive.waiting("smtp", 100)
    fail(drive, 5)
    drive.pass_time(31)
    start = Barrier(6)

    def claim(_: int) -> int:
        with psycopg.connect(database.server_url, autocommit=True) as connection:
            start.wait()
            return sum(
                len(
                    connection.execute(
                        "SELECT id FROM claim_deliveries(%s, 60, 64, '{email}', '{8}', '{}', '{}')",
                        [new_id()],
                    ).fetchall()
                )
                for _ in range(10)
            )

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(claim, range(6))) == 1
    assert drive.lane("smtp")["is_probing"]


def test_what_was_still_on_its_way_is_no_probe(drive: Drive) -> None:
    drive.waiting("smtp", 50, expires_seconds=100_000)
    straggler, *others = drive.claim("email", room=6)
    for row in others:
        drive.settle(row["id"], "failed", is_lane_fault=True)
    drive.pass_time(31)
    [probe] = drive.claim("email")
    before = drive.lane("smtp")
    drive.settle(straggler["id"], "failed", is_lane_fault=True)
    assert drive.lane("smtp") == before
    drive.settle(probe["id"], "failed", is_lane_fault=True)
    assert pause_seconds(drive) == 60


@pytest.mark.parametrize("when", ["at the claim", "at the mark", "by the sender"])
def test_a_probe_that_is_not_sent_lets_another_one_through(
    drive: Drive, make: Make, when: str
) -> None:
    drive.waiting("smtp", 5)
    fail(drive, 5)
    place, client = make.place(), make.client()
    appointment = make.appointment(client, place, make.slot(place))
    drive.waiting("smtp", purpose="requested", appointment_id=appointment, due_seconds=-100)
    [next_one] = drive.waiting("smtp", due_seconds=-50)
    if when != "at the claim":
        make.db.execute("UPDATE deliveries SET purpose = 'confirmed' WHERE purpose = 'requested'")
    drive.pass_time(31)
    claimed = drive.claim_all("email")
    assert len(claimed) == 1
    if when == "at the mark":
        make.db.execute("UPDATE deliveries SET purpose = 'requested' WHERE purpose = 'confirmed'")
        assert drive.mark(claimed[0]["id"]) == []
    elif when == "by the sender":
        drive.settle(claimed[0]["id"], "suppressed", reason="no_address")
    assert drive.delivery(claimed[0]["id"])["state"] == "suppressed"
    assert [row["id"] for row in drive.claim("email")] == [next_one]
    assert drive.claim("email") == []


def test_a_lost_probe_is_followed_by_another_one(drive: Drive) -> None:
    drive.waiting("smtp", 10)
    fail(drive, 5)
    drive.pass_time(31)
    assert len(drive.claim("email")) == 1
    drive.pass_time(61)
    assert drive.sweep() == {"lost": 1}
    assert len(drive.claim("email")) == 1
    assert drive.claim("email") == []


def test_a_lane_that_an_admin_stopped_gives_nothing(drive: Drive, make: Make) -> None:
    drive.waiting("smtp", 10)
    for state in ("stopped", "needs_attention"):
        make.db.execute("UPDATE lanes SET state = %s", [state])
        assert drive.claim("email") == []
    make.db.execute("UPDATE lanes SET state = 'open'")
    assert len(drive.claim("email")) == 10
