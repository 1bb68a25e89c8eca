"""The text of arrays, read by PostgreSQL itself."""

from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest

from holdfast.kernel.arrays import array
from tests.support.cluster import TestDatabase

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uuid", [ID, None, ID]),
        ("integer", [1, -7, None]),
        ("date", [date(2026, 11, 22)]),
        ("timestamptz", [datetime(2026, 3, 1, 9, 30, 0, 123456, UTC), None]),
        ("text", ["", "NULL", "null", None, " ", "a b", "a,b", "{}", '"', "\\", '\\"', "é\n", "'"]),
        ("text", []),
    ],
)
def test_postgresql_reads_what_was_meant(
    database: TestDatabase, kind: LiteralString, values: list[Any]
) -> None:
    with psycopg.connect(database.server_url) as connection:
        connection.execute("SET timezone = 'UTC'")
        row = connection.execute(f"SELECT %s::{kind}[]", [array(values)]).fetchone()
    assert row == (values,)
