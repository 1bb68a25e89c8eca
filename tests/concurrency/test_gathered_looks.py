"""Questions whether an availability still holds, asked at once: each by its own tag."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from holdfast.config import Settings
from holdfast.slots import store
from tests.concurrency.support import Answer, Crowd, all_of, crowd_of
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User, soon

DAY = soon(days=2)
ROUNDS = 4


@pytest.fixture(params=["on", "off"], ids=["gathered", "alone"])
async def crowd(
    request: pytest.FixtureRequest, database: TestDatabase, settings: Settings
) -> AsyncIterator[Crowd]:
    given = settings.model_copy(update={"gather": request.param})
    async with crowd_of(database, given, connections=10) as crowd:
        yield crowd


async def ask(crowd: Crowd, client: User, place: Place, tag: str | None = None) -> Answer:
    path = (
        f"/providers/{place.provider_id}/availability"
        f"?serviceId={place.service_id}&date={DAY.date()}&days=2"
    )
    headers = {"if-none-match": tag} if tag else {}
    return await crowd.send(client, "GET", path, headers=headers)


async def test_each_is_told_about_its_own(
    crowd: Crowd, make: Make, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    client, places = make.client(), [make.place() for _ in range(3)]
    slots = [make.slot(place, DAY) for place in places]
    firsts = [await ask(crowd, client, place) for place in places]
    assert {answer.status for answer in firsts} == {200}
    assert (await crowd.reserve(client, places[1], slots[1])).status == 201
    sizes: list[int] = []
    really = store.availability_unchanged

    async def counted(connection: Any, **given: Any) -> list[bool]:
        sizes.append(len(given["providers"]))
        return await really(connection, **given)

    monkeypatch.setattr(store, "availability_unchanged", counted)
    answers = await all_of(
        ask(crowd, client, place, first.headers["etag"])
        for _ in range(ROUNDS)
        for place, first in zip(places, firsts, strict=True)
    )
    assert [answer.status for answer in answers] == [304, 200, 304] * ROUNDS
    changed = answers[1].json()["timeslots"]
    assert [timeslot["status"] for timeslot in changed] == ["held"]
    is_gathered = "gathered" in request.node.name
    assert sizes == ([3 * ROUNDS] if is_gathered else [1] * 3 * ROUNDS)


async def test_a_service_that_is_not_offered_is_not_unchanged(crowd: Crowd, make: Make) -> None:
    client, place = make.client(), make.place()
    first = await ask(crowd, client, place)
    make.db.execute("DELETE FROM provider_services WHERE provider_id = %s", [place.provider_id])
    answers = await all_of(ask(crowd, client, place, first.headers["etag"]) for _ in range(ROUNDS))
    assert {answer.status for answer in answers} == {404}
