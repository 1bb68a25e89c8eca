"""Two operations on one slot or appointment, really at the same time: the first holds its locks in
an open transaction, the second is started and seen waiting in `pg_stat_activity`, then the first
commits.

`python -m tests.concurrency.pairs` prints the table of docs/concurrency.md anew.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from holdfast.kernel.ids import new_id
from tests.support.make import Make, Place, User, soon

DEADLINE_SECONDS = 20.0
NO_CONDITION = Jsonb({})
VERSION_1 = Jsonb({"required": True, "version": 1})


@dataclass
class Scene:
    """What the two operations act upon."""

    place: Place
    start: datetime
    slot_id: UUID
    owner: User  # of the reservation and of the appointment
    other: User
    staff: User
    reservation_id: UUID  # on the slot (`held`), or on the free one beside it
    appointment_id: UUID  # in the slot (`booked`), or elsewhere
    request_id: UUID  # a waiting request for the slot's time


def _reserve(make: Make, user: User, place: Place, slot_id: UUID) -> UUID:
    reservation_id = new_id()
    row = make.one(
        "SELECT outcome FROM reserve_slot(%s, %s, %s, %s, %s, %s, 120, 3)",
        user.actor.as_parameter(),
        reservation_id,
        slot_id,
        place.provider_id,
        place.service_id,
        user.id,
    )
    assert row["outcome"] == "reserved"
    return reservation_id


def build(make: Make, state: str) -> Scene:
    """A scene whose slot is free, held or booked."""
    place, owner, other, staff = make.place(), make.client(), make.client(), make.admin()
    start = soon(days=3)
    slot_id, beside, elsewhere = make.slots(place, 3, start)
    # A client by itself: nobody has two appointments at one time.
    request_id, asking = new_id(), make.client()
    asked = make.one(
        "SELECT outcome FROM book_directly(%s, %s, %s, %s, %s, NULL, %s, NULL, 'normal', NULL, "
        "'request')",
        asking.actor.as_parameter(),
        request_id,
        asking.id,
        make.place(service_id=place.service_id).provider_id,
        place.service_id,
        start,
    )
    assert asked["outcome"] == "requested"
    make.db.execute(
        "UPDATE appointments SET provider_id = %s WHERE id = %s", [place.provider_id, request_id]
    )
    appointment_id = make.appointment(owner, place, slot_id if state == "booked" else elsewhere)
    reservation_id = _reserve(make, owner, place, slot_id if state == "held" else beside)
    return Scene(
        place, start, slot_id, owner, other, staff, reservation_id, appointment_id, request_id
    )


Operation = Callable[[Connection[DictRow], Scene], str]


def _outcome(connection: Connection[DictRow], query: str, *parameters: object) -> str:
    row = connection.execute(query, parameters).fetchone()  # pyright: ignore[reportArgumentType]
    assert row is not None
    return row["outcome"]


def reserve(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM reserve_slot(%s, %s, %s, %s, %s, %s, 120, 3)",
        scene.other.actor.as_parameter(),
        new_id(),
        scene.slot_id,
        scene.place.provider_id,
        scene.place.service_id,
        scene.other.id,
    )


def book(connection: Connection[DictRow], scene: Scene) -> str:
    """Through the reservation where the slot is held, else directly."""
    row = connection.execute(
        "SELECT slot_id FROM reservations WHERE id = %s", [scene.reservation_id]
    ).fetchone()
    assert row is not None
    if row["slot_id"] == scene.slot_id:
        return _outcome(
            connection,
            "SELECT outcome FROM book_reservation(%s, %s, %s, 'normal', NULL)",
            scene.owner.actor.as_parameter(),
            new_id(),
            scene.reservation_id,
        )
    return _outcome(
        connection,
        "SELECT outcome FROM book_directly(%s, %s, %s, %s, %s, NULL, %s, NULL, 'normal', NULL, "
        "'fail')",
        scene.other.actor.as_parameter(),
        new_id(),
        scene.other.id,
        scene.place.provider_id,
        scene.place.service_id,
        scene.start,
    )


def release(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM release_reservation(%s, %s)",
        scene.owner.actor.as_parameter(),
        scene.reservation_id,
    )


def extend(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM extend_reservation(%s, %s, 2)",
        scene.owner.actor.as_parameter(),
        scene.reservation_id,
    )


def reschedule(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM reschedule_appointment(%s, %s, %s, %s, NULL, NULL)",
        scene.owner.actor.as_parameter(),
        scene.appointment_id,
        scene.reservation_id,
        NO_CONDITION,
    )


def cancel(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM cancel_appointment(%s, %s, %s, NULL, NULL, false)",
        scene.owner.actor.as_parameter(),
        scene.appointment_id,
        NO_CONDITION,
    )


def accept(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM accept_appointment(%s, %s, %s, %s, NULL, NULL)",
        scene.staff.actor.as_parameter(),
        scene.slot_id,
        scene.request_id,
        NO_CONDITION,
    )


def block(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM change_slot(%s, %s, %s, NULL, NULL, 'blocked', NULL)",
        scene.staff.actor.as_parameter(),
        scene.slot_id,
        NO_CONDITION,
    )


def delete_slot(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM delete_slot(%s, %s, %s, NULL)",
        scene.staff.actor.as_parameter(),
        scene.slot_id,
        NO_CONDITION,
    )


def delete(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM delete_appointment(%s, %s, %s, NULL, NULL)",
        scene.staff.actor.as_parameter(),
        scene.appointment_id,
        VERSION_1,
    )


def edit(connection: Connection[DictRow], scene: Scene) -> str:
    return _outcome(
        connection,
        "SELECT outcome FROM edit_appointment(%s, %s, %s, NULL, NULL, %s, 'own')",
        scene.owner.actor.as_parameter(),
        scene.appointment_id,
        VERSION_1,
        Jsonb({"notes": f"edited {new_id()}"}),
    )


OPERATIONS: dict[str, Operation] = {
    "reserve": reserve,
    "book": book,
    "release": release,
    "extend": extend,
    "reschedule": reschedule,
    "cancel": cancel,
    "accept": accept,
    "block": block,
    "delete slot": delete_slot,
    "delete": delete,
    "edit": edit,
}

# Which operations can meet on the slot (or on the appointment in it).
STATES: dict[str, tuple[str, ...]] = {
    "free": ("reserve", "book", "accept", "block", "delete slot"),
    "held": (
        "reserve",
        "book",
        "release",
        "extend",
        "reschedule",
        "accept",
        "block",
        "delete slot",
    ),
    "booked": (
        "reserve",
        "book",
        "reschedule",
        "cancel",
        "accept",
        "block",
        "delete slot",
        "delete",
        "edit",
    ),
}


@dataclass(frozen=True)
class Result:
    """What became of the two."""

    first: str
    second: str
    second_waited: bool


def run_pair(make: Make, owner_url: str, state: str, first: str, second: str) -> Result:
    """Run `first`, then `second` while `first` has not committed."""
    scene = build(make, state)
    outcome: list[str] = []
    with (
        Connection[DictRow].connect(owner_url, row_factory=dict_row) as one,
        Connection[DictRow].connect(owner_url, row_factory=dict_row) as two,
    ):
        first_outcome = OPERATIONS[first](one, scene)

        def run_second() -> None:
            outcome.append(OPERATIONS[second](two, scene))
            two.commit()

        thread = threading.Thread(target=run_second)
        thread.start()
        waited = waits(make, two.info.backend_pid, thread)
        one.commit()
        thread.join(DEADLINE_SECONDS)
        assert outcome, "the second operation did not end"
    return Result(first_outcome, outcome[0], waited)


def waits(make: Make, pid: int, thread: threading.Thread) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while thread.is_alive():
        row = make.one("SELECT wait_event_type AS type FROM pg_stat_activity WHERE pid = %s", pid)
        if row["type"] == "Lock":
            return True
        assert time.monotonic() < deadline, "neither waiting nor done"
    return False


def table(make: Make, owner_url: str) -> str:
    """The rows of docs/concurrency.md."""
    lines = [
        "| slot | first | its outcome | second | waits | its outcome |",
        "|---|---|---|---|---|---|",
    ]
    for state, names in STATES.items():
        for first in names:
            for second in names:
                result = run_pair(make, owner_url, state, first, second)
                lines.append(
                    f"| {state} | {first} | {result.first} | {second} | "
                    f"{'yes' if result.second_waited else 'no'} | {result.second} |"
                )
    return "\n".join(lines)


if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    from holdfast.kernel.embedded import EmbeddedPostgres
    from tests.support.cluster import FAST, Cluster

    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "data", settings=FAST) as postgres,
        Cluster(postgres).database() as database,
    ):
        print(table(Make(database.owner_url), database.owner_url))
