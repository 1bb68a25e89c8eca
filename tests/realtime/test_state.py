"""For every operation of the API: old client state + received events = freshly fetched state."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from psycopg.types.json import Jsonb

from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from holdfast.kernel.p256 import new_private_key
from holdfast.workers.sweeps import (
    OrphanSweep,
    SlotPublishing,
    sweep_edit_locks,
    sweep_reservations,
)
from tests.contract.operations import ITS_STAFF, OPERATIONS, Operation
from tests.contract.scene import Scene
from tests.realtime.state import Scope, State, as_told
from tests.realtime.support import Live, Told, serving
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import SECRET_KEY, Make, soon
from tests.support.relay import all_relayed

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bulk(action: str, **more: Any) -> Operation:
    return Operation(
        "POST /appointments/bulk",
        ITS_STAFF,
        body=lambda s: {
            "action": action,
            "ids": [str(s.past_id if action in ("complete", "no_show") else s.appointment_id)],
            **more,
        },
        note=action,
    )


# A POST that only asks; and those that need another system, which is not set up here. They change
# nothing that clients follow.
LEFT_OUT = {
    "POST /pusher/auth",
    "POST /webhooks/notifications",
    "POST /webhooks/calendar",
    "POST /providers/{provider_id}/calendar-connections",
}

# The contract's table has every operation of the API (a test there insists); a new one that writes
# is tried here without being named. These are more ways to call some.
WRITES = [
    *(one for one in OPERATIONS if not one.is_read and one.name not in LEFT_OUT),
    *(bulk(action) for action in ("complete", "no_show", "delete")),
    bulk("set_priority", priority="urgent"),
    Operation(
        "POST /appointments/{appointment_id}/acquire-lock",
        ITS_STAFF,
        body=lambda s: {"position": {"x": 1, "y": 2}},
        about={"appointment_id": "locked_id"},
        note="again",
    ),
    Operation(
        "POST /appointments/{appointment_id}/take-over-lock",
        ITS_STAFF,
        about={"appointment_id": "locked_id"},
        note="a live one",
    ),
    Operation(
        "PATCH /appointments/availability/slots/{slot_id}",
        ITS_STAFF,
        body=lambda s: {
            "start": s.start.replace(hour=23).isoformat(),
            "end": s.start.replace(hour=23, minute=30).isoformat(),
            "version": 1,
        },
        note="moved",
    ),
]
# An appointment shows how those are called that it is about. That is theirs, not the appointment's:
# its version stays, and nothing is told (docs/events.md).
RENAMING = {
    "PATCH /users/{user_id}": "userName",
    "PATCH /providers/{provider_id}": "providerName",
    "PATCH /services/{service_id}": "serviceTitle",
    "PATCH /facilities/{facility_id}": "facilityName",
}
# Refused while an appointment needs it; what is free goes with it.
REMOVING = {f"DELETE /{what}" for what in (
    "facilities/{facility_id}", "services/{service_id}", "providers/{provider_id}"
)}  # fmt: skip
MOVING_SLOTS = {*REMOVING, "PUT /providers/{provider_id}/schedule"}
# What such a path writes is told; these write something that nobody listens to.
TELLING = ("appointment", "slot", "reservation", "lock", "/manage/")
SILENT = (
    "DELETE /services/{service_id}",  # the free slot is for any service
    "POST /providers/{provider_id}/slots/generate",  # from an empty schedule; see below
    "POST /appointments/{appointment_id}/comments",
    "POST /appointments/{appointment_id}/share",
    "DELETE /appointments/{appointment_id}/share/{share_id}",
)


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Iterator[TestDatabase]:
    with cluster.database() as database:
        yield database


@pytest.fixture(scope="module")
def make(database: TestDatabase) -> Iterator[Make]:
    make = Make(database.owner_url)
    yield make
    make.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    db = Database(database.server_url, max_size=2)
    await db.open()
    yield db
    await db.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(database: TestDatabase) -> AsyncIterator[Live]:
    settings = Settings.model_validate(
        {
            "secret_key": SECRET_KEY,
            "rate_limit": "off",
            "vapid_private_key": new_private_key(),
        }
    )
    async with serving(database, settings) as live:
        yield live


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.id)
async def test_old_state_and_events_make_the_new_state(
    operation: Operation, live: Live, make: Make
) -> None:
    # The client does what not even an administrator may do for others.
    scene = Scene(make, "admin" if operation.expected["admin"] < 400 else "client")
    marker = oldest_id()
    request = operation.request(scene)
    # Whatever it is about, there is something that it might change by the way.
    assert scene.slot_id
    assert operation.name in REMOVING or scene.appointment_id

    async def act() -> None:
        answer = await live.api.request(operation.method, user=scene.caller, **request)
        assert answer.is_success, answer.text

    told = await told_in_step(live, make, marker, act, ignoring=RENAMING.get(operation.name))
    tells = operation.name in MOVING_SLOTS or any(word in operation.template for word in TELLING)
    assert bool(told) == (tells and operation.id not in SILENT)


async def test_publishing_a_month_is_told_slot_by_slot(live: Live, make: Make) -> None:
    scene = Scene(make, "admin")
    marker = oldest_id()
    path = f"/providers/{scene.provider_id}"
    schedule = scene.schedule
    body = {"from": f"{soon(days=31):%Y-%m-%d}", "to": f"{soon(days=60):%Y-%m-%d}"}

    async def put() -> None:
        answer = await live.api.put(f"{path}/schedule", scene.admin, json=schedule)
        assert answer.status_code == 201, answer.text

    async def generate() -> None:
        answer = await live.api.post(f"{path}/slots/generate", scene.admin, json=body)
        assert answer.is_success, answer.text

    async def close() -> None:
        closed = {**schedule, "weekly": [], "version": 1}
        answer = await live.api.put(f"{path}/schedule", scene.admin, json=closed)
        assert answer.is_success, answer.text

    for act, least in ((put, 4 * 6), (generate, 4 * 6), (close, 8 * 6)):
        assert len(await told_in_step(live, make, marker, act)) >= least


@pytest.mark.parametrize("how", ["cancel", "reschedule"])
async def test_a_client_who_ends_the_edit_lock_of_staff(live: Live, make: Make, how: str) -> None:
    scene = Scene(make, "desk")
    marker = oldest_id()
    path = f"/appointments/{scene.locked_id}/{how}"
    body = {"reservationToken": scene.token} if how == "reschedule" else {}

    async def act() -> None:
        answer = await live.api.post(path, scene.client, json=body, key="new")
        assert answer.is_success, answer.text

    told = await told_in_step(live, make, marker, act)
    (ended,) = [data for event, data in told if event == "lock-released"]
    assert ended["reason"] == "ended_by_client"


@pytest.mark.parametrize("what", ["reservation", "edit lock", "orphan", "publishing"])
async def test_what_workers_do(live: Live, make: Make, db: Database, what: str) -> None:
    scene = Scene(make, "desk")
    marker = oldest_id()
    if what == "reservation":
        assert scene.reservation
        make.expire(scene.slot_id)
    elif what == "edit lock":
        make.db.execute(
            "UPDATE edit_locks SET expires_at = clock_timestamp() - interval '1 second' "
            "WHERE appointment_id = %s",
            [scene.locked_id],
        )
    elif what == "orphan":
        orphan = scene.appointment_id  # made while triggers fill in what it needs
        with make.db.transaction():
            make.db.execute("ALTER TABLE appointments DISABLE TRIGGER USER")
            make.db.execute(
                "UPDATE appointments SET status = 'cancelled', slot_id = NULL, fee_cents = 0, "
                "refund_cents = 0 WHERE id = %s",
                [orphan],
            )
            make.db.execute("ALTER TABLE appointments ENABLE TRIGGER USER")
    else:
        make.db.execute(
            "INSERT INTO schedules (provider_id, weekly, slot_minutes) VALUES (%s, %s, %s)",
            [scene.provider_id, Jsonb(scene.schedule["weekly"]), scene.schedule["slotMinutes"]],
        )

    async def act() -> None:
        assert await {
            "reservation": sweep_reservations,
            "edit lock": sweep_edit_locks,
            "orphan": OrphanSweep(),
            "publishing": SlotPublishing(),
        }[what](db)

    assert await told_in_step(live, make, marker, act)


async def test_a_move_to_another_provider_is_told_whole_to_that_one(live: Live, make: Make) -> None:
    """Whoever listens to the new provider only has never heard of the appointment."""
    scene = Scene(make, "admin")
    there = make.place(service_id=scene.service_id)
    new, former = make.operator(there.provider_id), scene.provider
    path = f"/appointments/{scene.appointment_id}"
    reserved = await live.api.reserve(
        scene.desk, there, make.slot(there, scene.start, minutes=60), userId=str(scene.client.id)
    )
    body = {"reservationToken": reserved.json()["reservationToken"]}
    async with live.listener(new) as listener, live.listener(former) as other:
        await listener.subscribe(f"provider.{there.provider_id}.bookings")
        await other.subscribe(f"provider.{scene.provider_id}.bookings")
        moved = await live.api.post(f"{path}/reschedule", scene.admin, json=body, key="new")
        assert moved.status_code == 200, moved.text
        told = await listener.until_told("booking.rescheduled")
        fresh = (await live.api.get(path, new)).json()
        assert told["updates"] == as_told(fresh)
        left = await other.until_told("booking.rescheduled")
        assert left["updates"]["providerId"] == str(there.provider_id)
        assert "userName" not in left["updates"], "only what changed"
        assert (await live.api.get(path, former)).status_code == 404


def oldest_id() -> UUID:
    """Not newer than any that is made from now on."""
    return UUID(int=new_id().int >> 80 << 80)


async def told_in_step(
    live: Live,
    make: Make,
    marker: UUID,
    act: Callable[[], Awaitable[None]],
    *,
    ignoring: str | None = None,
) -> list[Told]:
    """Fetch everything, do something, apply what was told of it, and compare with everything
    fetched again -> what was told.

    Args:
        marker: an id older than everything that this is about.
        ignoring: a field of appointments that may differ.
    """
    admin = make.admin()
    await all_relayed(make)
    before = Scope.since(make, marker)
    async with live.listener(admin, transports=["websocket"]) as listener:
        heads = {
            channel: (await listener.subscribe(channel))["sequence"] for channel in before.channels
        }
        state = await before.fetch(live.api, admin)
        await act()
        await all_relayed(make)
        # An appointment that is new is told of on its provider's channel, which we listen to.
        after = Scope.since(make, marker)
        rows = make.all("SELECT name, sequence FROM channels WHERE name = ANY(%s)", [*heads])
        for row in rows:
            if row["sequence"] > heads[row["name"]]:
                await listener.until_sequence(row["name"], row["sequence"])
        for event, data in listener.told:
            state.apply(event, data)
        fresh = await after.fetch(live.api, admin)
        assert without(state, ignoring) == without(fresh, ignoring)
        return listener.told


def without(state: State, field: str | None) -> State:
    """The state, but for a field of appointments."""
    appointments = {
        id: {name: value for name, value in known.items() if name != field}
        for id, known in state.appointments.items()
    }
    return replace(state, appointments=appointments)
