"""The calls of oversight, and of integrity checks a batch at a time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import LiteralString, cast

from psycopg import sql

from holdfast.verify.checks import CHECKS, QUERIES
from holdfast.verify.store import KeyRange, statement
from tests.sql import large
from tests.sql.calls import DESK, LIMIT, LONG_STORY, NOW, Case, page
from tests.sql.large import key

SCAN = 500
_SEARCH = {
    "appointment_id": None,
    "actor_id": None,
    "action": None,
    "from": NOW - timedelta(days=400),
    "before_at": NOW - timedelta(days=20),
    "before_id": LONG_STORY,
    "scan": SCAN,
}
OVERSIGHT = {
    # One row says how far was looked.
    "search_audit": Case({**_SEARCH, "actor_id": DESK.id, "limit": LIMIT}, reads=2 * SCAN),
    "search_audit_of_appointment": page(
        3, **{**_SEARCH, "appointment_id": LONG_STORY, "before_at": NOW}
    ),
    # A day: some 8000 changes, of which 700 decided fees; 800 reservations, 1440 user actions in
    # ranges of 128 pages.
    "home_timezone": Case({}),
    "bookings_between": Case(
        {
            "from": NOW - timedelta(days=46),
            "to": NOW - timedelta(days=45),
            "first_id": key(large.RESERVATION, 100_000),
            "end_id": key(large.RESERVATION, 102_000),
        },
        reads=60_000,
    ),
}

ROWS = 2000
# Index entries and rows that a check may read for each row of its batch.
READS_PER_ROW = 8
# Where the batch begins: kind and number.
_MIDDLES = {"reservations": (large.RESERVATION, 100_000), "deliveries": (large.OTHER, 30_000)}


def integrity_calls() -> Iterator[tuple[str, str, LiteralString, Case]]:
    """Each check that can be made in parts, for a batch from the middle of its table."""
    walks = set()
    for check in CHECKS:
        if not check.in_parts or check.walk is None:
            continue
        kind, first = _MIDDLES.get(check.walk.table, (large.SLOT, 100_000))
        keys = KeyRange(key(kind, first), key(kind, first + ROWS), ROWS)
        query, parameters = statement(check, keys)
        text = cast(LiteralString, query.as_string())
        yield "integrity", check.name, text, Case(parameters, reads=READS_PER_ROW * ROWS, rows=0)
        walks.add((check.walk.table, check.walk.key, keys.first))
    for table, column, first_key in sorted(walks):
        query = sql.SQL(QUERIES.batch).format(
            key=sql.Identifier(column), table=sql.Identifier(table)
        )
        text = cast(LiteralString, query.as_string())
        yield (
            "integrity",
            f"batch {table}",
            text,
            Case({"first": first_key, "size": ROWS}, reads=ROWS),
        )
