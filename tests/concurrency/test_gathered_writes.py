"""Writes of appointments that come at once: what happens to one is no concern of the others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from holdfast.config import Settings
from holdfast.kernel import gather
from holdfast.verify import assert_clean
from tests.concurrency.support import Answer, Crowd, all_of, crowd_of, fail_inserts_of, gate
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User, soon

LOCK_APPOINTMENT = "SELECT FROM appointments WHERE id = %s FOR UPDATE"
HALT = "LOCK TABLE appointment_audit IN SHARE MODE"
COUNT = 12
# Everything that a write may leave behind.
TRACES = (
    "appointments", "appointment_audit", "slots", "slot_audit", "reservations", "edit_locks",
    "edit_lock_history", "outbox", "idempotency_records",
)  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """An appointment, and a reservation of its client for another slot."""

    client: User
    id: str
    token: str


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture(params=["on", "off"], ids=["gathered", "alone"])
async def crowd(
    request: pytest.FixtureRequest, database: TestDatabase, settings: Settings
) -> AsyncIterator[Crowd]:
    given = settings.model_copy(update={"gather": request.param})
    async with crowd_of(database, given, connections=10) as crowd:
        yield crowd


@pytest.fixture
async def gathered(database: TestDatabase, settings: Settings) -> AsyncIterator[Crowd]:
    async with crowd_of(database, settings, connections=10) as crowd:
        yield crowd


async def visits_of(crowd: Crowd, make: Make, place: Place, count: int = COUNT) -> list[Visit]:
    slots = make.slots(place, 2 * count)
    return [
        await _visit(crowd, make.client(), place, slots[n], slots[count + n]) for n in range(count)
    ]


async def _visit(crowd: Crowd, client: User, place: Place, one: UUID, other: UUID) -> Visit:
    first = await crowd.reserve(client, place, one)
    booked = await crowd.book(client, first.json()["reservationToken"])
    second = await crowd.reserve(client, place, other)
    assert (booked.status, second.status) == (201, 201)
    return Visit(client, booked.json()["id"], second.json()["reservationToken"])


async def held_by(
    crowd: Crowd, make: Make, place: Place, slots: list[UUID]
) -> tuple[list[User], list[str]]:
    """Clients, each with the token of its reservation of a slot."""
    clients = [make.client() for _ in slots]
    answers = [
        await crowd.reserve(client, place, slot)
        for client, slot in zip(clients, slots, strict=True)
    ]
    return clients, [answer.json()["reservationToken"] for answer in answers]


async def reschedule(crowd: Crowd, visit: Visit, *, key: str = "new") -> Answer:
    body = {"reservationToken": visit.token}
    path = f"/appointments/{visit.id}/reschedule"
    return await crowd.send(visit.client, "POST", path, body, key=key)


async def cancel(crowd: Crowd, visit: Visit, *, key: str = "new") -> Answer:
    path = f"/appointments/{visit.id}/cancel"
    return await crowd.send(visit.client, "POST", path, {}, key=key)


def transactions(make: Make, status: str) -> int:
    """How many transactions have made the appointments that are in this state now."""
    row = make.one(
        "SELECT count(DISTINCT xmin::text) AS n FROM appointments WHERE status = %s", status
    )
    return row["n"]


async def test_a_batch_is_one_transaction_and_everybody_signs_for_themselves(
    gathered: Crowd, database: TestDatabase, make: Make, place: Place
) -> None:
    visits = await visits_of(gathered, make, place)
    moved = await all_of(reschedule(gathered, visit) for visit in visits)
    assert [answer.status for answer in moved] == [200] * COUNT
    assert transactions(make, "confirmed") == 1
    cancelled = await all_of(cancel(gathered, visit) for visit in visits)
    assert [answer.status for answer in cancelled] == [200] * COUNT
    assert [answer.json()["appointment"]["id"] for answer in cancelled] == [v.id for v in visits]
    assert transactions(make, "cancelled") == 1
    rows = make.all("SELECT appointment_id, action, actor_id FROM appointment_audit")
    assert {(str(row["appointment_id"]), row["action"], row["actor_id"]) for row in rows} == {
        (visit.id, action, visit.client.id)
        for visit in visits
        for action in ("created", "rescheduled", "cancelled")
    }
    assert_clean(database.server_url)


async def test_bookings_go_together(
    gathered: Crowd, database: TestDatabase, make: Make, place: Place
) -> None:
    slots = make.slots(place, COUNT)
    clients, held = await held_by(gathered, make, place, slots)
    answers = await all_of(
        gathered.book(client, token) for client, token in zip(clients, held, strict=True)
    )
    assert [answer.status for answer in answers] == [201] * COUNT
    assert [answer.json()["slotId"] for answer in answers] == [str(slot) for slot in slots]
    assert transactions(make, "confirmed") == 1
    for answer in answers:
        assert answer.headers["location"] == f"/api/v1/appointments/{answer.json()['id']}"
        assert answer.headers["etag"] == '"1"'
    assert_clean(database.server_url)


async def test_the_answer_says_of_the_version_what_reading_says(
    crowd: Crowd, make: Make, place: Place
) -> None:
    [visit] = await visits_of(crowd, make, place, 1)
    moved = await reschedule(crowd, visit)
    seen = await crowd.send(visit.client, "GET", f"/appointments/{visit.id}")
    for name in ("etag", "last-modified"):
        assert moved.headers[name] == seen.headers[name]
    shown = {name: value for name, value in seen.json().items() if name != "audit"}
    assert moved.json() == shown


async def test_a_repetition_gets_the_first_answer(crowd: Crowd, make: Make, place: Place) -> None:
    visits = await visits_of(crowd, make, place)
    firsts = await all_of(cancel(crowd, visit, key=f"cancel-{visit.id}") for visit in visits)
    again = await all_of(cancel(crowd, visit, key=f"cancel-{visit.id}") for visit in visits)
    for first, second in zip(firsts, again, strict=True):
        assert (second.status, second.body) == (200, first.body)
        assert second.headers["idempotency-replayed"] == "true"
        assert second.headers["etag"] == first.headers["etag"]
    assert len(make.all("SELECT FROM appointment_audit WHERE action = 'cancelled'")) == COUNT
    other = await reschedule(crowd, visits[0], key=f"cancel-{visits[0].id}")
    assert other.scenario == "idempotency_key_reused"


async def test_one_key_for_many_has_one_effect(crowd: Crowd, make: Make, place: Place) -> None:
    [visit] = await visits_of(crowd, make, place, 1)
    answers = await all_of(cancel(crowd, visit, key="the-one") for _ in range(8))
    done = [answer for answer in answers if answer.status == 200]
    assert len({answer.body for answer in done}) == 1
    assert {a.scenario for a in answers if a.status != 200} <= {"idempotency_in_flight"}
    assert len(make.all("SELECT FROM appointment_audit WHERE action = 'cancelled'")) == 1


async def test_a_key_whose_first_request_is_running_is_told_at_once(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place
) -> None:
    [visit] = await visits_of(crowd, make, place, 1)
    async with gate(database, LOCK_APPOINTMENT, visit.id) as held:
        first = asyncio.create_task(cancel(crowd, visit, key="the-one"))
        await held.until_waiting(1)
        # Nothing of theirs waits: the first cannot end before the row comes free.
        for answer in await all_of(cancel(crowd, visit, key="the-one") for _ in range(8)):
            assert (answer.status, answer.scenario) == (409, "idempotency_in_flight")
            assert int(answer.headers["retry-after"]) >= 1
        await held.open()
        done = await first
    assert done.status == 200
    assert (await cancel(crowd, visit, key="the-one")).body == done.body


async def test_cancel_against_reschedule_has_one_winner(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place
) -> None:
    visits = await visits_of(crowd, make, place)
    for number, visit in enumerate(visits):
        pair = (cancel(crowd, visit), reschedule(crowd, visit))
        answers = await all_of(pair if number % 2 else reversed(pair))
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200, 409], [answer.body for answer in answers]
        [loser] = [answer for answer in answers if answer.status == 409]
        assert loser.scenario in ("version_conflict", "invalid_transition")
    assert_clean(database.server_url)


async def test_one_that_fails_does_not_hurt_the_others(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place
) -> None:
    clients, held = await held_by(crowd, make, place, make.slots(place, COUNT))
    fail_inserts_of(make, "appointments", clients[5].id)
    answers = await all_of(
        crowd.book(client, token) for client, token in zip(clients, held, strict=True)
    )
    statuses = [answer.status for answer in answers]
    assert statuses == [500 if client is clients[5] else 201 for client in clients]
    assert_clean(database.server_url)


async def test_one_that_is_locked_delays_those_who_want_it_only(
    gathered: Crowd, database: TestDatabase, make: Make, place: Place
) -> None:
    visits = await visits_of(gathered, make, place)
    async with gate(database, LOCK_APPOINTMENT, visits[0].id) as held:
        waiting = asyncio.create_task(cancel(gathered, visits[0]))
        others = await all_of(cancel(gathered, visit) for visit in visits[1:])
        assert {answer.status for answer in others} == {200}
        await held.until_waiting(1)
        await held.open()
        assert (await waiting).status == 200
    assert_clean(database.server_url)


async def test_a_client_that_goes_away_leaves_the_others_alone(
    gathered: Crowd, database: TestDatabase, make: Make, place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    visits = await visits_of(gathered, make, place)
    monkeypatch.setattr(gather, "PATIENCE_SECONDS", 3600.0)  # the second batch waits for the first
    async with gate(database, HALT) as held:
        attempts = [asyncio.create_task(cancel(gathered, visit)) for visit in visits[:6]]
        await held.until_waiting(1)  # the batch is on its way
        attempts[3].cancel()
        late = [asyncio.create_task(cancel(gathered, visit)) for visit in visits[6:8]]
        await gathered.send(visits[0].client, "GET", "/auth/me")
        late[0].cancel()  # before it was sent
        await held.open()
        answers = [await attempt for attempt in attempts if attempt is not attempts[3]]
        answers.append(await late[1])
    assert {answer.status for answer in answers} == {200}
    rows = make.all("SELECT id FROM appointments WHERE status = 'cancelled'")
    # What was sent is done, answered or not; what was not is not.
    assert {str(row["id"]) for row in rows} == {visit.id for visit in visits[:8]} - {visits[6].id}
    assert_clean(database.server_url)


async def test_a_full_queue_is_refused(
    gathered: Crowd, database: TestDatabase, make: Make, place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    visits = await visits_of(gathered, make, place)
    monkeypatch.setattr(gather, "MAXIMUM_CALLS", 5)
    async with gate(database, HALT) as held:
        attempts = asyncio.gather(*(cancel(gathered, visit) for visit in visits))
        await held.until_waiting(1)
        await held.open()
        answers = list(await attempts)
    assert [answer.status for answer in answers] == [200] * 5 + [503] * (COUNT - 5)
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[5:])
    assert (await cancel(gathered, visits[-1])).status == 200


async def test_a_refusal_leaves_nothing(crowd: Crowd, make: Make, place: Place) -> None:
    """Not even where it came late, after a hold had run out or a staff lock had been overruled."""
    staff = make.operator()
    start = soon(days=4)
    taken = make.slot(place, start)
    holder, client, wanting = make.client(), make.client(), make.client()
    await crowd.reserve(holder, place, taken)
    request = (await crowd.book_at(wanting, place, start)).json()
    assert request["status"] == "requested"
    make.expire(taken)
    visit, ended = await visits_of(crowd, make, place, 2)
    await crowd.send(staff, "POST", f"/appointments/{visit.id}/acquire-lock")
    assert (await cancel(crowd, ended)).status == 200

    accept = f"/appointments/availability/slots/{taken}/accept-appointment"
    refused = [
        (client, f"/appointments/{visit.id}/cancel", {}, "not_found"),
        (visit.client, f"/appointments/{visit.id}/cancel", {"lockVersion": 1},
         "lock_version_conflict"),
        (visit.client, f"/appointments/{visit.id}/cancel", {"version": 9}, "version_conflict"),
        (visit.client, f"/appointments/{visit.id}/reschedule", {"reservationToken": ended.token},
         "reservation_not_found"),
        (ended.client, f"/appointments/{ended.id}/reschedule", {"reservationToken": ended.token},
         "invalid_transition"),
        (make.operator(), accept, {"appointmentId": visit.id}, "locked"),
        (staff, accept, {"appointmentId": ended.id}, "invalid_transition"),
        (staff, accept, {"appointmentId": request["id"], "version": 77}, "version_conflict"),
    ]  # fmt: skip
    before = traces(make)
    for who, path, body, scenario in refused:
        answer = await crowd.send(who, "POST", path, body, key="new")
        assert answer.scenario == scenario, (path, body)
        assert traces(make) == before, (path, body)


def traces(make: Make) -> dict[str, str]:
    """What there is in every table that a write touches, but for what the relay adds to events."""
    rows = "SELECT (to_jsonb(t) - 'position')::text AS row FROM"
    digest = "SELECT hashtextextended(string_agg(row, ' ' ORDER BY row), 0) AS digest FROM"
    return {table: make.one(f"{digest} ({rows} {table} AS t) AS r")["digest"] for table in TRACES}
