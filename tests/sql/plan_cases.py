"""Which calls there are of every statement, and which statements need none."""

from tests.sql.calls import Case
from tests.sql.calls_core import APPOINTMENTS, AROUND, LISTS, RESERVATIONS
from tests.sql.calls_deliveries import DELIVERIES
from tests.sql.calls_feeds import FEEDS
from tests.sql.calls_find import FIND
from tests.sql.calls_integrity import OVERSIGHT
from tests.sql.calls_messages import MAIL, MESSAGES
from tests.sql.calls_rest import (
    ACCOUNTS,
    EDIT_LOCKS,
    EVENTS,
    HTTP,
    PUSHER,
    REALTIME,
    WORKERS,
)
from tests.sql.calls_slots import SLOT_CASES

_YOUNG = "walks the log as far as it is young"

CASES: dict[str, dict[str, Case]] = {
    "appointments/queries.sql": APPOINTMENTS,
    "appointments/queries_lists.sql": LISTS,
    "appointments/queries_around.sql": AROUND,
    "slots/queries.sql": SLOT_CASES,
    "reservations/queries.sql": RESERVATIONS,
    "http/queries.sql": HTTP,
    "edit_locks/queries.sql": EDIT_LOCKS,
    "events/queries.sql": EVENTS,
    "realtime/queries.sql": REALTIME,
    "workers/queries.sql": WORKERS,
    "accounts/queries.sql": ACCOUNTS,
    "accounts/queries_find.sql": FIND,
    "pusher/queries.sql": PUSHER,
    "oversight/queries.sql": OVERSIGHT,
    "deliveries/find.sql": DELIVERIES,
    "notifications/message/queries.sql": MESSAGES,
    "channels/email/queries.sql": MAIL,
    "channels/feeds/queries.sql": FEEDS,
}
# Statements that read more than they need, and why. They have to be looked at again when one of
# them does not any more.
WASTEFUL: dict[str, str] = {
    "workers/queries.sql prune_channel_events": _YOUNG,
}
# Why the statements of a file need not be bounded by what they return.
EXEMPT = {
    "catalogue/queries.sql": "tables of some hundred rows; a removal looks at all that is to come",
    "verify/queries.sql": "reads everything, as is its duty; in parts: calls_integrity.py",
    "verify/queries_busy.sql": "as verify/queries.sql",
    "verify/queries_deliveries.sql": "as verify/queries.sql",
    "verify/queries_fees.sql": "as verify/queries.sql",
    "verify/queries_guards.sql": "reads the catalogue of PostgreSQL",
    "verify/queries_history.sql": "as verify/queries.sql",
    "doctor/queries.sql": "reads the catalogue of PostgreSQL",
    "deliveries/steer.sql": "functions that look at rows by their keys: tests/deliveries/",
    "channels/phones/queries.sql": "one person's row by its primary key",
    "channels/sms/queries.sql": "one lane by its primary key",
    "channels/push/queries.sql": "one person's browsers, at most ten",
    "deliveries/queries.sql": "looked at beside a dead endpoint: tests/deliveries/test_plans.py",
    "channels/caldav/queries.sql": "a provider's three connections, objects by their keys",
    "calendars/busy/queries.sql": "beside many others: tests/deliveries/busy/test_plans.py",
    "channels/webhooks/queries.sql": "fifty endpoints; a replay reads up to its limit",
    "notifications/queries_people.sql": "one person's rows by their keys; reminders: "
    "tests/deliveries/people/test_reminder_reads.py",
    "notifications/templates/queries.sql": "a house's own words, of which there is a limit",
    "demo/queries.sql": "fills an empty database",
    "http/health.sql": "a table of some dozen rows; the next event of five consumers",
    "events/kafka/queries.sql": "single rows; a batch of the log by its position: "
    "tests/deliveries/kafka/",
}
