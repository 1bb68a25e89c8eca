"""`/health`, `/health/live`, `/health/ready` (SPEC §9): for people, supervisors and balancers."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fastapi import APIRouter, Response

from holdfast import __version__
from holdfast.http.context import InContext
from holdfast.http.wire import json_response
from holdfast.kernel.db import Database, Row, fetch_all, fetch_one
from holdfast.kernel.errors import Refusal
from holdfast.kernel.loops import Heartbeat, heartbeats
from holdfast.kernel.schema_files import RELEASE, migrations, replaceable
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.http", "health.sql")
ANSWER_SECONDS = 2.0
# An event that waits longer for Kafka, or for who plans from it, is worth a word.
BEHIND_SECONDS = 5.0

router = APIRouter(include_in_schema=False)


@router.get("/health/live")
async def live() -> Response:
    """The process runs and its loop turns."""
    return _answer({"status": "alive"})


@router.get("/health/ready")
async def ready(context: InContext) -> Response:
    """The database can be reached, has every migration that this version needs and is at most one
    release ahead of it, and no loop of this process is stuck. One that fails is shown."""
    rows = await _applied_scripts(context.db)
    if rows is None:
        return _unavailable({"status": "unready", "reason": "The database cannot be reached."})
    release = rows[0]["release"] if rows else None
    if release is not None and release > RELEASE + 1:
        reason = f"The database is of release {release}, and this server of release {RELEASE}."
        return _unavailable({"status": "unready", "reason": reason})
    missing = sorted(_needed_scripts() - {row["name"] for row in rows})
    if missing:
        return _unavailable(
            {"status": "unready", "reason": "The database is not up to date.", "missing": missing}
        )
    beats = heartbeats()
    if stuck := [beat.name for beat in beats if beat.is_stuck]:
        reason = f"A pass of {', '.join(stuck)} takes longer than it ever should."
        return _unavailable({"status": "unready", "reason": reason, "loops": _loops(beats)})
    return _answer({"status": "ready", "loops": _loops(beats)})


@router.get("/health")
async def health(context: InContext) -> Response:
    """How it stands, for a person or a monitor."""
    connected = await _applied_scripts(context.db) is not None
    body = {
        "status": "healthy" if connected else "unhealthy",
        "timestamp": datetime.now(UTC),
        "database": "connected" if connected else "disconnected",
        "websocket": "active" if context.is_live() else "inactive",
        "version": __version__,
    }
    if context.settings.kafka is not None:
        body["kafka"] = await _kafka(context.db) if connected else "unknown"
    return _answer(body) if connected else _unavailable(body)


def _loops(beats: Sequence[Heartbeat]) -> list[dict[str, Any]]:
    return [
        {"name": beat.name, "lastPass": beat.last_pass, "failures": beat.failures}
        for beat in sorted(beats, key=lambda beat: beat.name)
    ]


def _answer(body: dict[str, Any]) -> Response:
    return json_response(body, headers={"Cache-Control": "no-store"})


def _unavailable(body: dict[str, Any]) -> Response:
    headers = {"Cache-Control": "no-store", "Retry-After": "1"}
    return json_response(body, 503, headers)


@cache
def _needed_scripts() -> frozenset[str]:
    # Names only: while servers are replaced one by one, a newer one may have changed functions.
    return frozenset(script.name for script in [*migrations(), *replaceable()])


async def _applied_scripts(db: Database) -> list[Row] | None:
    """The applied migrations; None when the database does not answer in time."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await db.run(lambda connection: fetch_all(connection, QUERIES.applied_scripts))
    except (Refusal, TimeoutError):
        return None


async def _kafka(db: Database) -> str:
    """Whether events wait: `behind` or `caught_up`."""
    parameters = {"seconds": BEHIND_SECONDS}
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            row = await db.run(
                lambda connection: fetch_one(connection, QUERIES.bus_lag, parameters)
            )
    except (Refusal, TimeoutError):
        return "unknown"
    return "behind" if row and row["is_behind"] else "caught_up"
