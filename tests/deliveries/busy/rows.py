"""Connections, what is read of their calendars, and what became of slots, without a server."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from holdfast.calendars.busy import store
from holdfast.calendars.busy.follow import follow
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from tests.support.make import Make, Place

Span = tuple[datetime, datetime]
URL = "https://calendars.test/ada/visits/"


def connect(make: Make, place: Place, *, busy: bool = True, url: str = URL) -> UUID:
    """A connection of the provider that is due."""
    connection_id = new_id()
    make.db.execute(
        "INSERT INTO calendar_connections (id, provider_id, url, username, password_sealed, push, "
        "busy) VALUES (%s, %s, %s, 'ada', 'x', false, %s)",
        [connection_id, place.provider_id, url, busy],
    )
    return connection_id


async def claimed(db: Database, limit: int = 10, *, lease_seconds: float = 60) -> dict[UUID, UUID]:
    """The leases of the connections that are due."""
    lease = new_id()
    rows = await db.run(
        lambda connection: store.claim(
            connection,
            lease,
            lease_seconds=lease_seconds,
            interval_seconds=300,
            limit=limit,
        )
    )
    return {row["connection_id"]: lease for row in rows}


async def read(
    db: Database,
    make: Make,
    connection_id: UUID,
    spans: Mapping[str, Sequence[Span]],
    *,
    lease: UUID | None = None,
    **more: Any,
) -> str:
    """What is said of a read that found these objects, after which nothing is followed yet.

    Args:
        lease: of a claim before; without one it is claimed now.
        more: fields of `store.Read`; `gone` and `unreadable` as names.
    """
    if lease is None:
        make.db.execute(
            "UPDATE calendar_connections "
            "SET next_sync_at = now() + CASE WHEN id = %s THEN interval '0' ELSE '1 hour' END",
            [connection_id],
        )
        lease = (await claimed(db))[connection_id]

    def ids(names: Sequence[str]) -> list[UUID]:
        return [uuid5(connection_id, name) for name in names]

    found = store.Read(
        url=URL,
        is_full=more.get("is_full", True),
        token=more.get("token", "token"),
        timezone="Europe/Berlin",
        until=datetime.now(UTC) + timedelta(days=62),
        times={
            uuid5(connection_id, name): [(int(a.timestamp()), int(b.timestamp())) for a, b in some]
            for name, some in spans.items()
        },
        unreadable=ids(more.get("unreadable", ())),
        gone=ids(more.get("gone", ())),
    )
    return await db.run(
        lambda connection: store.put(connection, connection_id, lease, found, doubt_seconds=15)
    )


async def imported(
    db: Database, make: Make, connection_id: UUID, *spans: Span, **more: Any
) -> tuple[str, int]:
    """Reads these busy times, each of an object of its own, and lets the slots follow: what was
    said of the read, and how many slots were changed."""
    objects = {str(number): [span] for number, span in enumerate(spans)}
    outcome = await read(db, make, connection_id, objects, **more)
    row = make.one("SELECT provider_id FROM calendar_connections WHERE id = %s", connection_id)
    return outcome, await follow(db, row["provider_id"])


def status(make: Make, slot_id: UUID) -> str:
    return make.one("SELECT status::text FROM slots WHERE id = %s", slot_id)["status"]


def last_entry(make: Make, slot_id: UUID) -> tuple[str, str, str | None, str | None]:
    """Action, actor's type, reason and event status of the slot's last change."""
    row = make.one(
        "SELECT e.action, e.actor_type, e.reason, ("
        "  SELECT o.payload ->> 'status' FROM outbox AS o "
        "  WHERE o.payload ->> 'timeslotId' = e.slot_id::text ORDER BY o.id DESC LIMIT 1) AS told "
        "FROM slot_audit AS e WHERE e.slot_id = %s ORDER BY e.version DESC LIMIT 1",
        slot_id,
    )
    return row["action"], row["actor_type"], row["reason"], row["told"]


def written(make: Make) -> list[Any]:
    """All that an import may write, but for its own book-keeping."""
    return [
        make.all("SELECT * FROM slots ORDER BY id"),
        make.one("SELECT count(*) AS slot_audit FROM slot_audit"),
        make.one("SELECT count(*) AS outbox FROM outbox"),
        make.all("SELECT *, xmin::text AS tx FROM busy_times ORDER BY 1, 2, 4"),
        make.all("SELECT *, xmin::text AS tx FROM busy_blocks ORDER BY 1"),
        make.all("SELECT * FROM busy_marks"),
    ]
