"""An appointment's events come in their order, whatever an endpoint does (SPEC-deliveries §2)."""

from collections import defaultdict

from aiohttp import web

from tests.deliveries.webhooks.receiver import Request
from tests.deliveries.webhooks.world import World

APPOINTMENTS, CHANGES = 200, 20


def impatient(world: World) -> None:
    """Let a failure wait for a moment instead of seconds and hours."""
    world.make.db.execute(
        "CREATE OR REPLACE FUNCTION delivery_delay(p_channel text, p_failures integer) "
        "RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS "
        "$$ SELECT CASE WHEN p_failures < 10 THEN interval '50 milliseconds' END $$"
    )


async def test_versions_rise_though_one_in_five_fails(world: World) -> None:
    impatient(world)
    accepted: dict[str, list[int]] = defaultdict(list)
    count = 0

    async def one_in_five_fails(request: Request) -> web.Response:
        nonlocal count
        count += 1
        if count % 5 == 0:
            return web.Response(status=(500, 404, 429)[count % 3])
        data = request.event["data"]
        accepted[data["appointmentId"]].append(data["version"])
        return web.Response(status=204)

    world.receiver.answer = one_in_five_fails
    await world.begin()
    for _ in range(APPOINTMENTS):
        world.book()
    for _ in range(CHANGES - 1):
        world.make.db.execute("UPDATE appointments SET notes = coalesce(notes, '') || 'x'")
    total = APPOINTMENTS * CHANGES
    await world.until(
        f"(SELECT count(*) FROM deliveries WHERE state = 'sent') >= {total}", seconds=100
    )
    assert len(accepted) == APPOINTMENTS
    expected = list(range(1, CHANGES + 1))
    assert all(versions == expected for versions in accepted.values())
    assert count >= total * 5 / 4 - 1


async def test_a_dead_endpoint_costs_the_others_nothing(world: World) -> None:
    """Many wait for one that is gone; what the healthy one gets does not wait for them."""
    dead = (
        await world.api.post(
            "/webhook-endpoints",
            world.admin,
            json={"url": "http://127.0.0.1:9/", "types": ["booking.*"]},
        )
    ).json()
    await world.begin()
    world.make.db.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, endpoint_id, position, event_type, "
        "due_at, expires_at) SELECT new_uuid_v7(), 'webhook', 'event', %s, %s, 0, "
        "'booking.confirmed', now(), now() + interval '1 day' FROM generate_series(1, 20000)",
        [f"webhook:{dead['id']}", dead["id"]],
    )
    appointments = [world.book() for _ in range(20)]
    for appointment in appointments:
        for _ in range(5):
            world.change(appointment)
    await world.receiver.came(120, seconds=30)
    versions: dict[str, list[int]] = defaultdict(list)
    for request in world.receiver.requests:
        versions[request.event["data"]["appointmentId"]].append(request.event["data"]["version"])
    assert set(map(tuple, versions.values())) == {(1, 2, 3, 4, 5, 6)}
    waiting = "SELECT count(*) AS n FROM deliveries WHERE endpoint_id = %s AND state = 'pending'"
    assert world.make.one(waiting, dead["id"])["n"] > 19_000
