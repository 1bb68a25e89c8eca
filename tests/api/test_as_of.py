"""An appointment as it was at any past moment (SPEC 4.5, `asOf`)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from holdfast.http.wire import wire_time
from tests.support.api import Api, problem
from tests.support.make import Make, soon

Step = Callable[[], Awaitable[httpx.Response]]


async def test_every_moment_shows_what_was_there(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    staff, admin = make.operator(), make.admin()
    start = soon(days=3)
    longer = make.service(duration_minutes=45, price_cents=7000)
    make.db.execute("INSERT INTO provider_services VALUES (%s, %s)", [place.provider_id, longer])
    appointment = (await api.book_at(client, place, start)).json()
    assert appointment["status"] == "requested"
    first, second = (
        make.slot(place, start, minutes=60),
        make.slot(place, start + timedelta(hours=2), minutes=60),
    )
    path = f"/appointments/{appointment['id']}"
    slots = "/appointments/availability/slots"

    async def version() -> dict[str, str]:
        return {"If-Match": (await api.get(path, staff)).headers["ETag"]}

    async def edit(**fields: Any) -> httpx.Response:
        return await api.patch(path, staff, json=fields, headers=await version())

    async def accept() -> httpx.Response:
        body = {"appointmentId": appointment["id"]}
        return await api.post(f"{slots}/{first}/accept-appointment", staff, json=body)

    async def reschedule() -> httpx.Response:
        token = (await api.reserve(client, place, second, serviceId=str(longer))).json()[
            "reservationToken"
        ]
        body = {"reservationToken": token, "reason": "train"}
        return await api.post(f"{path}/reschedule", client, key="new", json=body)

    async def delete() -> httpx.Response:
        return await api.delete(path, staff, headers=await version())

    steps: list[Step] = [
        lambda: edit(notes="first", reason="asked"),
        accept,
        lambda: edit(priority="urgent"),
        lambda: edit(serviceId=str(longer)),
        lambda: api.post(f"{path}/confirm-attendance", client),
        reschedule,
        lambda: edit(notes=None),
        delete,
        lambda: api.post(f"{path}/restore", admin),
        lambda: api.post(f"{path}/cancel", client, key="new", json={"reason": "ill"}),
    ]
    recorded: list[tuple[str, dict[str, Any], httpx.Response]] = []

    async def record() -> None:
        now = make.one("SELECT clock_timestamp() AS now")["now"]
        recorded.append(
            (wire_time(now), (await api.get(path, staff)).json(), await api.get(path, client))
        )

    await record()
    for step in steps:
        answer = await step()
        assert answer.status_code in (200, 204), answer.text
        await record()
    assert [state["version"] for _, state, _ in recorded] == list(range(1, 12))
    assert len({state["status"] for _, state, _ in recorded}) == 3

    for moment, state, seen in recorded:
        then = await api.get(path, staff, params={"asOf": moment})
        assert then.status_code == 200
        assert then.json() == state
        assert then.headers["ETag"] == f'"{state["version"]}"'
        assert len(then.json()["audit"]) == state["version"]
        # Its client, who is shown nothing of a deleted one, is shown nothing of that time either.
        theirs = await api.get(path, client, params={"asOf": moment})
        assert theirs.status_code == seen.status_code
        if seen.status_code == 200:
            assert theirs.json() == seen.json()


async def test_the_edges_of_time(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client(), make.client()
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}"
    created = make.one("SELECT created_at AS at FROM appointments")["at"]

    async def as_of(moment: Any) -> httpx.Response:
        return await api.get(path, client, params={"asOf": wire_time(moment)})

    problem(await as_of(created - timedelta(microseconds=1)), 404, "not_found")
    at_once = await as_of(created)
    assert at_once.json()["version"] == 1
    now = (await api.get(path, client)).json()
    assert (await as_of(created + timedelta(days=900))).json() == now
    problem(await api.get(path, other, params={"asOf": wire_time(created)}), 404, "not_found")
    problem(await api.get(path, client, params={"asOf": "yesterday"}), 422, "validation_failed")

    same = {"If-None-Match": '"1"'}
    unchanged = await api.get(
        path, client, params={"asOf": wire_time(created + timedelta(days=1))}, headers=same
    )
    assert unchanged.status_code == 304
    unknown = "/appointments/018f0000-0000-7000-8000-000000000000"
    problem(await api.get(unknown, client, params={"asOf": wire_time(created)}), 404, "not_found")
