"""Staff's lists, the inbox, and what all lists promise while rows change (SPEC §4, 4.5)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from holdfast.appointments import operations_lists, store_lists
from holdfast.http.wire import wire_time
from holdfast.slots import routes_slots
from tests.support.api import Api, problem
from tests.support.appointments import appointment, read_all
from tests.support.make import Make, Place, User, soon

PATH = "/appointments"


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


async def test_only_staff_list_and_only_in_their_scope(api: Api, make: Make) -> None:
    here, there = make.place(), make.place()
    client, desk, admin = make.client(), make.operator(), make.admin()
    provider = make.operator(here.provider_id)
    mine = str(appointment(make, here, client, soon(days=2)))
    other = str(appointment(make, there, client, soon(days=1)))

    problem(await api.get(PATH), 401, "unauthenticated")
    problem(await api.get(PATH, client), 403, "forbidden")
    for staff in (desk, admin):
        assert ids(await read_all(api, PATH, staff)) == [other, mine]
        assert ids(await read_all(api, PATH, staff, {"providerId": here.provider_id})) == [mine]
    assert ids(await read_all(api, PATH, provider)) == [mine]
    assert ids(await read_all(api, PATH, provider, {"providerId": here.provider_id})) == [mine]
    assert ids(await read_all(api, PATH, provider, {"status": "requested"})) == [mine]
    assert ids(await read_all(api, PATH, provider, {"q": client.name})) == [mine]
    refused = await api.get(PATH, provider, params={"providerId": str(there.provider_id)})
    problem(refused, 404, "not_found")


async def test_filters_by_time_and_status(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = {
        status: str(appointment(make, place, client, soon(number, days=2), status=status))
        for number, status in enumerate(
            ("requested", "confirmed", "completed", "no_show", "cancelled")
        )
    }
    assert ids(await read_all(api, PATH, staff)) == list(made.values())
    for status, appointment_id in made.items():
        for scope in ({}, {"providerId": place.provider_id}, {"q": "client"}):
            found = await read_all(api, PATH, staff, {"status": status, **scope})
            assert ids(found) == [appointment_id], (status, scope)
            assert found[0]["status"] == status

    begins, ends = wire_time(soon(1, days=2)), wire_time(soon(3, days=2))
    found = await read_all(api, PATH, staff, {"from": begins, "to": ends})
    assert ids(found) == [made["confirmed"], made["completed"]], "from belongs to it, to does not"
    refused = await api.get(PATH, staff, params={"from": ends, "to": begins})
    problem(refused, 422, "invalid_time_range")
    problem(await api.get(PATH, staff, params={"status": "upcoming"}), 422, "validation_failed")


async def test_deleted_ones_are_left_out(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    gone = appointment(make, place, client, soon(days=2))
    assert (await api.delete(f"{PATH}/{gone}", staff, json={"version": 1})).status_code == 204
    for params in ({}, {"status": "requested"}, {"q": "client"}):
        assert await read_all(api, PATH, staff, params) == []


async def test_the_same_start_is_sorted_by_id(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = sorted(str(appointment(make, place, client, soon(days=2))) for _ in range(7))
    for params in ({}, {"providerId": place.provider_id}, {"q": "client"}):
        assert ids(await read_all(api, PATH, staff, params, limit=2)) == made


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_the_inbox_has_urgent_then_vip_then_normal_then_the_oldest(
    api: Api, make: Make, limit: int
) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    waiting: dict[str, list[str]] = {"urgent": [], "vip": [], "normal": []}
    for number, priority in enumerate(("normal", "vip", "urgent", "vip", "normal", "urgent")):
        # The later one was asked for, the earlier it is wanted: the start shall not matter.
        start = soon(-number, days=9)
        made = appointment(make, place, client, start, priority=priority)
        waiting[priority].append(str(made))
    appointment(make, place, client, soon(days=3), status="confirmed", priority="urgent")
    expected = [*waiting["urgent"], *waiting["vip"], *waiting["normal"]]
    for scope in ({}, {"providerId": place.provider_id}, {"q": "client"}):
        found = await read_all(api, PATH, staff, {"status": "requested", **scope}, limit=limit)
        assert ids(found) == expected
    found = await read_all(
        api, PATH, staff, {"status": "requested", "to": wire_time(soon(-2, days=9))}, limit=limit
    )
    assert ids(found) == [waiting["urgent"][1], waiting["vip"][1], waiting["normal"][1]]


async def test_a_cursor_belongs_to_its_list(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    for _ in range(2):
        appointment(make, place, client, soon(days=2))
    for status, other in ((None, "requested"), ("requested", None)):
        asked = {"limit": 1, **({"status": status} if status else {})}
        cursor = (await api.get(PATH, staff, params=asked)).json()["nextCursor"]
        wrong = {"cursor": cursor, **({"status": other} if other else {})}
        problem(await api.get(PATH, staff, params=wrong), 422, "validation_failed")
    for cursor in ("", "x", "W10", "bnVsbA", "e30", "WzEsMiwzLDQsNV0"):
        answer = await api.get(PATH, staff, params={"cursor": cursor, "status": "requested"})
        problem(answer, 422, "validation_failed")


async def test_a_page_never_begins_before_from(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = [str(appointment(make, place, client, soon(n, days=2))) for n in range(4)]
    cursor = (await api.get(PATH, staff, params={"limit": 1})).json()["nextCursor"]
    later = {"cursor": cursor, "from": wire_time(soon(2, days=2))}
    assert ids((await api.get(PATH, staff, params=later)).json()["items"]) == made[2:]


class People:
    """Clients with one appointment each, found by what is remembered of them."""

    def __init__(self, make: Make, place: Place) -> None:
        self.known: dict[str, str] = {}
        for number, (name, email, phone) in enumerate(
            (
                ("Anna-Lena Müller", "anna.mueller@mail.test", "+49 (170) 123-4567"),
                ("Özlem Çelik", "oe@mail.test", None),
                ("Patrick O'Brien", "pat@other.test", "0170 7654321"),
                ("Иван Петров", "ivan@mail.test", None),
                ("100% Baker_Smith", "b_s@mail.test", None),
            )
        ):
            client = make.client(name)
            make.db.execute(
                "UPDATE users SET email = %s, phone = %s WHERE id = %s", [email, phone, client.id]
            )
            made = appointment(make, place, client, soon(number, days=2))
            self.known[str(made)] = name.split()[0]


SEARCHES: dict[str, list[str]] = {
    "anna": ["Anna-Lena"],
    "LENA mül": ["Anna-Lena"],
    "Muller": ["Anna-Lena"],
    "müller anna": ["Anna-Lena"],
    "nna": [],
    "anna patrick": [],
    "anna.mueller@mail.test": ["Anna-Lena"],
    "mail": ["Anna-Lena", "Özlem", "Иван", "100%"],
    "özlem": ["Özlem"],
    "ozl cel": ["Özlem"],
    "иван": ["Иван"],
    "ПЕТ": ["Иван"],
    "o'brien": ["Patrick"],
    "Brien": ["Patrick"],
    "+49 170": ["Anna-Lena", "Patrick"],
    "+49170123": ["Anna-Lena"],
    "01707654321": ["Patrick"],
    "0170-765": ["Patrick"],
    "b_s": ["100%"],
    "100%": ["100%"],
    "  ": ["Anna-Lena", "Özlem", "Patrick", "Иван", "100%"],
    "": ["Anna-Lena", "Özlem", "Patrick", "Иван", "100%"],
    "@": [],
    "anna | patrick": [],
    "anna:*": ["Anna-Lena"],
    "mueller lena": ["Anna-Lena"],
    "annalena": ["Anna-Lena"],
    "7654321": ["Patrick"],
    "0049 170 765 43 21": ["Patrick"],
    "anna:a": ["Anna-Lena"],
    "!anna": ["Anna-Lena"],
    "'": [],
    "\\": [],
    "anna\\": ["Anna-Lena"],
    "' | '' : * & ! ( <-> \\' %s %(words)s \\": [],
}


async def test_finding_clients(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    people = People(make, place)
    for q, expected in SEARCHES.items():
        for status in ({}, {"status": "requested"}):
            items = await read_all(api, PATH, staff, {"q": q, **status})
            assert [people.known[item["id"]] for item in items] == expected, q


async def test_the_search_text_is_bounded(api: Api, make: Make) -> None:
    staff = make.operator()
    for q in ("x" * 101, "a\x00b"):
        problem(await api.get(PATH, staff, params={"q": q}), 422, "validation_failed")
    assert (await api.get(PATH, staff, params={"q": "a b " * 25})).status_code == 200


async def test_many_clients_are_found_as_well_as_few(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many clients the appointments are come across in a walk, a part of it for each page."""
    monkeypatch.setattr(operations_lists, "FEW_CLIENTS", 1)
    monkeypatch.setattr(store_lists, "SCAN_LIMIT", 3)
    place, staff = make.place(), make.operator()
    many, more, few = make.client("Many One"), make.client("Many Two"), make.client("Few Three")
    found = []
    for number in range(24):
        who = (many, few, few, few, few, few, more, few)[number % 8]
        made = str(appointment(make, place, who, soon(number, days=2)))
        if who is not few:
            found.append(made)
    for scope in ({}, {"providerId": place.provider_id}):
        for limit in (1, 2, 100):
            assert (
                ids(await read_all(api, PATH, staff, {"q": "many", **scope}, limit=limit)) == found
            )
        assert await read_all(api, PATH, staff, {"q": "many", "status": "cancelled", **scope}) == []
    part = (await api.get(PATH, staff, params={"q": "many"})).json()
    assert (ids(part["items"]), part["nextCursor"] is None) == (found[:1], False)


