"""Endpoints that fail in every shape (SPEC-deliveries §2, §5)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from holdfast.config import Settings
from tests.deliveries.webhooks.receiver import Request
from tests.deliveries.webhooks.world import World, add_endpoint


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_2xx_is_success(world: World, status: int) -> None:
    world.receiver.status = status
    await world.begin()
    world.book()
    await world.until("EXISTS (SELECT FROM deliveries WHERE state = 'sent')")
    assert [(a["outcome"], a["code"]) for a in world.attempts()] == [("sent", str(status))]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503])
async def test_all_others_are_tried_again(world: World, status: int) -> None:
    world.receiver.status = status
    world.receiver.headers = {"Location": world.receiver.url + "/elsewhere"}
    await world.begin()
    world.book()
    await world.tried(1)
    delivery = world.delivery()
    [attempt] = world.attempts()
    assert (attempt["outcome"], attempt["code"]) == ("failed", str(status))
    assert (delivery["state"], delivery["tries"]) == ("pending", 1)
    wait = (delivery["due_at"] - attempt["ended_at"]).total_seconds()
    assert 3.9 <= wait <= 6.1
    lane = world.make.one("SELECT * FROM lanes WHERE channel = 'webhook'")
    assert lane["failures"] == (1 if status >= 500 else 0)
    assert lane["failing_since"] is not None
    world.receiver.status = 204
    world.hurry()
    await world.until("EXISTS (SELECT FROM deliveries WHERE state = 'sent')")
    requests = world.receiver.requests
    assert {request.path for request in requests} == {"/hook"}
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    assert requests[0].body == requests[-1].body
    lane = world.make.one("SELECT * FROM lanes WHERE channel = 'webhook'")
    assert (lane["failures"], lane["failing_since"]) == (0, None)


@pytest.mark.parametrize("is_date", [False, True])
async def test_retry_after_is_honoured(world: World, is_date: bool) -> None:
    later = datetime.now(UTC) + timedelta(seconds=1800)
    world.receiver.status = 503
    world.receiver.headers = {
        "Retry-After": format_datetime(later, usegmt=True) if is_date else "1800"
    }
    await world.begin()
    world.book()
    await world.tried(1)
    wait = (world.delivery()["due_at"] - world.attempts()[0]["ended_at"]).total_seconds()
    assert 1790 <= wait <= 1801


async def test_connections_that_break(world: World) -> None:
    async def hang_up(request: Request) -> web.StreamResponse:
        raise ConnectionResetError

    world.receiver.answer = hang_up
    await world.begin()
    world.book()
    await world.tried(1)
    [attempt] = world.attempts()
    assert (attempt["outcome"], attempt["code"]) == ("failed", "500")
    # And when nobody is there at all.
    await world.api.patch(world.path, world.admin, json={"url": "http://127.0.0.1:9", "version": 1})
    world.hurry()
    await world.tried(2)
    attempt = world.attempts()[-1]
    assert (attempt["outcome"], attempt["code"]) == ("failed", "no_connection")
    # And when the address is not allowed any more: the socket decides.
    world.make.db.execute("UPDATE webhook_endpoints SET url = 'https://10.0.0.1/'")
    world.hurry()
    await world.tried(3)
    attempt = world.attempts()[-1]
    assert (attempt["outcome"], attempt["code"]) == ("failed", "not_allowed")


async def test_410_disables_at_once_and_administrators_are_told(world: World) -> None:
    world.receiver.status = 410
    other = world.make.admin()
    away = world.make.admin()
    world.make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [away.id])
    await world.begin()
    first = world.book()
    await world.until("EXISTS (SELECT FROM webhook_endpoints WHERE state = 'disabled')")
    await world.until("EXISTS (SELECT FROM deliveries WHERE state = 'dead')")
    shown = (await world.api.get(world.path, world.admin)).json()
    assert (shown["state"], shown["disabledReason"]) == ("disabled", "gone")
    notices = world.make.all(
        "SELECT user_id, channel, endpoint_id, state, reason FROM deliveries "
        "WHERE purpose = 'endpoint_disabled'"
    )
    assert {notice["user_id"] for notice in notices} == {world.admin.id, other.id}
    assert {(n["channel"], n["state"], n["reason"]) for n in notices} == {
        ("email", "suppressed", "not_configured")
    }
    # Nothing is planned meanwhile; from enabling on it is.
    world.change(first)
    await world.planned()
    world.receiver.status = 204
    await world.api.post(f"{world.path}/enable", world.admin)
    world.change(first)
    requests = await world.receiver.until(lambda: len(world.receiver.requests) >= 2)
    assert requests[-1].event["data"]["version"] == 3
    assert requests[-1].headers["webhook-previous-dead"] == requests[0].headers["webhook-id"]
    world.change(first)
    requests = await world.receiver.came(3)
    assert "webhook-previous-dead" not in requests[-1].headers


@pytest.mark.parametrize(("days", "is_disabled"), [(4.9, False), (5.1, True)])
async def test_five_days_of_failures_disable(world: World, days: float, is_disabled: bool) -> None:
    world.receiver.status = 500
    await world.begin()
    world.book()
    await world.tried(1)
    world.make.db.execute(
        "UPDATE lanes SET failing_since = clock_timestamp() - %s", [timedelta(days=days)]
    )
    world.hurry()
    await world.tried(2)
    row = world.make.one("SELECT state, disabled_reason FROM webhook_endpoints")
    expected = ("disabled", "failing") if is_disabled else ("enabled", None)
    assert (row["state"], row["disabled_reason"]) == expected
    if is_disabled:
        # What waits is not sent.
        world.hurry()
        await world.until("EXISTS (SELECT FROM deliveries WHERE reason = 'endpoint_disabled')")
        assert len(world.receiver.requests) == 2
        count = "SELECT count(*) AS n FROM deliveries WHERE purpose = 'endpoint_disabled'"
        assert world.make.one(count)["n"] == 1


async def test_both_secrets_sign_while_one_is_replaced(world: World) -> None:
    await world.begin()
    rotated = (await world.api.post(f"{world.path}/rotate-secret", world.admin)).json()
    appointment = world.book()
    [request] = await world.receiver.came(1)
    assert len(request.headers["webhook-signature"].split()) == 2
    assert request.verified(world.endpoint["secret"]) == request.verified(rotated["secret"])
    world.make.db.execute("UPDATE webhook_endpoints SET previous_until = clock_timestamp()")
    world.change(appointment)
    request = (await world.receiver.came(2))[-1]
    assert len(request.headers["webhook-signature"].split()) == 1
    request.verified(rotated["secret"])


async def test_a_seal_that_was_put_in_anothers_place_signs_nothing(world: World) -> None:
    await world.begin()
    other = await add_endpoint(world.api, world.admin, world.receiver.url, "webhook.test")
    world.make.db.execute(
        "UPDATE webhook_endpoints SET secret_sealed = (SELECT secret_sealed "
        "FROM webhook_endpoints WHERE id = %s)",
        [other["id"]],
    )
    world.book()
    await world.tried(1)
    assert world.attempts()[0]["code"] == "secret_unreadable"
    assert world.receiver.requests == []


async def test_an_event_that_is_gone_is_not_made_up(world: World, settings: Settings) -> None:
    world.receiver.status = 500
    await world.begin()
    world.book()
    await world.tried(1)
    world.make.db.execute("DELETE FROM outbox")
    world.hurry()
    await world.tried(2)
    assert (world.delivery()["state"], world.attempts()[-1]["code"]) == ("dead", "event_gone")
