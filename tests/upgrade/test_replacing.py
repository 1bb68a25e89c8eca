"""Functions and triggers are replaced while everybody goes on, and never by an older server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, cast

import psycopg
import pytest

from holdfast.kernel import migrate as migrating
from holdfast.kernel.migrate import MigrationError, migrate
from holdfast.kernel.schema_files import RELEASE, Script, migrations, replaceable
from tests.embedded.support import wait_until
from tests.support.cluster import TestDatabase

Owner = psycopg.Connection[tuple[Any, ...]]
BUSIEST = ("appointments", "slots")
OWN = "CREATE OR REPLACE FUNCTION own_answer(p integer) RETURNS integer LANGUAGE sql AS 'SELECT {}'"


@pytest.fixture
def owner(database: TestDatabase) -> Iterator[Owner]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def have(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says what the version that migrates next is made of, besides what there is."""

    def have(
        *more: Script,
        release: int = RELEASE,
        changed: Callable[[Script], Script] = lambda script: script,
        steps: tuple[Script, ...] = (),
    ) -> None:
        files = [changed(script) for script in replaceable()]
        monkeypatch.setattr(migrating, "replaceable", lambda: [*files, *more])
        monkeypatch.setattr(migrating, "migrations", lambda: [*migrations(), *steps])
        monkeypatch.setattr(migrating, "RELEASE", release)

    return have


def commented(part: str) -> Callable[[Script], Script]:
    """A version in which the files with `part` in their names have changed."""
    return lambda script: (
        Script(script.name, script.text + "\n-- changed\n") if part in script.name else script
    )


def made(owner: Owner) -> list[tuple[Any, ...]]:
    """Every function and trigger, with the transaction that wrote it."""
    return owner.execute(
        "SELECT oid, xmin::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "UNION ALL SELECT oid, xmin::text FROM pg_trigger ORDER BY 1"
    ).fetchall()


@contextmanager
def a_dump(database: TestDatabase) -> Iterator[None]:
    """What pg_dump holds for as long as it runs: ACCESS SHARE on every table."""
    with psycopg.connect(database.owner_url) as connection:
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall():
            connection.execute(cast(LiteralString, f"LOCK TABLE {name} IN ACCESS SHARE MODE"))
        yield


def test_a_start_with_the_same_files_touches_nothing(database: TestDatabase, owner: Owner) -> None:
    before = made(owner)
    assert migrate(database.owner_url) == []
    assert made(owner) == before


