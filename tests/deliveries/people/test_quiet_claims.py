"""What is about to go minds the night, too: tries after a failure, lanes that were paused, the last
minute before the quiet hours (SPEC-deliveries §3, "Quiet hours")."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.deliveries.drive import Drive
from tests.support.make import soon

HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


class Night:
    """A person in UTC who may be disturbed at any time, until `falls`."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self.make = drive.make

    def message(
        self, purpose: str = "confirmed", *, channel: str = "sms", starts: timedelta = 48 * HOUR
    ) -> UUID:
        """A due message about an appointment that starts so long from now."""
        place, client = self.make.place(timezone="UTC"), self.make.client()
        appointment_id = self.make.appointment(client, place, self.make.slot(place, soon()))
        self.make.begin(appointment_id, minutes_ago=-starts / timedelta(minutes=1))
        if purpose == "cancelled":
            with self.make.db.transaction():
                self.make.db.execute(
                    "UPDATE slots SET status = 'available', appointment_id = NULL "
                    "WHERE appointment_id = %s",
                    [appointment_id],
                )
                self.make.db.execute(
                    "UPDATE appointments SET status = 'cancelled', slot_id = NULL, fee_cents = 0, "
                    "refund_cents = price_cents WHERE id = %s",
                    [appointment_id],
                )
        lane = {"sms": "sms", "push": "push:push.example.org", "email": "smtp"}[channel]
        [id] = self.drive.waiting(
            lane, channel=channel, purpose=purpose, appointment_id=appointment_id
        )
        self.make.db.execute(
            "UPDATE deliveries SET user_id = coalesce(user_id, %s), "
            "start_at = (SELECT start_at FROM appointments WHERE id = %s) WHERE id = %s",
            [client.id, appointment_id, id],
        )
        return id

    def falls(self, *, ends: timedelta = HOUR) -> datetime:
        """From an hour ago until so long from now; the full minute at which it ends."""
        until = (now() + ends).replace(second=0, microsecond=0)
        hours = {"from": f"{now() - HOUR:%H:%M}", "to": f"{until:%H:%M}"}
        self.make.db.execute("UPDATE users SET timezone = 'UTC'")
        self.make.db.execute(
            "INSERT INTO notification_settings (user_id, settings) SELECT id, %s FROM users "
            "ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings",
            [Jsonb({"quietHours": hours})],
        )
        return until

    def waits_until(self, id: UUID, end: datetime) -> dict[str, Any]:
        row = self.drive.delivery(id)
        assert (row["state"], row["due_at"]) == ("pending", end)
        assert row["worker"] is None
        assert row["expires_at"] > end
        return row


@pytest.fixture
def night(drive: Drive) -> Night:
    return Night(drive)


@pytest.mark.parametrize("channel", ["sms", "push"])
def test_a_try_after_a_failure_waits_for_the_morning(night: Night, channel: str) -> None:
    id = night.message(channel=channel)
    [row] = night.drive.send(channel, "failed")
    assert row["id"] == id
    night.drive.pass_time(3600)
    end = night.falls()
    assert night.drive.claim_all(channel) == []
    assert night.waits_until(id, end)["tries"] == 1
    night.drive.pass_time(2 * 3600)
    night.falls(ends=timedelta(minutes=-5))
    assert [row["id"] for row in night.drive.send(channel)] == [id]


def test_what_a_lane_held_back_does_not_come_at_night(night: Night) -> None:
    id = night.message()
    night.make.db.execute("UPDATE lanes SET state = 'stopped'")
    night.make.db.execute("UPDATE deliveries SET expires_at = now() + interval '30 minutes'")
    assert night.drive.claim("sms") == []
    end = night.falls()
    night.make.db.execute("UPDATE lanes SET state = 'open'")
    assert night.drive.claim_all("sms") == []
    # As if it were planned now: two hours from the morning on.
    assert night.waits_until(id, end)["expires_at"] == end + 2 * HOUR


def test_the_night_falls_between_claim_and_hand_over(night: Night) -> None:
    id = night.message()
    night.drive.claim("sms")
    end = night.falls()
    assert night.drive.mark(id) == []
    assert night.waits_until(id, end)["tries"] == 0
    assert night.drive.settle(id, "sent") == 0


def test_a_probe_that_waits_for_the_morning_makes_way(night: Night) -> None:
    id = night.message()
    night.make.db.execute(
        "UPDATE lanes SET failures = 5, pause_seconds = 30, paused_until = now() - interval '1 s'"
    )
    [row] = night.drive.claim("sms")
    assert night.drive.lane("sms")["is_probing"]
    night.falls()
    assert night.drive.mark(row["id"]) == []
    lane = night.drive.lane("sms")
    assert not lane["is_probing"]
    assert lane["paused_until"] <= now()
    assert id == row["id"]


def test_what_is_urgent_goes_at_once(night: Night) -> None:
    soon_cancelled = night.message("cancelled", starts=11 * HOUR)
    later_cancelled = night.message("cancelled", starts=13 * HOUR)
    # The morning would be too late for the first of these.
    late = night.message("reminder", starts=timedelta(minutes=110))
    early = night.message("reminder", starts=timedelta(minutes=130))
    end = night.falls()
    going = {row["id"] for row in night.drive.claim("sms")}
    assert going == {soon_cancelled, late}
    assert set(night.drive.mark(*going)) == going
    night.waits_until(later_cancelled, end)
    night.waits_until(early, end)


def test_email_never_waits(night: Night) -> None:
    id = night.message(channel="email")
    night.falls()
    [row] = night.drive.claim("email")
    assert night.drive.mark(row["id"]) == [id]


def test_the_servers_quiet_hours_hold_for_who_set_none(night: Night) -> None:
    id = night.message()
    night.make.db.execute("UPDATE users SET timezone = 'UTC'")
    begins, ends = (now() - HOUR).time(), (now() + HOUR).time().replace(second=0, microsecond=0)

    def claim(quiet_from: time, quiet_to: time) -> list[Any]:
        return night.make.all(
            "SELECT id FROM claim_deliveries("
            "gen_random_uuid(), 60, 10, '{sms}', '{10}', '{}', '{}', %s, %s)",
            quiet_from,
            quiet_to,
        )

    assert claim(begins, ends) == []
    assert night.drive.delivery(id)["due_at"] > now()
    night.make.db.execute("UPDATE deliveries SET due_at = now() - interval '1 second'")
    assert [row["id"] for row in claim(time(0), time(0))] == [id]


def test_what_follows_waits_too(night: Night) -> None:
    first = night.message()
    appointment = night.drive.delivery(first)["appointment_id"]
    [second] = night.drive.waiting(
        "sms", channel="sms", purpose="confirmed", appointment_id=appointment
    )
    end = night.falls()
    assert night.drive.claim_all("sms") == []
    night.waits_until(first, end)
    assert night.drive.delivery(second)["due_at"] == end


def test_what_is_not_true_any_more_ends_at_night(night: Night) -> None:
    id = night.message()
    night.falls()
    night.make.db.execute("UPDATE channel_addresses SET state = 'stopped' WHERE channel = 'sms'")
    [row] = night.drive.claim_all("sms")
    assert (row["id"], row["state"], row["reason"]) == (id, "suppressed", "no_address")
