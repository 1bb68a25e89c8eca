"""What this worker sends: the delivery engine with a sender for each channel that is set up."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

from holdfast.calendars.busy.sync import PASS_CONNECTIONS, CalendarSync
from holdfast.calendars.busy.sync import POLL_SECONDS as SYNC_POLL_SECONDS
from holdfast.channels.caldav.sender import CalendarSender
from holdfast.channels.webhooks.sender import WebhookSender
from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.engine import Engine, Plan
from holdfast.deliveries.model import Sender
from holdfast.deliveries.outbound import Outbound
from holdfast.deliveries.steering import configured_channels
from holdfast.events.kafka.publisher import Publisher
from holdfast.kernel.db import Database
from holdfast.kernel.loops import running
from holdfast.notifications.reminders import REMINDER_SECONDS, plan_reminders
from holdfast.workers.duty import duty


@asynccontextmanager
async def deliveries_running(settings: Settings, db: Database) -> AsyncIterator[None]:
    """Plan and send as long as the block lasts, unless `HOLDFAST_DELIVERY` is off."""
    if settings.delivery == "off":
        yield
        return
    outbound = Outbound(Guard(settings.outbound_allow))
    available = senders(settings, db, outbound)
    quiet_from, quiet_to = settings.quiet_from_to
    plan = Plan(
        channels=tuple(sender.channel for sender in available),
        delay_seconds=settings.notify_delay_seconds,
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        sms_repeats=settings.sms_uncertain == "retry",
    )
    plan_due = partial(plan_reminders, plan, settings.reminders)
    remind = duty("reminders", REMINDER_SECONDS, plan_due, db)
    sync = CalendarSync(settings, outbound)
    read = duty("calendar_sync", SYNC_POLL_SECONDS, sync, db, PASS_CONNECTIONS)
    engine = Engine(db, available, plan, kafka=settings.kafka)
    try:
        async with (
            publisher_running(settings, db),
            engine.running(),
            running(remind, read),
        ):
            yield
    finally:
        await outbound.close()


def publisher_running(settings: Settings, db: Database) -> AbstractAsyncContextManager[None]:
    """Give the log to Kafka as long as the block lasts, where there is one."""
    if settings.kafka is None:
        return nullcontext()
    return Publisher(db, settings.kafka, settings.base_url).running()


def senders(settings: Settings, db: Database, outbound: Outbound) -> list[Sender]:
    """A sender for each channel that is set up."""
    channels = configured_channels(settings)
    found: list[Sender] = [
        WebhookSender(settings, db, outbound),
        CalendarSender(settings, db, outbound),
    ]
    if "email" in channels:
        from holdfast.channels.email.send import EmailSender  # its libraries are for who sends mail

        found.append(EmailSender(settings, db))
    if "sms" in channels:
        from holdfast.channels.sms.sender import SmsSender

        found.append(SmsSender(settings, db, outbound))
    if "push" in channels:
        from holdfast.channels.push.sender import PushSender

        found.append(PushSender(settings, db, outbound))
    return found
