"""Reopening a missed visit against those who take its freed slot: exactly one has it (SPEC 4.5)."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from holdfast.verify import assert_clean
from tests.concurrency.support import LOCK_SLOT, Answer, Crowd, all_of, break_function, gate
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User, soon

WHY = {"reason": "The wrong row"}
ROUNDS = 6
RIVALS = 8


async def missed(crowd: Crowd, make: Make, place: Place, slot_id: UUID, staff: User) -> str:
    """The path of a visit that was missed, whose slot lies ahead again so that it can be taken."""
    client = make.client()
    times = make.one("SELECT start_at, end_at FROM slots WHERE id = %s", slot_id)
    made = (await crowd.book_at(client, place, times["start_at"])).json()["id"]
    make.begin(made)
    done = await crowd.send(staff, "POST", f"/appointments/{made}/no-show")
    assert done.status == 200, done
    for table, row_id in (("slots", slot_id), ("appointments", made)):
        make.db.execute(
            f"UPDATE {table} SET start_at = %s, end_at = %s WHERE id = %s".encode(),
            [times["start_at"], times["end_at"], row_id],
        )
    return f"/appointments/{made}"


def reopen(crowd: Crowd, staff: User, path: str) -> Awaitable[Answer]:
    return crowd.send(staff, "POST", f"{path}/reopen", WHY)


async def test_one_of_many_has_the_slot(crowd: Crowd, database: TestDatabase, make: Make) -> None:
    place, staff = make.place(), make.operator()
    winners: list[str] = []
    for number in range(ROUNDS):
        slot_id = make.slot(place, soon(number, days=3))
        start = make.one("SELECT start_at FROM slots WHERE id = %s", slot_id)["start_at"]
        path = await missed(crowd, make, place, slot_id, staff)
        rivals = [make.client() for _ in range(RIVALS)]
        attempts: list[Awaitable[Answer]] = [
            crowd.book_at(rival, place, start, ifUnavailable="fail") for rival in rivals
        ]
        attempts.insert(number, reopen(crowd, staff, path))
        answers = await all_of(attempts)
        assert sorted(answer.status for answer in answers) in (
            [200, *[409] * RIVALS],
            [201, *[409] * RIVALS],
        )
        assert {answer.scenario for answer in answers} == {None, "slot_booked"}
        winners.append("reopen" if answers[number].status == 200 else "booking")
    assert_clean(database.server_url)


@pytest.mark.parametrize("first", ["reopen", "booking", "reservation"])
async def test_who_has_the_row_first_wins(
    crowd: Crowd, database: TestDatabase, make: Make, first: str
) -> None:
    place, staff, rival = make.place(), make.operator(), make.client()
    slot_id = make.slot(place, soon(days=3))
    path = await missed(crowd, make, place, slot_id, staff)
    attempts: dict[str, Callable[[], Awaitable[Answer]]] = {
        "reopen": lambda: reopen(crowd, staff, path),
        "booking": lambda: crowd.book_at(rival, place, soon(days=3), ifUnavailable="fail"),
        "reservation": lambda: crowd.reserve(rival, place, slot_id),
    }
    second = "booking" if first == "reopen" else "reopen"
    async with gate(database, LOCK_SLOT, slot_id) as row:
        ahead = asyncio.ensure_future(attempts[first]())
        await row.until_waiting(1)
        behind = asyncio.ensure_future(attempts[second]())
        await row.until_waiting(2)
        await row.open()
        won, lost = await ahead, await behind
    assert won.status in (200, 201), won
    assert (lost.status, lost.scenario) == (
        409,
        "slot_held" if first == "reservation" else "slot_booked",
    )
    assert_clean(database.server_url)


async def test_without_the_look_after_the_lock_it_would_be_lost(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    """That the tests above can fail."""
    break_function(database, "take_slot_back", "v_slot.status IN ('available', 'held')", "true")
    place, staff = make.place(), make.operator()
    slot_id = make.slot(place, soon(days=3))
    path = await missed(crowd, make, place, slot_id, staff)
    booked = await crowd.book_at(make.client(), place, soon(days=3), ifUnavailable="fail")
    assert booked.status == 201
    answer = await reopen(crowd, staff, path)
    assert answer.status >= 500, "the constraints speak"
