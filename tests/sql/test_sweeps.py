"""The workers' sweeps: right when many run at once, and never needed (SPEC §7)."""

import asyncio

from holdfast.kernel.db import Database
from holdfast.workers.sweeps import OrphanSweep, sweep_edit_locks, sweep_reservations
from tests.support.api import Api
from tests.support.make import Make, soon

SLOTS = 60


async def test_ten_sweepers_end_each_expired_hold_once(api: Api, db: Database, make: Make) -> None:
    place = make.place()
    staff = make.operator()
    slots = make.slots(place, SLOTS)
    for slot_id in slots:
        assert (await api.reserve(staff, place, slot_id, userId=str(staff.id))).status_code == 201
        make.expire(slot_id)
    live = make.slot(place, soon(days=9))
    await api.reserve(staff, place, live, userId=str(staff.id))

    counts = await asyncio.gather(*(sweep_reservations(db) for _ in range(10)))
    assert sum(counts) == SLOTS
    rows = make.all("SELECT status::text, count(*) AS n FROM slots GROUP BY 1")
    assert {row["status"]: row["n"] for row in rows} == {"available": SLOTS, "held": 1}
    expired = make.one("SELECT count(*) AS n FROM slot_audit WHERE action = 'expired'")
    assert expired["n"] == SLOTS


async def test_a_hold_in_use_is_left_for_later(api: Api, db: Database, make: Make) -> None:
    place, staff = make.place(), make.operator()
    slot_id = make.slot(place)
    await api.reserve(staff, place, slot_id, userId=str(staff.id))
    make.expire(slot_id)
    with make.db.transaction():
        make.db.execute("SELECT FROM slots WHERE id = %s FOR UPDATE", [slot_id])
        assert await sweep_reservations(db) == 0
    assert await sweep_reservations(db) == 1


async def test_stale_edit_locks_end_with_a_history_row_and_an_event(
    api: Api, db: Database, make: Make
) -> None:
    place, staff = make.place(), make.operator()
    appointment = await api.booked(make.client(), place, make.slot(place))
    await api.post(f"/appointments/{appointment['id']}/acquire-lock", staff)
    assert await sweep_edit_locks(db) == 0
    make.db.execute("UPDATE edit_locks SET expires_at = clock_timestamp() - interval '1 second'")
    assert sum(await asyncio.gather(*(sweep_edit_locks(db) for _ in range(5)))) == 1
    row = make.one("SELECT action, duration_seconds FROM edit_lock_history ORDER BY at DESC")
    assert row["action"] == "expired"
    event = make.one("SELECT payload FROM outbox WHERE type = 'lock-released'")["payload"]
    assert event["reason"] == "expired"


async def test_orphaned_slots_are_freed_and_others_left_alone(
    api: Api, db: Database, make: Make
) -> None:
    place, client = make.place(), make.client()
    orphan, fine = make.slots(place, 2)
    lost = await api.booked(client, place, orphan)
    await api.booked(client, place, fine)
    make.db.execute("ALTER TABLE appointments DISABLE TRIGGER USER")
    make.db.execute(
        "UPDATE appointments SET status = 'cancelled', slot_id = NULL, fee_cents = 0, "
        "refund_cents = 0 WHERE id = %s",
        [lost["id"]],
    )
    make.db.execute("ALTER TABLE appointments ENABLE TRIGGER USER")
    counts = await asyncio.gather(*(OrphanSweep()(db) for _ in range(10)))
    assert sum(counts) == 1
    rows = make.all("SELECT id, status::text FROM slots")
    assert {row["id"]: row["status"] for row in rows} == {orphan: "available", fine: "booked"}
    sweep = OrphanSweep()
    assert [await sweep(db) for _ in range(3)] == [0, 0, 0]
