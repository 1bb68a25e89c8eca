"""`/facilities`, and what all three nouns of the catalogue have in common (SPEC 4.2, 4.7)."""

from typing import Any
from uuid import uuid4

import pytest
from psycopg import sql

from tests.support.api import Api, problem
from tests.support.make import Make, User, soon

HOUSE = {
    "name": "The house",
    "timezone": "Europe/Berlin",
    "address": "Hauptstraße 1",
    "email": "desk@house.test",
    "phone": "+49 30 1234567",
    "locale": "de-DE",
}
MASSAGE = {"title": "Massage", "durationMinutes": 30, "priceCents": 4500, "currency": "EUR"}
UNKNOWN = "01990000-0000-7000-8000-000000000000"
ANNA = {"name": "Anna", "timezone": "Europe/Berlin"}

# A path, a body that makes one, and a field to change.
NOUNS = [
    pytest.param("/facilities", HOUSE, "name", id="facility"),
    pytest.param("/services", MASSAGE, "title", id="service"),
    pytest.param("/providers", ANNA, "name", id="provider"),
]


async def added(api: Api, admin: User, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, admin, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_add_read_change_and_remove(api: Api, make: Make) -> None:
    admin = make.admin()
    answer = await api.post("/facilities", admin, json=HOUSE)
    assert answer.status_code == 201, answer.text
    facility = answer.json()
    assert facility == {"id": facility["id"], **HOUSE, "version": 1}
    assert answer.headers["location"] == f"/api/v1/facilities/{facility['id']}"
    assert answer.headers["etag"] == '"1"'

    path = f"/facilities/{facility['id']}"
    read = await api.get(path)
    assert read.json() == facility
    assert read.headers["etag"] == '"1"'
    assert read.headers["last-modified"].endswith(" GMT")

    answer = await api.patch(
        path, admin, json={"address": None, "timezone": "UTC"}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == {**facility, "address": None, "timezone": "UTC", "version": 2}
    assert answer.headers["etag"] == '"2"'

    answer = await api.delete(path, admin, headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await api.get(path, admin), 404, "not_found")
    problem(await api.delete(path, admin, headers={"If-Match": '"3"'}), 404, "not_found")
    assert (await api.get("/facilities", admin)).json() == {"items": [], "nextCursor": None}
    row = make.one("SELECT deleted_at, version FROM facilities WHERE id = %s", facility["id"])
    assert row["deleted_at"] is not None


async def test_minimal_facility(api: Api, make: Make) -> None:
    facility = await added(api, make.admin(), "/facilities", {"name": "  A  ", "timezone": "UTC"})
    assert facility["name"] == "A"
    assert {facility[field] for field in ("address", "email", "phone", "locale")} == {None}


async def test_contact_changes_and_goes(api: Api, make: Make) -> None:
    admin = make.admin()
    facility = await added(api, admin, "/facilities", HOUSE)
    path = f"/facilities/{facility['id']}"
    body = {"email": None, "phone": "030 7654321", "locale": "en-GB", "version": 1}
    answer = await api.patch(path, admin, json=body)
    assert answer.json() == {**facility, **body, "version": 2}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "a" * 201),
        ("name", "two\nlines"),
        ("name", "nul\x00"),
        ("name", None),
        ("name", 7),
        ("timezone", "Mars/Olympus"),
        ("timezone", "localtime"),
        ("timezone", "../etc/passwd"),
        ("timezone", "right/Europe/Berlin"),
        ("timezone", None),
        ("address", "a" * 501),
        ("email", "nobody"),
        ("email", "a@b" + "c" * 300),
        ("phone", "ring me"),
        ("phone", ""),
        ("locale", "German"),
        ("locale", "de_DE"),
        ("locale", "x" * 40),
        ("id", UNKNOWN),
        ("version", 2**31),
        ("version", "1"),
        ("version", -1),
    ],
)
async def test_bad_fields(api: Api, make: Make, field: str, value: object) -> None:
    admin = make.admin()
    facility = await added(api, admin, "/facilities", HOUSE)
    body = {"version": 1, field: value}
    answer = await api.patch(f"/facilities/{facility['id']}", admin, json=body)
    errors = problem(answer, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == [field]
    if field != "version":
        answer = await api.post("/facilities", admin, json={**HOUSE, field: value})
        errors = problem(answer, 422, "validation_failed")["details"]["errors"]
        assert [error["field"] for error in errors] == [field]


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_who_may_write(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    one = f"{path}/{uuid4()}"
    for user, status, scenario in [
        (None, 401, "unauthenticated"),
        (make.client(), 403, "forbidden"),
        (make.operator(), 403, "forbidden"),
    ]:
        problem(await api.post(path, user, json=body), status, scenario)
        problem(await api.patch(one, user, json={name: "New"}), status, scenario)
        problem(await api.delete(one, user), status, scenario)
        # Who asks comes before what they sent.
        problem(await api.post(path, user, content=b"{"), status, scenario)
    admin = make.admin()
    problem(await api.patch(one, admin, json={name: "New", "version": 1}), 404, "not_found")
    problem(await api.delete(one, admin), 404, "not_found")
    problem(await api.get(one), 404, "not_found")
    problem(await api.get(f"{path}/nobody"), 422, "validation_failed")
    for forged in (path, one):
        answer = await api.get(forged, headers={"Authorization": "Bearer forged"})
        problem(answer, 401, "unauthenticated")
    problem(
        await api.post(path, admin, content=b"{", headers={"Content-Type": "application/json"}),
        400,
        "malformed_json",
    )


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_preconditions(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    admin = make.admin()
    thing = await added(api, admin, path, body)
    one = f"{path}/{thing['id']}"
    changed = await api.patch(one, admin, json={name: "Second", "version": 1})
    assert changed.status_code == 200, changed.text
    current = changed.json()
    assert current == {**thing, name: "Second", "version": 2}
    ancient = "Thu, 01 Jan 1970 00:00:00 GMT"
    refused: list[tuple[dict[str, str], dict[str, Any], int, str]] = [
        ({}, {}, 428, "precondition_required"),
        ({"If-None-Match": '"7"'}, {}, 428, "precondition_required"),
        ({"If-Unmodified-Since": "yesterday"}, {}, 428, "precondition_required"),
        ({"If-Match": '"1"'}, {}, 412, "precondition_failed"),
        ({"If-Match": '"1", "3"'}, {}, 412, "precondition_failed"),
        ({"If-Match": 'W/"2"'}, {}, 412, "precondition_failed"),
        ({"If-Match": "2"}, {}, 412, "precondition_failed"),
        ({"If-Match": '"1"'}, {"version": 2}, 412, "precondition_failed"),
        (
            {"If-Match": '"1"', "If-Unmodified-Since": changed.headers["last-modified"]},
            {},
            412,
            "precondition_failed",
        ),
        ({"If-Unmodified-Since": ancient}, {}, 412, "precondition_failed"),
        ({"If-None-Match": '"2"'}, {"version": 2}, 412, "precondition_failed"),
        ({}, {"version": 1}, 409, "version_conflict"),
        ({}, {"version": 3}, 409, "version_conflict"),
        ({"If-Match": '"2"'}, {"version": 1}, 409, "version_conflict"),
    ]
    for headers, more, status, scenario in refused:
        answer = await api.patch(one, admin, json={name: "Third", **more}, headers=headers)
        refusal = problem(answer, status, scenario)
        if status != 428:
            assert refusal["currentVersion"] == 2
            assert refusal["currentData"] == current
            assert refusal["details"]["changes"] == {name: {"yours": "Third", "theirs": "Second"}}
        answer = await api.delete(one, admin, json=more, headers=headers)
        problem(answer, status, scenario)
    assert (await api.get(one)).json() == current

    version = 2
    for headers, more in [
        ({"If-Match": '"2"'}, {}),
        ({"If-Match": '"1", "3"'}, {}),
        ({"If-Match": "*"}, {}),
        ({"If-Match": '"5"', "If-Unmodified-Since": ancient}, {}),
        ({"If-Match": '"6"'}, {"version": 6}),
        ({}, {"version": 7}),
    ]:
        answer = await api.patch(one, admin, json={name: f"No. {version}", **more}, headers=headers)
        version += 1
        assert answer.status_code == 200, (headers, answer.text)
        assert answer.json()["version"] == version
    assert (await api.delete(one, admin, json={"version": version})).status_code == 204


def stamp(make: Make, table: str, updated_at: str, changed_before: str) -> None:
    """Set when the two last versions of the only row were made, past the trigger."""
    name = sql.Identifier(table)
    make.db.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
    make.db.execute(
        sql.SQL("UPDATE {} SET updated_at = %s, changed_before = %s").format(name),
        [updated_at, changed_before],
    )
    make.db.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(name))


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_a_date_does_not_hide_two_changes_in_its_second(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    admin = make.admin()
    thing = await added(api, admin, path, body)
    one, table = f"{path}/{thing['id']}", path.strip("/")
    await api.patch(one, admin, json={name: "Second", "version": 1})
    # Both versions in one second: the date may stand for either.
    stamp(make, table, "2026-01-05 10:00:00.7Z", "2026-01-05 10:00:00.2Z")
    since = {"If-Unmodified-Since": "Mon, 05 Jan 2026 10:00:00 GMT"}
    answer = await api.patch(one, admin, json={name: "Third"}, headers=since)
    problem(answer, 412, "precondition_failed")
    # The version before is a second older: the date can only mean this one.
    stamp(make, table, "2026-01-05 10:00:00.7Z", "2026-01-05 09:59:59.9Z")
    answer = await api.patch(one, admin, json={name: "Third"}, headers=since)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_what_changes_nothing_makes_no_version(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    admin = make.admin()
    thing = await added(api, admin, path, body)
    one = f"{path}/{thing['id']}"
    for same in ({}, {name: thing[name]}, {"version": 1}):
        answer = await api.patch(one, admin, json=same, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.json()) == (200, thing)
        assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_unchanged_things_are_not_sent_again(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    admin = make.admin()
    thing = await added(api, admin, path, body)
    one = f"{path}/{thing['id']}"
    for tag in ('"1"', 'W/"1"', '"0", "1"', "*"):
        answer = await api.get(one, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b""), tag
        assert answer.headers["etag"] == '"1"'
    assert (await api.get(one, headers={"If-None-Match": '"2"'})).status_code == 200
    await api.patch(one, admin, json={name: "New", "version": 1})
    assert (await api.get(one, headers={"If-None-Match": '"1"'})).json()["version"] == 2


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_pages_are_sorted_and_complete(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    admin = make.admin()
    # The longest names there are, some equal; a cursor has to carry them.
    names = ["b", "a", "c", "a", "ü" * 200, "\U0001f600" * 200, '"' * 200, "\U0001f600" * 200]
    things = [await added(api, admin, path, {**body, name: text}) for text in names]
    expected = sorted(things, key=lambda thing: (thing[name].encode(), thing["id"]))
    seen, cursor = [], None
    for _ in range(len(things)):
        params = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        answer = await api.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += page["items"]
        cursor = page["nextCursor"]
    assert cursor is None
    assert seen == expected
    assert (await api.get(path, params={"limit": 100})).json() == {
        "items": expected,
        "nextCursor": None,
    }
    for params in ({"limit": 0}, {"limit": 101}, {"cursor": "nonsense"}, {"cursor": "W10"}):
        problem(await api.get(path, params=params), 422, "validation_failed")


@pytest.mark.parametrize(("path", "body", "name"), NOUNS)
async def test_a_key_adds_once(
    api: Api, make: Make, path: str, body: dict[str, Any], name: str
) -> None:
    admin = make.admin()
    first = await api.post(path, admin, json=body, key="once")
    again = await api.post(path, admin, json=body, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    for header in ("location", "etag", "last-modified"):
        assert first.headers[header] == again.headers[header]
    answer = await api.post(path, admin, json={**body, name: "Other"}, key="once")
    problem(answer, 422, "idempotency_key_reused")
    assert len((await api.get(path)).json()["items"]) == 1


async def test_a_facility_in_use_stays(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    appointment = await api.booked(client, place, make.slot(place))
    path, headers = f"/facilities/{place.facility_id}", {"If-Match": '"1"'}
    problem(await api.delete(path, admin, headers=headers), 409, "in_use")
    # Preconditions come before the state.
    problem(await api.delete(path, admin), 428, "precondition_required")
    problem(await api.delete(path, admin, headers={"If-Match": '"2"'}), 412, "precondition_failed")
    assert (await api.get(path)).json()["version"] == 1

    answer = await api.post(f"/appointments/{appointment['id']}/cancel", client, json={}, key="new")
    assert answer.status_code == 200, answer.text
    assert (await api.delete(path, admin, headers=headers)).status_code == 204


async def test_removing_a_facility_withdraws_what_was_free_there(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    other = make.place(service_id=place.service_id)
    free, held, blocked = make.slots(place, 3)
    elsewhere = make.slot(other)
    make.db.execute("UPDATE slots SET status = 'blocked' WHERE id = %s", [blocked])
    reserved = await api.reserve(client, place, held)
    token = reserved.json()["reservationToken"]

    path = f"/facilities/{place.facility_id}"
    assert (await api.delete(path, admin, headers={"If-Match": "*"})).status_code == 204

    provider = (await api.get(f"/providers/{place.provider_id}")).json()
    assert (provider["facilityIds"], provider["version"]) == ([], 2)
    rows = make.all("SELECT id, deleted_at IS NOT NULL AS gone FROM slots ORDER BY start_at, id")
    assert {row["id"]: row["gone"] for row in rows} == {
        free: True,
        held: True,
        blocked: True,
        elsewhere: False,
    }
    problem(await api.book(client, token), 409, "no_longer_offered")
    problem(await api.reserve(client, place, free), 404, "not_found")
    audit = make.one(
        "SELECT actor_id, reason FROM slot_audit WHERE slot_id = %s AND action = 'deleted'", free
    )
    assert audit == {"actor_id": admin.id, "reason": "The facility was removed."}


async def test_a_request_needs_its_facility(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    answer = await api.book_at(
        client, place, soon(), facilityId=str(place.facility_id), ifUnavailable="request"
    )
    assert (answer.status_code, answer.json()["status"]) == (201, "requested")
    for path in (
        f"/facilities/{place.facility_id}",
        f"/services/{place.service_id}",
        f"/providers/{place.provider_id}",
    ):
        problem(await api.delete(path, admin, headers={"If-Match": "*"}), 409, "in_use")
