"""What history writes of a change is what it says that it records: no fact is forgotten."""

from typing import LiteralString

import psycopg
import pytest

from tests.support.cluster import TestDatabase

ALL_CHANGES: dict[str, tuple[LiteralString, LiteralString]] = {
    "appointments": ("appointment_changes", "appointment_facts"),
    "slots": ("slot_changes", "slot_facts"),
}
# A row without a null: each column gets something of its type.
FULL_ROW = """
    SELECT jsonb_object_agg(c.attname, CASE
        WHEN t.typtype = 'e' THEN to_jsonb((SELECT e.enumlabel FROM pg_enum AS e
                                           WHERE e.enumtypid = t.oid LIMIT 1))
        WHEN t.typname = 'uuid' THEN to_jsonb(gen_random_uuid())
        WHEN t.typname = 'timestamptz' THEN to_jsonb(now())
        WHEN t.typname = 'bool' THEN 'true'
        WHEN t.typname = 'int4' THEN '7'
        WHEN t.typname = 'text' THEN '"say \\"ä\\""' END) FILTER (
            WHERE t.typtype = 'e' OR t.typname IN ('uuid', 'timestamptz', 'bool', 'int4', 'text'))
    FROM pg_attribute AS c JOIN pg_type AS t ON t.oid = c.atttypid
    WHERE c.attrelid = %s::regclass AND c.attnum > 0 AND NOT c.attisdropped
"""


@pytest.mark.parametrize("table", ALL_CHANGES)
def test_the_changes_of_a_new_row_are_all_its_facts(database: TestDatabase, table: str) -> None:
    changes, facts = ALL_CHANGES[table]
    with psycopg.connect(database.superuser_url) as connection:
        row = connection.execute(
            f"""
            SELECT (SELECT jsonb_object_agg(c.key, c.value -> 'to')
                    FROM jsonb_each({changes}(NULL, r)::jsonb) AS c), {facts}(r)
            FROM ({FULL_ROW}) AS f (content)
            CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, f.content) AS r
            """,  # pyright: ignore[reportArgumentType]
            [table],
        ).fetchone()
    assert row is not None
    told, recorded = row
    assert None not in recorded.values()
    assert told == recorded
