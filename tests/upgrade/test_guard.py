"""A migration after 0.2.0 does nothing that servers beside it would wait for, or miss."""

import pytest

from holdfast.kernel.schema_files import migrations
from tests.support.migration_guard import refusals

LAST_UNRELEASED = "0033_numbers.sql"

REFUSED = (
    "CREATE INDEX slots_a_idx ON slots (a)",
    "CREATE UNIQUE INDEX IF NOT EXISTS slots_a_idx ON slots (a)",
    "ALTER TABLE slots ALTER COLUMN version TYPE bigint",
    "ALTER TABLE slots ALTER a SET NOT NULL",
    "ALTER TABLE slots ADD COLUMN a integer NOT NULL",
    "ALTER TABLE slots ADD a integer NOT NULL",
    "ALTER TABLE slots ADD a uuid DEFAULT gen_random_uuid()",
    "ALTER TYPE slot_status RENAME VALUE 'held' TO 'kept'",
    "ALTER TABLE slots ADD COLUMN a uuid NOT NULL DEFAULT gen_random_uuid()",
    "ALTER TABLE slots\n    ADD COLUMN b integer,\n    ADD CONSTRAINT slots_a_check CHECK (a > 0)",
    "ALTER TABLE slots ADD CONSTRAINT slots_a_fkey FOREIGN KEY (a) REFERENCES users (id)",
    "ALTER TABLE slots ADD CONSTRAINT slots_a_key UNIQUE (a)",
    "ALTER TABLE slots ADD CONSTRAINT slots_a_excl EXCLUDE USING gist (a WITH =)",
    "ALTER TABLE slots RENAME COLUMN version TO revision",
    "ALTER TABLE slots DROP COLUMN version",
    "DROP TABLE slots",
    "DROP FUNCTION reserve_slot(jsonb)",
    "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER t BEFORE UPDATE ON slots FOR EACH ROW EXECUTE FUNCTION f()",
    "DROP VIEW mine CASCADE",
    "VACUUM FULL slots",
    "REINDEX TABLE slots",
    "LOCK TABLE slots",
    "CREATE INDEX CONCURRENTLY slots_a_idx ON slots (a)",
    "-- outside a transaction\nCREATE INDEX CONCURRENTLY a ON slots (a);\nSELECT 1",
)
TAKEN = (
    "CREATE TABLE rooms (id uuid PRIMARY KEY);\nCREATE INDEX rooms_idx ON rooms (id)",
    "-- outside a transaction\nCREATE INDEX CONCURRENTLY slots_a_idx ON slots (a)",
    "ALTER TABLE slots ADD COLUMN a integer",
    "ALTER TABLE slots ADD CONSTRAINT slots_a_check CHECK (a IS NOT NULL) NOT VALID",
    "ALTER TABLE slots ADD COLUMN a integer NOT NULL DEFAULT 0",
    "ALTER TABLE slots ADD COLUMN a timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE slots ADD CONSTRAINT slots_a_check CHECK (a > 0) NOT VALID",
    "ALTER TABLE slots VALIDATE CONSTRAINT slots_a_check",
    "ALTER TABLE slots ADD CONSTRAINT slots_a_key UNIQUE USING INDEX slots_a_idx",
    "-- unused since release 3\nALTER TABLE slots DROP COLUMN old_version",
    "-- a note: CREATE INDEX on slots would lock it\nSELECT 1",
)


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused(text: str) -> None:
    assert refusals(text + ";\n")


@pytest.mark.parametrize("text", TAKEN)
def test_it_is_taken(text: str) -> None:
    assert refusals(text + ";\n") == []


def test_every_migration_since_the_first_release() -> None:
    later = [script for script in migrations() if script.name > LAST_UNRELEASED]
    assert {script.name: refusals(script.text) for script in later} == {
        script.name: [] for script in later
    }
