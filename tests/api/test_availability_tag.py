"""Availability and its ETag: 304 exactly as long as the answer would be the same (SPEC 4.4)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest

from holdfast.slots.tags import AvailabilityTag
from tests.concurrency.support import eventually
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, soon
from tests.support.relay import all_relayed

START = soon(days=3)
ZONE = ZoneInfo("Europe/Berlin")
DAY = START.astimezone(ZONE).date()


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def slot_id(make: Make, place: Place) -> UUID:
    return make.slot(place, START)


class Reader:
    """Asks for days of one provider."""

    def __init__(self, api: Api, place: Place) -> None:
        self._api = api
        self._path = f"/providers/{place.provider_id}/availability?serviceId={place.service_id}"

    async def get(
        self, known: httpx.Response | str | None = None, day: object = DAY
    ) -> httpx.Response:
        tag = known.headers["etag"] if isinstance(known, httpx.Response) else known
        headers = {"If-None-Match": tag} if tag else {}
        return await self._api.get(f"{self._path}&date={day}", headers=headers)


@pytest.fixture
def reader(api: Api, place: Place, slot_id: UUID) -> Reader:
    return Reader(api, place)


def state_of(response: httpx.Response) -> str:
    tag = AvailabilityTag.parse(response.headers["etag"].strip('"'))
    assert tag is not None
    return tag.state


async def test_what_is_known_is_not_sent_again(reader: Reader, make: Make) -> None:
    await all_relayed(make)  # a change that is on its way makes another tag for the same answer
    first = await reader.get()
    again = await reader.get(first)
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.content == b""
    other = await reader.get(first, day=DAY + timedelta(days=1))
    assert other.status_code == 200
    assert (await reader.get("*")).status_code == 304


CHANGES: dict[str, str] = {
    "slot": "UPDATE slots SET status = 'blocked'",
    "slot moved": "UPDATE slots SET end_at = end_at + interval '10 minutes'",
    "slot deleted": "UPDATE slots SET deleted_at = now()",
    "price": "UPDATE services SET price_cents = price_cents + 1",
    "duration": "UPDATE services SET duration_minutes = 600",
    "zone": "UPDATE providers SET timezone = 'Europe/Lisbon'",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("relayed", [True, False], ids=["relayed", "waiting"])
async def test_every_change_is_noticed(
    reader: Reader, make: Make, statement: str, relayed: bool
) -> None:
    if relayed:
        await all_relayed(make)
    first = await reader.get()
    make.db.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]
    if relayed:
        await all_relayed(make)
    second = await reader.get(first)
    assert second.status_code == 200
    assert second.content != first.content
    assert (await reader.get(second)).status_code == 304


async def test_a_reservation_is_seen_by_whoever_asks_next(
    reader: Reader, api: Api, make: Make, place: Place, slot_id: UUID
) -> None:
    client = make.client()
    answers = [await reader.get()]
    for _ in range(3):
        reserved = await api.reserve(client, place, slot_id)
        answers.append(await reader.get(answers[-1]))
        token = reserved.json()["reservationToken"]
        await api.delete(f"/reservations/{token}", client)
        answers.append(await reader.get(answers[-1]))
    assert [answer.status_code for answer in answers] == [200] * 7
    found = [answer.json()["timeslots"][0]["status"] for answer in answers]
    assert found == ["available", *["held", "available"] * 3]


async def test_to_be_relayed_changes_the_tag_but_not_the_answer(
    reader: Reader, make: Make, database: TestDatabase
) -> None:
    await all_relayed(make)
    with psycopg.connect(database.owner_url) as holder:
        holder.execute("SELECT FROM relay FOR UPDATE")  # the application relays nothing meanwhile
        make.db.execute("UPDATE slots SET status = 'blocked'")
        first = await reader.get()
    await all_relayed(make)
    second = await reader.get(first)
    assert second.status_code == 304
    assert state_of(second) != state_of(first)
    assert (await reader.get(second)).headers["etag"] == second.headers["etag"]


async def status_after(
    reader: Reader, make: Make, moment: datetime, known: httpx.Response, day: object = DAY
) -> httpx.Response:
    """What is answered when the database's clock has reached that moment."""

    async def is_reached() -> bool:
        return make.one("SELECT clock_timestamp() >= %s AS reached", moment)["reached"]

    await eventually(is_reached, f"it is {moment}")
    return await reader.get(known, day=day)


async def test_a_hold_that_runs_out_is_noticed_though_nothing_changes(
    reader: Reader, api: Api, make: Make, place: Place, slot_id: UUID
) -> None:
    client = make.client()
    await api.reserve(client, place, slot_id)
    until = make.one(
        "UPDATE slots SET held_until = clock_timestamp() + interval '1 second' "
        "WHERE id = %s RETURNING held_until",
        slot_id,
    )["held_until"]
    await all_relayed(make)
    held = await reader.get()
    assert held.json()["timeslots"][0]["status"] == "held"
    free = await status_after(reader, make, until, held)
    assert free.status_code == 200
    assert free.json()["timeslots"][0]["status"] == "available"
    assert state_of(free) == state_of(held)


async def test_a_slot_that_begins_is_noticed_though_nothing_changes(
    reader: Reader, make: Make, place: Place
) -> None:
    start = datetime.now(UTC) + timedelta(seconds=2)
    today = start.astimezone(ZONE).date()
    make.slot(place, start)
    await all_relayed(make)
    before = await reader.get(day=today)
    assert len(before.json()["timeslots"]) == 1
    after = await status_after(reader, make, start, before, day=today)
    assert after.status_code == 200
    assert after.json()["timeslots"] == []
    assert state_of(after) == state_of(before)
    assert (await reader.get(after, day=today)).status_code == 304


@pytest.mark.parametrize("damage", ["", "x", "99999999999999999999999", "1.5"])
async def test_a_tag_that_is_not_ours_counts_for_nothing(reader: Reader, damage: str) -> None:
    first = await reader.get()
    question, state, _, content = first.headers["etag"].strip('"').split("-")
    for tag in (
        f'"{question}-{state}-{damage}"',
        f'"{question}-{state}x-{damage}-{content}x"',
        f'"{damage}-{state}--{content}"',
        f'"{damage}"',
    ):
        assert (await reader.get(tag)).status_code == 200, tag
