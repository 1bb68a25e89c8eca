"""`GET /providers/{id}/calendar-conflicts`."""

from datetime import timedelta
from uuid import UUID, uuid4

from holdfast.kernel.db import Database
from tests.deliveries.busy.rows import connect, imported
from tests.support.api import Api, problem
from tests.support.make import Make, Place, soon

HOUR = timedelta(hours=1)
START = soon()


def path(provider_id: object) -> str:
    return f"/providers/{provider_id}/calendar-conflicts"


async def test_what_somebody_has_under_a_busy_time_is_listed_with_it(
    api: Api, make: Make, db: Database
) -> None:
    place, client = make.place(), make.client()
    held, booked, free, beside = make.slots(place, 4, START)
    appointment = make.appointment(client, place, booked)
    make.appointment(client, place, beside)
    assert (await api.reserve(client, place, held)).status_code == 201
    spans = ((START - HOUR, START + 1.5 * HOUR), (START + HOUR, START + 1.2 * HOUR))
    await imported(db, make, connect(make, place), *spans)
    answer = await api.get(path(place.provider_id), make.operator(place.provider_id))
    assert answer.status_code == 200, answer.text

    def wire(hours: float) -> str:
        return (START + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")

    busy = {"busyStart": wire(-1), "busyEnd": wire(1.5)}
    assert answer.json() == {
        "items": [
            {
                "slotId": str(held),
                "status": "held",
                "appointmentId": None,
                "start": wire(0),
                "end": wire(0.5),
                **busy,
            },
            {
                "slotId": str(booked),
                "status": "booked",
                "appointmentId": str(appointment),
                "start": wire(0.5),
                "end": wire(1),
                **busy,
            },
        ],
        "nextCursor": None,
    }
    assert str(free) not in answer.text
    # A hold that has run out holds nothing.
    make.expire(held)
    answer = await api.get(path(place.provider_id), make.admin())
    assert [item["slotId"] for item in answer.json()["items"]] == [str(booked)]


async def booked_day(make: Make, db: Database) -> tuple[Place, list[UUID]]:
    place = make.place()
    slots = make.slots(place, 5, START)
    for slot in slots:
        make.appointment(make.client(), place, slot)
    await imported(db, make, connect(make, place), (START, START + 3 * HOUR))
    return place, slots


async def test_the_list_has_pages(api: Api, make: Make, db: Database) -> None:
    (place, slots), admin = await booked_day(make, db), make.admin()
    found: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await api.get(f"{path(place.provider_id)}?limit=2{cursor}", admin)
        found += [item["slotId"] for item in page.json()["items"]]
        cursor = f"&cursor={page.json()['nextCursor']}"
    assert found == [str(slot) for slot in slots]
    assert cursor == "&cursor=None"


async def test_a_provider_that_one_may_not_see_is_not_there(
    api: Api, make: Make, db: Database
) -> None:
    place, _ = await booked_day(make, db)
    foreign = make.operator(make.place().provider_id)
    problem(await api.get(path(place.provider_id), foreign), 404, "not_found")
    problem(await api.get(path(uuid4()), make.admin()), 404, "not_found")
    problem(await api.get(path(place.provider_id), make.client()), 403, "forbidden")
    for query in ("cursor=x", "limit=0", "from=today"):
        answer = await api.get(f"{path(place.provider_id)}?{query}", make.admin())
        problem(answer, 422, "validation_failed")
