"""Staff see how to reach an appointment's client wherever they read one; nobody else does."""

import json

from tests.support.api import Api
from tests.support.make import Make, User, soon

PHONE, EMAIL = "+49 171 5556677", "kurt.reachable@mail.test"


def kurt(make: Make) -> User:
    user = make.client("Kurt Meyer")
    make.db.execute(
        "UPDATE users SET phone = %s, email = %s WHERE id = %s", [PHONE, EMAIL, user.id]
    )
    return user


async def test_staff_read_contact_data(api: Api, make: Make) -> None:
    place, client = make.place(), kurt(make)
    booked = await api.booked(client, place, make.slot(place))
    asked = await api.book_at(client, place, soon(days=9))
    assert asked.json()["status"] == "requested"
    contact = {"name": "Kurt Meyer", "phone": PHONE, "email": EMAIL}
    as_of = {"asOf": booked["createdAt"]}
    for staff in (make.operator(), make.operator(place.provider_id), make.admin()):
        one = f"/appointments/{booked['id']}"
        for params in ({}, as_of):
            shown = (await api.get(one, staff, params=params)).json()
            assert shown["client"] == contact
            assert shown["userName"] == "Kurt Meyer"
        for path, params in (
            ("/appointments", {}),
            ("/appointments", {"providerId": str(place.provider_id)}),
            ("/appointments", {"status": "confirmed"}),
            ("/appointments", {"status": "confirmed", "providerId": str(place.provider_id)}),
            ("/appointments", {"status": "requested"}),
            ("/appointments", {"status": "requested", "providerId": str(place.provider_id)}),
            ("/appointments", {"q": "5556677"}),
            (f"/users/{client.id}/appointments", {}),
            (f"/users/{client.id}/appointments", {"filter": "upcoming"}),
        ):
            items = (await api.get(path, staff, params=params)).json()["items"]
            assert items and all(item["client"] == contact for item in items), path


async def test_an_address_that_is_missing_is_null(api: Api, make: Make) -> None:
    place, desk = make.place(), make.operator()
    slot_start = soon(days=3)
    make.slot(place, slot_start)
    made = await api.post("/users", desk, json={"name": "Kurt", "phone": PHONE})
    booked = await api.book_at(desk, place, slot_start, userId=made.json()["id"])
    shown = (await api.get(f"/appointments/{booked.json()['id']}", desk)).json()
    assert shown["client"] == {"name": "Kurt", "phone": PHONE, "email": None}
    # What needs an address of somebody does without.
    calendar = await api.get(f"/appointments/{booked.json()['id']}/calendar.ics", desk)
    assert calendar.status_code == 200, calendar.text


async def test_new_contact_data_is_seen_with_the_old_version(api: Api, make: Make) -> None:
    place, client, desk = make.place(), kurt(make), make.operator()
    booked = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{booked['id']}"
    tag = (await api.get(path, desk)).headers["etag"]
    changed = await api.patch(f"/users/{client.id}", client, json={"phone": "030 1234567"})
    assert changed.status_code == 200, changed.text
    again = await api.get(path, desk, headers={"If-None-Match": tag})
    assert (again.status_code, again.json()["client"]["phone"]) == (200, "030 1234567")


async def test_nobody_else_does(api: Api, make: Make) -> None:
    """Neither the client's own answers, nor links, events, history, or what is kept."""
    place, client, desk = make.place(), kurt(make), make.operator()
    booked = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{booked['id']}"
    shared = await api.post(f"{path}/share", desk)
    await api.get(path, desk)
    await api.patch(path, desk, json={"notes": "x", "version": 1})
    secret = shared.json()["secret"]
    for answer in (
        await api.get(path, client),
        await api.get(path, client, params={"asOf": booked["createdAt"]}),
        await api.get(f"/users/{client.id}/appointments", client),
        await api.get(f"/shared/{secret}"),
        await api.post(f"{path}/cancel", desk, json={}, key="new"),
    ):
        assert answer.status_code == 200, answer.text
        assert "5556677" not in answer.text
        assert EMAIL not in answer.text
        assert '"client"' not in answer.text
    tables = make.db.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
        "AND tablename NOT IN ('users', 'user_search')"
    ).fetchall()
    for table in tables:
        name = table["tablename"]
        rows = make.db.execute(f"SELECT to_jsonb(t)::text AS row FROM {name} AS t".encode())
        for row in rows.fetchall():
            assert "5556677" not in json.dumps(row), name
            assert EMAIL not in json.dumps(row), name
