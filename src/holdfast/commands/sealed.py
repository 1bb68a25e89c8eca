"""What the database keeps sealed, and how all of it is sealed anew (SPEC-deliveries §7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from holdfast.accounts.resets import SEAL_PURPOSE as RESETS
from holdfast.channels.caldav.store import SEAL_PURPOSE as CALENDARS
from holdfast.channels.phones.codes import SEAL_PURPOSE as CODES
from holdfast.channels.push.subscribe import SEAL_PURPOSE as SUBSCRIPTIONS
from holdfast.channels.webhooks.sender import PURPOSE as WEBHOOKS
from holdfast.config import Settings
from holdfast.http.idempotency import SEAL_PURPOSE as KEPT_ANSWERS
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.db import Connection, Database, fetch_one
from holdfast.notifications.message.compose import TESTS_PURPOSE as TESTS

BATCH_ROWS = 200


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column. purpose: of its seal; only: which rows have this purpose; key: its primary key."""

    table: str
    column: str
    purpose: str
    only: LiteralString = "true"
    key: tuple[str, ...] = ("id",)


SEALED = (
    Sealed("webhook_endpoints", "secret_sealed", WEBHOOKS),
    Sealed("webhook_endpoints", "previous_secret_sealed", WEBHOOKS),
    Sealed("calendar_connections", "password_sealed", CALENDARS),
    Sealed("push_subscriptions", "auth_sealed", SUBSCRIPTIONS),
    Sealed("deliveries", "sealed", RESETS, "purpose = 'password_reset'"),
    Sealed("deliveries", "sealed", CODES, "purpose = 'phone_code'"),
    Sealed("deliveries", "sealed", TESTS, "purpose = 'test'"),
    Sealed("idempotency_records", "body", KEPT_ANSWERS, "is_sealed", key=("user_id", "key")),
)


@dataclass(slots=True)
class Resealed:
    """How many values were sealed anew, how many were already, and how many no key opens."""

    anew: int = 0
    already: int = 0
    unreadable: int = 0


async def count_sealed(db: Database) -> int:
    """How many values there are."""
    total = 0
    for what in SEALED:
        query = sql.SQL("SELECT count(*) AS n FROM {table} WHERE {filter}").format(**_parts(what))
        row = await db.run(lambda c, q=query: fetch_one(c, q, {}))
        total += row["n"] if row else 0
    return total


async def reseal_all(
    db: Database, settings: Settings, told: Callable[[str, int], None]
) -> Resealed:
    """Seal each value with today's key, a batch at a time. What is changed meanwhile is left: it
    was sealed by who changed it. May be broken off, and begun again.

    Args:
        told: what is looked at, and how many values were.
    """
    done = Resealed()
    for what in SEALED:
        seal = seal_of(settings, what.purpose)
        after: tuple[Any, ...] | None = None
        while True:
            rows = await db.run(lambda c, w=what, a=after: _batch(c, w, a))
            if not rows:
                break
            await db.run_transaction(lambda c, w=what, s=seal, r=rows: _reseal(c, w, s, r, done))
            after = tuple(rows[-1][name] for name in what.key)
            told(f"{what.table}.{what.column}", len(rows))
    return done


def _parts(what: Sealed) -> dict[str, sql.Composable]:
    column = sql.Identifier(what.column)
    # What was emptied holds nothing.
    kept = sql.SQL("octet_length({}) > 0 AND ({})").format(column, sql.SQL(what.only))
    return {
        "table": sql.Identifier(what.table),
        "column": column,
        "filter": kept,
        "key": sql.SQL(", ").join(map(sql.Identifier, what.key)),
        "marks": sql.SQL(", ").join([sql.Placeholder()] * len(what.key)),
    }


async def _batch(
    connection: Connection, what: Sealed, after: tuple[Any, ...] | None
) -> list[dict[str, Any]]:
    parts = _parts(what)
    query = sql.SQL("SELECT {key}, {column} AS sealed FROM {table} WHERE {filter}").format(**parts)
    if after is not None:
        query += sql.SQL(" AND ({key}) > ({marks})").format(**parts)
    query += sql.SQL(" ORDER BY {key} LIMIT {limit}").format(**parts, limit=BATCH_ROWS)
    cursor = await connection.execute(query, after)
    return await cursor.fetchall()


async def _reseal(
    connection: Connection, what: Sealed, seal: Seal, rows: list[dict[str, Any]], done: Resealed
) -> None:
    query = sql.SQL("UPDATE {table} SET {column} = %s WHERE ({key}) = ({marks}) AND {column} = %s")
    update = query.format(**_parts(what))
    for row in rows:
        sealed = bytes(row["sealed"])
        if seal.is_todays(sealed):
            done.already += 1
            continue
        anew = seal.reseal(sealed)
        if anew is None:
            done.unreadable += 1
            continue
        await connection.execute(update, [anew, *(row[name] for name in what.key), sealed])
        done.anew += 1
