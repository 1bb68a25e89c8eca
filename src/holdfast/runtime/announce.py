"""The one block that says that the server is ready, and where."""

import os
from contextlib import suppress
from ipaddress import ip_address

import structlog

from holdfast.config import Settings
from holdfast.runtime.database import Place


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
        from holdfast.demo import ACCOUNTS, PASSWORD

        rows += [("Demo accounts", ", ".join(ACCOUNTS)), ("Demo password", PASSWORD)]
    rows.append(("Stop", f"press Ctrl-C, or: kill {os.getpid()}"))

    from rich.console import Console  # when everybody is answered already
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    with suppress(OSError):  # whoever started it may not listen any more
        console.print("\n[bold green]Holdfast is ready.[/]\n")
        for name, value in rows:
            console.print(f"  [dim]{name:<18}[/] {escape(value)}")
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
