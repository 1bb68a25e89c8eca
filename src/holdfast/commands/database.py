"""`holdfast migrate`, `holdfast verify` and `holdfast demo`."""

from rich.console import Console

from holdfast.config import Settings
from holdfast.demo import ACCOUNTS, PASSWORD
from holdfast.kernel.migrate import migrate as apply_migrations
from holdfast.runtime.database import database, prepare, reachable
from holdfast.runtime.demo import load_demo_into
from holdfast.verify.console import run as run_checks


def migrate(settings: Settings, console: Console) -> None:
    """Bring the database's schema to this version and say what that took."""
    with database(settings, join=True) as place, reachable():
        applied = apply_migrations(place.owner_url)
    for name in applied:
        console.print(f"applied {name}")
    console.print("The database is up to date.")


def demo(settings: Settings, console: Console) -> None:
    """Load the demo data and say what there is."""
    with database(settings, join=True) as place:
        prepare(place)
        summary = load_demo_into(place)
    console.print(
        f"The demo has {summary.providers} providers, {summary.services} services and "
        f"{summary.users} users; {summary.slots_added} slots and {summary.appointments_added} "
        "appointments are new."
    )
    console.print(f"Sign in as {', '.join(ACCOUNTS)} with the password {PASSWORD}.")


def verify(settings: Settings, console: Console) -> int:
    """Check the live data; the exit code."""
    with database(settings, join=True) as place:
        return run_checks(place.server_url, console)
