"""The `holdfast` command (SPEC §9)."""

import sys
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


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"holdfast {__version__}")
        raise typer.Exit


@app.callback()
def holdfast(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Which one.")
    ] = False,
) -> None:
    """An appointment server that never double-books."""


@app.command()
def serve() -> None:
    """Run everything: API and workers, with a PostgreSQL of its own unless one is named."""
    from holdfast.config import read_settings
    from holdfast.runtime.serve import serve as run

    run(read_settings())


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
