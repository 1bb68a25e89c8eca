"""Verification in parts: one check, some thousand rows at a time, while the server works."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from holdfast.kernel.db import Database
from holdfast.kernel.errors import not_found
from holdfast.verify import store_batches as store
from holdfast.verify.checks import CHECKS, Check
from holdfast.verify.operations import violations
from holdfast.verify.report import Violation
from holdfast.verify.store import LAST_KEY, KeyRange

# Few enough to be done within a tenth of a second, many enough that a million rows are 500 batches.
BATCH_ROWS = 2000
FIRST_KEY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """A check, and about how many rows it goes through (None: not known, or not row by row)."""

    check: Check
    rows_estimated: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch looked at and found; `next_key` is where the next one begins."""

    rows: int
    violations: list[Violation]
    next_key: UUID | None


async def list_checks(db: Database) -> list[CheckInfo]:
    """All checks in their order."""
    tables = sorted({check.walk.table for check in CHECKS if check.walk is not None})
    estimates = await db.run(lambda connection: store.estimates(connection, tables))
    return [
        CheckInfo(check, (estimates.get(check.walk.table) or None) if check.walk else None)
        for check in CHECKS
    ]


def check_named(name: str) -> Check:
    """The check with this name, if it can be made in parts.

    Raises:
        Refusal: `not_found`.
    """
    for check in CHECKS:
        if check.name == name and check.in_parts:
            return check
    raise not_found("check that can be made in parts")


async def check_batch(db: Database, check: Check, first: UUID) -> Batch:
    """Make a check for the rows from a key on, about `BATCH_ROWS` of them.

    The range is found in one statement and looked at in another one: each of them sees the data of
    one moment, and what comes between them belongs to this range or to a later one.
    """
    walk = check.walk
    if walk is None:
        found = await db.run(lambda connection: store.rows(connection, check, None))
        return Batch(len(found), list(violations(check, found)), None)
    end = await db.run(lambda connection: store.batch_end(connection, walk, first, BATCH_ROWS))
    is_last = end is None or end["rows"] < BATCH_ROWS or end["key"].int == LAST_KEY
    last = UUID(int=LAST_KEY) if end is None or is_last else end["key"]
    keys = KeyRange(first, last, end["rows"] if end else 0)
    found = await db.run(lambda connection: store.rows(connection, check, keys))
    # In a thread: it may be hashing.
    wrong = await asyncio.to_thread(lambda: list(violations(check, found)))
    return Batch(keys.rows, wrong, None if is_last else UUID(int=last.int + 1))
