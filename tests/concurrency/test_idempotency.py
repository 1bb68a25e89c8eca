"""One idempotency key has one effect and one answer, whoever repeats it and whenever (I3)."""

import asyncio
from datetime import timedelta
from typing import Any, Literal

import psycopg
import pytest

from holdfast.config import Settings
from holdfast.verify import assert_clean
from tests.concurrency.support import (
    LOCK_SLOT,
    Answer,
    Crowd,
    all_of,
    crowd_of,
    eventually,
    gate,
)
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make, User, soon

TIMES = 50
REPLAYED = "idempotency-replayed"


def count_of(
    make: Make, table: Literal["appointments", "idempotency_records", "reservations", "slots"]
) -> int:
    return make.one(f"SELECT count(*) FROM {table}")["count"]


def same_answer(answer: Answer, first: Answer) -> None:
    """A replay: what the first was answered, byte for byte, and said to be a replay."""
    assert answer.headers.get(REPLAYED) == "true", answer
    assert (answer.status, answer.body) == (first.status, first.body)
    for name in ("location", "etag", "last-modified", "content-type"):
        assert answer.headers.get(name) == first.headers.get(name)


async def test_50_at_once_have_one_effect(crowd: Crowd, database: TestDatabase, make: Make) -> None:
    place, client, start = make.place(), make.client(), soon()
    for number in range(10):
        wanted, key = start + timedelta(hours=number), f"key-{number}"
        slot_id = make.slot(place, wanted)
        answers = await all_of(crowd.book_at(client, place, wanted, key=key) for _ in range(TIMES))
        booked = [answer for answer in answers if answer.status == 201]
        in_flight = [answer for answer in answers if answer.status != 201]
        firsts = [answer for answer in booked if REPLAYED not in answer.headers]
        assert len(firsts) == 1
        for answer in booked:
            if answer is not firsts[0]:
                same_answer(answer, firsts[0])
        assert {answer.scenario for answer in in_flight} <= {"idempotency_in_flight"}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in in_flight)
        assert firsts[0].json()["slotId"] == str(slot_id)
        assert count_of(make, "appointments") == number + 1
        same_answer(await crowd.book_at(client, place, wanted, key=key), firsts[0])
    assert_clean(database.server_url)


async def test_while_the_first_runs_the_others_are_told_so(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place, client, start = make.place(), make.client(), soon()
    slot_id = make.slot(place, start)
    async with (
        crowd_of(database, settings, connections=TIMES) as crowd,
        gate(database, LOCK_SLOT, slot_id) as row,
    ):
        first = asyncio.ensure_future(crowd.book_at(client, place, start, key="one"))
        await row.until_waiting(1)
        # None of these waits: the first cannot end before the row comes free.
        others = await all_of(
            crowd.book_at(client, place, start, key="one") for _ in range(TIMES - 1)
        )
        assert {(answer.status, answer.scenario) for answer in others} == {
            (409, "idempotency_in_flight")
        }
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in others)
        assert not first.done()
        # Neither another key nor another user's same key is held up by it.
        other = await crowd.reserve(make.client(), place, make.slot(place, soon(5)), key="one")
        assert other.status == 201
        await row.open()
        answer = await first
        assert answer.status == 201
        retried = await all_of(
            crowd.book_at(client, place, start, key="one") for _ in range(TIMES - 1)
        )
    # Replays of one key take turns without waiting, so some may be told to come again.
    replayed = [again for again in retried if again.status == 201]
    assert replayed
    for again in replayed:
        same_answer(again, answer)
    assert {again.scenario for again in retried if again.status != 201} <= {"idempotency_in_flight"}
    assert count_of(make, "appointments") == 1


