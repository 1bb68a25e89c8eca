"""Preconditions (SPEC 4.7): header by state by role, in the written order, against an oracle."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import httpx
import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

Headers = Callable[[int, datetime], dict[str, str]]


@dataclass(frozen=True)
class Condition:
    """What a caller says of the version it knows, and what the server should make of it.

    verdict: ok, or the scenario of the refusal.
    """

    name: str
    verdict: str
    headers: Headers = lambda version, modified: {}
    body_version: int | None = None  # added to the current version


def _date(modified: datetime, seconds: int = 0) -> str:
    moment = modified.replace(microsecond=0) + timedelta(seconds=seconds)
    return format_datetime(moment, usegmt=True)


CONDITIONS = (
    Condition("nothing", "precondition_required"),
    Condition("match", "ok", lambda v, m: {"If-Match": f'"{v}"'}),
    Condition("match in a list", "ok", lambda v, m: {"If-Match": f'"999", "{v}"'}),
    Condition("match any", "ok", lambda v, m: {"If-Match": "*"}),
    Condition("stale match", "precondition_failed", lambda v, m: {"If-Match": f'"{v + 7}"'}),
    Condition("weak match", "precondition_failed", lambda v, m: {"If-Match": f'W/"{v}"'}),
    Condition("broken match", "precondition_failed", lambda v, m: {"If-Match": f"{v}"}),
    Condition("since", "ok", lambda v, m: {"If-Unmodified-Since": _date(m)}),
    Condition(
        "stale since",
        "precondition_failed",
        lambda v, m: {"If-Unmodified-Since": _date(m, -60)},
    ),
    Condition(
        "broken since", "precondition_required", lambda v, m: {"If-Unmodified-Since": "soon"}
    ),
    Condition(
        "match decides over since",
        "ok",
        lambda v, m: {"If-Match": f'"{v}"', "If-Unmodified-Since": _date(m, -60)},
    ),
    Condition(
        "none-match alone does not say which version",
        "precondition_required",
        lambda v, m: {"If-None-Match": '"999"'},
    ),
    Condition(
        "match and none-match of the same",
        "precondition_failed",
        lambda v, m: {"If-Match": f'"{v}"', "If-None-Match": f'"{v}"'},
    ),
    Condition("body version", "ok", body_version=0),
    Condition("stale body version", "version_conflict", body_version=1),
    Condition(
        "stale header before stale body",
        "precondition_failed",
        lambda v, m: {"If-Match": f'"{v + 7}"'},
        body_version=1,
    ),
)
STATES = ("plain", "locked", "deleted")
ROLES = ("anonymous", "foreign", "own", "staff")


def oracle(condition: Condition, state: str, role: str) -> str:
    """The scenario that SPEC 4.7's order gives: 401, 404/403, 428, 412/409, 423, state."""
    if role == "anonymous":
        return "unauthenticated"
    if role == "foreign" or (role == "own" and state == "deleted"):
        return "not_found"
    if role == "own":
        return "forbidden"  # the edit below is staff's
    if condition.verdict != "ok":
        return condition.verdict
    return {"plain": "ok", "locked": "locked", "deleted": "invalid_transition"}[state]


@dataclass(frozen=True)
class Case:
    condition: Condition
    state: str
    role: str
    appointment_id: UUID

    def __str__(self) -> str:
        return f"{self.condition.name} / {self.state} / {self.role}"


def build(make: Make, place: Place, owner: User, holder: User) -> list[Case]:
    """One appointment for each case, in its state."""
    cases = []
    start = soon(days=3)
    for condition in CONDITIONS:
        for state in STATES:
            for role in ROLES:
                slot_id = make.slot(place, start)
                start += timedelta(minutes=30)
                cases.append(Case(condition, state, role, make.appointment(owner, place, slot_id)))
    # A date has whole seconds: the states change in another second than the appointments were made.
    make.db.execute(
        "DO $$ BEGIN WHILE (SELECT date_trunc('second', max(updated_at)) FROM appointments)"
        " = date_trunc('second', clock_timestamp()) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$"
    )
    for case in cases:
        if case.state == "locked":
            make.one(
                "SELECT outcome FROM acquire_edit_lock(%s, %s, NULL, NULL, 300, '{}')",
                holder.actor.as_parameter(),
                case.appointment_id,
            )
        elif case.state == "deleted":
            make.one(
                "SELECT outcome FROM delete_appointment(%s, %s, '{}', NULL, NULL)",
                holder.actor.as_parameter(),
                case.appointment_id,
            )
    return cases


