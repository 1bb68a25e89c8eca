"""All that can be measured, in the order in which it is."""

from collections.abc import Callable

from bench import (
    deliveries,
    edit_locks,
    expiry,
    feeds,
    growth,
    kafka,
    mail,
    memory,
    pairs,
    realtime,
    reserve,
    roundtrip,
    start,
    switched_on,
    webhooks,
)
from bench.context import Bench
from bench.found import Found

SUBJECTS: dict[str, Callable[[Bench], Found]] = {
    "roundtrip": roundtrip.run,
    "reserve": reserve.run,
    "hot": reserve.run_hot,
    "operations": pairs.run,
    "edit-locks": edit_locks.run,
    "realtime": realtime.run,
    "expiry": expiry.run,
    "mail": mail.run,
    "webhooks": webhooks.run,
    "switched-on": switched_on.run,
    "feeds": feeds.run,
    "memory": memory.run,
    "start": start.run,
    "growth": growth.run,
    "deliveries": deliveries.run,
    "kafka": kafka.run,
}
