"""What operators do about accounts from the command line, and what they are told."""

import logging

import psycopg
import pytest

from holdfast.accounts.operations import reset_admin
from holdfast.demo.open_accounts import open_accounts
from holdfast.demo.people import PASSWORD as DEMO_PASSWORD
from holdfast.doctor import database as doctor
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from holdfast.runtime import demo_accounts
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make
from tests.support.passwords import NEW_PASSWORD, PASSWORD, hash_of, sign_in, user_with_password


async def test_an_administrator_gets_a_new_password_and_is_out_everywhere(
    api: Api, db: Database, make: Make
) -> None:
    admin = user_with_password(make, "admin")
    assert (await sign_in(api, admin)).status_code == 200
    assert await reset_admin(db, admin.email.upper(), NEW_PASSWORD) == admin.email
    assert make.one("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL")["count"] == 0
    problem(await sign_in(api, admin), 401, "unauthenticated")
    assert (await sign_in(api, admin, NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("password", "scenario"),
    [("qwertyuiop", "validation_failed"), ("short", "validation_failed")],
)
async def test_a_bad_new_password_changes_nothing(
    api: Api, db: Database, make: Make, password: str, scenario: str
) -> None:
    admin = user_with_password(make, "admin")
    with pytest.raises(Refusal) as refused:
        await reset_admin(db, admin.email, password)
    assert refused.value.scenario == scenario
    assert (await sign_in(api, admin)).status_code == 200


async def test_only_active_administrators_are_reset(db: Database, make: Make) -> None:
    inactive = user_with_password(make, "admin")
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [inactive.id])
    client = user_with_password(make)
    for email in (inactive.email, client.email, "nobody@example.test"):
        with pytest.raises(Refusal) as refused:
            await reset_admin(db, email, NEW_PASSWORD)
        assert refused.value.scenario == "not_found"


async def test_demo_accounts_with_the_public_password_are_named(
    make: Make, database: TestDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    for email, password in (
        ("Admin@demo.test", DEMO_PASSWORD),
        ("operator@demo.test", PASSWORD),
        ("client@demo.test", DEMO_PASSWORD),
        ("kim@example.test", DEMO_PASSWORD),
    ):
        user = make.user("client", password_hash=hash_of(password))
        make.db.execute("UPDATE users SET email = %s WHERE id = %s", [email, user.id])
    make.db.execute("UPDATE users SET is_active = false WHERE email = 'client@demo.test'")
    with psycopg.connect(database.server_url, autocommit=True) as connection:
        assert open_accounts(connection) == ["Admin@demo.test"]
        finding = doctor._check_demo_accounts(connection)
        assert (finding.verdict, "Admin@demo.test" in finding.said) == ("bad", True)
        with caplog.at_level(logging.WARNING):
            demo_accounts._warn(database.server_url)
        assert "Admin@demo.test" in caplog.text
        assert "operator@demo.test" not in caplog.text
        make.db.execute("UPDATE users SET password_hash = 'x'")
        assert doctor._check_demo_accounts(connection).verdict == "good"