async def test_every_condition_in_every_state_for_every_role(api: Api, make: Make) -> None:
    place, owner, holder = make.place(), make.client(), make.operator()
    users: dict[str, User | None] = {
        "anonymous": None,
        "foreign": make.client(),
        "own": owner,
        "staff": make.operator(),
    }
    for case in build(make, place, owner, holder):
        row = make.one(
            "SELECT version, updated_at FROM appointments WHERE id = %s", case.appointment_id
        )
        body: dict[str, object] = {"priority": "vip"}
        if case.condition.body_version is not None:
            body["version"] = row["version"] + case.condition.body_version
        answer = await api.patch(
            f"/appointments/{case.appointment_id}",
            users[case.role],
            headers=case.condition.headers(row["version"], row["updated_at"]),
            json=body,
        )
        said = "ok" if answer.status_code == 200 else answer.json()["scenario"]
        assert said == oracle(case.condition, case.state, case.role), str(case)
        after = make.one("SELECT version FROM appointments WHERE id = %s", case.appointment_id)
        assert after["version"] == row["version"] + (said == "ok"), str(case)
        _check_stale(answer, said, row["version"])


def _check_stale(answer: httpx.Response, said: str, version: int) -> None:
    if said in ("precondition_failed", "version_conflict"):
        stale = problem(answer, 412 if said == "precondition_failed" else 409, said)
        assert stale["currentVersion"] == version
        assert stale["currentData"]["version"] == version
        assert stale["details"]["changes"] == {"priority": {"yours": "vip", "theirs": "normal"}}


async def test_a_date_does_not_tell_two_changes_of_one_second_apart(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    path = f"/appointments/{make.appointment(make.client(), place, make.slot(place))}"
    make.db.execute(
        "DO $$ BEGIN WHILE extract(milliseconds FROM clock_timestamp())::int %% 1000 > 300"
        " LOOP PERFORM pg_sleep(0.01); END LOOP; END $$".replace("%%", "%")
    )
    first = await api.get(path, staff)
    for number in range(2):
        edited = await api.patch(
            path, staff, headers={"If-Match": "*"}, json={"notes": f"{number}"}
        )
        assert edited.status_code == 200
    since = {"If-Unmodified-Since": first.headers["last-modified"]}
    refused = await api.patch(path, staff, headers=since, json={"notes": "lost update"})
    problem(refused, 412, "precondition_failed")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_slots_need_a_precondition_too(api: Api, make: Make, method: str) -> None:
    place, staff, foreign = make.place(), make.operator(), make.operator(make.place().provider_id)
    path = f"/appointments/availability/slots/{make.slot(place)}"
    body = {"status": "blocked"} if method == "PATCH" else {}

    async def send(user: User, headers: dict[str, str], **extra: int) -> httpx.Response:
        return await api.request(method, path, user, headers=headers, json={**body, **extra})

    problem(await send(foreign, {"If-Match": '"1"'}), 404, "not_found")
    problem(await send(staff, {}), 428, "precondition_required")
    stale = problem(await send(staff, {"If-Match": '"9"'}), 412, "precondition_failed")
    assert stale["currentData"]["status"] == "available"
    problem(await send(staff, {}, version=9), 409, "version_conflict")
    assert (await send(staff, {}, version=1)).status_code in (200, 204)


async def test_actions_honour_a_precondition_but_need_none(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    path = f"/appointments/{make.appointment(client, place, make.slot(place, soon(days=2)))}"
    stale = await api.post(
        f"{path}/cancel", client, key="new", json={}, headers={"If-Match": '"9"'}
    )
    problem(stale, 412, "precondition_failed")
    problem(
        await api.post(f"{path}/cancel", client, key="new", json={"version": 9}),
        409,
        "version_conflict",
    )
    assert (await api.post(f"{path}/cancel", client, key="new", json={})).status_code == 200


async def test_a_replay_comes_before_conditions_and_after_404(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = f"/appointments/{make.appointment(client, place, make.slot(place, soon(days=2)))}"
    match = {"If-Match": '"1"'}
    first = await api.post(f"{path}/cancel", client, key="k1", json={}, headers=match)
    assert first.status_code == 200
    again = await api.post(f"{path}/cancel", client, key="k1", json={}, headers=match)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    deleted = await api.delete(path, staff, headers={"If-Match": '"2"'})
    assert deleted.status_code == 204
    hidden = await api.post(f"{path}/cancel", client, key="k1", json={}, headers=match)
    problem(hidden, 404, "not_found")
