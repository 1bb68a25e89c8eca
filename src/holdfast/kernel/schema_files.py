"""The files that make the database: migrations, which run once, and what is replaced on change."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

# Of the schema and its functions. The first release that changes one of them after another release
# raises it: by this number an older server sees that the database is newer than itself.
RELEASE = 1
# The first line of a migration that may not run inside a transaction: one index, made concurrently.
OUTSIDE = "-- outside a transaction"
RIGHTS = "holdfast.sql/grants.sql"

# In this order. Functions first, each beside its verb; then triggers; then rights.
FUNCTION_FILES = (
    ("holdfast.audit", "functions.sql"),
    ("holdfast.audit", "policy.sql"),
    ("holdfast.http", "functions.sql"),
    ("holdfast.accounts", "functions.sql"),
    ("holdfast.accounts", "search.sql"),
    ("holdfast.accounts", "sign_ins.sql"),
    ("holdfast.accounts", "passwords.sql"),
    ("holdfast.accounts", "throttle.sql"),
    ("holdfast.calendars.busy", "times.sql"),
    ("holdfast.catalogue", "functions.sql"),
    ("holdfast.catalogue", "providers.sql"),
    ("holdfast.catalogue", "removal.sql"),
    ("holdfast.catalogue", "affected.sql"),
    ("holdfast.catalogue", "calendar.sql"),
    ("holdfast.catalogue", "laying.sql"),
    ("holdfast.catalogue", "publishing.sql"),
    ("holdfast.slots", "functions.sql"),
    ("holdfast.reservations", "caps.sql"),
    ("holdfast.reservations", "offered.sql"),
    ("holdfast.slots", "bulk.sql"),
    ("holdfast.reservations", "functions.sql"),
    ("holdfast.reservations", "gathered.sql"),
    ("holdfast.edit_locks", "functions.sql"),
    ("holdfast.edit_locks", "acquire.sql"),
    ("holdfast.edit_locks", "gathered.sql"),
    ("holdfast.appointments", "caps.sql"),
    ("holdfast.appointments", "functions.sql"),
    ("holdfast.appointments", "written.sql"),
    ("holdfast.appointments", "lifecycle.sql"),
    ("holdfast.appointments", "endings.sql"),
    ("holdfast.appointments", "staff.sql"),
    ("holdfast.appointments", "gathered.sql"),
    ("holdfast.appointments", "history.sql"),
    ("holdfast.appointments", "around.sql"),
    ("holdfast.events", "functions.sql"),
    ("holdfast.events.kafka", "publish.sql"),
    ("holdfast.deliveries", "states.sql"),
    ("holdfast.deliveries", "sweep.sql"),
    ("holdfast.deliveries", "claim.sql"),
    ("holdfast.deliveries", "settle.sql"),
    ("holdfast.deliveries", "plan.sql"),
    ("holdfast.deliveries", "published.sql"),
    ("holdfast.notifications", "settings.sql"),
    ("holdfast.deliveries", "receipts.sql"),
    ("holdfast.notifications", "audience.sql"),
    ("holdfast.notifications", "plan.sql"),
    ("holdfast.channels.webhooks", "endpoints.sql"),
    ("holdfast.channels.webhooks", "sending.sql"),
    ("holdfast.channels.webhooks", "trial.sql"),
    ("holdfast.channels.webhooks", "replay.sql"),
    ("holdfast.channels.caldav", "connections.sql"),
    ("holdfast.channels.caldav", "planning.sql"),
    ("holdfast.channels.caldav", "sending.sql"),
    ("holdfast.deliveries", "documents.sql"),
    ("holdfast.deliveries", "resend.sql"),
    ("holdfast.deliveries", "bulk.sql"),
    ("holdfast.deliveries", "lanes.sql"),
    ("holdfast.notifications.templates", "save.sql"),
    ("holdfast.channels.email", "bounces.sql"),
    ("holdfast.channels.phones", "send_code.sql"),
    ("holdfast.channels.phones", "check_code.sql"),
    ("holdfast.channels.sms", "turns.sql"),
    ("holdfast.channels.push", "subscribe.sql"),
    ("holdfast.channels.feeds", "feeds.sql"),
    ("holdfast.notifications", "reminders.sql"),
    ("holdfast.calendars.busy", "import.sql"),
    ("holdfast.calendars.busy", "apply.sql"),
    ("holdfast.sql.triggers", "history.sql"),
    ("holdfast.sql.triggers", "catalogue.sql"),
    ("holdfast.sql.triggers", "deliveries.sql"),
    ("holdfast.sql", "grants.sql"),
)


@dataclass(frozen=True)
class Script:
    """A piece of SQL with the name and checksum under which the database remembers it."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_outside(self) -> bool:
        return self.text.startswith(OUTSIDE)


def migrations() -> list[Script]:
    folder = files("holdfast.sql") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [Script(name, (folder / name).read_text(encoding="utf-8")) for name in names]


def replaceable() -> list[Script]:
    """Functions, triggers and rights, in the order in which they are made."""
    return [
        Script(f"{package}/{name}", files(package).joinpath(name).read_text(encoding="utf-8"))
        for package, name in FUNCTION_FILES
    ]
