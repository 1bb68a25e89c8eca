"""Tests of an endpoint, and events that are sent once more (SPEC-deliveries §5)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from holdfast.channels.webhooks.catalogue import EVENT_TYPES
from tests.deliveries.webhooks.receiver import Request
from tests.deliveries.webhooks.world import World
from tests.support.make import User

WEBHOOKS = (
    "SELECT endpoint_id, event_type FROM deliveries WHERE channel = 'webhook' ORDER BY number"
)


@pytest.mark.parametrize("type", [None, "webhook.test", "booking.cancelled", "lock.acquired"])
async def test_a_test_sends_the_example_at_once(world: World, type: str | None) -> None:
    await world.begin()
    body = {"json": {"type": type}} if type else {}
    answer = await world.api.post(f"{world.path}/test", world.admin, **body)
    assert answer.status_code == 200, answer.text
    tried = answer.json()
    assert (tried["outcome"], tried["code"], tried["number"]) == ("sent", "204", 1)
    [request] = world.receiver.requests
    event = request.verified(world.endpoint["secret"])
    known = EVENT_TYPES[type or "webhook.test"]
    assert (event["type"], event["data"]) == (known.name, known.example)
    assert request.headers["webhook-id"] == f"evt_{event['id']}"
    delivery = world.delivery()
    assert (str(delivery["id"]), delivery["state"]) == (tried["deliveryId"], "sent")


async def test_a_test_that_fails_is_answered_and_not_repeated(world: World) -> None:
    await world.begin()
    await world.api.post(f"{world.path}/disable", world.admin)

    async def answer(_: Request) -> web.Response:
        return web.Response(status=500, text="no\x00pe" * 1000)

    world.receiver.answer = answer
    tried = (await world.api.post(f"{world.path}/test", world.admin)).json()
    assert (tried["outcome"], tried["code"]) == ("refused", "500")
    assert tried["excerpt"].startswith("nope") and len(tried["excerpt"]) == 1000
    world.make.db.execute(
        "UPDATE webhook_endpoints SET state = 'enabled', disabled_reason = NULL, "
        "url = 'https://10.0.0.1/'"
    )
    tried = (await world.api.post(f"{world.path}/test", world.admin)).json()
    assert (tried["outcome"], tried["code"]) == ("refused", "not_allowed")
    assert world.delivery()["state"] == "dead"


async def test_a_test_of_an_unknown_type(world: World) -> None:
    await world.begin()
    for type in ("nonsense", "booking.*", "", 7, None):
        answer = await world.api.post(f"{world.path}/test", world.admin, json={"type": type})
        assert answer.status_code == 422
    assert world.receiver.requests == []


async def replay(world: World, query: str = "", **body: Any) -> Any:
    return await world.api.post(f"{world.path}/replay{query}", world.admin, json=body)


async def some_events(world: World) -> list[Request]:
    """Three bookings, one of which is changed: four events, all sent."""
    await world.begin("booking.*")
    appointments = [world.book() for _ in range(3)]
    await world.receiver.came(3)
    world.change(appointments[0])
    requests = await world.receiver.came(4)
    await world.until(
        "NOT EXISTS (SELECT FROM deliveries WHERE channel = 'webhook' AND state <> 'sent')"
    )
    return requests


async def test_events_are_sent_once_more(world: World) -> None:
    first = await some_events(world)
    dry = await replay(world, "?dryRun=true", fromPosition=0)
    assert (dry.status_code, dry.json()) == (202, {"count": 4})
    assert len(world.make.all(WEBHOOKS)) == 4
    answer = await replay(world, fromPosition=0)
    assert (answer.status_code, answer.json()) == (202, {"count": 4})
    again = (await world.receiver.came(8))[4:]
    assert sorted(r.headers["webhook-id"] for r in again) == sorted(
        r.headers["webhook-id"] for r in first
    )
    for request in again:
        request.verified(world.endpoint["secret"])


async def test_what_is_replayed_can_be_chosen(world: World) -> None:
    requests = await some_events(world)
    positions = sorted(int(request.event["id"]) for request in requests)
    for body, count in (
        ({"fromPosition": positions[1]}, 3),
        ({"fromPosition": positions[3] + 1}, 0),
        ({"fromPosition": 0, "types": ["booking.updated"]}, 1),
        ({"fromPosition": 0, "types": ["lock.acquired"]}, 0),
        ({"from": requests[0].event["time"]}, 4),
        ({"from": "2020-01-01T00:00:00Z", "to": requests[0].event["time"]}, 0),
    ):
        assert (await replay(world, "?dryRun=true", **body)).json() == {"count": count}, body
    # What is on its way needs no repetition.
    world.make.db.execute("UPDATE lanes SET paused_until = now() + interval '1 day'")
    assert (await replay(world, fromPosition=0)).json() == {"count": 4}
    assert (await replay(world, fromPosition=0)).json() == {"count": 0}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"fromPosition": -1},
        {"fromPosition": 1.5},
        {"fromPosition": "1"},
        {"fromPosition": 2**63},
        {"fromPosition": 0, "from": "2026-03-02T09:00:00Z"},
        {"from": "yesterday"},
        {"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T09:00:00Z"},
        {"fromPosition": 0, "types": []},
        {"fromPosition": 0, "types": ["nonsense"]},
        {"fromPosition": 0, "more": 1},
    ],
)
async def test_replays_that_make_no_sense(world: World, body: dict[str, Any]) -> None:
    await world.begin()
    answer = await world.api.post(f"{world.path}/replay", world.admin, json=body)
    assert answer.status_code == 422, answer.text


async def test_a_replay_has_a_limit(world: World) -> None:
    await world.begin("booking.*")
    world.make.db.execute(
        "INSERT INTO outbox (topic, key, type, payload, position) "
        "SELECT 'bookings', gen_random_uuid(), 'booking.updated', '{}', 1000000 + n "
        "FROM generate_series(1, 10001) AS n"
    )
    world.make.db.execute("UPDATE consumers SET position = 2000000 WHERE name = 'webhook'")
    answer = await replay(world, "?dryRun=true", fromPosition=1_000_000)
    assert answer.status_code == 422
    assert answer.json()["details"]["errors"][0]["field"] == "fromPosition"
    answer = await replay(world, "?dryRun=true", fromPosition=1_000_002)
    assert answer.json() == {"count": 10_000}


async def test_only_what_was_asked_for(world: World) -> None:
    """Types, providers and facilities; what has to be named is not sent otherwise."""
    place = world.place
    await world.begin("booking.confirmed", providerIds=[str(place.provider_id)])
    api, admin, make, url = world.api, world.admin, world.make, world.receiver.url
    other = make.place()
    endpoints = {
        world.endpoint["id"]: "confirmed",
        **{
            (await api.post("/webhook-endpoints", admin, json={"url": url, **body})).json()["id"]: n
            for n, body in {
                "elsewhere": {"types": ["booking.*"], "facilityIds": [str(other.facility_id)]},
                "updates": {"types": ["booking.updated"]},
                "slots": {"types": ["timeslot.updated"], "facilityIds": [str(place.facility_id)]},
                "tests": {"types": ["webhook.test"]},
            }.items()
        },
    }
    appointment = world.book()
    world.change(appointment)
    await world.until("(SELECT count(*) FROM deliveries WHERE state = 'sent') >= 5")
    sent = [(endpoints[str(row["endpoint_id"])], row["event_type"]) for row in make.all(WEBHOOKS)]
    assert sorted(sent) == [
        ("confirmed", "booking.confirmed"),
        *[("slots", "timeslot.updated")] * 3,
        ("updates", "booking.updated"),
    ]


async def test_edit_locks_are_told_to_who_asks_and_without_names(
    world: World, make_desk: User
) -> None:
    await world.begin("lock.*", "booking.*")
    appointment = world.book()
    answer = await world.api.post(f"/appointments/{appointment}/acquire-lock", make_desk)
    assert answer.status_code == 200, answer.text
    requests = await world.receiver.until(
        lambda: any(r.event["type"] == "lock.acquired" for r in world.receiver.requests)
    )
    [event] = [r.event for r in requests if r.event["type"] == "lock.acquired"]
    assert event["subject"] == f"appointment/{appointment}"
    assert event["data"]["lock"]["userId"] == str(make_desk.id)
    assert make_desk.name not in str(event) and make_desk.email not in str(event)


@pytest.fixture
def make_desk(world: World) -> User:
    return world.make.operator()


async def test_health_counts_tries_of_seven_days(world: World) -> None:
    await some_events(world)
    world.receiver.status = 400
    world.book()
    await world.tried(5)
    await world.until("(SELECT sum(failed) FROM webhook_days) = 1")
    world.make.db.execute(
        "INSERT INTO webhook_days (endpoint_id, day, sent, failed) "
        "SELECT endpoint_id, day - d, 100, 0 FROM webhook_days, (VALUES (6), (7)) AS v (d)"
    )
    health = (await world.api.get(world.path, world.admin)).json()["health"]
    assert health["failingSince"] is not None
    assert {name: health[name] for name in health if name != "failingSince"} == {
        "status": "failing",
        "sent": 104,
        "failed": 1,
        "successRate": round(104 / 105, 4),
        "waiting": 1,
        "pausedUntil": None,
    }


async def test_a_test_whose_server_died_is_sent_by_a_worker(world: World) -> None:
    """The process that was asked is gone: its lease ends."""
    await world.begin()
    world.make.one(
        "SELECT id FROM begin_webhook_trial(%s, 'webhook.test', gen_random_uuid(), 0)",
        world.endpoint["id"],
    )
    async with asyncio.timeout(20):
        [request] = await world.receiver.came(1)
    request.verified(world.endpoint["secret"])
    await world.until("EXISTS (SELECT FROM deliveries WHERE state = 'sent')")
    assert [a["outcome"] for a in world.attempts()] == ["unknown", "sent"]
    assert world.delivery()["expires_at"] > world.delivery()["created_at"] + timedelta(days=2)