def test_only_what_changed_is_replaced(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    before = dict(made(owner))
    have(changed=commented("holdfast.edit_locks/acquire.sql"))
    assert migrate(database.owner_url) == ["holdfast.edit_locks/acquire.sql"]
    after = dict(made(owner))
    assert after.keys() == before.keys()  # nothing was dropped and made again
    assert 0 < sum(before[oid] != after[oid] for oid in before) < 15


@pytest.mark.parametrize("part", ["functions.sql", "triggers"])
def test_nothing_waits_for_a_dump(
    database: TestDatabase, have: Callable[..., None], part: str
) -> None:
    """Neither the upgrade, nor who reads and writes while it is on."""
    have(changed=commented(part))
    with a_dump(database):
        assert migrate(database.owner_url)


def test_an_operators_view_of_a_function_survives(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    owner.execute("CREATE VIEW mine AS SELECT count(*) FROM following_consumers()")
    have(changed=commented(".sql"))
    assert migrate(database.owner_url)
    assert owner.execute("SELECT count FROM mine").fetchone() == (0,)


def test_a_table_in_use_is_waited_for_in_short_turns(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    """Who comes later never queues behind the upgrade for longer than a turn."""
    have(changed=commented("triggers/history.sql"))
    result: list[list[str]] = []
    with psycopg.connect(database.owner_url) as writer:
        writer.execute("LOCK TABLE appointments IN ROW EXCLUSIVE MODE")
        upgrade = threading.Thread(target=lambda: result.append(migrate(database.owner_url)))
        upgrade.start()
        waits = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'appointments'::regclass"
        wait_until(lambda: owner.execute(waits).fetchone() is not None, "the upgrade waits")
        wait_until(lambda: owner.execute(waits).fetchone() is None, "its turn is over")
        assert upgrade.is_alive()
    upgrade.join(30)
    assert result == [["holdfast.sql.triggers/history.sql"]]


def test_a_table_that_stays_in_use_is_named(
    database: TestDatabase, have: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "PATIENCE_SECONDS", 0.1)
    have(changed=commented("triggers/history.sql"))
    with psycopg.connect(database.owner_url) as writer:
        writer.execute("LOCK TABLE slots IN ROW EXCLUSIVE MODE")
        with pytest.raises(MigrationError, match="pg_stat_activity"):
            migrate(database.owner_url)
    assert migrate(database.owner_url)


def test_an_older_server_leaves_a_newer_database_alone(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    have(release=RELEASE + 1, changed=commented("acquire.sql"))
    migrate(database.owner_url)
    before = made(owner)
    have()
    with pytest.raises(MigrationError, match="it is older, and leaves the database alone"):
        migrate(database.owner_url)
    assert made(owner) == before


def test_what_is_no_longer_made_goes_one_release_later(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    def has_old() -> bool:
        row = owner.execute("SELECT to_regprocedure('own_answer(integer)')").fetchone()
        return bool(row and row[0])

    have(Script("holdfast.own/own.sql", OWN.format(1)), release=RELEASE + 1)
    migrate(database.owner_url)
    new = OWN.replace("own_answer(p", "new_answer(p").format(2)
    have(Script("holdfast.own/own.sql", new), release=RELEASE + 2)
    migrate(database.owner_url)
    assert has_old()  # servers of the release before call it
    have(Script("holdfast.own/own.sql", new), release=RELEASE + 3)
    owner.execute("CREATE VIEW mine AS SELECT own_answer(1)")
    migrate(database.owner_url)
    assert has_old()  # somebody's view stands on it
    owner.execute("DROP VIEW mine")
    have(Script("holdfast.own/own.sql", new), release=RELEASE + 4)
    migrate(database.owner_url)
    assert not has_old()


@pytest.mark.parametrize("first", [True, False])
def test_a_function_that_moves_to_another_file_stays(
    database: TestDatabase, owner: Owner, have: Callable[..., None], *, first: bool
) -> None:
    one, other = ("holdfast.a/a.sql", "holdfast.b/b.sql")[:: 1 if first else -1]
    have(Script(one, OWN.format(1)), Script(other, "SELECT 1"), release=RELEASE + 1)
    migrate(database.owner_url)
    for release in (RELEASE + 2, RELEASE + 3):
        moved = [Script(one, "SELECT 2"), Script(other, OWN.format(1))]
        have(*sorted(moved, key=lambda script: script.name), release=release)
        migrate(database.owner_url)
    assert owner.execute("SELECT own_answer(1)").fetchone() == (1,)


INDEX = Script(
    "9001_index.sql",
    "-- outside a transaction\nCREATE INDEX CONCURRENTLY slots_own_idx ON slots (version)",
)


def test_an_index_is_made_beside_the_work(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    """By two servers that start at once: one makes it, while the other waits in no statement."""
    have(steps=(INDEX,))
    results: list[list[str]] = []
    both = [
        threading.Thread(target=lambda: results.append(migrate(database.owner_url)))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert [INDEX.name] in results
    assert len(results) == 2
    row = owner.execute(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'slots_own_idx'::regclass"
    ).fetchone()
    assert row == (True,)


def test_an_index_that_was_left_half_made_is_made_again(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    owner.execute(cast(LiteralString, INDEX.text))
    with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
        superuser.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'slots_own_idx'::regclass"
        )
    have(steps=(INDEX,))
    assert migrate(database.owner_url) == [INDEX.name]
    row = owner.execute(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'slots_own_idx'::regclass"
    ).fetchone()
    assert row == (True,)


def test_files_of_functions_make_nothing_that_locks_a_table() -> None:
    """Triggers and tables have files of their own, which change seldom."""
    locking = ("CREATE TABLE", "ALTER TABLE", " TRIGGER ", "CREATE INDEX", "DROP ", " CASCADE")
    found = [
        f"{script.name}: {line.strip()}"
        for script in replaceable()
        if "triggers" not in script.name and "grants" not in script.name
        for line in script.text.splitlines()
        if not line.lstrip().startswith("--") and any(word in f"{line} " for word in locking)
    ]
    assert found == []


def test_what_a_migration_adds_has_the_rights_of_a_fresh_database(
    database: TestDatabase, owner: Owner, have: Callable[..., None]
) -> None:
    """Rights are worked out from the tables and columns that there are, also with an old file."""
    more = Script(
        "9001_more.sql",
        "ALTER TABLE slots ADD COLUMN own_note text; CREATE TABLE own_rows (id integer)",
    )
    have(steps=(more,), release=RELEASE + 1)
    assert migrate(database.owner_url)[0] == more.name
    may = owner.execute(
        "SELECT has_column_privilege('holdfast_server', 'slots', 'own_note', 'UPDATE'), "
        "has_table_privilege('holdfast_server', 'own_rows', 'SELECT')"
    ).fetchone()
    assert may == (True, True)
    assert migrate(database.owner_url) == []