async def test_what_is_rare_among_slots_is_found_part_by_part(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_slots, "SCAN_LIMIT", 4)
    place, staff = make.place(), make.operator()
    path = "/appointments/availability/slots"
    made = [
        make.slot(place, soon(n, days=2), status="blocked" if n in (3, 4, 11, 17) else "available")
        for n in range(20)
    ]
    blocked = [str(made[n]) for n in (3, 4, 11, 17)]
    for scope in ({}, {"providerId": place.provider_id}, {"facilityId": place.facility_id}):
        for limit in (1, 3, 100):
            found = await read_all(api, path, staff, {"status": "blocked", **scope}, limit=limit)
            assert ids(found) == blocked, (scope, limit)
            every = await read_all(api, path, staff, scope, limit=limit)
            assert ids(every) == [str(slot_id) for slot_id in made]
        assert await read_all(api, path, staff, {"status": "booked", **scope}) == []


class Bustle:
    """What goes on around some appointments that nobody touches, while a list of them is read."""

    def __init__(self, make: Make, place: Place, client: User) -> None:
        self._make, self._place, self._client = make, place, client
        self._start = soon(days=2)
        self.untouched: list[UUID] = []
        self._others: list[UUID] = []
        for number in range(40):
            # Four at each time; half of them will be changed.
            made = self._request(number // 4, "normal" if number % 8 < 4 else "vip")
            (self.untouched if number % 2 else self._others).append(made)

    def _request(self, hours: int, priority: str = "normal") -> UUID:
        start = self._start + timedelta(hours=hours)
        return appointment(self._make, self._place, self._client, start, priority=priority)

    async def go_on(self, page: int) -> None:
        """New ones at both ends and in the middle; others cancelled, deleted, moved or changed."""
        for hours in (-1, 0, page, 5, 11):
            self._request(hours, "urgent" if page % 2 else "normal")
        execute = self._make.db.execute
        if len(self._others) < 4:
            return
        cancelled, deleted, moved, changed = self._others[:4]
        self._others = [*self._others[4:], changed]
        execute(
            "UPDATE appointments SET status = 'cancelled', fee_cents = 0, refund_cents = 0 "
            "WHERE id = %s",
            [cancelled],
        )
        execute("UPDATE appointments SET deleted_at = now() WHERE id = %s", [deleted])
        execute(
            "UPDATE appointments SET start_at = start_at + interval '3 hours', "
            "end_at = end_at + interval '3 hours', priority = 'urgent' WHERE id = %s",
            [moved],
        )
        execute("UPDATE appointments SET notes = 'changed' WHERE id = %s", [changed])
        execute(
            "UPDATE appointments SET notes = notes || ' again' WHERE id = %s", [self.untouched[0]]
        )


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/appointments", {}),
        ("/appointments", {"providerId": "{provider}"}),
        ("/appointments", {"status": "requested"}),
        ("/appointments", {"status": "requested", "providerId": "{provider}"}),
        ("/appointments", {"status": "requested", "q": "client"}),
        ("/appointments", {"q": "client"}),
        ("/users/{client}/appointments", {}),
        ("/users/{client}/appointments", {"filter": "upcoming"}),
    ],
)
async def test_nothing_is_lost_or_repeated_while_rows_change(
    api: Api, make: Make, path: str, params: dict[str, str]
) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    bustle = Bustle(make, place, client)
    names = {"provider": place.provider_id, "client": client.id}
    found = await read_all(
        api,
        path.format(**names),
        staff,
        {name: value.format(**names) for name, value in params.items()},
        limit=6,
        between=bustle.go_on,
    )
    seen = ids(found)
    for appointment_id in bustle.untouched:
        assert seen.count(str(appointment_id)) == 1
    untouched = {str(appointment_id) for appointment_id in bustle.untouched}
    steady = [item for item in found if item["id"] in untouched]
    if params.get("status") == "requested":
        order = {"urgent": 0, "vip": 1, "normal": 2}
        keys = [(order[i["priority"]], i["createdAt"], i["id"]) for i in steady]
    else:
        keys = [(i["start"], i["id"]) for i in steady]
        if path.startswith("/users") and "filter" not in params:
            keys.reverse()
    assert keys == sorted(keys)


async def test_a_clients_history_is_read_to_its_end(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    past = [
        str(appointment(make, place, client, soon(n, days=-3), status="completed"))
        for n in range(5)
    ]
    cancelled = str(appointment(make, place, client, soon(days=3), status="cancelled"))
    coming = str(appointment(make, place, client, soon(days=3), status="confirmed"))
    path = f"/users/{client.id}/appointments"

    async def book_another(page: int) -> None:
        appointment(make, place, client, soon(page, days=4), status="cancelled")

    found = await read_all(api, path, client, {"filter": "history"}, limit=2, between=book_another)
    assert ids(found) == [cancelled, *reversed(past)]
    assert ids(await read_all(api, path, client, {"filter": "upcoming"})) == [coming]
