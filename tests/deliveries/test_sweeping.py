"""What becomes of a worker's deliveries when it dies (SPEC-deliveries §2, "When a worker dies")."""

import pytest

from tests.deliveries.drive import Drive

# In how many seconds an uncertain one is tried again.
AGAIN = {"email": 60, "webhook": 0, "push": 0, "caldav": 0}


def leave(drive: Drive, channel: str, *, handed_over: bool) -> None:
    """A worker claims what is due, and is gone."""
    claimed = drive.claim(channel)
    assert claimed
    if handed_over:
        assert drive.mark(*(row["id"] for row in claimed))
    assert drive.sweep() == {}
    drive.pass_time(61)


@pytest.mark.parametrize("channel", [*AGAIN, "sms"])
def test_without_the_mark_nobody_got_anything(drive: Drive, channel: str) -> None:
    [id] = drive.waiting(channel, channel=channel)
    leave(drive, channel, handed_over=False)
    assert drive.sweep() == {"lost": 1}
    row = drive.delivery(id)
    assert (row["state"], row["tries"]) == ("pending", 0)
    assert drive.attempts(id) == ["lost"]
    assert [row["id"] for row in drive.send(channel)] == [id]


@pytest.mark.parametrize("channel", AGAIN)
def test_with_the_mark_it_is_uncertain_and_then_sent_again(drive: Drive, channel: str) -> None:
    [id] = drive.waiting(channel, channel=channel)
    leave(drive, channel, handed_over=True)
    moved = drive.sweep()
    assert moved.pop("unknown") == 1
    assert drive.attempts(id) == ["unknown"]
    if AGAIN[channel]:
        assert moved == {}
        assert drive.delivery(id)["state"] == "uncertain"
        drive.pass_time(AGAIN[channel] - 2)
        assert drive.sweep() == {}
        drive.pass_time(3)
    moved |= drive.sweep()
    assert moved == {"again": 1}
    assert [row["id"] for row in drive.send(channel)] == [id]
    assert drive.delivery(id)["tries"] == 2


def test_an_uncertain_sms_waits_for_its_receipt_and_then_for_an_admin(drive: Drive) -> None:
    [id] = drive.waiting("sms", channel="sms", expires_seconds=100_000)
    leave(drive, "sms", handed_over=True)
    assert drive.sweep() == {"unknown": 1}
    for _ in range(3):
        drive.pass_time(30_000)
        assert drive.sweep() == {}
    assert drive.delivery(id)["state"] == "uncertain"
    drive.pass_time(30_000)  # also when its time has run out
    assert drive.sweep() == {}
    assert drive.delivery(id)["state"] == "uncertain"


def test_an_uncertain_sms_is_repeated_where_that_is_wanted(drive: Drive) -> None:
    [id] = drive.waiting("sms", channel="sms")
    leave(drive, "sms", handed_over=True)
    assert drive.sweep(sms_repeats=True) == {"unknown": 1}
    drive.pass_time(590)
    assert drive.sweep(sms_repeats=True) == {}
    drive.pass_time(11)
    assert drive.sweep(sms_repeats=True) == {"again": 1}
    assert drive.delivery(id)["state"] == "pending"


def test_an_sms_without_a_receipt_holds_up_the_next_one_for_ten_minutes(drive: Drive) -> None:
    appointment = drive.make.one("SELECT gen_random_uuid() AS id")["id"]
    _, second = drive.waiting("sms", 2, channel="sms", appointment_id=appointment)
    leave(drive, "sms", handed_over=True)
    drive.sweep()
    drive.pass_time(590)
    assert drive.claim("sms") == []
    drive.pass_time(11)
    assert [row["id"] for row in drive.claim("sms")] == [second]


@pytest.mark.parametrize("channel", ["email", "push", "webhook"])
def test_no_answer_again_and_again_is_not_repeated_for_ever(drive: Drive, channel: str) -> None:
    """A server that takes a mail and breaks off each time would get it every minute."""
    [id] = drive.waiting(channel, channel=channel, expires_seconds=1_000_000)
    waits = []
    for _ in range(20):
        if not drive.send(channel, "unknown"):
            break
        row = drive.make.one(
            "SELECT extract(epoch FROM due_at - clock_timestamp())::float AS s FROM deliveries"
        )
        waits.append(round(row["s"]))
        drive.pass_time(row["s"] + 0.1)
        drive.sweep()
    assert drive.delivery(id)["state"] == "dead"
    assert waits == sorted(waits)
    assert len(waits) == {"email": 9, "push": 4, "webhook": 10}[channel]
    assert waits[-1] > 1000


def test_an_uncertain_one_whose_time_is_over_is_dead(drive: Drive) -> None:
    [id] = drive.waiting("smtp", expires_seconds=70)
    leave(drive, "email", handed_over=True)
    drive.sweep()
    drive.pass_time(61)
    assert drive.sweep() == {"dead": 1}
    assert drive.delivery(id)["state"] == "dead"


def test_what_waited_too_long_expires(drive: Drive) -> None:
    [old] = drive.waiting("smtp", expires_seconds=5)
    [other] = drive.waiting("smtp")
    drive.pass_time(6)
    assert [row["id"] for row in drive.claim("email")] == [other]
    assert drive.sweep() == {"expired": 1}
    row = drive.delivery(old)
    assert (row["state"], row["reason"]) == ("expired", "past")
