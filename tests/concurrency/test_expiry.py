"""A reservation ends by the database's clock, looked at after the slot row is locked (I5).

Each race is made certain with two connections: the test holds the slot row, the attempt is seen to
wait for it, the reservation's time passes, and the row comes free with nothing changed in it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.verify import assert_clean
from tests.concurrency.support import (
    LOCK_SLOT,
    Answer,
    Crowd,
    break_function,
    gate,
    history_of_slots,
)
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, Place, User, soon

TTL_SECONDS = 1
# How often a machine may be too slow to have the attempt waiting before the time is over.
TRIES = 5


@pytest.fixture
def settings() -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET_KEY), rate_limit="off", reservation_ttl_seconds=TTL_SECONDS
    )


@dataclass(frozen=True)
class Held:
    """A slot that is reserved for a second, its holder, and others who want it."""

    place: Place
    slot_id: UUID
    holder: User
    other: User
    staff: User
    start: Any
    token: str
    expires_at: str


async def hold(crowd: Crowd, make: Make, place: Place, hour: int) -> Held:
    holder, start = make.client(), soon(hour)
    slot_id = make.slot(place, start)
    reserved = await crowd.reserve(holder, place, slot_id)
    assert reserved.status == 201, reserved
    made = reserved.json()
    return Held(
        place,
        slot_id,
        holder,
        make.client(),
        make.operator(),
        start,
        made["reservationToken"],
        made["expiresAt"],
    )


async def attempt_across_expiry(
    crowd: Crowd,
    database: TestDatabase,
    make: Make,
    attempt: Callable[[Crowd, Held], Awaitable[Answer]],
) -> tuple[Held, Answer]:
    """What an attempt is answered that began before the expiry and got the row after it."""
    place = make.place()
    for hour in range(TRIES):
        held = await hold(crowd, make, place, hour)
        async with gate(database, LOCK_SLOT, held.slot_id) as row:
            running = asyncio.ensure_future(attempt(crowd, held))
            await row.until_waiting(1)
            in_time = await row.is_before(held.expires_at)
            await row.until(held.expires_at)
            assert await row.waiting() == 1
            await row.open()
            answer = await running
        if in_time:
            return held, answer
    pytest.fail(f"in {TRIES} tries, the attempt was never waiting before the expiry")


async def book(crowd: Crowd, held: Held) -> Answer:
    return await crowd.book(held.holder, held.token)


async def extend(crowd: Crowd, held: Held) -> Answer:
    return await crowd.send(held.holder, "POST", f"/reservations/{held.token}/extend")


async def release(crowd: Crowd, held: Held) -> Answer:
    return await crowd.send(held.holder, "DELETE", f"/reservations/{held.token}")


async def reserve_by_another(crowd: Crowd, held: Held) -> Answer:
    return await crowd.reserve(held.other, held.place, held.slot_id)


async def reserve_again(crowd: Crowd, held: Held) -> Answer:
    return await crowd.reserve(held.holder, held.place, held.slot_id)


async def book_directly(crowd: Crowd, held: Held) -> Answer:
    return await crowd.book_at(held.other, held.place, held.start, ifUnavailable="fail")


async def block(crowd: Crowd, held: Held) -> Answer:
    path = f"/appointments/availability/slots/{held.slot_id}"
    return await crowd.send(held.staff, "PATCH", path, {"status": "blocked", "version": 2})


async def withdraw(crowd: Crowd, held: Held) -> Answer:
    path = f"/appointments/availability/slots/{held.slot_id}"
    return await crowd.send(held.staff, "DELETE", path, headers={"If-Match": '"2"'})


@pytest.mark.parametrize("attempt", [book, extend])
async def test_a_token_that_expired_while_waiting_is_worth_nothing(
    crowd: Crowd,
    database: TestDatabase,
    make: Make,
    attempt: Callable[[Crowd, Held], Awaitable[Answer]],
) -> None:
    held, answer = await attempt_across_expiry(crowd, database, make, attempt)
    assert (answer.status, answer.scenario) == (410, "reservation_expired"), answer
    offered = answer.json()["details"]["alternatives"]
    assert str(held.slot_id) in {timeslot["id"] for timeslot in offered}
    assert make.all("SELECT FROM appointments") == []
    assert history_of_slots(make)[str(held.slot_id)] == ["published", "held"]
    row = make.one("SELECT expires_at, extensions FROM reservations WHERE status = 'live'")
    assert row["extensions"] == 0
    assert_clean(database.server_url)


async def test_the_race_is_seen_where_the_clock_is_read_before_the_lock(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    break_function(database, "lock_reservation", "at := clock_timestamp();", "")
    break_function(database, "lock_reservation", "BEGIN", "BEGIN at := clock_timestamp();")
    _, answer = await attempt_across_expiry(crowd, database, make, book)
    assert answer.status == 201  # what must never happen


async def test_a_reservation_that_is_still_live_after_waiting_is_booked(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    place = make.place()
    for hour in range(TRIES):
        held = await hold(crowd, make, place, hour)
        async with gate(database, LOCK_SLOT, held.slot_id) as row:
            running = asyncio.ensure_future(book(crowd, held))
            await row.until_waiting(1)
            await row.open()
            answer = await running
            in_time = await row.is_before(held.expires_at)
        if in_time:
            assert answer.status == 201
            return
    pytest.fail(f"in {TRIES} tries, the booking was never answered before the expiry")


async def test_release_of_a_reservation_that_expired_while_waiting(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    held, answer = await attempt_across_expiry(crowd, database, make, release)
    assert answer.status == 204
    assert history_of_slots(make)[str(held.slot_id)] == ["published", "held", "expired"]
    entry = make.one("SELECT actor_type, actor_id FROM slot_audit WHERE action = 'expired'")
    assert (entry["actor_type"], entry["actor_id"]) == ("system", None)
    assert make.one("SELECT status FROM reservations")["status"] == "expired"


@pytest.mark.parametrize("attempt", [reserve_by_another, reserve_again])
async def test_reserving_what_expired_while_waiting(
    crowd: Crowd,
    database: TestDatabase,
    make: Make,
    attempt: Callable[[Crowd, Held], Awaitable[Answer]],
) -> None:
    held, answer = await attempt_across_expiry(crowd, database, make, attempt)
    assert answer.status == 201, answer
    assert answer.json()["reservationToken"] != held.token
    assert history_of_slots(make)[str(held.slot_id)] == ["published", "held", "expired", "held"]
    actors = make.all(
        "SELECT actor_id FROM slot_audit WHERE slot_id = %s ORDER BY version", held.slot_id
    )
    holder = held.other.id if attempt is reserve_by_another else held.holder.id
    assert [row["actor_id"] for row in actors] == [None, held.holder.id, None, holder]
    counts = make.all("SELECT status::text, count(*) FROM reservations GROUP BY 1 ORDER BY 1")
    assert [(row["status"], row["count"]) for row in counts] == [("expired", 1), ("live", 1)]
    assert_clean(database.server_url)


async def test_booking_directly_what_expired_while_waiting(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    held, answer = await attempt_across_expiry(crowd, database, make, book_directly)
    assert answer.status == 201, answer
    assert answer.json()["slotId"] == str(held.slot_id)
    assert history_of_slots(make)[str(held.slot_id)] == ["published", "held", "expired", "booked"]
    assert (await book(crowd, held)).scenario == "reservation_expired"
    assert_clean(database.server_url)


@pytest.mark.parametrize(
    ("attempt", "status", "action"), [(block, 200, "blocked"), (withdraw, 204, "deleted")]
)
async def test_staff_change_what_expired_while_waiting(
    crowd: Crowd,
    database: TestDatabase,
    make: Make,
    attempt: Callable[[Crowd, Held], Awaitable[Answer]],
    status: int,
    action: str,
) -> None:
    held, answer = await attempt_across_expiry(crowd, database, make, attempt)
    assert answer.status == status, answer
    assert history_of_slots(make)[str(held.slot_id)] == ["published", "held", "expired", action]


async def test_an_expired_hold_is_free_at_once(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    """No worker runs here: nothing has swept the hold when it is looked at."""
    held = await hold(crowd, make, make.place(), 0)
    base = f"/providers/{held.place.provider_id}/availability"
    asked = f"serviceId={held.place.service_id}"
    # The provider's zone is Berlin's: two days cover the slot in any case.
    day = f"{base}?{asked}&date={held.start:%Y-%m-%d}&days=2"
    slot_path = f"/appointments/availability/slots/{held.slot_id}"

    async def shown() -> set[str | None]:
        listed = await crowd.send(held.other, "GET", day)
        staff = await crowd.send(held.staff, "GET", slot_path)
        return {listed.json()["timeslots"][0]["status"], staff.json()["status"]}

    before = await crowd.send(held.other, "GET", day)
    assert await shown() == {"held"}
    async with gate(database, "SELECT") as clock:
        await clock.until(held.expires_at)

    assert await shown() == {"available"}
    tag = {"If-None-Match": before.headers["etag"]}
    assert (await crowd.send(held.other, "GET", day, headers=tag)).status == 200
    following = await crowd.send(held.other, "GET", f"{base}/next?{asked}")
    assert following.json()["timeslot"]["id"] == str(held.slot_id)
    window = f"from={held.start:%Y-%m-%dT%H:%M:%SZ}&to={held.start:%Y-%m-%dT23:59:59Z}"
    search = await crowd.send(held.other, "GET", f"/availability?{asked}&{window}")
    assert [item["id"] for item in search.json()["items"]] == [str(held.slot_id)]
    listed = await crowd.send(
        held.staff, "GET", "/appointments/availability/slots?status=available"
    )
    assert [item["id"] for item in listed.json()["items"]] == [str(held.slot_id)]
    assert listed.json()["items"][0]["heldUntil"] is None

    looked = await crowd.send(held.holder, "GET", f"/reservations/{held.token}")
    assert looked.scenario == "reservation_expired"
    assert (await reserve_by_another(crowd, held)).status == 201

    # What the first holder does now must not disturb the second.
    assert (await book(crowd, held)).scenario == "reservation_expired"
    assert (await extend(crowd, held)).scenario == "reservation_expired"
    assert (await release(crowd, held)).status == 204
    assert make.one("SELECT status FROM slots")["status"] == "held"


async def test_expired_holds_do_not_count_against_the_limit(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    place, client = make.place(), make.client()
    slots = make.slots(place, 6)
    first = [await crowd.reserve(client, place, slot_id) for slot_id in slots[:3]]
    assert [answer.status for answer in first] == [201, 201, 201]
    async with gate(database, "SELECT") as clock:
        await clock.until(first[-1].json()["expiresAt"])
    second = [await crowd.reserve(client, place, slot_id) for slot_id in slots[3:]]
    assert [answer.status for answer in second] == [201, 201, 201]
