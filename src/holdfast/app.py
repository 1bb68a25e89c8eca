"""The wiring: one ASGI application out of settings and a database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress

from fastapi import APIRouter, FastAPI
from starlette.types import Scope

from holdfast import __version__
from holdfast.accounts.action_notes import ActionNotes
from holdfast.accounts.actions import ActionLog
from holdfast.accounts.parts import Accounts
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.resets import ResetMails
from holdfast.accounts.routes import routers as accounts_routers
from holdfast.appointments.gathered import AppointmentWrites
from holdfast.appointments.gathered_looks import AppointmentLooks
from holdfast.appointments.routes import router as appointments_router
from holdfast.appointments.routes import user_router as user_appointments_router
from holdfast.appointments.routes_around import router as around_appointments_router
from holdfast.appointments.routes_lists import router as appointment_lists_router
from holdfast.appointments.routes_shares import public_router as shared_router
from holdfast.appointments.routes_shares import router as shares_router
from holdfast.appointments.routes_writes import accept_router
from holdfast.appointments.routes_writes import router as appointment_writes_router
from holdfast.calendars.busy.routes import routers as busy_routers
from holdfast.catalogue.routes_facilities import router as facilities_router
from holdfast.catalogue.routes_providers import router as providers_router
from holdfast.catalogue.routes_schedule import router as schedule_router
from holdfast.catalogue.routes_services import router as services_router
from holdfast.channels.caldav.preview import CalendarPreview
from holdfast.channels.caldav.routes import routers as calendar_connection_routers
from holdfast.channels.feeds.routes import routers as feeds_routers
from holdfast.channels.phones.routes import routers as phones_routers
from holdfast.channels.push.routes import routers as push_routers
from holdfast.channels.push.vapid import vapid_of
from holdfast.channels.webhooks.preview import WebhookPreview
from holdfast.channels.webhooks.routes import routers as webhook_routers
from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Outbound
from holdfast.deliveries.preview import Previews
from holdfast.deliveries.routes import routers as deliveries_routers
from holdfast.edit_locks.gathered import EditLocks
from holdfast.edit_locks.routes import admin_router as locks_router
from holdfast.edit_locks.routes import router as edit_locks_router
from holdfast.events.relay import Relay
from holdfast.http import docs, health, metrics, openapi, problem, spa
from holdfast.http.access_log import AccessLog
from holdfast.http.addresses import ProxyWarning
from holdfast.http.application import Application
from holdfast.http.auth import session_cookie
from holdfast.http.callers import Callers
from holdfast.http.context import Context
from holdfast.http.direct import Table
from holdfast.http.frame import Frame
from holdfast.http.idempotency import SEAL_PURPOSE as KEPT_ANSWERS
from holdfast.http.observe import Observer
from holdfast.http.sealing import seal_of
from holdfast.http.security import HTTPS_HEADERS, Cors
from holdfast.http.tokens import Tokens
from holdfast.http.write_limits import WriteLimits
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from holdfast.kernel.loops import Loop, running
from holdfast.notifications.manage import router as manage_router
from holdfast.notifications.message.preview import message_preview
from holdfast.notifications.settings import router as notification_settings_router
from holdfast.notifications.templates.routes import routers as message_template_routers
from holdfast.notifications.try_out import router as test_message_router
from holdfast.notifications.unsubscribe import router as unsubscribe_router
from holdfast.oversight.routes import analytics_router, audit_router
from holdfast.pusher.bridge import Bridge
from holdfast.pusher.routes import router as pusher_router
from holdfast.pusher.service import Service
from holdfast.realtime.access import Access
from holdfast.realtime.neighbours import Neighbours
from holdfast.realtime.server import Realtime
from holdfast.reservations.gathered import Reserves
from holdfast.reservations.operations import idle_limit
from holdfast.reservations.routes import router as reservations_router
from holdfast.slots.gathered import AvailabilityLooks
from holdfast.slots.routes_availability import router as availability_router
from holdfast.slots.routes_slots import router as slots_router
from holdfast.verify.routes import router as integrity_router
from holdfast.workers.outgoing import deliveries_running

API_PREFIX = "/api/v1"

ROUTERS: tuple[APIRouter, ...] = (
    *accounts_routers,
    facilities_router,
    services_router,
    providers_router,
    schedule_router,
    availability_router,
    slots_router,
    reservations_router,
    appointments_router,
    appointment_lists_router,
    appointment_writes_router,
    around_appointments_router,
    shares_router,
    shared_router,
    accept_router,
    user_appointments_router,
    edit_locks_router,
    locks_router,
    notification_settings_router,
    test_message_router,
    manage_router,
    audit_router,
    analytics_router,
    integrity_router,
    pusher_router,
    *webhook_routers,
    *calendar_connection_routers,
    *deliveries_routers,
    *message_template_routers,
    *phones_routers,
    *push_routers,
    *feeds_routers,
    *busy_routers,
)
TABLE = Table(ROUTERS, API_PREFIX)

# Beside the API: for people and machines that run it.
SITE_ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    docs.router,
    unsubscribe_router,
)


def previews(settings: Settings, db: Database) -> Previews:
    """How each channel shows what a delivery says."""
    message = message_preview(db, settings)
    return {
        "email": message,
        "sms": message,
        "push": message,
        "webhook": WebhookPreview(settings, db),
        "caldav": CalendarPreview(db),
    }


def create_app(
    settings: Settings,
    db: Database,
    *,
    duties: Sequence[Loop] = (),
    neighbours: Neighbours | None = None,
) -> Application:
    """Build the application. `settings.secret_key` must be set; the database is opened by the
    application's lifespan, together with its background tasks.

    Args:
        duties: what this process does as a worker besides.
        neighbours: the way to the other processes of this server, where there are some.
    """
    assert settings.secret_key is not None
    secret_key = settings.secret_key.get_secret_value()
    tokens = Tokens(secret_key)
    callers = Callers(db)
    accounts = Accounts(PasswordHasher(), ResetMails(settings), ActionLog(db))
    notes = ActionNotes(accounts.actions)
    relay = Relay(db)
    pusher = Service(settings.pusher_url.get_secret_value()) if settings.pusher_url else None
    realtime = Realtime(
        settings, db, Access(db, callers, tokens, session_cookie(settings)), relay, neighbours
    )
    outbound = Outbound(Guard(settings.outbound_allow))
    access_log = AccessLog(settings.log_format)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        try:
            async with (
                running(
                    callers.loop,
                    metrics.pool_loop(db),
                    accounts.actions.loop,
                    relay.loop,
                    *([Bridge(db, pusher).loop] if pusher else ()),
                ),
                realtime.running(),
                running(*duties),
                deliveries_running(settings, db) if duties else nullcontext(),
            ):
                yield
            with suppress(Refusal):  # the database may be away already
                await accounts.actions.flush()
        finally:
            accounts.passwords.close()
            await outbound.close()
            await db.close()
            access_log.flush()

    app = Application(
        title="Holdfast",
        summary="An appointment server that never double-books.",
        version=__version__,
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.context = Context(
        settings=settings,
        db=db,
        tokens=tokens,
        kept_answers=seal_of(settings, KEPT_ANSWERS),
        callers=callers,
        proxy_warning=ProxyWarning(settings),
        is_live=lambda: realtime.is_running,
    )
    app.state.write_limits = WriteLimits() if settings.limits_requests else None
    app.state.pusher = pusher
    app.state.outbound = outbound
    app.state.vapid = vapid_of(settings)
    app.state.previews = previews(settings, db)
    app.state.on_stop = realtime.stop
    app.state.accounts = accounts
    gathers = settings.gather == "on"
    app.state.availability_looks = AvailabilityLooks(db, gathers=gathers)
    app.state.reserves = Reserves(
        db,
        ttl_seconds=settings.reservation_ttl_seconds,
        idle_limit=idle_limit(limits_requests=settings.limits_requests),
        gathers=gathers,
    )
    app.state.appointment_looks = AppointmentLooks(db, gathers=gathers)
    app.state.appointment_writes = AppointmentWrites(db, gathers=gathers)
    app.state.edit_locks = EditLocks(
        db, ttl_seconds=settings.edit_lock_ttl_seconds, gathers=gathers
    )
    problem.install(app)
    openapi.install(app)
    app.mount("/socket.io", realtime.asgi())
    for router in SITE_ROUTERS:
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, prefix=API_PREFIX)
    app.router.routes.append(spa.WebApp(spa.built_files()))

    slots_only = f"{API_PREFIX}{reservations_router.prefix}"

    def on_write(scope: Scope, status: int) -> None:
        notes.note(scope, status)
        # A reserve changes timeslots only, which are flushed ten times a second, and so often does
        # the relay look by itself: a rush of them must not make a pass each.
        if status < 300 and not scope["path"].startswith(slots_only):
            relay.nudge()

    observer = Observer(TABLE.templates(), access_log)
    more_headers = HTTPS_HEADERS if settings.is_https else ()
    app.front = Frame(TABLE, app.framework, observer, on_write, more_headers)
    if settings.allowed_origins:
        app.front = Cors(app.front, settings.allowed_origins)
    return app
