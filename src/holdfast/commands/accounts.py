"""`holdfast create-admin`."""

import sys

import typer
from rich.console import Console

from holdfast.accounts.operations import create_admin as make
from holdfast.accounts.operations import reset_admin
from holdfast.commands.tools import with_database
from holdfast.config import Settings
from holdfast.runtime.errors import CannotRun


def create_admin(
    settings: Settings,
    console: Console,
    *,
    email: str | None,
    name: str | None,
    password: str | None,
    password_stdin: bool,
    reset: bool,
) -> None:
    """Make an administrator, or reset the password of one; what was not given is asked for."""
    if password is not None and password_stdin:
        raise CannotRun("give either --password or --password-stdin")
    email = email or _ask("E-mail address", "--email")
    if not reset:
        name = name or _ask("Name", "--name")
    elif name is not None:
        raise CannotRun("--reset changes the password only: leave out --name")
    if password_stdin:
        secret = sys.stdin.readline().rstrip("\r\n")
    else:
        secret = password or _ask("Password", "--password-stdin", is_secret=True)
    if reset:
        address = with_database(settings, lambda db: reset_admin(db, email, secret))
        console.print(f"{address} has a new password, and is signed out everywhere.", markup=False)
        return
    assert name is not None
    user = with_database(settings, lambda db: make(db, email, secret, name))
    console.print(f"{user['name']} <{user['email']}> is an administrator now.", markup=False)


def _ask(what: str, option: str, *, is_secret: bool = False) -> str:
    if not sys.stdin.isatty():
        raise CannotRun(f"{option} is needed: there is no terminal to ask at")
    return typer.prompt(what, hide_input=is_secret, confirmation_prompt=is_secret)
