"""Reminders: when, by which way, once, and never for what is no longer so (SPEC-deliveries §3)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User

CHANNELS = ["email", "push", "sms"]
NO_QUIET = ("00:00", "00:00")


class World:
    """One client, one provider, and passes of reminders."""

    def __init__(self, make: Make, zone: str = "UTC") -> None:
        self.make = make
        self.place = make.place()
        self.client = make.client()
        self.zone = zone
        make.db.execute("UPDATE facilities SET timezone = %s", [zone])
        make.db.execute("UPDATE services SET duration_minutes = 10")

    def appointment(self, minutes: float, *, booked_ago: float = 60 * 24 * 30) -> UUID:
        """Begins in so many minutes, booked so many minutes ago."""
        return booked(self.make, self.client, self.place, minutes, booked_ago)

    def remind(self, *, quiet: tuple[str, str] = NO_QUIET, limit: int = 100) -> dict[str, int]:
        rows = self.make.all(
            "SELECT * FROM plan_reminders(%s, %s, %s, %s, %s)",
            limit,
            CHANNELS,
            [1440, 60],
            *quiet,
        )
        return {row["outcome"]: row["count"] for row in rows}

    def reminders(self) -> list[DictRow]:
        return self.make.all("SELECT * FROM deliveries WHERE purpose = 'reminder' ORDER BY number")

    def ways(self) -> list[tuple[str, str]]:
        """Channel and minutes of each reminder."""
        return sorted((row["channel"], row["dedupe_key"].split(":")[2]) for row in self.reminders())

    def say(self, **settings: Any) -> None:
        self.make.db.execute(
            "SELECT keep_notification_settings(%s, %s)", [self.client.id, Jsonb(settings)]
        )

    def subscribe(self) -> UUID:
        subscription_id = new_id()
        self.make.db.execute(
            "INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth_sealed) "
            "VALUES (%s, %s, 'https://push.example.org/' || %s, 'k', 'a')",
            [subscription_id, self.client.id, str(subscription_id)],
        )
        return subscription_id

    def verify_number(self) -> None:
        self.make.db.execute(
            "UPDATE users SET phone = '1', phone_e164 = '+4930123456' WHERE id = %s",
            [self.client.id],
        )
        self.make.db.execute(
            "INSERT INTO channel_addresses (user_id, channel, address, state) "
            "VALUES (%s, 'sms', '+4930123456', 'verified')",
            [self.client.id],
        )


def booked(make: Make, client: User, place: Place, minutes: float, booked_ago: float) -> UUID:
    """An appointment as it would be had it been booked then: past the triggers."""
    start = datetime.now(UTC) + timedelta(minutes=minutes)
    slot_id = make.slot(place, start, minutes=10)
    appointment_id = make.appointment(client, place, slot_id)
    since = f"{booked_ago} minutes"
    make.db.execute("ALTER TABLE appointments DISABLE TRIGGER appointments_record")
    make.db.execute(
        "UPDATE appointments SET created_at = now() - %s::interval WHERE id = %s",
        [since, appointment_id],
    )
    make.db.execute("ALTER TABLE appointments ENABLE ALWAYS TRIGGER appointments_record")
    return appointment_id


@pytest.fixture
def world(make: Make) -> World:
    return World(make)


def test_a_reminder_comes_when_it_is_due_and_once(world: World) -> None:
    world.appointment(1460)
    assert world.remind() == {}
    world.appointment(1439.9)
    assert world.remind() == {"planned": 1}
    for _ in range(3):
        assert world.remind() == {}
    [mail] = world.reminders()
    assert (mail["channel"], mail["state"], mail["user_id"]) == (
        "email",
        "pending",
        world.client.id,
    )
    assert mail["due_at"] <= datetime.now(UTC)
    start = mail["start_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert mail["dedupe_key"] == f"reminder:{mail['appointment_id']}:1440:{start}:email"


@pytest.mark.parametrize(
    ("minutes", "booked_ago", "is_reminded"),
    [
        (1440 - 1, 30, False),  # booked half an hour before: 1 h is needed
        (1440 - 1, 59, False),
        (1440 - 1, 62, True),
        (720 + 5, 60 * 24, True),  # late, but more than half of the lead is left
        (720 - 5, 60 * 24, False),
    ],
)
def test_late_ones_and_what_was_booked_just_before(
    world: World, minutes: float, booked_ago: float, is_reminded: bool
) -> None:
    world.appointment(minutes, booked_ago=booked_ago)
    assert world.remind() == ({"planned": 1} if is_reminded else {})


def test_each_lead_has_its_channels(world: World) -> None:
    subscription = world.subscribe()
    world.verify_number()
    world.say(sms={"reminders": True})
    world.appointment(59)
    world.appointment(1439)
    world.remind()
    assert world.ways() == [("email", "1440"), ("push", "60"), ("sms", "1440"), ("sms", "60")]
    [push] = [row for row in world.reminders() if row["channel"] == "push"]
    assert push["subscription_id"] == subscription
    assert push["dedupe_key"].endswith(f":push:{subscription}")


@pytest.mark.parametrize(
    ("minutes", "ways"),
    [
        ([30], [("email", "30"), ("push", "30")]),
        ([10080], [("email", "10080"), ("push", "10080")]),
        (
            [2880, 1440, 30, 15],
            [("email", "1440"), ("email", "2880"), ("push", "15"), ("push", "30")],
        ),
        ([], []),
    ],
)
def test_a_persons_own_times(world: World, minutes: list[int], ways: list[tuple[str, str]]) -> None:
    world.subscribe()
    world.say(reminderMinutes=minutes)
    for lead in sorted({*minutes, 60, 1440}):
        world.appointment(lead - 1)
    world.remind()
    assert world.ways() == ways


def test_who_wants_none_gets_none_and_staff_see_why(world: World) -> None:
    world.say(email={"reminders": False})
    world.appointment(1439)
    assert world.remind() == {"preference": 1}
    [row] = world.reminders()
    assert (row["state"], row["reason"]) == ("suppressed", "preference")


def test_a_reminder_that_waits_stops_when_its_person_turns_them_off(
    world: World, drive: Drive
) -> None:
    world.appointment(1439)
    world.remind()
    world.make.one("SELECT unsubscribe_from_reminders(%s) AS o", world.client.id)
    assert drive.claim("email") == []
    [row] = world.reminders()
    assert (row["state"], row["reason"]) == ("suppressed", "preference")


@pytest.mark.parametrize("change", ["cancel", "delete", "move"])
def test_nothing_is_said_of_what_was_cancelled_or_moved(
    world: World, drive: Drive, change: str
) -> None:
    appointment = world.appointment(1439)
    world.remind()
    change_it(world, appointment, change)
    assert drive.claim("email") == []
    [row] = world.reminders()
    assert (row["state"], row["reason"]) == ("suppressed", "cancelled")


@pytest.mark.parametrize("change", ["cancel", "delete", "move"])
def test_nothing_is_said_of_what_was_cancelled_after_the_claim(
    world: World, drive: Drive, change: str
) -> None:
    appointment = world.appointment(1439)
    world.remind()
    [claimed] = drive.claim("email")
    change_it(world, appointment, change)
    assert drive.mark(claimed["id"]) == []
    [row] = world.reminders()
    assert (row["state"], row["reason"]) == ("suppressed", "cancelled")


def change_it(world: World, appointment: UUID, change: str) -> None:
    make, admin = world.make, world.make.admin()
    actor = admin.actor.as_parameter()
    match change:
        case "cancel":
            row = make.one(
                "SELECT (cancel_appointment(%s, %s, '{}', NULL, NULL, false)).outcome AS o",
                world.client.actor.as_parameter(),
                appointment,
            )
        case "delete":
            row = make.one(
                "SELECT (delete_appointment(%s, %s, '{}', NULL, NULL)).outcome AS o",
                actor,
                appointment,
            )
        case _:
            with make.db.transaction():
                make.db.execute("UPDATE slots SET end_at = end_at + interval '1 hour'")
                make.db.execute(
                    "UPDATE appointments SET start_at = start_at + interval '5 minutes', "
                    "end_at = end_at + interval '5 minutes' WHERE id = %s",
                    [appointment],
                )
            return
    assert row["o"] == "done"


def test_a_pass_goes_on_where_the_last_one_stopped(world: World) -> None:
    for number in range(7):
        world.appointment(1200 + number * 20)
    found = [world.remind(limit=3).get("planned", 0) for _ in range(4)]
    assert sum(found) == 7
    assert world.remind(limit=3) == {}


def test_what_was_not_there_when_the_pass_went_by_is_found_all_the_same(world: World) -> None:
    world.remind()
    world.make.db.execute(
        "UPDATE reminder_passes SET passed_until = now() + interval '10 days' WHERE minutes > 0"
    )
    world.appointment(1000)
    assert world.remind() == {"planned": 1}


def test_two_workers_do_not_look_for_the_same(world: World, database: TestDatabase) -> None:
    """The second finds the rows locked, does nothing, and does not wait."""
    world.remind()
    world.appointment(1439)
    other = Make(database.owner_url)
    try:
        with world.make.db.transaction():
            assert world.remind() == {"planned": 1}
            second = World.__new__(World)
            second.make = other
            other.db.execute("SET lock_timeout = '2s'")
            assert second.remind() == {}
    finally:
        other.close()
    assert len(world.reminders()) == 1


def test_an_early_appointment_is_told_the_evening_before(world: World) -> None:
    """Quiet hours begin in three minutes; the appointment is an hour after they end."""
    world.subscribe()
    now = datetime.now(UTC)
    begins, ends = now + timedelta(minutes=3), now + timedelta(hours=10)
    quiet = (f"{begins:%H:%M:%S}", f"{ends:%H:%M:%S}")
    world.appointment(10 * 60 + 30)  # due inside, and 60 min before is inside, too
    world.appointment(10 * 60 + 90)  # waits for the end
    world.say(reminderMinutes=[60])
    world.remind(quiet=quiet)
    assert world.ways() == [("push", "60")]
    [push] = world.reminders()
    assert push["due_at"] <= datetime.now(UTC)


def test_inside_it_waits_for_the_end(world: World) -> None:
    world.subscribe()
    now = datetime.now(UTC)
    quiet = (f"{now - timedelta(hours=1):%H:%M:%S}", f"{now + timedelta(hours=2):%H:%M:%S}")
    world.say(reminderMinutes=[240])
    world.appointment(239)
    world.remind(quiet=quiet)
    due = {row["channel"]: row["due_at"] for row in world.reminders()}
    assert due["email"] <= datetime.now(UTC)
    assert abs(due["push"] - (now + timedelta(hours=2))) < timedelta(seconds=2)
