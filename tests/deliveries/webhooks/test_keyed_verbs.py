"""Switching and trying an endpoint are safe to repeat, as all else that is posted (SPEC 4.8)."""

import asyncio

from aiohttp import web

from tests.deliveries.webhooks.receiver import Receiver, Request
from tests.deliveries.webhooks.world import add_endpoint
from tests.support.api import Api, problem
from tests.support.make import Make, User


async def test_a_repeated_switch_does_nothing_more(api: Api, make: Make, admin: User) -> None:
    endpoint = await add_endpoint(api, admin, "https://hooks.example.org/")
    one = f"/webhook-endpoints/{endpoint['id']}"
    first = await api.post(f"{one}/disable", admin, key="off")
    assert first.json()["state"] == "disabled"
    assert (await api.post(f"{one}/enable", admin, key="on")).json()["state"] == "enabled"
    again = await api.post(f"{one}/disable", admin, key="off")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert (await api.get(one, admin)).json()["state"] == "enabled"
    in_body = await api.post(f"{one}/enable", admin, json={"idempotencyKey": "on"})
    assert in_body.headers["idempotency-replayed"] == "true"
    refused = await api.post(f"{one}/disable", admin, key="on")
    problem(refused, 422, "idempotency_key_reused")
    unknown = "/webhook-endpoints/01900000-0000-7000-8000-000000000000/disable"
    problem(await api.post(unknown, admin, key="new"), 404, "not_found")


async def test_a_repeated_test_asks_once(
    working_api: Api, make: Make, admin: User, receiver: Receiver
) -> None:
    endpoint = await add_endpoint(working_api, admin, receiver.url)
    path = f"/webhook-endpoints/{endpoint['id']}/test"
    first = await working_api.post(path, admin, key="try", json={"type": "booking.confirmed"})
    assert first.json()["outcome"] == "sent", first.text
    again = await working_api.post(path, admin, key="try", json={"type": "booking.confirmed"})
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(receiver.requests) == 1
    other = await working_api.post(path, admin, key="try", json={"type": "booking.cancelled"})
    problem(other, 422, "idempotency_key_reused")
    assert (await working_api.post(path, admin, key="another")).json()["outcome"] == "sent"
    assert len(receiver.requests) == 2


async def test_a_test_that_is_under_way_is_not_begun_again(
    working_api: Api, admin: User, receiver: Receiver
) -> None:
    goes_on = asyncio.Event()

    async def late(_: Request) -> web.StreamResponse:
        await goes_on.wait()
        return web.Response(status=204)

    receiver.answer = late
    endpoint = await add_endpoint(working_api, admin, receiver.url)
    path = f"/webhook-endpoints/{endpoint['id']}/test"
    first = asyncio.create_task(working_api.post(path, admin, key="try"))
    await receiver.until(lambda: len(receiver.requests) == 1)
    waiting = await working_api.post(path, admin, key="try")
    problem(waiting, 409, "idempotency_in_flight")
    assert waiting.headers["retry-after"] == "1"
    goes_on.set()
    done = await first
    again = await working_api.post(path, admin, key="try")
    assert again.content == done.content
    assert len(receiver.requests) == 1


async def test_a_failed_test_is_answered_alike(
    working_api: Api, admin: User, receiver: Receiver
) -> None:
    receiver.status = 500
    endpoint = await add_endpoint(working_api, admin, receiver.url)
    path = f"/webhook-endpoints/{endpoint['id']}/test"
    first = await working_api.post(path, admin, key="try")
    assert (first.json()["outcome"], first.json()["code"]) == ("refused", "500")
    receiver.status = 204
    assert (await working_api.post(path, admin, key="try")).content == first.content
    assert len(receiver.requests) == 1


async def test_what_is_this_servers_fault_says_nothing_of_the_endpoint(
    working_api: Api, make: Make, admin: User, receiver: Receiver
) -> None:
    """A secret that cannot be opened: nobody was asked, so nobody answered."""
    endpoint = await add_endpoint(working_api, admin, receiver.url)
    lane = f"webhook:{endpoint['id']}"
    make.db.execute("SELECT ensure_lane(%s, 'webhook')", [lane])
    make.db.execute("UPDATE webhook_endpoints SET secret_sealed = 'x'")
    make.db.execute("UPDATE lanes SET failures = 3")
    path = f"/webhook-endpoints/{endpoint['id']}/test"
    tried = await working_api.post(path, admin)
    assert tried.json()["code"] == "secret_unreadable"
    row = make.one("SELECT failures, failing_since FROM lanes WHERE id = %s", lane)
    assert row == {"failures": 3, "failing_since": None}
    assert receiver.requests == []
