"""An installation with users upgrades: they stay as they are, and the new search finds them."""

from typing import LiteralString, cast

import pytest
from psycopg import errors

from holdfast.kernel.ids import new_id
from holdfast.kernel.schema_files import replaceable
from tests.support.cluster import Cluster
from tests.support.upgrade import before_migration, run_migration

NAME = "0018_clients.sql"
PEOPLE = (
    ("Jörg Müller", "jm@mail.test", "0171 5556677", "client"),
    ("Ada O'Neil", "ada@mail.test", None, "admin"),
)


def test_users_of_before_are_found_and_can_be_changed(cluster: Cluster) -> None:
    with before_migration(cluster, NAME) as owner:
        for name, email, phone, role in PEOPLE:
            owner.execute(
                "INSERT INTO users (id, email, password_hash, name, phone, role) "
                "VALUES (%s, %s, 'x', %s, %s, %s)",
                [new_id(), email, name, phone, role],
            )
        before = owner.execute(
            "SELECT id, email, password_hash, name, phone, version, updated_at FROM users"
        ).fetchall()
        run_migration(owner, NAME)
        (search,) = [one for one in replaceable() if one.name == "holdfast.accounts/search.sql"]
        owner.execute(cast(LiteralString, search.text))
        after = owner.execute(
            "SELECT id, email, password_hash, name, phone, version, updated_at FROM users"
        ).fetchall()
        assert after == before
        for q, expected in (("mueller jorg", 0), ("01715556677", 0), ("oneil", 1)):
            found = owner.execute(
                "SELECT u.name FROM users AS u JOIN user_search AS s ON s.user_id = u.id "
                "WHERE s.words @@ search_query(%s, NULL)",
                [q],
            ).fetchall()
            assert found == [(PEOPLE[expected][0],)], q
        owner.execute("UPDATE users SET name = 'Ada Oneill' WHERE role = 'admin'")
        # What the new rules refuse.
        for change in (
            "email = NULL WHERE role = 'admin'",
            "email = NULL, phone = NULL, password_hash = NULL WHERE role = 'client'",
            "email = NULL WHERE role = 'client'",
        ):
            with pytest.raises(errors.CheckViolation):
                owner.execute(f"UPDATE users SET {change}".encode())
        owner.execute("UPDATE users SET email = NULL, password_hash = NULL WHERE role = 'client'")
