"""`holdfast rotate-secrets`: the former secret key opens nothing afterwards; nothing is lost."""

from pathlib import Path
from typing import Any

from holdfast.commands.sealed import SEALED
from holdfast.http.sealing import Seal
from holdfast.kernel.ids import new_id
from tests.deliveries.phones.people import with_browser
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make
from tests.support.server import as_url, run_command

NEW = "another-secret-key-for-tests-that-is-long-enough"
OTHER = "a-third-secret-key-for-tests-that-is-long-enough"


def test_every_sealed_column_is_known(make: Make) -> None:
    """A new one is resealed, too, or this fails."""
    rows = make.all(
        "SELECT c.relname AS table, a.attname AS column "
        "FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "AND a.atttypid = 'bytea'::regtype AND a.attname LIKE '%%sealed%%' AND NOT a.attisdropped"
    )
    found = {(row["table"], row["column"]) for row in rows}
    assert ("webhook_endpoints", "secret_sealed") in found
    assert found <= {(one.table, one.column) for one in SEALED}


def plant(make: Make) -> None:
    """A value of each kind, sealed with the key of tests."""
    endpoint = new_id()
    webhooks = Seal(SECRET_KEY, "webhook secrets")
    make.db.execute(
        "INSERT INTO webhook_endpoints (id, url, types, secret_sealed, previous_secret_sealed, "
        "previous_until) VALUES (%s, 'https://example.test/', '{booking.*}', %s, %s, now())",
        [endpoint, webhooks.close_for(endpoint, b"one"), webhooks.close_for(endpoint, b"two")],
    )
    calendar = new_id()
    make.db.execute(
        "INSERT INTO calendar_connections "
        "(id, provider_id, url, username, password_sealed, push, busy) "
        "VALUES (%s, %s, 'https://example.test/', 'kim', %s, true, true)",
        [
            calendar,
            make.place().provider_id,
            Seal(SECRET_KEY, "calendar passwords").close_for(calendar, b"a password"),
        ],
    )
    user = make.client()
    with_browser(make, user)
    make.db.execute("SELECT ensure_lane('sms', 'sms')")
    for purpose, seal in (
        ("password_reset", "password resets"),
        ("phone_code", "phone codes"),
        ("test", "test messages"),
    ):
        delivery = new_id()
        make.db.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, sealed, due_at, expires_at) "
            "VALUES (%s, 'sms', %s, 'sms', %s, now(), now() + interval '1 hour')",
            [delivery, purpose, Seal(SECRET_KEY, seal).close_for(delivery, b"a secret")],
        )
    make.db.execute(
        "INSERT INTO idempotency_records (user_id, key, fingerprint, status, headers, body, "
        "is_sealed, expires_at) VALUES (%s, 'k', '', 201, '{}', %s, true, now() + interval '1 d')",
        [user.id, Seal(SECRET_KEY, "kept answers").close(b"{}\n{}")],
    )


def plain_texts(make: Make, key: str) -> list[bytes | None]:
    """What a secret key opens of all that is sealed."""
    found = []
    for one in SEALED:
        query = (
            f"SELECT {one.key[0]} AS id, {one.column} AS sealed FROM {one.table} WHERE {one.only}"
        )
        for row in make.db.execute(query.encode()):
            found.append(Seal(key, one.purpose).open(bytes(row["sealed"])))
    return found


def rotated(folder: Path, database: TestDatabase, key: str, previous: str | None) -> Any:
    env = {
        "HOLDFAST_DATABASE_URL": as_url(database.server_url),
        "HOLDFAST_SECRET_KEY": key,
        "HOLDFAST_SECRET_KEY_PREVIOUS": previous,
    }
    return run_command(folder, "rotate-secrets", env=env)


def test_all_is_sealed_anew(tmp_path: Path, database: TestDatabase, make: Make) -> None:
    plant(make)
    before = plain_texts(make, SECRET_KEY)
    assert len(before) == len(SEALED)
    assert None not in before
    done = rotated(tmp_path, database, NEW, SECRET_KEY)
    assert done.returncode == 0, done.stderr
    assert f"{len(SEALED)} sealed anew" in done.stdout
    assert plain_texts(make, NEW) == before
    assert plain_texts(make, SECRET_KEY) == [None] * len(SEALED)
    again = rotated(tmp_path, database, NEW, SECRET_KEY)
    assert f"0 sealed anew, {len(SEALED)} were" in again.stdout
    for key in (NEW, SECRET_KEY):
        assert key not in done.stdout + done.stderr


def test_what_no_key_opens_is_said(tmp_path: Path, database: TestDatabase, make: Make) -> None:
    plant(make)
    before = plain_texts(make, SECRET_KEY)
    done = rotated(tmp_path, database, NEW, OTHER)
    assert done.returncode == 1
    assert f"{len(SEALED)} cannot be opened" in done.stdout
    assert plain_texts(make, SECRET_KEY) == before


def test_more_than_one_batch(tmp_path: Path, database: TestDatabase, make: Make) -> None:
    users = [make.client().id for _ in range(3)]
    for number in range(450):
        make.db.execute(
            "INSERT INTO idempotency_records (user_id, key, fingerprint, status, headers, body, "
            "is_sealed, expires_at) VALUES (%s, %s, '', 201, '{}', %s, true, now())",
            [
                users[number % 3],
                f"k{number}",
                Seal(SECRET_KEY, "kept answers").close(b"%d" % number),
            ],
        )
    done = rotated(tmp_path, database, NEW, SECRET_KEY)
    assert "450 sealed anew" in done.stdout
    found = [int(text) for text in plain_texts(make, NEW) if text is not None]
    assert sorted(found) == list(range(450))
