"""`/services` (SPEC 4.2)."""

from typing import Any

import pytest

from tests.api.test_facilities import MASSAGE, added
from tests.support.api import Api, problem
from tests.support.make import Make

FREE = {"freeUntilHours": 0, "noShowFeeCents": 0}


async def test_add_with_defaults(api: Api, make: Make) -> None:
    service = await added(api, make.admin(), "/services", MASSAGE)
    assert service == {
        "id": service["id"],
        **MASSAGE,
        "description": None,
        "bufferBeforeMinutes": 0,
        "bufferAfterMinutes": 0,
        "cancellationPolicy": FREE,
        "isActive": True,
        "version": 1,
    }


@pytest.mark.parametrize(
    "policy",
    [
        {"freeUntilHours": 24, "lateFeeCents": 500, "noShowFeeCents": 900},
        {"freeUntilHours": 8760, "lateFeePercent": 100, "noShowFeeCents": 0},
        {"freeUntilHours": 1, "noShowFeeCents": 1_000_000_000},
    ],
)
async def test_add_with_everything(api: Api, make: Make, policy: dict[str, Any]) -> None:
    body = {
        **MASSAGE,
        "description": "Two lines\nof text",
        "bufferBeforeMinutes": 5,
        "bufferAfterMinutes": 1440,
        "cancellationPolicy": policy,
        "isActive": False,
    }
    admin = make.admin()
    service = await added(api, admin, "/services", body)
    assert service == {"id": service["id"], **body, "version": 1}
    assert (await api.get(f"/services/{service['id']}", admin)).json() == service


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        # What is left out stays.
        (
            {"freeUntilHours": 24, "lateFeeCents": 500, "noShowFeeCents": 900},
            {"freeUntilHours": 48},
            {"freeUntilHours": 48, "lateFeeCents": 500, "noShowFeeCents": 900},
        ),
        # One late fee takes the place of the other.
        (
            {"freeUntilHours": 24, "lateFeeCents": 500},
            {"lateFeePercent": 50},
            {"freeUntilHours": 24, "lateFeePercent": 50, "noShowFeeCents": 0},
        ),
        (
            {"freeUntilHours": 24, "lateFeePercent": 50},
            {"lateFeeCents": 0, "lateFeePercent": None},
            {"freeUntilHours": 24, "lateFeeCents": 0, "noShowFeeCents": 0},
        ),
        ({"lateFeePercent": 50}, {"lateFeePercent": None}, FREE),
        ({"lateFeePercent": 50}, {"lateFeeCents": None}, {**FREE, "lateFeePercent": 50}),
    ],
)
async def test_change_the_policy(
    api: Api,
    make: Make,
    before: dict[str, Any],
    change: dict[str, Any],
    after: dict[str, Any],
) -> None:
    admin = make.admin()
    service = await added(api, admin, "/services", {**MASSAGE, "cancellationPolicy": before})
    path = f"/services/{service['id']}"
    body = {"cancellationPolicy": change, "version": 1}
    answer = await api.patch(path, admin, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["cancellationPolicy"] == after
    assert answer.json()["version"] == (1 if after == service["cancellationPolicy"] else 2)


async def test_a_stale_change_of_the_policy_shows_both(api: Api, make: Make) -> None:
    admin = make.admin()
    policy = {"freeUntilHours": 24, "lateFeeCents": 500}
    service = await added(api, admin, "/services", {**MASSAGE, "cancellationPolicy": policy})
    path = f"/services/{service['id']}"
    body = {"cancellationPolicy": {"lateFeePercent": 50}, "title": MASSAGE["title"], "version": 9}
    refusal = problem(await api.patch(path, admin, json=body), 409, "version_conflict")
    assert refusal["details"]["changes"] == {
        "cancellationPolicy": {
            "yours": {"freeUntilHours": 24, "lateFeePercent": 50, "noShowFeeCents": 0},
            "theirs": {"freeUntilHours": 24, "lateFeeCents": 500, "noShowFeeCents": 0},
        }
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", None),
        ("durationMinutes", 0),
        ("durationMinutes", 1441),
        ("durationMinutes", 30.5),
        ("durationMinutes", "30"),
        ("durationMinutes", True),
        ("durationMinutes", None),
        ("bufferBeforeMinutes", -1),
        ("bufferAfterMinutes", 1441),
        ("priceCents", -1),
        ("priceCents", 1_000_000_001),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", "EUR\n"),
        ("isActive", "yes"),
        ("description", "a" * 4001),
        ("color", "red"),
        ("cancellationPolicy", None),
        ("cancellationPolicy", {"lateFeeCents": 1, "lateFeePercent": 1}),
        ("cancellationPolicy.freeUntilHours", {"freeUntilHours": 8761}),
        ("cancellationPolicy.freeUntilHours", {"freeUntilHours": None}),
        ("cancellationPolicy.lateFeePercent", {"lateFeePercent": 101}),
        ("cancellationPolicy.noShowFeeCents", {"noShowFeeCents": -1}),
        ("cancellationPolicy.fee", {"fee": 1}),
    ],
)
async def test_bad_fields(api: Api, make: Make, field: str, value: object) -> None:
    admin = make.admin()
    service = await added(api, admin, "/services", MASSAGE)
    bad = {field.partition(".")[0]: value}
    for answer in (
        await api.post("/services", admin, json={**MASSAGE, **bad}),
        await api.patch(f"/services/{service['id']}", admin, json={"version": 1, **bad}),
    ):
        errors = problem(answer, 422, "validation_failed")["details"]["errors"]
        assert [error["field"] for error in errors] == [field]


