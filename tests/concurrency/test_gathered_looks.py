"""Questions for availability and appointments, asked at once: each gets its own answer."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from inspect import signature
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from holdfast.appointments import store as appointments
from holdfast.config import Settings
from holdfast.slots import store as slots
from tests.concurrency.support import Answer, Crowd, all_of, crowd_of
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User, soon

# A day is that of the providers, whatever hour it is where the tests run.
DAY = soon(days=2).astimezone(ZoneInfo("Europe/Berlin"))
ROUNDS = 4


@pytest.fixture(params=["on", "off"], ids=["gathered", "alone"])
async def crowd(
    request: pytest.FixtureRequest, database: TestDatabase, settings: Settings
) -> AsyncIterator[Crowd]:
    given = settings.model_copy(update={"gather": request.param})
    async with crowd_of(database, given, connections=10) as crowd:
        yield crowd


def is_gathered(request: pytest.FixtureRequest) -> bool:
    return "gathered" in request.node.name


@contextmanager
def counted(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, *, by: str
) -> Iterator[list[int]]:
    """How many questions each call of a statement answers.

    Args:
        by: the parameter that has one value for each.
    """
    sizes: list[int] = []
    really = getattr(module, name)

    async def count(*given: Any, **named: Any) -> Any:
        values = signature(really).bind(*given, **named).arguments[by]
        sizes.append(len(values))
        return await really(*given, **named)

    monkeypatch.setattr(module, name, count)
    yield sizes


async def ask(
    crowd: Crowd, client: User, place: Place, tag: str | None = None, *, days: int = 1
) -> Answer:
    path = (
        f"/providers/{place.provider_id}/availability"
        f"?serviceId={place.service_id}&date={DAY.date()}&days={days}"
    )
    headers = {"if-none-match": tag} if tag else {}
    return await crowd.send(client, "GET", path, headers=headers)


async def test_each_is_told_whether_its_own_holds(
    crowd: Crowd, make: Make, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    client, places = make.client(), [make.place() for _ in range(3)]
    free = [make.slot(place, DAY) for place in places]
    firsts = [await ask(crowd, client, place) for place in places]
    assert {answer.status for answer in firsts} == {200}
    assert (await crowd.reserve(client, places[1], free[1])).status == 201
    with counted(monkeypatch, slots, "availability_unchanged", by="providers") as sizes:
        answers = await all_of(
            ask(crowd, client, place, first.headers["etag"])
            for _ in range(ROUNDS)
            for place, first in zip(places, firsts, strict=True)
        )
    assert [answer.status for answer in answers] == [304, 200, 304] * ROUNDS
    changed = answers[1].json()["timeslots"]
    assert [timeslot["status"] for timeslot in changed] == ["held"]
    assert sizes == ([3 * ROUNDS] if is_gathered(request) else [1] * 3 * ROUNDS)


async def test_a_service_that_is_not_offered_is_not_unchanged(crowd: Crowd, make: Make) -> None:
    client, place = make.client(), make.place()
    first = await ask(crowd, client, place)
    make.db.execute("DELETE FROM provider_services WHERE provider_id = %s", [place.provider_id])
    answers = await all_of(ask(crowd, client, place, first.headers["etag"]) for _ in range(ROUNDS))
    assert {answer.status for answer in answers} == {404}


async def test_each_is_shown_its_own_day(
    crowd: Crowd, make: Make, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    client, places = make.client(), [make.place() for _ in range(3)]
    free = [make.slot(place, DAY) for place in places]
    make.db.execute("DELETE FROM provider_services WHERE provider_id = %s", [places[1].provider_id])
    with counted(monkeypatch, slots, "availability", by="providers") as sizes:
        answers = await all_of(ask(crowd, client, place) for _ in range(ROUNDS) for place in places)
    assert [answer.status for answer in answers] == [200, 404, 200] * ROUNDS
    shown = [
        slot["id"]
        for answer in answers
        if answer.status == 200
        for slot in answer.json()["timeslots"]
    ]
    assert shown == [str(free[0]), str(free[2])] * ROUNDS
    assert sizes == ([3 * ROUNDS] if is_gathered(request) else [1] * 3 * ROUNDS)


async def test_nobody_waits_for_who_asks_for_many_days(
    crowd: Crowd, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, place = make.client(), make.place()
    make.slot(place, DAY)
    with counted(monkeypatch, slots, "availability", by="providers") as sizes:
        answers = await all_of(ask(crowd, client, place, days=31) for _ in range(ROUNDS))
    assert {answer.status for answer in answers} == {200}
    assert sizes == [1] * ROUNDS


async def test_each_sees_its_own_appointment_and_no_other(
    crowd: Crowd, make: Make, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    place, clients = make.place(), [make.client() for _ in range(2)]
    ids = [
        make.appointment(client, place, make.slot(place, DAY + timedelta(hours=n)))
        for n, client in enumerate(clients)
    ]
    for client in clients:  # the first time, a client has to be looked up
        assert (await crowd.send(client, "GET", "/auth/me")).status == 200
    with counted(monkeypatch, appointments, "appointment", by="actors") as sizes:
        answers = await all_of(
            crowd.send(client, "GET", f"/appointments/{wanted}")
            for _ in range(ROUNDS)
            for client in clients
            for wanted in ids
        )
    assert [answer.status for answer in answers] == [200, 404, 404, 200] * ROUNDS
    seen = [answer.json()["id"] for answer in answers if answer.status == 200]
    assert seen == [str(wanted) for wanted in ids] * ROUNDS
    assert sizes == ([4 * ROUNDS] if is_gathered(request) else [1] * 4 * ROUNDS)
