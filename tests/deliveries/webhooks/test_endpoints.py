"""Administrators say who is told of what (SPEC-deliveries §5)."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from holdfast.http.sealing import Seal
from tests.deliveries.webhooks.world import add_endpoint
from tests.support.api import Api
from tests.support.make import SECRET_KEY, Make, User

URL = "https://example.org/hook"


async def test_an_endpoint_is_made_with_a_secret_that_is_shown_once(
    api: Api, make: Make, admin: User
) -> None:
    place = make.place()
    body = {
        "url": URL,
        "types": ["booking.*", "timeslot.updated", "lock.*", "booking.*"],
        "providerIds": [str(place.provider_id)],
        "facilityIds": [str(place.facility_id)],
        "description": "The calendar of the house",
    }
    made = await api.post("/webhook-endpoints", admin, json=body)
    assert made.status_code == 201, made.text
    endpoint = made.json()
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_")
    assert made.headers["location"] == f"/api/v1/webhook-endpoints/{endpoint['id']}"
    assert made.headers["etag"] == '"1"'
    assert endpoint == {
        **body,
        "types": ["booking.*", "timeslot.updated", "lock.*"],
        "id": endpoint["id"],
        "state": "enabled",
        "disabledReason": None,
        "previousSecretUntil": None,
        "health": {
            "status": "idle",
            "sent": 0,
            "failed": 0,
            "successRate": None,
            "waiting": 0,
            "failingSince": None,
            "pausedUntil": None,
        },
        "createdAt": endpoint["createdAt"],
        "updatedAt": endpoint["updatedAt"],
        "version": 1,
    }
    got = await api.get(f"/webhook-endpoints/{endpoint['id']}", admin)
    assert got.json() == endpoint
    assert (await api.get("/webhook-endpoints", admin)).json()["items"] == [endpoint]
    [row] = make.all("SELECT secret_sealed FROM webhook_endpoints")
    assert secret.encode() not in row["secret_sealed"]
    assert make.one("SELECT channel FROM lanes WHERE id = %s", f"webhook:{endpoint['id']}")


async def test_a_repeated_key_shows_the_same_secret(api: Api, make: Make, admin: User) -> None:
    body = {"url": URL, "types": ["booking.*"]}
    answers = [
        await api.post("/webhook-endpoints", admin, json=body, key="one-key") for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert len(make.all("SELECT FROM webhook_endpoints")) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": ""}, "url"),
        ({"url": 7}, "url"),
        ({"url": "https://a.example/" + "x" * 2000}, "url"),
        ({"types": []}, "types"),
        ({"types": ["booking.*", "nonsense"]}, "types"),
        ({"types": ["*"]}, "types"),
        ({"types": ["timeslot.*"]}, "types"),
        ({"types": "booking.*"}, "types"),
        ({"types": ["booking.*"] * 51}, "types"),
        ({"providerIds": ["x"]}, "providerIds"),
        ({"providerIds": [str(uuid4())]}, "providerIds"),
        ({"facilityIds": [str(uuid4())]}, "facilityIds"),
        ({"facilityIds": [str(uuid4())] * 101}, "facilityIds"),
        ({"description": "x" * 501}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"secret": "whsec_x"}, "secret"),
        ({"state": "disabled"}, "state"),
    ],
)
async def test_what_is_wrong_is_named(
    api: Api, make: Make, admin: User, body: dict[str, Any], field: str
) -> None:
    good = {} if body == {} else {"url": URL, "types": ["booking.*"]}
    answer = await api.post("/webhook-endpoints", admin, json={**good, **body})
    assert answer.status_code == 422, answer.text
    assert field in answer.json()["detail"]
    assert any(e["field"].startswith(field) for e in answer.json()["details"]["errors"])
    assert make.all("SELECT FROM webhook_endpoints") == []


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/hook",
        "https://user:password@example.org",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://2852039166/",
        "ftp://example.org",
        "nonsense",
    ],
)
async def test_an_address_that_is_not_public_is_refused(api: Api, admin: User, url: str) -> None:
    body = {"url": url, "types": ["booking.*"]}
    endpoint = await add_endpoint(api, admin, URL)
    path = f"/webhook-endpoints/{endpoint['id']}"
    for answer in (
        await api.post("/webhook-endpoints", admin, json=body),
        await api.patch(path, admin, json={"url": url, "version": 1}),
    ):
        assert (answer.status_code, answer.json()["scenario"]) == (422, "url_not_allowed")
        assert answer.json()["details"]["errors"][0]["field"] == "url"
    assert (await api.get(path, admin)).json()["url"] == URL


async def test_a_change_names_a_version(api: Api, admin: User) -> None:
    endpoint = await add_endpoint(api, admin, URL)
    path = f"/webhook-endpoints/{endpoint['id']}"
    change = {"types": ["booking.cancelled"], "description": "Other"}
    answer = await api.patch(path, admin, json=change)
    assert answer.status_code == 428
    answer = await api.patch(path, admin, json={**change, "version": 7})
    assert answer.status_code == 409
    assert answer.json()["currentVersion"] == 1
    answer = await api.patch(path, admin, json=change, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        **{name: endpoint[name] for name in endpoint if name != "secret"},
        **change,
        "updatedAt": answer.json()["updatedAt"],
        "version": 2,
    }
    answer = await api.patch(path, admin, json=change, headers={"If-Match": '"1"'})
    assert answer.status_code == 412
    answer = await api.patch(path, admin, json={"url": None, "version": 2})
    assert answer.status_code == 422
    assert (await api.delete(path, admin)).status_code == 428
    assert (await api.delete(path, admin, headers={"If-Match": '"1"'})).status_code == 412
    assert (await api.delete(path, admin, headers={"If-Match": '"2"'})).status_code == 204
    for gone in (
        await api.get(path, admin),
        await api.patch(path, admin, json={"version": 2}),
        await api.delete(path, admin, headers={"If-Match": '"2"'}),
        *[
            await api.post(f"{path}/{verb}", admin, json=body)
            for verb, body in (
                ("enable", None),
                ("disable", None),
                ("test", {}),
                ("rotate-secret", {}),
                ("replay", {"fromPosition": 0}),
            )
        ],
    ):
        assert gone.status_code == 404, gone.text
    assert (await api.get("/webhook-endpoints", admin)).json()["items"] == []


async def test_a_deleted_endpoint_has_no_secret(api: Api, make: Make, admin: User) -> None:
    endpoint = await add_endpoint(api, admin, URL)
    path = f"/webhook-endpoints/{endpoint['id']}"
    await api.post(f"{path}/rotate-secret", admin)
    await api.delete(path, admin, headers={"If-Match": "*"})
    row = make.one("SELECT secret_sealed, previous_secret_sealed FROM webhook_endpoints")
    assert (row["secret_sealed"], row["previous_secret_sealed"]) == (b"", None)


async def test_fifty_are_fifty_however_many_come_at_once(api: Api, make: Make, admin: User) -> None:
    for _ in range(48):
        await add_endpoint(api, admin, URL)
    body = {"url": URL, "types": ["booking.*"]}
    answers = await asyncio.gather(
        *(api.post("/webhook-endpoints", admin, json=body) for _ in range(8))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, 201, 409, 409, 409, 409, 409, 409]
    assert {a.json()["scenario"] for a in answers if a.status_code == 409} == {"too_many_endpoints"}
    pages = [await api.get("/webhook-endpoints?limit=30", admin)]
    pages.append(
        await api.get(f"/webhook-endpoints?limit=30&cursor={pages[0].json()['nextCursor']}", admin)
    )
    ids = [item["id"] for page in pages for item in page.json()["items"]]
    assert len(set(ids)) == len(ids) == 50
    # One that is removed makes room.
    await api.delete(f"/webhook-endpoints/{ids[0]}", admin, headers={"If-Match": "*"})
    assert (await api.post("/webhook-endpoints", admin, json=body)).status_code == 201


async def test_a_secret_is_replaced_while_the_former_one_signs(
    api: Api, make: Make, admin: User
) -> None:
    endpoint = await add_endpoint(api, admin, URL)
    path = f"/webhook-endpoints/{endpoint['id']}"
    for hours in (-1, 169, 1.5, "x", None):
        answer = await api.post(f"{path}/rotate-secret", admin, json={"overlapHours": hours})
        assert answer.status_code == 422, hours
    rotated = await api.post(f"{path}/rotate-secret", admin)
    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in (endpoint["secret"], None)
    until = datetime.fromisoformat(rotated.json()["previousUntil"])
    row = make.one("SELECT %s - clock_timestamp() AS left", until)
    assert 23.9 < row["left"].total_seconds() / 3600 <= 24
    shown = (await api.get(path, admin)).json()
    assert shown["previousSecretUntil"] == rotated.json()["previousUntil"]
    again = await api.post(f"{path}/rotate-secret", admin, json={"overlapHours": 1})
    assert (again.status_code, again.json()["scenario"]) == (409, "rotation_open")
    assert again.json()["details"]["previousUntil"] == rotated.json()["previousUntil"]
    make.db.execute("UPDATE webhook_endpoints SET previous_until = clock_timestamp()")
    now = await api.post(f"{path}/rotate-secret", admin, json={"overlapHours": 0})
    assert (now.status_code, now.json()["previousUntil"]) == (200, None)
    assert make.one("SELECT previous_secret_sealed AS s FROM webhook_endpoints")["s"] is None
    assert (await api.post(f"{path}/rotate-secret", admin)).status_code == 200


async def test_a_seal_of_one_endpoint_opens_for_no_other(api: Api, make: Make, admin: User) -> None:
    one, other = [await add_endpoint(api, admin, URL) for _ in range(2)]
    rows = {
        str(row["id"]): row for row in make.all("SELECT id, secret_sealed FROM webhook_endpoints")
    }
    seal = Seal(SECRET_KEY, "webhook secrets")
    mine, theirs = rows[one["id"]], rows[other["id"]]
    assert seal.open_for(mine["id"], mine["secret_sealed"]) == one["secret"].encode()
    assert seal.open_for(mine["id"], theirs["secret_sealed"]) is None


async def test_switching(api: Api, admin: User) -> None:
    endpoint = await add_endpoint(api, admin, URL)
    path = f"/webhook-endpoints/{endpoint['id']}"
    for verb, state, reason, version in (
        ("enable", "enabled", None, 1),
        ("disable", "disabled", "admin", 2),
        ("disable", "disabled", "admin", 2),
        ("enable", "enabled", None, 3),
    ):
        answer = await api.post(f"{path}/{verb}", admin)
        assert answer.status_code == 200
        assert (
            answer.json()["state"],
            answer.json()["disabledReason"],
            answer.json()["version"],
        ) == (state, reason, version)


async def test_only_administrators(api: Api, make: Make) -> None:
    for user in (make.client(), make.operator()):
        assert (await api.get("/webhook-endpoints", user)).status_code == 403
        assert (await api.get("/event-types", user)).status_code == 403