@pytest.mark.parametrize("field", ["title", "durationMinutes", "priceCents", "currency"])
async def test_what_a_service_needs(api: Api, make: Make, field: str) -> None:
    body = {name: value for name, value in MASSAGE.items() if name != field}
    answer = await api.post("/services", make.admin(), json=body)
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == [field]


async def test_inactive_services_are_for_staff(api: Api, make: Make) -> None:
    admin = make.admin()
    active = await added(api, admin, "/services", {**MASSAGE, "title": "A"})
    hidden = await added(api, admin, "/services", {**MASSAGE, "title": "B", "isActive": False})
    path = f"/services/{hidden['id']}"
    for user in (None, make.client()):
        assert (await api.get("/services", user)).json()["items"] == [active]
        problem(await api.get(path, user), 404, "not_found")
    for user in (admin, make.operator()):
        assert (await api.get("/services", user)).json()["items"] == [active, hidden]
        assert (await api.get(path, user)).json() == hidden


async def test_removing_a_service_withdraws_its_own_slots(api: Api, make: Make) -> None:
    admin, place = make.admin(), make.place()
    own, for_any = make.slots(place, 2)
    make.db.execute("UPDATE slots SET service_id = %s WHERE id = %s", [place.service_id, own])
    path = f"/services/{place.service_id}"
    assert (await api.delete(path, admin, headers={"If-Match": '"1"'})).status_code == 204
    provider = (await api.get(f"/providers/{place.provider_id}")).json()
    assert (provider["serviceIds"], provider["version"]) == ([], 2)
    rows = make.all("SELECT id FROM slots WHERE deleted_at IS NULL")
    assert [row["id"] for row in rows] == [for_any]


async def test_an_appointment_keeps_its_price_and_policy(api: Api, make: Make) -> None:
    admin, client = make.admin(), make.client()
    place = make.place(service_id=make.service(price_cents=5000, late_fee_percent=50))
    appointment = await api.booked(client, place, make.slot(place))
    answer = await api.patch(
        f"/services/{place.service_id}",
        admin,
        json={"priceCents": 9000, "cancellationPolicy": {"lateFeePercent": 100}, "version": 1},
    )
    assert answer.status_code == 200, answer.text
    read = (await api.get(f"/appointments/{appointment['id']}", client)).json()
    assert read["priceCents"] == 5000
    assert read["cancellationPolicy"] == appointment["cancellationPolicy"]
