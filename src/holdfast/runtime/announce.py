"""The one block that says that the server is ready, and where."""

import sys
from ipaddress import ip_address

import structlog
from rich.console import Console

from holdfast.config import Settings
from holdfast.runtime.database import Place

DEMO_ACCOUNTS = ("admin", "operator", "provider", "client", "client2")
DEMO_PASSWORD = "demo-Pass-123"


def announce(settings: Settings, place: Place, *, demo: bool) -> None:
    """Tell whoever started the server that it answers now: a block of text, or one JSON line."""
    url = url_of(settings)
    if settings.log_format == "json":
        structlog.get_logger("holdfast").info("ready", url=url, port=settings.port)
        return
    rows = [
        ("Open", url),
        ("API documentation", f"{url}/api/docs"),
        ("Data", str(place.embedded_in) if place.embedded_in else "in HOLDFAST_DATABASE_URL"),
    ]
    if demo:
        names = ", ".join(f"{name}@demo.test" for name in DEMO_ACCOUNTS)
        rows += [("Demo accounts", names), ("Demo password", DEMO_PASSWORD)]
    if sys.stdout.isatty():
        rows.append(("Stop", "press Ctrl-C"))
    console = Console(highlight=False, soft_wrap=True)
    console.print("\n[bold green]Holdfast is ready.[/]\n")
    for name, value in rows:
        console.print(f"  [dim]{name:<18}[/] {value}", markup=True)
    console.print()


def url_of(settings: Settings) -> str:
    """An address that works in a browser on this machine, or the public one."""
    if settings.public_url:
        return settings.public_url
    host = settings.host
    try:
        address = ip_address(host)
    except ValueError:
        pass
    else:
        if address.is_unspecified:
            host = "localhost"
        elif address.version == 6:
            host = f"[{host}]"
    return f"http://{host}:{settings.port}"
