"""The wiring: one ASGI application out of settings and a database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI

from holdfast import __version__
from holdfast.appointments.routes import router as appointments_router
from holdfast.appointments.routes import user_router as user_appointments_router
from holdfast.appointments.routes_writes import accept_router
from holdfast.appointments.routes_writes import router as appointment_writes_router
from holdfast.config import Settings
from holdfast.http import openapi, problem
from holdfast.http.callers import Callers
from holdfast.http.context import Context
from holdfast.http.health import router as health_router
from holdfast.http.limits import BodyLimit
from holdfast.http.tokens import Tokens
from holdfast.kernel.db import Database
from holdfast.reservations.routes import router as reservations_router
from holdfast.slots.routes_availability import router as availability_router
from holdfast.slots.routes_slots import router as slots_router

API_PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    availability_router,
    slots_router,
    reservations_router,
    appointments_router,
    appointment_writes_router,
    accept_router,
    user_appointments_router,
)


def create_app(settings: Settings, db: Database) -> FastAPI:
    """Build the application. `settings.secret_key` must be set; the database is opened by the
    application's lifespan, together with its background tasks."""
    assert settings.secret_key is not None
    callers = Callers(db)
    context = Context(
        settings=settings,
        db=db,
        tokens=Tokens(settings.secret_key.get_secret_value()),
        callers=callers,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        tasks = [asyncio.create_task(callers.follow_changes())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await db.close()

    app = FastAPI(
        title="Holdfast",
        summary="An appointment server that never double-books.",
        version=__version__,
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url="/api/docs",
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.context = context
    app.add_middleware(BodyLimit)
    problem.install(app)
    openapi.install(app)
    app.include_router(health_router)
    for router in ROUTERS:
        app.include_router(router, prefix=API_PREFIX)
    return app
