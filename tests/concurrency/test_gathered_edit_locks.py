"""Gathered edit locks: each member of a batch is told what it would have been told alone."""

from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from holdfast.config import Settings
from holdfast.edit_locks import store
from holdfast.kernel.db import Connection, Row
from holdfast.verify import assert_clean
from tests.concurrency.desk import Desk, desk_of
from tests.concurrency.support import Answer, all_of
from tests.support.cluster import TestDatabase
from tests.support.make import Make, User, soon


@pytest.fixture
async def desk(database: TestDatabase, settings: Settings, make: Make) -> AsyncIterator[Desk]:
    async with desk_of(database, settings, make, connections=10) as desk:
        yield desk


async def test_a_batch_is_one_transaction_and_everybody_signs_for_themselves(
    desk: Desk, database: TestDatabase
) -> None:
    pairs = list(zip(desk.staff, desk.appointments, strict=False))
    for version, action in ((1, "acquired"), (2, "renewed")):
        answers = await all_of(desk.acquire(user, mine) for user, mine in pairs)
        for (user, mine), answer in zip(pairs, answers, strict=True):
            assert answer.status == 200
            lock = answer.json()["lock"]
            assert (lock["appointmentId"], lock["userId"]) == (str(mine), str(user.id))
            assert lock["userInfo"]["name"] == user.name
            assert lock["version"] == version
        assert desk.transactions(action) == 1
    # Half of them give it back, half renew: in one batch as well.
    halves = [*(desk.release(*pair) for pair in pairs[:10]),
              *(desk.acquire(*pair, expectedVersion=2) for pair in pairs[10:])]  # fmt: skip
    assert {answer.status for answer in await all_of(halves)} == {200}
    assert desk.transactions("released") == 1
    signed = desk.make.all("SELECT user_id, appointment_id FROM edit_lock_history")
    assert {(row["user_id"], row["appointment_id"]) for row in signed} == {
        (user.id, mine) for user, mine in pairs
    }
    assert_clean(database.server_url)


@dataclass(frozen=True)
class Scene:
    """An edit lock as it stands, who asks for what, and the status of the answer."""

    name: str
    status: int
    verb: str = "acquire"
    holder: str | None = None
    former: bool = False  # whether somebody has had it before
    is_gone: bool = False  # whether the holder's time has run out
    asks: str = "me"
    appointment: str = "open"
    said: tuple[tuple[str, Any], ...] = ()


TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM edit_lock_history"

SCENES = (
    Scene("never locked", 200),
    Scene("never locked, as expected", 200, said=(("expectedVersion", 0),)),
    Scene("never locked, otherwise expected", 409, said=(("expectedVersion", 3),)),
    Scene("with a position", 200, said=(("position", {"x": 1, "y": 2.5}),)),
    Scene("free again", 200, former=True),
    Scene("free again, as expected", 200, former=True, said=(("expectedVersion", 1),)),
    Scene("free again, otherwise expected", 409, former=True, said=(("expectedVersion", 0),)),
    Scene("mine", 200, holder="me"),
    Scene("mine, moved", 200, holder="me", said=(("position", {"x": 3, "y": 4}),)),
    Scene("mine, as expected", 200, holder="me", said=(("expectedVersion", 1),)),
    Scene("mine, otherwise expected", 409, holder="me", said=(("expectedVersion", 9),)),
    Scene("mine, run out", 200, holder="me", is_gone=True),
    Scene("another's", 409, holder="other"),
    Scene("another's, and a version", 409, holder="other", said=(("expectedVersion", 9),)),
    Scene("another's, run out", 200, holder="other", is_gone=True),
    Scene("another's, run out, otherwise expected", 409, holder="other", is_gone=True,
          said=(("expectedVersion", 9),)),
    Scene("by its client", 200, asks="owner"),
    Scene("by its client, another's", 409, holder="other", asks="owner"),
    Scene("by a stranger", 404, asks="stranger"),
    Scene("by another provider", 404, asks="foreign"),
    Scene("of a deleted one", 404, appointment="deleted"),
    Scene("of a deleted one, locked once", 404, former=True, appointment="deleted"),
    Scene("of one that is not there", 404, appointment="unknown"),
    Scene("give back", 200, verb="release", holder="me"),
    Scene("give back, as expected", 200, verb="release", holder="me",
          said=(("expectedVersion", 1),)),
    Scene("give back, otherwise expected", 409, verb="release", holder="me",
          said=(("expectedVersion", 2),)),
    Scene("give back, run out", 200, verb="release", holder="me", is_gone=True),
    Scene("give back another's", 403, verb="release", holder="other"),
    Scene("give back a free one", 404, verb="release", former=True),
    Scene("give back what was never locked", 404, verb="release"),
    Scene("give back out of sight", 404, verb="release", holder="other", asks="foreign"),
    Scene("give back of a deleted one", 404, verb="release", appointment="deleted"),
    Scene("give back of one that is not there", 404, verb="release", appointment="unknown"),
)  # fmt: skip


