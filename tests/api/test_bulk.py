"""One action for several appointments (SPEC 4.5, `POST /appointments/bulk`)."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.support.api import Api, problem
from tests.support.appointments import appointment
from tests.support.make import Make, User, soon

PATH = "/appointments/bulk"


async def act(
    api: Api, user: User, action: str, ids: list[Any], *, key: str | None = None, **more: Any
) -> httpx.Response:
    body = {"action": action, "ids": [str(each) for each in ids], **more}
    return await api.post(PATH, user, json=body, key=key)


async def results(api: Api, user: User, action: str, ids: list[Any], **more: Any) -> Any:
    answer = await act(api, user, action, ids, **more)
    assert answer.status_code == 200, answer.text
    listed = answer.json()["results"]
    assert [result["id"] for result in listed] == [str(each) for each in ids]
    return [{name: value for name, value in one.items() if name != "id"} for one in listed]


def state(make: Make, appointment_id: UUID) -> tuple[str, int]:
    row = make.one(
        "SELECT status::text AS status, version FROM appointments WHERE id = %s", appointment_id
    )
    return row["status"], row["version"]


async def test_each_action(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    for number, (action, status, becomes) in enumerate(
        (
            ("cancel", 200, "cancelled"),
            ("complete", 200, "completed"),
            ("no_show", 200, "no_show"),
            ("delete", 204, "confirmed"),
        )
    ):
        days = -2 if action in ("complete", "no_show") else 2
        two = [
            appointment(make, place, client, soon(2 * number + n, days=days), status="confirmed")
            for n in range(2)
        ]
        done = await results(api, staff, action, two, reason="storm")
        assert done == [{"status": status, "version": 2}] * 2
        assert [state(make, each) for each in two] == [(becomes, 2)] * 2
        last = make.one(
            "SELECT reason, actor_id FROM appointment_audit "
            "WHERE appointment_id = %s AND version = 2",
            two[0],
        )
        assert (last["reason"], last["actor_id"]) == ("storm", staff.id)
    assert make.one("SELECT count(*) AS n FROM slots WHERE status = 'booked'")["n"] == 2

    waiting = appointment(make, place, client, soon(days=9))
    done = await results(api, staff, "set_priority", [waiting], priority="urgent")
    assert done == [{"status": 200, "version": 2}]
    shown = (await api.get(f"/appointments/{waiting}", staff)).json()
    assert shown["priority"] == "urgent"


async def test_what_one_refuses_does_not_touch_the_others(api: Api, make: Make) -> None:
    here, there = make.place(), make.place()
    client, staff, editor = make.client(), make.operator(), make.operator()
    provider = make.operator(here.provider_id)
    fine, locked, done, gone = (
        appointment(make, here, client, soon(n, days=-2), status="confirmed") for n in range(4)
    )
    foreign = appointment(make, there, client, soon(days=-2), status="confirmed")
    waiting = appointment(make, here, client, soon(days=3))
    unknown = uuid4()
    await api.post(f"/appointments/{done}/complete", staff)
    await api.delete(f"/appointments/{gone}", staff, json={"version": 1})
    await api.post(f"/appointments/{locked}/acquire-lock", editor, json={})
    version = make.one("SELECT version FROM edit_locks WHERE appointment_id = %s", locked)

    asked = [unknown, waiting, locked, fine, foreign, gone, done]
    listed = await results(api, provider, "complete", asked)
    assert listed == [
        {"status": 404, "scenario": "not_found"},
        {"status": 409, "scenario": "invalid_transition"},
        {"status": 423, "scenario": "locked"},
        {"status": 200, "version": 2},
        {"status": 404, "scenario": "not_found"},
        {"status": 409, "scenario": "invalid_transition"},
        {"status": 409, "scenario": "invalid_transition"},
    ]
    assert state(make, fine) == ("completed", 2)
    assert state(make, foreign) == ("confirmed", 1)
    assert state(make, locked) == ("confirmed", 1)
    after = make.one("SELECT version FROM edit_locks WHERE appointment_id = %s", locked)
    assert after == version
    # Whoever holds the edit lock may.
    assert await results(api, editor, "complete", [locked]) == [{"status": 200, "version": 2}]


async def test_who_may_and_what_is_asked(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = appointment(make, place, client, soon(days=2))
    problem(
        await api.post(PATH, json={"action": "cancel", "ids": [str(made)]}), 401, "unauthenticated"
    )
    problem(await act(api, client, "cancel", [made]), 403, "forbidden")
    for wrong in (
        {"action": "cancel", "ids": []},
        {"action": "cancel", "ids": [str(made), str(made)]},
        {"action": "cancel", "ids": [str(made), str(made).upper()]},
        {"action": "cancel", "ids": [str(uuid4()) for _ in range(101)]},
        {"action": "cancel", "ids": ["x"]},
        {"action": "cancel", "ids": [str(made)], "priority": "vip"},
        {"action": "set_priority", "ids": [str(made)]},
        {"action": "set_priority", "ids": [str(made)], "priority": "low"},
        {"action": "restore", "ids": [str(made)]},
        {"action": "delete", "ids": [str(made)], "waiveFee": True},
        {"action": "cancel", "ids": [str(made)], "waiveFee": None},
        {"ids": [str(made)]},
        {"action": "cancel"},
    ):
        problem(await api.post(PATH, staff, json=wrong), 422, "validation_failed")
    assert state(make, made) == ("requested", 1)


async def test_a_hundred_at_once(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = [appointment(make, place, client, soon(n, days=2)) for n in range(100)]
    listed = await results(api, staff, "cancel", made[::-1])
    assert listed == [{"status": 200, "version": 2}] * 100


async def test_a_repeated_request_acts_once(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = appointment(make, place, client, soon(days=2))
    first = await act(api, staff, "set_priority", [made], priority="vip", key="the-same")
    again = await act(api, staff, "set_priority", [made], priority="vip", key="the-same")
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert state(make, made) == ("requested", 2)
    other = await act(api, staff, "cancel", [made], key="the-same")
    problem(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize("actions", [("cancel", "delete"), ("no_show", "set_priority")])
async def test_two_at_the_same_time_never_wait_for_each_other(
    api: Api, make: Make, actions: tuple[str, str]
) -> None:
    """In opposite orders, over the same appointments and slots, again and again."""
    place, client, staff = make.place(), make.client(), make.operator()
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    for day in range(2, 6):
        days = -day if "no_show" in actions else day
        made = [
            appointment(make, place, client, soon(n, days=days), status="confirmed")
            for n in range(8)
        ]
        answers = await asyncio.gather(
            *(
                act(
                    api,
                    staff,
                    action,
                    order,
                    **({"priority": "vip"} if action == "set_priority" else {}),
                )
                for action in actions
                for order in (made, made[::-1], made[3:] + made[:3])
            )
        )
        for answer in answers:
            assert answer.status_code == 200
            assert {one["status"] for one in answer.json()["results"]} <= {200, 204, 409}
    make.db.execute("SELECT pg_stat_force_next_flush()")
    assert make.one(deadlocks)["deadlocks"] == 0
