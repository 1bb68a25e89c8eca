"""What becomes of a try (SPEC-deliveries §2, "Tries")."""

from datetime import timedelta

import pytest

from tests.deliveries.drive import Drive
from tests.support.make import Make

MINUTE, HOUR = 60, 3600
# After the n-th failure.
DELAYS = {
    "email": [30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR],
    "sms": [15, MINUTE, 5 * MINUTE, 15 * MINUTE],
    "push": [30, 5 * MINUTE, 30 * MINUTE],
    "webhook": [
        *(5, MINUTE, 5 * MINUTE, 30 * MINUTE),
        *(2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR),
    ],
    "caldav": [30, 2 * MINUTE, 10 * MINUTE, HOUR, *[6 * HOUR] * 20],
}


def failed(drive: Drive, channel: str, **more: object) -> float:
    """Let a try fail; in how many seconds the next one is due, after this time has passed."""
    [row] = drive.send(channel, "failed", code="no", **more)
    row = drive.make.one(
        "SELECT state, extract(epoch FROM due_at - clock_timestamp())::float AS seconds "
        "FROM deliveries WHERE id = %s",
        row["id"],
    )
    assert row["state"] == "pending"
    assert drive.claim(channel) == []
    drive.pass_time(row["seconds"] + 0.1)
    return row["seconds"]


@pytest.mark.parametrize("channel", DELAYS)
def test_the_delays_of_a_channel(drive: Drive, channel: str) -> None:
    [id] = drive.waiting(channel, channel=channel, expires_seconds=30 * 24 * HOUR)
    for number, usual in enumerate(DELAYS[channel], 1):
        seconds = failed(drive, channel)
        assert usual * 0.8 - 1 <= seconds <= usual * 1.2, number
        assert drive.delivery(id)["tries"] == number
    if channel != "caldav":
        drive.send(channel, "failed")
        assert drive.delivery(id)["state"] == "dead"
        assert drive.attempts(id) == ["failed"] * (len(DELAYS[channel]) + 1)


def test_the_delays_vary(drive: Drive) -> None:
    drive.waiting("smtp", 20)
    drive.send("email", "failed")
    due = [row["due_at"] for row in drive.deliveries()]
    assert max(due) - min(due) > timedelta(seconds=3)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(3600, 3600), (23 * HOUR, 23 * HOUR), (100 * HOUR, 24 * HOUR), (1, 30), (-5, 30)],
)
def test_the_other_side_may_ask_for_more_time(drive: Drive, asked: float, seconds: float) -> None:
    drive.waiting("smtp", expires_seconds=48 * HOUR)
    assert seconds * 0.8 - 1 <= failed(drive, "email", retry_seconds=asked) <= seconds * 1.2 + 1


@pytest.mark.parametrize("asked", ["NaN", "Infinity", "-Infinity"])
def test_no_number_of_the_other_side_breaks_anything(drive: Drive, asked: str) -> None:
    drive.waiting("smtp", expires_seconds=48 * HOUR)
    assert failed(drive, "email", retry_seconds=float(asked)) <= 24 * HOUR


def test_no_try_comes_after_it_has_expired(drive: Drive) -> None:
    [soon] = drive.waiting("smtp", expires_seconds=20)
    [later] = drive.waiting("smtp", expires_seconds=100)
    drive.send("email", "failed")
    assert drive.delivery(soon)["state"] == "dead"
    assert drive.delivery(later)["state"] == "pending"
    [asked] = drive.waiting("smtp", expires_seconds=3000)
    drive.send("email", "failed", retry_seconds=3600)
    assert drive.delivery(asked)["state"] == "dead"


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        ("sent", "sent", None),
        ("sent", "sent", "demo"),
        ("refused", "dead", None),
        ("refused", "dead", "stopped"),
        ("suppressed", "suppressed", "no_address"),
        ("unknown", "uncertain", None),
    ],
)
def test_what_a_try_comes_to(drive: Drive, result: str, state: str, reason: str | None) -> None:
    [id] = drive.waiting("smtp")
    drive.send("email", result, reason=reason, receipt_id="r")
    row = drive.delivery(id)
    assert (row["state"], row["reason"]) == (state, reason)
    assert drive.attempts(id) == ([] if result == "suppressed" else [result])
    assert row["tries"] == (0 if result == "suppressed" else 1)
    assert (row["settled_at"] is None) == (state == "uncertain")


def test_only_the_claim_itself_settles(drive: Drive) -> None:
    """Not another worker, and not an earlier claim of the same process."""
    [id] = drive.waiting("smtp")
    [claimed] = drive.claim("email")
    assert drive.another().settle(id, "sent") == 0
    assert drive.another().mark(id) == []
    assert drive.another().release(id) == 0
    earlier = drive.another()
    earlier._claims = {id: claimed["worker"]}
    drive.pass_time(61)
    assert drive.sweep() == {"lost": 1}
    drive.claim("email")
    assert earlier.mark(id) == []
    assert earlier.settle(id, "sent") == 0
    assert earlier.release(id) == 0
    assert drive.mark(id) == [id]
    assert drive.settle(id, "sent") == 1
    assert drive.settle(id, "failed") == 0
    assert drive.attempts(id) == ["lost", "sent"]


def test_what_was_not_begun_goes_back_without_a_try(drive: Drive) -> None:
    [id] = drive.waiting("smtp")
    drive.claim("email")
    drive.mark(id)  # the answer to this was lost
    assert drive.release(id) == 1
    row = drive.delivery(id)
    assert (row["state"], row["tries"], row["handed_over_at"]) == ("pending", 0, None)
    assert drive.attempts(id) == []
    assert [row["id"] for row in drive.claim("email")] == [id]


@pytest.mark.parametrize("result", ["failed", "unknown"])
def test_followers_wait_with_the_one_before_them(drive: Drive, make: Make, result: str) -> None:
    appointment = make.one("SELECT gen_random_uuid() AS id")["id"]
    first, *followers = drive.waiting("smtp", 3, appointment_id=appointment)
    [other] = drive.waiting("smtp")
    drive.send("email", result)
    due = drive.delivery(first)["due_at"]
    assert [drive.delivery(id)["due_at"] for id in followers] == [due, due]
    drive.pass_time(61)
    drive.sweep()
    assert {row["id"] for row in drive.send("email", "refused")} == {first, other}
    assert [row["id"] for row in drive.send("email")] == [followers[0]]
    assert [row["id"] for row in drive.send("email")] == [followers[1]]
