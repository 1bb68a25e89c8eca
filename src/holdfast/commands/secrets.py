"""`holdfast rotate-secrets`: what is kept sealed, sealed with the present secret key."""

from dataclasses import dataclass
from typing import LiteralString

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from holdfast.channels.push.subscribe import SEAL_PURPOSE as PUSH_PURPOSE
from holdfast.channels.webhooks.sender import PURPOSE as WEBHOOK_PURPOSE
from holdfast.commands.tools import with_database
from holdfast.config import Settings, check_secret_key, keep_secret_key
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.db import Database, Row, fetch_all
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.commands", "secrets.sql")


@dataclass(frozen=True, slots=True)
class Kind:
    """Secrets of one kind: how they are called, found and replaced."""

    name: str
    purpose: str
    read: LiteralString
    write: LiteralString


KINDS = (
    Kind("webhook secrets", WEBHOOK_PURPOSE, QUERIES.sealed_endpoints, QUERIES.reseal_endpoint),
    Kind(
        "former webhook secrets",
        WEBHOOK_PURPOSE,
        QUERIES.sealed_previous,
        QUERIES.reseal_previous,
    ),
    Kind(
        "push subscriptions",
        PUSH_PURPOSE,
        QUERIES.sealed_subscriptions,
        QUERIES.reseal_subscription,
    ),
)


def rotate_secrets(settings: Settings, console: Console) -> int:
    """Seal all with the present key; the exit code: 1 when something opens with no known key.

    Raises:
        SettingsError: there is no secret key.
    """
    check_secret_key(settings)
    if settings.secret_key is None:
        settings = settings.model_copy(update={"secret_key": keep_secret_key(settings.data_dir)})

    async def work(db: Database) -> int:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        unreadable = 0
        with Progress(*columns, console=console) as progress:
            for kind in KINDS:
                unreadable += await _reseal(db, settings, kind, progress)
        return unreadable

    unreadable = with_database(settings, work)
    if unreadable:
        console.print(
            f"{unreadable} secrets open with no key that is known. Name the key that sealed them "
            "in HOLDFAST_SECRET_KEY_PREVIOUS, or replace them."
        )
        return 1
    console.print(
        "All are sealed with the present key. Leave the former one in "
        "HOLDFAST_SECRET_KEY_PREVIOUS for eight days: kept answers and messages that wait need it."
    )
    return 0


async def _reseal(db: Database, settings: Settings, kind: Kind, progress: Progress) -> int:
    """How many could not be opened."""
    assert settings.secret_key is not None
    known = seal_of(settings, kind.purpose)
    present = Seal(settings.secret_key.get_secret_value(), kind.purpose)
    rows = await db.run(lambda c: fetch_all(c, kind.read))
    task = progress.add_task(kind.name, total=len(rows))
    unreadable = 0
    for row in rows:
        unreadable += not await _reseal_one(db, kind, known, present, row)
        progress.advance(task)
    return unreadable


async def _reseal_one(db: Database, kind: Kind, known: Seal, present: Seal, row: Row) -> bool:
    former = bytes(row["sealed"])
    if present.open_for(row["id"], former) is not None:
        return True
    plain = known.open_for(row["id"], former)
    if plain is None:
        return False
    sealed = present.close_for(row["id"], plain)
    parameters = {"id": row["id"], "former": former, "sealed": sealed}
    await db.run(lambda c: c.execute(kind.write, parameters))
    return True
