"""`/metrics` in Prometheus' text format, for all processes of this server (SPEC §9)."""

import asyncio
import os

from fastapi import APIRouter, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)

from holdfast.http.context import InContext
from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from holdfast.kernel.loops import Loop

POOL_SECONDS = 5.0

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics_page(context: InContext) -> Response:
    """The numbers of this moment (other processes' pools: of some seconds ago)."""
    count_pool(context.db)
    # In a thread: with several processes it reads a file for each of them.
    return Response(await asyncio.to_thread(_render), media_type=CONTENT_TYPE_LATEST)


def _render() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


def pool_loop(db: Database) -> Loop:
    """Keeps the numbers of the connection pool up to date."""

    async def step() -> None:
        count_pool(db)

    return Loop("pool_numbers", step, rest_seconds=POOL_SECONDS)


def count_pool(db: Database) -> None:
    """Take over what the pool has counted since the last time."""
    stats = db.pool.pop_stats()
    metrics.POOL_SIZE.set(stats["pool_size"])
    metrics.POOL_IDLE.set(stats["pool_available"])
    metrics.POOL_WAITING.set(stats["requests_waiting"])
    for kind in ("requests_errors", "connections_errors", "connections_lost"):
        metrics.POOL_ERRORS.labels(kind).inc(stats.get(kind, 0))
