"""`/integrity`: the checks of `holdfast verify`, a batch at a time."""

from typing import Any

import pytest

from holdfast.verify import batches
from holdfast.verify.checks import CHECKS
from tests.sql.verify_plants import STATE_PLANTS
from tests.sql.verify_world import World, names_of
from tests.support.api import Api, problem
from tests.support.make import Make, User, soon

IN_PARTS = [check.name for check in CHECKS if check.in_parts]


async def walk(api: Api, admin: User, check: str) -> tuple[int, list[dict[str, Any]], int]:
    """All batches of a check: rows, violations, and how many batches."""
    rows, found, batch_count, query = 0, [], 0, {}
    while True:
        answer = await api.get(f"/integrity/{check}", admin, params=query)
        assert answer.status_code == 200, answer.text
        batch = answer.json()
        assert batch["check"] == check
        assert batch["violationCount"] == len(batch["violations"])
        rows, batch_count = rows + batch["rows"], batch_count + 1
        found += batch["violations"]
        if batch["nextCursor"] is None:
            return rows, found, batch_count
        query = {"cursor": batch["nextCursor"]}


async def test_it_lists_what_can_be_checked(api: Api, make: Make) -> None:
    make.slots(make.place(), 3)
    make.db.execute("ANALYZE slots")
    checks = (await api.get("/integrity", make.admin())).json()["checks"]
    assert [check["name"] for check in checks] == [check.name for check in CHECKS]
    by_name = {check["name"]: check for check in checks}
    assert by_name["slot_states"] == {
        "name": "slot_states",
        "invariant": "I4",
        "title": "slot status and columns",
        "inParts": True,
        "rowsEstimated": 3,
    }
    assert by_name["constraints"]["rowsEstimated"] is None
    assert not by_name["slot_events"]["inParts"]


@pytest.mark.parametrize("size", [1, 2, 2000])
async def test_a_clean_world_is_clean_in_every_part(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", size)
    World(make)
    make.db.execute("SELECT ensure_lane('smtp', 'email')")
    make.db.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, due_at, expires_at) SELECT "
        "new_uuid_v7(), 'email', 'test', 'smtp', now(), now() + interval '1 day' "
        "FROM generate_series(1, 3)"
    )
    admin = make.admin()
    for check in IN_PARTS:
        rows, found, count = await walk(api, admin, check)
        assert (found, rows > 0) == ([], True), check
        assert size < 2000 or count == 1, check


@pytest.mark.parametrize("plant", STATE_PLANTS.values(), ids=STATE_PLANTS.keys())
async def test_parts_find_what_the_whole_finds(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, plant: Any
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 1)
    world, admin = World(make), make.admin()
    with world.unguarded(past_history=plant.past_history, without=plant.without):
        world.run(plant.sql)
    for check in {found.split()[0] for found in plant.found} & set(IN_PARTS):
        _, violations, _ = await walk(api, admin, check)
        found = {names_of(world.ids, f"{check} {violation['id']}") for violation in violations}
        assert found == {name for name in plant.found if name.split()[0] == check}


async def test_every_row_is_looked_at_once(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 3)
    make.slots(make.place(), 7, soon(days=2))
    admin = make.admin()
    assert await walk(api, admin, "slot_states") == (7, [], 3)
    assert await walk(api, admin, "fees") == (0, [], 1)


async def test_many_violations_are_counted_and_some_shown(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.verify.routes.SHOWN_VIOLATIONS", 2)
    make.slots(make.place(), 3)
    make.db.execute("ALTER TABLE slots DISABLE TRIGGER slots_record")
    make.db.execute("UPDATE slots SET updated_at = now() + interval '1 s'")
    batch = (await api.get("/integrity/slot_history", make.admin())).json()
    assert (batch["violationCount"], len(batch["violations"])) == (3, 2)
    assert batch["violations"][0]["table"] == "slots"
    assert "updated_at" in batch["violations"][0]["what"]
    (trigger,) = (await api.get("/integrity/triggers", make.admin())).json()["violations"]
    assert (trigger["id"], trigger["what"]) == (
        "slots_record",
        "the trigger is not enabled ALWAYS",
    )


async def test_what_cannot_be_checked_here_is_not_found(api: Api, make: Make) -> None:
    admin = make.admin()
    for name in ("slot_events", "nothing", "used_reservations"):
        problem(await api.get(f"/integrity/{name}", admin), 404, "not_found")


async def test_a_cursor_belongs_to_its_check(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 1)
    make.slots(make.place(), 2)
    admin = make.admin()
    cursor = (await api.get("/integrity/slot_states", admin)).json()["nextCursor"]
    for other in ("held_slots", "triggers"):
        answer = await api.get(f"/integrity/{other}", admin, params={"cursor": cursor})
        problem(answer, 422, "validation_failed")
