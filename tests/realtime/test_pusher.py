"""The same channels and events through a Pusher-compatible service (SPEC §5)."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from holdfast.config import Settings
from tests.concurrency.support import eventually
from tests.realtime.node import FOLDER, script
from tests.realtime.pusher_server import KEY, PusherServer, pusher_server, signature
from tests.realtime.support import Live, serving
from tests.support.api import problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon

FOLLOW = FOLDER / "pusher.mjs"


@pytest.fixture
async def pusher() -> AsyncIterator[PusherServer]:
    async with pusher_server() as pusher:
        yield pusher


@pytest.fixture
async def live(
    database: TestDatabase, settings: Settings, pusher: PusherServer
) -> AsyncIterator[Live]:
    url = Settings.model_validate({"pusher_url": pusher.url}).pusher_url
    async with serving(database, settings.model_copy(update={"pusher_url": url})) as live:
        yield live


async def test_the_stock_client_follows_private_channels(
    live: Live, make: Make, pusher: PusherServer
) -> None:
    place, client = make.place(), make.client()
    other = make.client()
    mine, theirs = f"user.{client.id}.bookings", f"user.{other.id}.bookings"
    availability = f"provider.{place.provider_id}.availability"
    slot = make.slot(place, soon(days=2))
    parts = urlsplit(pusher.url)
    endpoint = f"{live.url}/api/v1/pusher/auth"
    arguments = (str(parts.hostname), str(parts.port), KEY, endpoint, client.token)
    async with script(FOLLOW, *arguments, mine, availability, theirs) as node:
        await node.until(lambda line: line.get("joined") == mine)
        await node.until(lambda line: line.get("joined") == availability)
        refused = await node.until(lambda line: "refused" in line)
        assert refused == {"refused": theirs, "status": 404}
        appointment = await live.api.booked(client, place, slot)
        booked = await node.event("booking.confirmed")
        assert booked["channel"] == mine
        assert booked["sequence"] == booked["version"] == 1
        assert booked["updates"]["id"] == appointment["id"]
        taken = await node.until(
            lambda line: (
                line.get("event") == "timeslot.updated" and line["data"]["status"] == "booked"
            )
        )
        assert taken["data"]["timeslotId"] == str(slot)


async def test_who_may_join(live: Live, make: Make) -> None:
    client = make.client()
    name = f"private-user.{client.id}.bookings"
    body = {"socket_id": "12.34", "channel_name": name}
    path = "/pusher/auth"
    answer = await live.api.post(path, client, json=body)
    assert answer.json() == {"auth": f"{KEY}:{signature(f'12.34:{name}')}"}
    assert (await live.api.post(path, client, data=body)).json() == answer.json()
    problem(await live.api.post(path, json=body), 401, "unauthenticated")
    for channel in (
        f"private-user.{make.client().id}.bookings",
        f"user.{client.id}.bookings",
        f"presence-user.{client.id}.bookings",
        name.upper(),
        "private-everything",
        "",
    ):
        foreign = await live.api.post(path, client, json={**body, "channel_name": channel})
        problem(foreign, 404, "not_found")
    for wrong in (
        {"socket_id": "12.34"},
        {**body, "socket_id": "x"},
        {**body, "channel_name": 1},
        [],
    ):
        problem(await live.api.post(path, client, json=wrong), 422, "validation_failed")
    text = await live.api.post(path, client, content="x", headers={"Content-Type": "text/plain"})
    problem(text, 415, "unsupported_media_type")
    broken = await live.api.post(
        path, client, content="{", headers={"Content-Type": "application/json"}
    )
    problem(broken, 400, "malformed_json")


async def test_a_service_that_was_away_gets_everything_in_order_and_the_large_shortened(
    live: Live, make: Make, pusher: PusherServer
) -> None:
    place, client = make.place(), make.client()

    async def has_started() -> bool:
        return make.one("SELECT position FROM pusher_bridge")["position"] is not None

    await eventually(has_started, "the bridge begins at the end of the log")
    pusher.is_broken = True
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    path = f"/appointments/{appointment['id']}"
    for version in range(1, 30):
        notes = "ä" * 1500 if version == 5 else f"note {version}"
        answer = await live.api.patch(path, client, json={"notes": notes, "version": version})
        assert answer.status_code == 200, answer.text
    make.db.execute(
        "INSERT INTO outbox (topic, key, type, payload) VALUES ('bookings', %s, 'booking.updated', "
        "jsonb_build_object('appointmentId', %s::text, 'version', 31, "
        "'updates', jsonb_build_object('notes', repeat('x', 12000))))",
        [appointment["id"], appointment["id"]],
    )
    assert pusher.received == []
    pusher.is_broken = False
    channel = f"private-appointment.{appointment['id']}"

    async def all_there() -> bool:
        return any(
            event["channel"] == channel and '"tooLarge"' in event["data"]
            for event in pusher.received
        )

    await eventually(all_there, "everything has been sent", 60)
    sequences: dict[str, list[int]] = defaultdict(list)
    for event in pusher.received:
        sequences[event["channel"]].append(json.loads(event["data"])["sequence"])
    assert sequences[channel] == list(range(1, 32))
    for name, got in sequences.items():
        assert got == sorted(got), name
    last = json.loads([e for e in pusher.received if e["channel"] == channel][-1]["data"])
    assert last["tooLarge"] is True
    assert last["updates"] == {}
    assert last["version"] == 31
