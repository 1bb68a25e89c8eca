"""Sharing an appointment by a secret link (SPEC 4.5)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from holdfast.appointments.operations_around import SHARES_LIMIT
from holdfast.appointments.routes_shares import LOOKS_FROM_ADDRESS
from holdfast.config import Settings
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, User


@pytest.fixture
def settings() -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET_KEY), rate_limit="on", public_url="https://book.example.test"
    )


async def shared(api: Api, appointment: dict[str, Any], user: User, **more: Any) -> httpx.Response:
    return await api.post(f"/appointments/{appointment['id']}/share", user, **more)


async def test_a_link_shows_time_and_place_and_nothing_else(api: Api, make: Make) -> None:
    place, client = make.place(), make.client("Anna Secret")
    make.db.execute("UPDATE facilities SET address = 'Main St 1'")
    reserved = await api.reserve(client, place, make.slot(place))
    token = reserved.json()["reservationToken"]
    appointment = (await api.book(client, token, notes="private matter")).json()

    made = await shared(api, appointment, client)
    assert made.status_code == 201, made.text
    share = made.json()
    assert share.keys() == {"id", "url", "secret", "expiresAt"}
    end = datetime.fromisoformat(appointment["end"])
    assert datetime.fromisoformat(share["expiresAt"]) == end + timedelta(days=30)
    assert share["url"] == f"https://book.example.test/shared/{share['secret']}"
    assert len(share["secret"]) >= 22, "128 bits in base64"
    assert made.headers["cache-control"] == "no-store"

    seen = await api.get(f"/shared/{share['secret']}")
    assert seen.status_code == 200, seen.text
    assert seen.json() == {
        "start": appointment["start"],
        "end": appointment["end"],
        "timezone": "Europe/Berlin",
        "status": "confirmed",
        "serviceTitle": appointment["serviceTitle"],
        "providerName": appointment["providerName"],
        "facilityName": appointment["facilityName"],
        "facilityAddress": "Main St 1",
    }
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["ratelimit-policy"] == LOOKS_FROM_ADDRESS.policy
    kept = str(make.all("SELECT * FROM appointment_shares"))
    assert share["secret"] not in kept

    # A link goes on showing what has become of it.
    await api.post(f"/appointments/{appointment['id']}/cancel", client, key="new", json={})
    assert (await api.get(f"/shared/{share['secret']}")).json()["status"] == "cancelled"


async def test_what_a_link_does_not_show(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await api.booked(client, place, make.slot(place))
    secret = (await shared(api, appointment, client)).json()["secret"]
    for wrong in (
        "x",
        secret[:-1],
        secret + "A",
        secret.swapcase(),
        "%00",
        "%F0%9F%98%80",
        "a" * 999,
    ):
        refused = await api.get(f"/shared/{wrong}")
        problem(refused, 404, "not_found")
        assert "ratelimit" in refused.headers
    path = f"/appointments/{appointment['id']}"
    assert (await api.delete(path, staff, json={"version": 1})).status_code == 204
    problem(await api.get(f"/shared/{secret}"), 404, "not_found")
    problem(await shared(api, appointment, staff), 409, "invalid_transition")
    assert (await api.post(f"{path}/restore", make.admin())).status_code == 200
    assert (await api.get(f"/shared/{secret}")).status_code == 200


def moved_to_the_past(make: Make, appointment: dict[str, Any], ended: timedelta) -> None:
    """As if its end had been so long ago."""
    with make.db.transaction():
        for table in ("slots", "appointments"):
            make.db.execute(
                f"UPDATE {table} SET start_at = now() - %s - interval '30 minutes', "
                "end_at = now() - %s WHERE id = %s".encode(),
                [ended, ended, appointment["slotId" if table == "slots" else "id"]],
            )


async def test_a_link_ends_thirty_days_after_the_appointment(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = await api.booked(client, place, make.slot(place))
    secret = (await shared(api, appointment, client)).json()["secret"]
    moved_to_the_past(make, appointment, timedelta(days=30) - timedelta(minutes=1))
    assert (await api.get(f"/shared/{secret}")).status_code == 200
    assert (await shared(api, appointment, client)).status_code == 201
    moved_to_the_past(make, appointment, timedelta(days=30))
    problem(await api.get(f"/shared/{secret}"), 404, "not_found")
    problem(await shared(api, appointment, client), 409, "invalid_transition")


async def test_who_may_share_and_revoke(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client(), make.client()
    desk, provider = make.operator(), make.operator(place.provider_id)
    elsewhere = make.operator(make.place().provider_id)
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/share"
    problem(await api.post(path), 401, "unauthenticated")
    for stranger in (other, elsewhere):
        problem(await api.post(path, stranger), 404, "not_found")
        problem(await api.post(path, stranger, key="new"), 404, "not_found")
    links = [(await api.post(path, user)).json() for user in (client, desk, provider, make.admin())]
    assert len({link["secret"] for link in links}) == 4

    for stranger in (other, elsewhere):
        problem(await api.delete(f"{path}/{links[0]['id']}", stranger), 404, "not_found")
    assert (await api.get(f"/shared/{links[0]['secret']}")).status_code == 200
    for link, user in zip(links, (desk, client, client, provider), strict=True):
        revoked = await api.delete(f"{path}/{link['id']}", user)
        assert revoked.status_code == 204
        problem(await api.delete(f"{path}/{link['id']}", user), 404, "not_found")
        problem(await api.get(f"/shared/{link['secret']}"), 404, "not_found")


async def test_a_share_belongs_to_its_appointment(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    first, second = [await api.booked(client, place, slot) for slot in make.slots(place, 2)]
    share = (await shared(api, first, client)).json()
    wrong = f"/appointments/{second['id']}/share/{share['id']}"
    problem(await api.delete(wrong, client), 404, "not_found")
    assert (await api.get(f"/shared/{share['secret']}")).status_code == 200


async def test_a_repeated_request_makes_one_link(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = await api.booked(client, place, make.slot(place))
    first = await shared(api, appointment, client, key="the-same")
    again = await shared(api, appointment, client, key="the-same")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    assert make.one("SELECT count(*) AS n FROM appointment_shares")["n"] == 1


async def test_the_number_of_live_links_is_bounded(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = await api.booked(client, place, make.slot(place))
    # At the same time, so that counting alone would not do.
    answers = await asyncio.gather(
        *(shared(api, appointment, client) for _ in range(SHARES_LIMIT + 5))
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == SHARES_LIMIT
    assert statuses.count(422) == 5
    live = make.one("SELECT count(*) AS n FROM appointment_shares WHERE revoked_at IS NULL")
    assert live["n"] == SHARES_LIMIT
    one = next(answer.json() for answer in answers if answer.status_code == 201)
    await api.delete(f"/appointments/{appointment['id']}/share/{one['id']}", client)
    assert (await shared(api, appointment, client)).status_code == 201


async def test_looking_is_throttled_by_address(api: Api) -> None:
    for _ in range(LOOKS_FROM_ADDRESS.hits):
        problem(await api.get("/shared/guess"), 404, "not_found")
    refused = await api.get("/shared/guess")
    problem(refused, 429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0