async def test_a_key_is_free_again_when_its_first_request_dies(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    place, client, start = make.place(), make.client(), soon()
    slot_id = make.slot(place, start)
    async with gate(database, LOCK_SLOT, slot_id) as row:
        first = asyncio.ensure_future(crowd.book_at(client, place, start, key="one"))
        await row.until_waiting(1)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        answer = await first
    assert (answer.status, answer.scenario) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert count_of(make, "idempotency_records") == 0

    async def booked() -> bool:
        again = await crowd.book_at(client, place, start, key="one")
        assert again.status in (201, 503), again
        assert REPLAYED not in again.headers
        return again.status == 201

    await eventually(booked, "the same key books")
    assert count_of(make, "appointments") == 1


async def test_same_key_for_another_request(crowd: Crowd, make: Make) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    slot_id = make.slot(place, soon(3))
    first = await crowd.book_at(client, place, start, key="one")
    assert first.status == 201
    others = [
        await crowd.book_at(client, place, soon(1), key="one"),
        await crowd.book_at(client, place, start, key="one", notes="more"),
        await crowd.book_at(client, place, start, key="one", notes=None),
        await crowd.reserve(client, place, slot_id, key="one"),
    ]
    for answer in others:
        assert (answer.status, answer.scenario) == (422, "idempotency_key_reused"), answer
    assert count_of(make, "appointments") == 1
    assert count_of(make, "reservations") == 0
    same_answer(await crowd.book_at(client, place, start, key="one"), first)


async def test_a_refusal_is_not_recorded(crowd: Crowd, make: Make) -> None:
    place, client, holder, start = make.place(), make.client(), make.client(), soon()
    slot_id = make.slot(place, start)
    reserved = await crowd.reserve(holder, place, slot_id)
    refused = await crowd.book_at(client, place, start, key="one", ifUnavailable="fail")
    assert refused.scenario == "slot_held"
    assert count_of(make, "idempotency_records") == 0
    token = reserved.json()["reservationToken"]
    assert (await crowd.send(holder, "DELETE", f"/reservations/{token}")).status == 204
    booked = await crowd.book_at(client, place, start, key="one", ifUnavailable="fail")
    assert booked.status == 201
    assert REPLAYED not in booked.headers
    # A key whose request was refused may also stand for another request.
    other = await crowd.book_at(holder, place, start, key="two", ifUnavailable="fail")
    assert other.scenario == "slot_booked"
    assert (await crowd.book_at(holder, place, soon(1), key="two")).status == 201


async def test_keys_belong_to_a_user(crowd: Crowd, make: Make) -> None:
    place, start = make.place(), soon()
    make.slots(place, 2, start)
    answers = [await crowd.book_at(make.client(), place, start, key="one") for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 3
    assert all(REPLAYED not in answer.headers for answer in answers)


async def test_every_write_can_be_repeated_with_a_key(crowd: Crowd, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    slot_id = make.slot(place)
    reserved = await crowd.reserve(client, place, slot_id, key="reserve")
    same_answer(await crowd.reserve(client, place, slot_id, key="reserve"), reserved)
    extend = f"/reservations/{reserved.json()['reservationToken']}/extend"
    first = await crowd.send(client, "POST", extend, key="extend")
    assert first.json()["extensionsLeft"] == 1
    for _ in range(3):
        same_answer(await crowd.send(client, "POST", extend, key="extend"), first)
    second = await crowd.send(client, "POST", extend, key="extend again")
    assert (second.status, second.scenario) == (422, "validation_failed")  # no spaces in keys
    slot = {
        "providerId": str(place.provider_id),
        "facilityId": str(place.facility_id),
        "start": soon(5).isoformat(),
        "end": soon(6).isoformat(),
    }
    base = "/appointments/availability/slots"
    published = await crowd.send(staff, "POST", base, slot, key="publish")
    assert published.status == 201, published
    same_answer(await crowd.send(staff, "POST", base, slot, key="publish"), published)
    assert count_of(make, "slots") == 2


async def test_a_replay_outlives_what_it_speaks_of(crowd: Crowd, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    reserved = await crowd.reserve(client, place, slot_id, key="one")
    token = reserved.json()["reservationToken"]
    assert (await crowd.send(client, "DELETE", f"/reservations/{token}")).status == 204
    same_answer(await crowd.reserve(client, place, slot_id, key="one"), reserved)
    assert make.one("SELECT status FROM slots")["status"] == "available"


async def test_keys_live_eight_days(crowd: Crowd, make: Make) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    first = await crowd.book_at(client, place, start, key="one")
    life = make.one("SELECT expires_at - created_at AS life FROM idempotency_records")["life"]
    assert abs(life - timedelta(days=8)) < timedelta(seconds=1)
    make.db.execute("UPDATE idempotency_records SET expires_at = now() + interval '1 minute'")
    same_answer(await crowd.book_at(client, place, start, key="one"), first)
    cancel = f"/appointments/{first.json()['id']}/cancel"
    assert (await crowd.send(client, "POST", cancel, {}, key="cancel")).status == 200
    make.db.execute("UPDATE idempotency_records SET expires_at = now()")
    again = await crowd.book_at(client, place, start, key="one")
    assert again.status == 201
    assert REPLAYED not in again.headers
    assert again.json()["id"] != first.json()["id"]


async def test_a_key_is_required_where_time_is_taken(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    body = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": soon().isoformat(),
    }
    problem(await api.post("/appointments", client, json=body), 400, "idempotency_key_missing")
    null = {**body, "idempotencyKey": None}
    problem(await api.post("/appointments", client, json=null), 400, "idempotency_key_missing")
    # Who may not ask at all is told that first.
    problem(await api.post("/appointments", json=body), 401, "unauthenticated")
    assert count_of(make, "appointments") == 0


async def test_the_body_may_carry_the_key(api: Api, make: Make) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    body: dict[str, Any] = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": start.isoformat(),
    }
    first = await api.post("/appointments", client, json={**body, "idempotencyKey": "one"})
    assert first.status_code == 201
    # The same key means the same in either place, in both, and however the JSON is written.
    repeats = [
        await api.post("/appointments", client, json=body, key="one"),
        await api.post("/appointments", client, json={**body, "idempotencyKey": "one"}, key="one"),
        await api.post(
            "/appointments",
            client,
            json={name: body[name] for name in reversed(body)} | {"idempotencyKey": "one"},
        ),
    ]
    for again in repeats:
        assert again.headers[REPLAYED] == "true"
        assert again.content == first.content
    differing = {**body, "idempotencyKey": "two"}
    refused = problem(
        await api.post("/appointments", client, json=differing, key="one"), 422, "validation_failed"
    )
    assert refused["details"]["errors"][0]["field"] == "idempotencyKey"
    assert count_of(make, "appointments") == 1


async def test_every_post_of_a_user_takes_the_key_in_its_body(api: Api, make: Make) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    reserved = await api.reserve(client, place, make.slot(place))
    appointment = make.appointment(client, place, make.slot(place, soon(2)))
    ids = {"providerId": str(place.provider_id), "serviceId": str(place.service_id)}
    period = {"start": soon(5).isoformat(), "end": soon(6).isoformat()}
    account = {"email": "new@example.test", "password": "long enough 1", "name": "N"}
    schedule = {"weekly": [], "breaks": [], "exceptions": [], "slotMinutes": 30}
    path = f"/providers/{place.provider_id}/schedule"
    assert (await api.put(path, admin, json=schedule)).is_success
    posts: list[tuple[User, str, dict[str, Any]]] = [
        (client, "/reservations", {**ids, "timeslotId": str(make.slot(place, soon(3)))}),
        (client, f"/reservations/{reserved.json()['reservationToken']}/extend", {}),
        (client, f"/appointments/{appointment}/share", {}),
        (client, f"/appointments/{appointment}/confirm-attendance", {}),
        (admin, f"/appointments/{appointment}/acquire-lock", {"expectedVersion": 0}),
        (admin, f"/appointments/{appointment}/take-over-lock", {}),
        (admin, f"/appointments/{appointment}/comments", {"body": "Hello"}),
        (admin, "/appointments/bulk", {"action": "complete", "ids": [str(appointment)]}),
        (
            admin,
            "/appointments/availability/slots",
            {"providerId": ids["providerId"], "facilityId": str(place.facility_id), **period},
        ),
        (admin, "/facilities", {"name": "F", "timezone": "Europe/Berlin"}),
        (
            admin,
            "/services",
            {"title": "S", "durationMinutes": 30, "priceCents": 0, "currency": "EUR"},
        ),
        (admin, "/providers", {"name": "P", "timezone": "Europe/Berlin"}),
        (
            admin,
            f"/providers/{place.provider_id}/slots/generate",
            {"from": "2030-01-01", "to": "2030-01-02"},
        ),
        (admin, "/users", {**account, "role": "client"}),
    ]
    # Not among them: /auth/signout, after which the token that it came with proves nothing.
    for number, (user, path, body) in enumerate(posts):
        keyed = {**body, "idempotencyKey": f"key-{number}"}
        first = await api.post(path, user, json=keyed)
        assert first.is_success, (path, first.text)
        again = await api.post(path, user, json=keyed)
        without_body = {} if body else {"json": None}
        by_header = await api.post(
            path, user, key=f"key-{number}", **({"json": body} | without_body)
        )
        for answer in (again, by_header):
            assert answer.headers[REPLAYED] == "true", path
            assert (answer.status_code, answer.content) == (first.status_code, first.content)
        unknown = {**body, "idempotencykey": f"key-{number}"}
        problem(await api.post(path, user, json=unknown), 422, "validation_failed")


@pytest.mark.parametrize(
    "key",
    [
        "k",
        "k" * 255,
        '"quoted"',
        "!#$%&'*+-.^_`|~",
        "a,b;c=d",
        "0198b7a2-7c1e-7f00-8000-000000000000",
    ],
)
async def test_any_printable_key_will_do(api: Api, make: Make, key: str) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    first = await api.book_at(client, place, start, key=key)
    assert first.status_code == 201, first.text
    again = await api.book_at(client, place, start, key=key)
    assert again.headers[REPLAYED] == "true"
    assert again.content == first.content


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "k" * 256, "k" * 5000, "schlüssel", "\x80", "a\tb"]
)
async def test_other_keys_are_refused(api: Api, make: Make, key: str) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    body = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": start.isoformat(),
    }
    header = [(b"Idempotency-Key", key.encode("latin-1")), *auth_header(client.token)]
    by_header = await api.client.post("/api/v1/appointments", headers=header, json=body)
    problem(by_header, 422, "validation_failed")
    by_body = await api.post("/appointments", client, json={**body, "idempotencyKey": key})
    problem(by_body, 422, "validation_failed")
    assert count_of(make, "appointments") == 0


async def test_two_keys_in_one_request_have_one_effect(api: Api, make: Make) -> None:
    place, client, start = make.place(), make.client(), soon()
    make.slot(place, start)
    body = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": start.isoformat(),
    }
    headers = [
        (b"Idempotency-Key", b"one"),
        (b"Idempotency-Key", b"two"),
        *auth_header(client.token),
    ]
    answer = await api.client.post("/api/v1/appointments", headers=headers, json=body)
    problem(answer, 422, "validation_failed")
    assert count_of(make, "appointments") == 0


def auth_header(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"Authorization", f"Bearer {token}".encode())]