class Stage:
    """The scenes on appointments of their own, and what has become of them."""

    def __init__(self, desk: Desk, users: dict[str, User]) -> None:
        self._desk = desk
        self._users = users

    async def set_up(self, scene: Scene, appointment: UUID) -> UUID:
        desk, users = self._desk, self._users
        if scene.former:
            await desk.acquire(users["other"], appointment)
            await desk.release(users["other"], appointment)
        if scene.holder:
            await desk.acquire(users[scene.holder], appointment, position={"x": 7, "y": 8})
            self._desk.make.db.execute(
                "UPDATE edit_locks SET acquired_at = acquired_at - interval '65 minutes' "
                "WHERE appointment_id = %s",
                [appointment],
            )
        if scene.is_gone:
            desk.let_run_out(appointment)
        if scene.appointment == "deleted":
            path = f"/appointments/{appointment}"
            gone = await desk.crowd.send(users["me"], "DELETE", path, {"version": 1})
            assert gone.status == 204
        return uuid4() if scene.appointment == "unknown" else appointment

    async def play(self, scene: Scene, appointment: UUID) -> Answer:
        verb = self._desk.acquire if scene.verb == "acquire" else self._desk.release
        return await verb(self._users[scene.asks], appointment, **dict(scene.said))

    def outcome(self, appointment: UUID, answer: Answer) -> dict[str, Any]:
        """All that can be told apart, times and ids left out."""
        history = self._desk.make.all(
            "SELECT user_id, user_name, user_email, action, duration_seconds / 600 AS duration, "
            "released_by, lock_version, metadata "
            "FROM edit_lock_history WHERE appointment_id = %s ORDER BY at",
            appointment,
        )
        row = self._desk.make.all(
            "SELECT version, user_id, user_name, user_email, position, "
            "acquired_at <= clock_timestamp() AS begun, expires_at - clock_timestamp() BETWEEN "
            "interval '4 minutes' AND interval '5 minutes' AS lasts "
            "FROM edit_locks WHERE appointment_id = %s",
            appointment,
        )
        events = self._desk.make.all(
            "SELECT topic, type, payload FROM outbox WHERE key = %s AND topic = 'locks' "
            "ORDER BY id", appointment,
        )  # fmt: skip
        return {
            "answer": (answer.status, plain(answer.json(), appointment)),
            "history": history,
            "row": row,
            "events": plain(events, appointment),
        }


def plain(value: Any, appointment: UUID) -> Any:
    """A document without what differs from one appointment, and one moment, to the next."""
    match value:
        case dict():
            return {
                name: "" if name in ("createdAt", "expiresAt") else plain(member, appointment)
                for name, member in value.items()
            }
        case list():
            return [plain(member, appointment) for member in value]
        case str():
            return value.replace(str(appointment), "{id}")
        case _:
            return value


