"""The past that `make bench` loads is one that Holdfast itself could have written."""

import psycopg
from bench.rows import SLOTS
from bench.world import World

from holdfast.verify.operations import assert_clean
from tests.support.cluster import TestDatabase

SHAPE = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef, true FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text, tgname, tgenabled::text, true
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT relname, 'options', reloptions::text, true
FROM pg_class WHERE relnamespace = 'public'::regnamespace
ORDER BY 1, 2, 3
"""


def test_loaded_data_keeps_every_rule(database: TestDatabase) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        before = connection.execute(SHAPE).fetchall()
        world = World(connection)
        world.grow(1)
        world.grow(3)
        assert connection.execute(SHAPE).fetchall() == before
        row = connection.execute(
            "SELECT (SELECT count(*) FROM slots), (SELECT count(*) FROM appointments)"
        ).fetchone()
        assert row == (3 * SLOTS, world.appointments)
        appointment, client = world.visit(2 * 512 + 7)
        owner = connection.execute("SELECT user_id FROM appointments WHERE id = %s", [appointment])
        assert owner.fetchone() == (client.id,)
    assert_clean(database.owner_url)
