"""The `holdfast` command (SPEC §9)."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from holdfast import __version__

# Commands import what they need themselves: `holdfast --help` then answers at once.
app = typer.Typer(
    help="An appointment server that never double-books.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
export_app = typer.Typer(no_args_is_help=True, help="Describe the API for other programs.")
app.add_typer(export_app, name="export")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"holdfast {__version__}")
        raise typer.Exit


@app.callback()
def holdfast(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """An appointment server that never double-books.

    Settings come from the environment (HOLDFAST_...). `holdfast serve` needs none.
    """


@app.command()
def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo data first.")] = False,
) -> None:
    """Run everything: API and workers, with a PostgreSQL of its own unless one is named."""
    from holdfast.config import read_settings
    from holdfast.runtime.serve import serve as run

    run(read_settings(), demo=demo)


@app.command()
def api() -> None:
    """Run the API alone."""
    from holdfast.config import read_settings
    from holdfast.runtime.serve import serve as run

    run(read_settings(), with_duties=False)


@app.command()
def worker() -> None:
    """Run the workers alone: they tidy up behind any number of API servers."""
    from holdfast.config import read_settings
    from holdfast.runtime.serve import work

    work(read_settings())


@app.command()
def migrate() -> None:
    """Bring the database to this version (`serve` does it by itself where it may)."""
    from rich.console import Console

    from holdfast.commands.database import migrate as run
    from holdfast.config import read_settings

    run(read_settings(), Console())


@app.command()
def demo() -> None:
    """Load the demo data: a clinic, a salon and a public office; run again, it comes up to date."""
    from rich.console import Console

    from holdfast.commands.database import demo as run
    from holdfast.config import read_settings

    run(read_settings(), Console())


@app.command()
def verify() -> None:
    """Check that the live data keeps every rule; changes nothing, also while servers run."""
    from rich.console import Console

    from holdfast.commands.database import verify as run
    from holdfast.config import read_settings

    raise typer.Exit(run(read_settings(), Console()))


@app.command()
def doctor() -> None:
    """Check that Holdfast can run here, and say what to do where it cannot."""
    from rich.console import Console

    from holdfast.doctor import examine

    raise typer.Exit(examine(Console()))


@app.command("rotate-secrets")
def rotate_secrets() -> None:
    """Seal what is kept sealed with today's secret key, so that former keys can be forgotten."""
    from rich.console import Console

    from holdfast.commands.rotate_secrets import rotate_secrets as run
    from holdfast.config import read_settings

    raise typer.Exit(run(read_settings(), Console()))


@app.command("create-admin")
def create_admin(
    email: Annotated[str | None, typer.Option(help="Asked for when not given.")] = None,
    name: Annotated[str | None, typer.Option(help="Asked for when not given.")] = None,
    password: Annotated[
        str | None, typer.Option(help="Others on this machine may see it; better not.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    reset: Annotated[
        bool,
        typer.Option(
            "--reset", help="Set a new password of an existing administrator; ends its sign-ins."
        ),
    ] = False,
) -> None:
    """Make an administrator's account, or give one a new password."""
    from rich.console import Console

    from holdfast.commands.accounts import create_admin as run
    from holdfast.config import read_settings

    run(
        read_settings(),
        Console(),
        email=email,
        name=name,
        password=password,
        password_stdin=password_stdin,
        reset=reset,
    )


@export_app.command("openapi")
def export_openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; else standard output.")
    ] = None,
) -> None:
    """The OpenAPI 3.1 document."""
    from holdfast.commands.export import export_openapi as run

    run(output)


@export_app.command("asyncapi")
def export_asyncapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; else standard output.")
    ] = None,
) -> None:
    """The AsyncAPI 3 document of the live updates."""
    from holdfast.commands.export import export_asyncapi as run

    run(output)


@export_app.callback()
def export() -> None:
    """Describe the API for other programs."""


def main() -> None:
    """Run a command; an expected failure is a line or two and an exit code."""
    try:
        app()
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        print(f"holdfast: {error}", file=sys.stderr)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """2 for wrong settings, 1 for what else an operator can put right, None for a bug."""
    from holdfast.config import SettingsError
    from holdfast.kernel.embedded import EmbeddedError
    from holdfast.kernel.migrate import MigrationError
    from holdfast.runtime.errors import CannotRun

    if isinstance(error, SettingsError):
        return 2
    return 1 if isinstance(error, CannotRun | EmbeddedError | MigrationError) else None
