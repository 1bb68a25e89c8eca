"""The statements of a courier (docs/deliveries.md, "Claiming")."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import time as wall_time
from typing import Any
from uuid import UUID

from holdfast.deliveries.model import EXCERPT_CHARACTERS, Claimed, Outcome, Sender
from holdfast.kernel.db import Database, fetch_all, fetch_one
from holdfast.kernel.ids import new_id
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.deliveries")
COLUMNS = [field.name for field in fields(Claimed)]


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A delivery that this process may send, until its lease ends.

    worker: the claim's name, under which it is marked and settled; another claim of the same
        delivery, by this process or another one, has another name.
    began: when the event happened, on this process's monotonic clock.
    """

    delivery: Claimed
    worker: UUID
    began: float


@dataclass(frozen=True, slots=True)
class Claims:
    """What a claim brought: `untold` said nothing true any more, by channel and state."""

    claims: list[Claim]
    untold: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours of who set none, on the wall; equal times: there are none."""

    begins: wall_time = wall_time(0)
    ends: wall_time = wall_time(0)

    def parameters(self) -> dict[str, wall_time]:
        return {"quiet_from": self.begins, "quiet_to": self.ends}


async def claim(
    db: Database,
    sender: Sender,
    lease_seconds: float,
    limit: int,
    busy: Mapping[str, int],
    quiet: Quiet,
) -> Claims:
    """Take a few due deliveries of each open lane of a channel.

    Args:
        busy: how many are on their way in this process, by lane.
    Raises:
        Refusal: `unavailable`.
    """
    worker = new_id()
    parameters = {
        "worker": worker,
        "lease_seconds": lease_seconds,
        "limit": limit,
        "channels": [sender.channel],
        "rooms": [sender.lane_room],
        "busy_lanes": list(busy.keys()),
        "busy": list(busy.values()),
        **quiet.parameters(),
    }
    rows = await db.run(lambda c: fetch_all(c, QUERIES.claim, parameters))
    now = time.monotonic()
    claims = [
        Claim(Claimed(**{name: row[name] for name in COLUMNS}), worker, now - row["age_seconds"])
        for row in rows
        if row["state"] == "sending"
    ]
    untold = [(row["channel"], row["state"]) for row in rows if row["state"] != "sending"]
    return Claims(claims, untold)


async def mark(db: Database, claims: Sequence[Claim], quiet: Quiet) -> list[bool]:
    """Note that these are handed over now; whether each may be.

    Raises:
        Refusal: `unavailable`.
    """
    parameters = {**_named(claims), **quiet.parameters()}
    rows = await db.run(lambda c: fetch_all(c, QUERIES.mark, parameters))
    marked = {row["id"] for row in rows}
    return [claim.delivery.id in marked for claim in claims]


async def release(db: Database, claims: Sequence[Claim]) -> None:
    """Give back, without a try, what was claimed and certainly not handed over.

    Raises:
        Refusal: `unavailable`.
    """
    await db.run(lambda c: fetch_one(c, QUERIES.release, _named(claims)))


async def settle(db: Database, settled: Sequence[tuple[Claim, Outcome]]) -> None:
    """Write what became of tries.

    Raises:
        Refusal: `unavailable`.
    """
    outcomes = [outcome for _, outcome in settled]
    parameters = {
        **_named([claim for claim, _ in settled]),
        "results": [outcome.result for outcome in outcomes],
        "reasons": [outcome.reason for outcome in outcomes],
        "codes": [_storable(outcome.code) for outcome in outcomes],
        "excerpts": [_storable(outcome.excerpt) for outcome in outcomes],
        "retry_seconds": [outcome.retry_seconds for outcome in outcomes],
        "lane_faults": [outcome.is_lane_fault for outcome in outcomes],
        "receipt_ids": [_storable(outcome.receipt_id) for outcome in outcomes],
    }
    await db.run(lambda c: fetch_one(c, QUERIES.settle, parameters))


def _named(claims: Sequence[Claim]) -> dict[str, Any]:
    return {
        "workers": [claim.worker for claim in claims],
        "ids": [claim.delivery.id for claim in claims],
    }


def _storable(text: str | None) -> str | None:
    """What the other side said, as PostgreSQL can keep it."""
    if not text:
        return None
    text = text[:EXCERPT_CHARACTERS].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.encode(errors="replace").decode()
