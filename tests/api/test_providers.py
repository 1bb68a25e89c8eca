"""`/providers`, and removal against bookings that run at the same time (SPEC 4.2)."""

import asyncio
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from tests.api.test_facilities import ANNA, HOUSE, MASSAGE, UNKNOWN, added
from tests.concurrency.support import gate
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon


async def test_add_and_relink(api: Api, make: Make) -> None:
    admin = make.admin()
    facility = (await added(api, admin, "/facilities", HOUSE))["id"]
    first, second = [(await added(api, admin, "/services", MASSAGE))["id"] for _ in "ab"]
    body = {
        **ANNA,
        "bio": "Hands of gold",
        "facilityIds": [facility, facility],
        "serviceIds": [second, first],
        "isActive": True,
    }
    provider = await added(api, admin, "/providers", body)
    assert provider == {
        **body,
        "id": provider["id"],
        "facilityIds": [facility],
        "serviceIds": [first, second],
        "version": 1,
    }
    path = f"/providers/{provider['id']}"

    answer = await api.patch(path, admin, json={"serviceIds": [first], "version": 1})
    assert answer.json() == {**provider, "serviceIds": [first], "version": 2}
    same = {"serviceIds": [first, first], "facilityIds": [facility], "version": 2}
    assert (await api.patch(path, admin, json=same)).json()["version"] == 2
    answer = await api.patch(path, admin, json={"facilityIds": [], "bio": None, "version": 2})
    assert answer.json() == {
        **provider,
        "bio": None,
        "facilityIds": [],
        "serviceIds": [first],
        "version": 3,
    }


async def test_minimal_provider(api: Api, make: Make) -> None:
    provider = await added(api, make.admin(), "/providers", ANNA)
    assert provider == {
        "id": provider["id"],
        **ANNA,
        "bio": None,
        "facilityIds": [],
        "serviceIds": [],
        "isActive": True,
        "version": 1,
    }


async def test_links_must_exist(api: Api, make: Make) -> None:
    admin, unknown = make.admin(), str(uuid4())
    known = (await added(api, admin, "/services", MASSAGE))["id"]
    gone = (await added(api, admin, "/facilities", HOUSE))["id"]
    await api.delete(f"/facilities/{gone}", admin, headers={"If-Match": "*"})
    body = {"facilityIds": [gone], "serviceIds": [unknown, known]}
    answer = await api.post("/providers", admin, json={**ANNA, **body})
    assert problem(answer, 422, "validation_failed")["details"]["errors"] == [
        {"field": "facilityIds", "message": f"there is no {gone}"},
        {"field": "serviceIds", "message": f"there is no {unknown}"},
    ]
    assert (await api.get("/providers")).json()["items"] == []

    provider = await added(api, admin, "/providers", {**ANNA, "serviceIds": [known]})
    path = f"/providers/{provider['id']}"
    answer = await api.patch(path, admin, json={**body, "name": "Other", "version": 1})
    problem(answer, 422, "validation_failed")
    assert (await api.get(path)).json() == provider


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("timezone", "Mars/Olympus"),
        ("isActive", 1),
        ("facilityIds", None),
        ("facilityIds.0", ["x"]),
        ("serviceIds", [UNKNOWN] * 501),
        ("userId", UNKNOWN),
    ],
)
async def test_bad_fields(api: Api, make: Make, field: str, value: object) -> None:
    admin = make.admin()
    provider = await added(api, admin, "/providers", ANNA)
    bad = {field.partition(".")[0]: value}
    for answer in (
        await api.post("/providers", admin, json={**ANNA, **bad}),
        await api.patch(f"/providers/{provider['id']}", admin, json={"version": 1, **bad}),
    ):
        errors = problem(answer, 422, "validation_failed")["details"]["errors"]
        assert [error["field"] for error in errors] == [field]


async def test_filters(api: Api, make: Make) -> None:
    one, other = make.place(), make.place()
    shared = make.place(service_id=one.service_id, facility_id=other.facility_id)
    make.db.execute("UPDATE providers SET name = 'Ötzi 100%%' WHERE id = %s", [shared.provider_id])

    async def found(**params: object) -> set[UUID]:
        answer = await api.get("/providers", params=params)
        assert answer.status_code == 200, answer.text
        return {UUID(item["id"]) for item in answer.json()["items"]}

    everybody = {one.provider_id, other.provider_id, shared.provider_id}
    assert await found() == everybody
    assert await found(q="") == everybody
    assert await found(serviceId=one.service_id) == {one.provider_id, shared.provider_id}
    assert await found(facilityId=other.facility_id) == {other.provider_id, shared.provider_id}
    assert await found(serviceId=one.service_id, facilityId=other.facility_id) == {
        shared.provider_id
    }
    assert await found(q="tzi 100%") == {shared.provider_id}
    assert await found(q="PROVIDER") == {one.provider_id, other.provider_id}
    assert await found(q="_") == set()
    assert await found(serviceId=uuid4()) == set()
    for params in ({"q": "\x00"}, {"q": "a" * 201}, {"serviceId": "x"}):
        problem(await api.get("/providers", params=params), 422, "validation_failed")


async def test_inactive_providers_are_for_staff(api: Api, make: Make) -> None:
    admin = make.admin()
    hidden = await added(api, admin, "/providers", {**ANNA, "isActive": False})
    path = f"/providers/{hidden['id']}"
    for user in (None, make.client()):
        assert (await api.get("/providers", user)).json()["items"] == []
        problem(await api.get(path, user), 404, "not_found")
    for user in (admin, make.operator()):
        assert (await api.get("/providers", user)).json()["items"] == [hidden]
        assert (await api.get(path, user)).json() == hidden


