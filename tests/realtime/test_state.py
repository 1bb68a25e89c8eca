"""For every operation of the API: old client state + received events = freshly fetched state."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from holdfast.config import Settings
from holdfast.kernel.ids import new_id
from tests.concurrency.support import eventually
from tests.contract.operations import ITS_STAFF, OPERATIONS, Operation
from tests.contract.scene import Scene
from tests.realtime.state import Scope
from tests.realtime.support import Live, Told, serving
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import SECRET_KEY, Make, soon

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


# A POST that only asks.
ASKING = "POST /pusher/auth"

# The contract's table has every operation of the API (a test there insists); a new one that writes
# is tried here without being named. These are more ways to call some.
WRITES = [
    *(operation for operation in OPERATIONS if not operation.is_read and operation.name != ASKING),
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
# What such a path writes is told; these write something that nobody listens to.
TELLING = ("appointment", "slot", "reservation", "lock")
SILENT = (
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
async def live(database: TestDatabase) -> AsyncIterator[Live]:
    settings = Settings.model_validate({"secret_key": SECRET_KEY, "rate_limit": "off"})
    async with serving(database, settings) as live:
        yield live


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.id)
async def test_old_state_and_events_make_the_new_state(
    operation: Operation, live: Live, make: Make
) -> None:
    scene = Scene(make, "admin")
    marker = oldest_id()
    request = operation.request(scene)
    told = await told_in_step(
        live,
        make,
        marker,
        lambda: live.api.request(operation.method, user=scene.admin, **request),
    )
    if any(word in operation.template for word in TELLING) and operation.id not in SILENT:
        assert told


async def test_publishing_a_month_is_told_slot_by_slot(live: Live, make: Make) -> None:
    scene = Scene(make, "admin")
    marker = oldest_id()
    path = f"/providers/{scene.provider_id}"
    schedule = scene.schedule
    put = await live.api.put(f"{path}/schedule", scene.admin, json=schedule)
    assert put.status_code == 201, put.text
    body = {"from": f"{soon():%Y-%m-%d}", "to": f"{soon(days=30):%Y-%m-%d}"}
    told = await told_in_step(
        live,
        make,
        marker,
        lambda: live.api.post(f"{path}/slots/generate", scene.admin, json=body),
    )
    assert len(told) >= 4 * 6


def oldest_id() -> UUID:
    """Not newer than any that is made from now on."""
    return UUID(int=new_id().int >> 80 << 80)


async def told_in_step(
    live: Live, make: Make, marker: UUID, act: Callable[[], Awaitable[httpx.Response]]
) -> list[Told]:
    """Fetch everything, do something, apply what was told of it, and compare with everything
    fetched again -> what was told.

    Args:
        marker: an id older than everything that this is about.
    """
    admin = make.admin()
    await relayed(make)
    before = Scope.since(make, marker)
    async with live.listener(admin, transports=["websocket"]) as listener:
        heads = {
            channel: (await listener.subscribe(channel))["sequence"] for channel in before.channels
        }
        state = await before.fetch(live.api, admin)
        answer = await act()
        assert answer.is_success, answer.text
        await relayed(make)
        # An appointment that is new is told of on its provider's channel, which we listen to.
        after = Scope.since(make, marker)
        rows = make.all("SELECT name, sequence FROM channels WHERE name = ANY(%s)", [*heads])
        for row in rows:
            if row["sequence"] > heads[row["name"]]:
                await listener.until_sequence(row["name"], row["sequence"])
        for event, data in listener.told:
            state.apply(event, data)
        assert state == await after.fetch(live.api, admin)
        return listener.told


async def relayed(make: Make) -> None:
    """Wait until the relay has put everything on its channels."""

    async def is_relayed() -> bool:
        return not make.one("SELECT count(*) AS n FROM outbox WHERE position IS NULL")["n"]

    await eventually(is_relayed, "the outbox is relayed")
