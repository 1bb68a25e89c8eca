"""All checks, one after the other, and how they are shown."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from holdfast.config import SettingsError, read_settings
from holdfast.doctor import host
from holdfast.doctor.database import check_database
from holdfast.doctor.finding import Finding, bad, good, skipped
from holdfast.doctor.kafka import check_kafka
from holdfast.doctor.mail import check_mail
from holdfast.doctor.ways import check_public_address, check_push, check_sms
from holdfast.kernel.embedded import EmbeddedError
from holdfast.runtime.database import database
from holdfast.runtime.errors import CannotRun

MARKS = {"good": "[green]✓[/]", "bad": "[red]✗[/]", "skipped": "[dim]-[/]"}


def examine(console: Console) -> int:
    """Make every check and print it; the exit code: 1 when any of them failed."""
    failed = 0
    for finding in findings():
        failed += finding.verdict == "bad"
        line = f"{MARKS[finding.verdict]} {finding.what:<20} {escape(finding.said)}"
        console.print(line, soft_wrap=True)
        if finding.remedy:
            console.print(f"  {'':<20} [bold]→ {escape(finding.remedy)}[/]", soft_wrap=True)
    console.print("\nAll is well." if not failed else f"\n{failed} to put right.")
    return 1 if failed else 0


def findings() -> Iterator[Finding]:
    yield host.check_python()
    try:
        settings = read_settings()
    except SettingsError as error:
        yield bad("settings", str(error), "correct the environment")
        return
    yield good("settings", "valid")
    yield host.check_secret_key(settings)
    yield host.check_port(settings)
    yield check_public_address(settings)
    yield check_mail(settings)
    yield check_sms(settings)
    yield check_push(settings)
    yield check_kafka(settings)
    yield host.check_proxies(settings)
    if settings.database_url is None:
        yield host.check_data_dir(settings)
        yield host.check_postgres_programs(settings)
        if host.is_new(settings.data_dir):
            yield skipped("database", "made at the first start")
            return
    try:
        with database(settings, join=True) as place:
            yield from check_database(settings, place)
    except (EmbeddedError, CannotRun) as error:
        yield bad("database", str(error), "see postgres.log in the data directory")