async def test_a_past_visit_does_not_need_its_provider(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    appointment = await api.booked(client, place, make.slot(place))
    path, headers = f"/providers/{place.provider_id}", {"If-Match": '"1"'}
    problem(await api.delete(path, admin, headers=headers), 409, "in_use")
    with make.db.transaction():
        make.db.execute(
            "UPDATE slots SET start_at = start_at - interval '3 days', "
            "end_at = end_at - interval '3 days'"
        )
        make.db.execute(
            "UPDATE appointments SET start_at = start_at - interval '3 days', "
            "end_at = end_at - interval '3 days'"
        )
    assert (await api.delete(path, admin, headers=headers)).status_code == 204
    read = (await api.get(f"/appointments/{appointment['id']}", client)).json()
    assert read["providerId"] == str(place.provider_id)
    assert read["providerName"].startswith("Provider ")


@pytest.mark.parametrize("noun", ["facility", "service", "provider"])
async def test_removal_waits_for_a_booking(
    api: Api, make: Make, database: TestDatabase, noun: str
) -> None:
    """The booking is there first: the removal waits for its commit and is refused."""
    admin, client, place = make.admin(), make.client(), make.place()
    slot_id = make.slot(place)
    row_id = getattr(place, f"{noun}_id")
    path = f"/{noun[:-1] + 'ies' if noun == 'facility' else noun + 's'}/{row_id}"
    async with gate(database, "SELECT set_config('holdfast.test', '', true)") as door:
        booking = await AsyncConnection.connect(database.server_url)
        cursor = await booking.execute(
            "SELECT outcome FROM book_directly(%s, %s, %s, %s, %s, NULL, %s, NULL, 'normal', "
            "NULL, 'fail')",
            [
                client.actor.as_parameter(),
                uuid4(),
                client.id,
                place.provider_id,
                place.service_id,
                make.one("SELECT start_at FROM slots WHERE id = %s", slot_id)["start_at"],
            ],
        )
        assert await cursor.fetchone() == ("booked",)
        removal = asyncio.create_task(api.delete(path, admin, headers={"If-Match": "*"}))
        await door.until_waiting(1)
        await booking.commit()
        problem(await removal, 409, "in_use")
        await booking.close()


@pytest.mark.parametrize("noun", ["facility", "service", "provider"])
async def test_a_booking_that_decides_during_a_removal_finds_nothing(
    make: Make, database: TestDatabase, noun: str
) -> None:
    """lock_offered_service waits for the removal and then looks at the row again."""
    admin, place = make.admin(), make.place()
    async with (
        gate(
            database,
            f"SELECT delete_{noun}(%s, %s, %s)",  # pyright: ignore[reportArgumentType]
            admin.actor.as_parameter(),
            getattr(place, f"{noun}_id"),
            '{"ifMatch": ["*"]}',
        ) as door,
        await AsyncConnection.connect(database.server_url) as booking,
    ):
        deciding = asyncio.create_task(
            booking.execute(
                "SELECT id FROM lock_offered_service(%s, %s, %s)",
                [place.provider_id, place.service_id, place.facility_id],
            )
        )
        await door.until_waiting(1)
        await door.open()
        assert await (await deciding).fetchall() == []


async def test_removals_and_links_at_once(api: Api, make: Make) -> None:
    """No provider ends up linked to what was removed, and nobody sees a deadlock."""
    admin = make.admin()
    places = [make.place() for _ in range(4)]
    services = [place.service_id for place in places]

    async def link(number: int) -> int:
        body = {"serviceIds": [str(services[number % 4]), str(services[(number + 1) % 4])]}
        answer = await api.patch(
            f"/providers/{places[number % 4].provider_id}",
            admin,
            json=body,
            headers={"If-Match": "*"},
        )
        return answer.status_code

    async def remove(service_id: UUID) -> int:
        answer = await api.delete(f"/services/{service_id}", admin, headers={"If-Match": "*"})
        return answer.status_code

    statuses = await asyncio.gather(
        *(link(number) for number in range(12)), *(remove(service) for service in services[:2])
    )
    assert set(statuses[:12]) <= {200, 422}
    assert statuses[12:] == [204, 204]
    rows = make.all(
        "SELECT 1 FROM provider_services AS ps JOIN services AS s ON s.id = ps.service_id "
        "WHERE s.deleted_at IS NOT NULL"
    )
    assert rows == []


async def test_a_change_that_waited_sees_what_was_changed(
    api: Api, make: Make, database: TestDatabase
) -> None:
    """Ten at once with the same version: one lands."""
    admin, place = make.admin(), make.place()
    path = f"/providers/{place.provider_id}"
    lock = "SELECT FROM providers WHERE id = %s FOR UPDATE"
    async with gate(database, lock, place.provider_id) as door:
        changes = [
            asyncio.create_task(
                api.patch(path, admin, json={"name": f"Name {number}", "version": 1})
            )
            for number in range(8)
        ]
        await door.until_waiting(8)
        await door.open()
        answers = await asyncio.gather(*changes)
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert (await api.get(path)).json()["version"] == 2


async def test_a_request_in_flight_holds_up_no_change(api: Api, make: Make) -> None:
    """A live booking of a provider does not stop staff from renaming them."""
    admin, client, place = make.admin(), make.client(), make.place()
    answer = await api.book_at(client, place, soon(), ifUnavailable="request")
    assert answer.status_code == 201
    answer = await api.patch(
        f"/providers/{place.provider_id}", admin, json={"name": "New", "version": 1}
    )
    assert answer.status_code == 200