async def test_each_member_is_told_and_recorded_as_if_it_were_alone(
    desk: Desk, database: TestDatabase, make: Make
) -> None:
    users = {
        "me": desk.staff[0],
        "other": desk.staff[1],
        "owner": desk.owner,
        "stranger": make.client(),
        "foreign": make.operator(make.place().provider_id),
    }
    await desk.introduce(*users.values())
    stage = Stage(desk, users)
    slots = iter(make.slots(desk.place, 2 * len(SCENES), soon(days=5)))

    async def next_appointment(scene: Scene) -> UUID:
        return await stage.set_up(scene, make.appointment(desk.owner, desk.place, next(slots)))

    alone: list[dict[str, Any]] = []
    for scene in SCENES:
        appointment = await next_appointment(scene)
        answer = await stage.play(scene, appointment)
        assert answer.status == scene.status, scene.name
        alone.append(stage.outcome(appointment, answer))
    together = [await next_appointment(scene) for scene in SCENES]
    before = make.one(TRANSACTIONS)["count"]
    answers = await all_of(
        stage.play(scene, appointment) for scene, appointment in zip(SCENES, together, strict=True)
    )
    assert make.one(TRANSACTIONS)["count"] == before + 1
    for number, scene in enumerate(SCENES):
        assert stage.outcome(together[number], answers[number]) == alone[number], scene.name
    assert_clean(database.server_url)


async def test_rivals_are_served_in_their_order(desk: Desk) -> None:
    staff = desk.staff
    first, free, mine = desk.appointments[:3]
    await desk.acquire(staff[0], first)
    await desk.acquire(staff[5], mine)
    answers = await all_of([
        desk.acquire(staff[1], first),  # still staff[0]'s
        desk.release(staff[0], first),
        desk.release(staff[0], first),
        desk.acquire(staff[2], first),
        desk.acquire(staff[3], first),
        *(desk.acquire(user, free) for user in staff[:4]),
        *(desk.acquire(staff[5], mine, expectedVersion=1) for _ in range(8)),
    ])  # fmt: skip
    assert [(answer.status, answer.scenario) for answer in answers] == [
        (409, "lock_held"), (200, None), (404, "lock_not_found"), (200, None), (409, "lock_held"),
        (200, None), *[(409, "lock_held")] * 3,
        (200, None), *[(409, "lock_version_conflict")] * 7,
    ]  # fmt: skip
    assert [answers[n].json()["lock"]["userId"] for n in (0, 3, 4)] == [
        str(staff[n].id) for n in (0, 2, 2)
    ]
    assert answers[3].json()["lock"]["version"] == 2
    conflict = answers[-1].json()["details"]
    assert (conflict["currentVersion"], conflict["expectedVersion"]) == (2, 1)


async def test_looks_that_share_a_query_have_their_own_rights(
    desk: Desk, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    async def counted(connection: Connection, requests: list[dict[str, Any]]) -> list[Row]:
        sizes.append(len(requests))
        return await statuses(connection, requests)

    statuses = store.statuses
    monkeypatch.setattr(store, "statuses", counted)
    staff, (held, run_out, free) = desk.staff, desk.appointments[:3]
    foreign = make.operator(make.place().provider_id)
    await desk.introduce(foreign)
    await desk.acquire(staff[0], held)
    await desk.acquire(staff[1], run_out)
    desk.let_run_out(run_out)

    def looks() -> list[Coroutine[Any, Any, Answer]]:
        return [
            desk.look(staff[0], held),
            desk.look(staff[1], held),
            desk.look(desk.owner, held),
            desk.look(foreign, held),
            desk.look(staff[1], uuid4()),
            desk.look(staff[1], run_out),
            desk.look(staff[1], free),
            desk.look(staff[0], held, 1),
            desk.look(staff[0], held, 2),
        ]

    answers = await all_of(looks())
    assert [answer.json().get("state", answer.status) for answer in answers] == [
        "locked_by_user", "locked_by_other", "locked_by_other", 404, 404, "expired", "unlocked",
        "locked_by_user", "conflict",
    ]  # fmt: skip
    assert "email" in answers[1].json()["lock"]["userInfo"]
    assert "email" not in answers[2].json()["lock"]["userInfo"]
    assert sizes == [len(answers)]
    alone = [await one for one in looks()]
    assert sizes == [len(answers)]
    assert [(answer.status, answer.json().get("lock")) for answer in alone] == [
        (answer.status, answer.json().get("lock")) for answer in answers
    ]
