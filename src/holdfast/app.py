"""The wiring: one ASGI application out of settings and a database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from holdfast import __version__
from holdfast.appointments.routes import router as appointments_router
from holdfast.appointments.routes import user_router as user_appointments_router
from holdfast.appointments.routes_writes import accept_router
from holdfast.appointments.routes_writes import router as appointment_writes_router
from holdfast.config import Settings
from holdfast.edit_locks.routes import admin_router as locks_router
from holdfast.edit_locks.routes import router as edit_locks_router
from holdfast.http import docs, health, metrics, openapi, problem, spa
from holdfast.http.access_log import AccessLog
from holdfast.http.callers import Callers
from holdfast.http.context import Context
from holdfast.http.limits import BodyLimit
from holdfast.http.observe import Observe
from holdfast.http.security import Cors, SecurityHeaders
from holdfast.http.tokens import Tokens
from holdfast.kernel.db import Database
from holdfast.reservations.routes import router as reservations_router
from holdfast.slots.routes_availability import router as availability_router
from holdfast.slots.routes_slots import router as slots_router
from holdfast.workers.loop import Duty, duties_running

API_PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    availability_router,
    slots_router,
    reservations_router,
    appointments_router,
    appointment_writes_router,
    accept_router,
    user_appointments_router,
    edit_locks_router,
    locks_router,
)


# Beside the API: for people and machines that run it.
SITE_ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    docs.router,
    spa.router,
)


def create_app(settings: Settings, db: Database, *, duties: Sequence[Duty] = ()) -> FastAPI:
    """Build the application. `settings.secret_key` must be set; the database is opened by the
    application's lifespan, together with its background tasks.

    Args:
        duties: what this process does as a worker besides.
    """
    assert settings.secret_key is not None
    callers = Callers(db)
    context = Context(
        settings=settings,
        db=db,
        tokens=Tokens(settings.secret_key.get_secret_value()),
        callers=callers,
    )
    access_log = AccessLog(settings.log_format)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        followers = [
            asyncio.create_task(callers.follow_changes()),
            asyncio.create_task(metrics.follow_pool(db)),
        ]
        try:
            async with duties_running(duties, db):
                yield
        finally:
            for task in followers:
                task.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
            await db.close()
            access_log.flush()

    app = FastAPI(
        title="Holdfast",
        summary="An appointment server that never double-books.",
        version=__version__,
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.context = context
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    if settings.allowed_origins:
        app.add_middleware(Cors, origins=settings.allowed_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observe, access_log=access_log)
    problem.install(app)
    openapi.install(app)
    for router in SITE_ROUTERS:
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, prefix=API_PREFIX)
    return app
