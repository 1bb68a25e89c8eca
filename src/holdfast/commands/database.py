"""`holdfast migrate` and `holdfast verify`."""

from rich.console import Console

from holdfast.config import Settings
from holdfast.kernel.migrate import migrate as apply_migrations
from holdfast.runtime.database import database, reachable
from holdfast.verify import run as run_checks


def migrate(settings: Settings, console: Console) -> None:
    """Bring the database's schema to this version and say what that took."""
    with database(settings, join=True) as place, reachable():
        applied = apply_migrations(place.owner_url)
    for name in applied:
        console.print(f"applied {name}")
    console.print("The database is up to date.")


def verify(settings: Settings, console: Console) -> int:
    """Check the live data; the exit code."""
    with database(settings, join=True) as place:
        return run_checks(place.server_url, console)
