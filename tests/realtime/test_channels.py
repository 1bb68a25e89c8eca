"""Channels: who may listen, what is acknowledged, what comes and in which order (SPEC §5)."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from socketio.exceptions import ConnectionError as ConnectionRefused

from tests.realtime.support import Live
from tests.support.make import Make, soon

UNKNOWN = str(uuid4())


async def test_only_those_with_a_token_or_session_come_in(live: Live, make: Make) -> None:
    user = make.client()
    for stranger in (None, replace(user, token="forged"), replace(user, token="")):
        listener = live.listener(stranger)
        with pytest.raises(ConnectionRefused):
            await listener.connect()
        assert listener.refusal == {"message": "unauthenticated"}
    async with live.listener(user, transports=["websocket"]) as listener:
        ack = await listener.subscribe(f"user.{user.id}.bookings")
        assert ack == {"ok": True, "channel": f"user.{user.id}.bookings", "sequence": 0}


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], None])
async def test_events_reach_each_channel_with_its_own_sequence(
    live: Live, make: Make, transports: list[str] | None
) -> None:
    place, client = make.place(), make.client()
    provider = make.operator(place.provider_id)
    slot = make.slot(place, soon(days=2))
    async with (
        live.listener(client, transports=transports) as mine,
        live.listener(provider, transports=transports) as staff,
    ):
        availability = f"provider.{place.provider_id}.availability"
        before = (await mine.subscribe(availability))["sequence"]
        await mine.subscribe(f"user.{client.id}.bookings")
        await staff.subscribe(f"provider.{place.provider_id}.bookings")
        appointment = await live.api.booked(client, place, slot)
        booked = await mine.until_told("booking.confirmed")
        assert booked["channel"] == f"user.{client.id}.bookings"
        assert booked["sequence"] == booked["version"] == 1
        assert booked["updates"]["status"] == "confirmed"
        told = await staff.until_told("booking.confirmed")
        assert told["channel"] == f"provider.{place.provider_id}.bookings"
        free = await mine.until_told("timeslot.updated", status="booked")
        assert free["timeslotId"] == str(slot)
        assert free["sequence"] > before

        ack = await staff.call("subscribe", appointment["id"])  # the short form
        assert ack == {
            "ok": True,
            "channel": f"appointment.{appointment['id']}",
            "sequence": 1,
        }
        await live.api.post(f"/appointments/{appointment['id']}/acquire-lock", provider)
        lock = (await staff.until_told("lock-acquired"))["lock"]
        assert (lock["userId"], lock["version"]) == (str(provider.id), 1)
        assert "email" not in lock["userInfo"]
        assert (await staff.call("unsubscribe", appointment["id"]))["ok"]


async def test_since_replays_what_was_missed_after_the_answer_and_before_anything_new(
    live: Live, make: Make
) -> None:
    place, client = make.place(), make.client()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    path, channel = f"/appointments/{appointment['id']}", f"appointment.{appointment['id']}"
    for version in range(1, 7):
        body = {"notes": f"note {version}", "version": version}
        assert (await live.api.patch(path, client, json=body)).status_code == 200
    async with live.listener(client) as first, live.listener(client) as second:
        await first.subscribe(channel, 0)
        await first.until_sequence(channel, 7)
        assert first.sequences(channel) == [1, 2, 3, 4, 5, 6, 7]
        ack = await second.subscribe(channel, 4)
        assert ack["sequence"] == 7
        assert "reset" not in ack
        await live.api.patch(path, client, json={"notes": "new", "version": 7})
        await second.until_sequence(channel, 8)
        assert second.sequences(channel) == [5, 6, 7, 8]
        assert [data["updates"]["notes"] for _, data in second.told][-2:] == ["note 6", "new"]
        # Subscribing again replaces, it does not double.
        await second.subscribe(channel, 8)
        await live.api.patch(path, client, json={"notes": "newer", "version": 8})
        await second.until_sequence(channel, 9)
        await first.until_sequence(channel, 9)
        assert second.sequences(channel) == [5, 6, 7, 8, 9]


async def test_the_answer_comes_before_what_it_replays(live: Live, make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    channel = f"appointment.{appointment['id']}"
    order: list[str] = []
    async with live.listener(client) as listener:
        remember = listener.hear

        async def hear(event: str, data: dict[str, Any]) -> None:
            order.append("event")
            await remember(event, data)

        listener.client.on("*", hear)
        for replays in range(1, 21):
            await listener.client.emit(
                "subscribe",
                {"channel": channel, "since": 0},
                callback=lambda _: order.append("answer"),
            )
            await listener.until(lambda n=replays: len(listener.told) == n)
    assert order == ["answer", "event"] * 20


async def test_a_gap_that_the_log_cannot_fill_is_a_reset(live: Live, make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    path, channel = f"/appointments/{appointment['id']}", f"appointment.{appointment['id']}"
    async with live.listener(client) as listener:
        await listener.subscribe(channel)
        await live.api.patch(path, client, json={"notes": "x", "version": 1})
        await listener.until_sequence(channel, 2)
        make.db.execute("DELETE FROM channel_events WHERE channel = %s AND sequence = 1", [channel])
        assert (await listener.subscribe(channel, 0))["reset"] is True
        assert (await listener.subscribe(channel, 99))["reset"] is True
        assert "reset" not in await listener.subscribe(channel, 1)


async def test_what_is_no_message_is_answered_and_harms_nobody(live: Live, make: Make) -> None:
    client = make.client()
    wrong: list[tuple[str, Any]] = [
        ("subscribe", None),
        ("subscribe", 5),
        ("subscribe", {"channel": UNKNOWN, "since": -1}),
        ("subscribe", {"channel": UNKNOWN, "since": "1"}),
        ("subscribe", {"channel": UNKNOWN, "other": 1}),
        ("subscribe", "x" * 101),
        ("cursor-position", {"appointmentId": UNKNOWN, "position": {"x": 1e9, "y": 0}}),
        ("cursor-position", {"appointmentId": "x", "position": {"x": 1, "y": 0}}),
        ("request-takeover", {}),
        ("request-takeover", b"\x00"),
        ("shout", {}),
        ("connect", {"HTTP_COOKIE": ""}),
        ("disconnect", {}),
        ("*", {}),
    ]
    async with live.listener(client) as listener:
        for event, data in wrong:
            ack = await listener.call(event, data)
            assert ack == {"ok": False, "scenario": "validation_failed"}, (event, data)
        for event in ("subscribe", "unsubscribe"):
            ack = await listener.call(event, "provider.everything")
            assert ack == {"ok": False, "scenario": "not_found"}
        await listener.subscribe(f"user.{client.id}.bookings")


async def test_a_hundred_attempts_by_a_stranger_join_nothing(live: Live, make: Make) -> None:
    place, stranger = make.place(), make.client()
    other_provider = make.operator(make.place().provider_id)
    # Nobody has more than 10 appointments to come.
    owners = [make.client() for _ in range(5)]
    slots = make.slots(place, 25, soon(days=2))
    appointments = [
        await live.api.booked(owners[number // 5], place, slot) for number, slot in enumerate(slots)
    ]
    owner = owners[0]
    foreign = [
        channel
        for appointment in appointments
        for channel in (
            appointment["id"],
            f"appointment.{appointment['id']}",
            f"user.{appointment['userId']}.bookings",
            f"provider.{place.provider_id}.bookings",
        )
    ]
    assert len(foreign) == 100
    async with (
        live.listener(stranger) as client,
        live.listener(other_provider) as operator,
        live.listener(owner) as mine,
    ):
        await mine.subscribe(f"user.{owner.id}.bookings")
        for listener in (client, operator):
            for channel in foreign:
                for message in (channel, {"channel": channel, "since": 0}):
                    ack = await listener.call("subscribe", message)
                    assert ack == {"ok": False, "scenario": "not_found"}
            cursor = {"appointmentId": appointments[0]["id"], "position": {"x": 1, "y": 1}}
            assert (await listener.call("cursor-position", cursor))["scenario"] == "not_found"
            takeover = {"appointmentId": appointments[0]["id"]}
            assert (await listener.call("request-takeover", takeover))["scenario"] == "not_found"
        for appointment in appointments[:5]:
            await live.api.post(f"/appointments/{appointment['id']}/cancel", owner, key="new")
        await mine.until(lambda: len(mine.told) == 5)
        # What the server had to tell them, it would have told them by the next answer.
        for listener in (client, operator):
            await listener.call("unsubscribe", UNKNOWN)
            assert listener.told == []


async def test_who_loses_sight_of_an_appointment_hears_of_that_and_then_nothing(
    live: Live, make: Make
) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    path, channel = f"/appointments/{appointment['id']}", f"appointment.{appointment['id']}"
    async with live.listener(client) as mine, live.listener(admin) as theirs:
        await mine.subscribe(channel)
        await theirs.subscribe(channel)
        await live.api.delete(path, admin, headers={"If-Match": '"1"'})
        await mine.until_told("booking.deleted")
        assert (await live.api.post(f"{path}/restore", admin)).status_code == 200
        await theirs.until_told("booking.restored")
        assert (await mine.call("unsubscribe", UNKNOWN))["ok"]
        assert [event for event, _ in mine.told] == ["booking.deleted"]
        # Restored, it can be listened to again, from before it was deleted.
        await mine.subscribe(channel, 1)
        await mine.until_sequence(channel, 3)
        await live.api.patch(path, client, json={"notes": "back", "version": 3})
        await mine.until_sequence(channel, 4)
        assert mine.sequences(channel) == [2, 2, 3, 4]
