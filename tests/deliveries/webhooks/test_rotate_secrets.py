"""`holdfast rotate-secrets`: sealed by a former key, then by the present one."""

import subprocess
from pathlib import Path

import pytest

from holdfast.http.sealing import Seal
from holdfast.kernel.ids import new_id
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make
from tests.support.server import as_url, run_command

FORMER = "the-key-that-was-used-before-and-is-long-enough"


def rotate(
    folder: Path, database: TestDatabase, previous: str
) -> "subprocess.CompletedProcess[str]":
    env = {
        "HOLDFAST_DATABASE_URL": as_url(database.owner_url),
        "HOLDFAST_SECRET_KEY_PREVIOUS": previous,
    }
    return run_command(folder, "rotate-secrets", env=env)


@pytest.mark.parametrize("previous", [FORMER, "another-key-of-forty-characters-or-so-xxx"])
def test_rotating(tmp_path: Path, database: TestDatabase, make: Make, previous: str) -> None:
    former, present = Seal(FORMER, "webhook secrets"), Seal(SECRET_KEY, "webhook secrets")
    ids = [new_id() for _ in range(3)]
    for id, seal in zip(ids, (former, former, present), strict=True):
        make.db.execute(
            "INSERT INTO webhook_endpoints (id, url, types, secret_sealed, "
            "previous_secret_sealed, previous_until) VALUES (%s, 'https://example.org', "
            "'{booking.*}', %s, %s, now() + interval '1 day')",
            [id, seal.close_for(id, b"new"), seal.close_for(id, b"old")],
        )
    push = Seal(FORMER, "push subscriptions")
    subscription = new_id()
    make.db.execute(
        "INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth_sealed) "
        "VALUES (%s, %s, 'https://push.example/1', 'x', %s)",
        [subscription, make.client().id, push.close_for(subscription, b"auth")],
    )
    done = rotate(tmp_path, database, previous)
    rows = make.all("SELECT id, secret_sealed, previous_secret_sealed FROM webhook_endpoints")
    opened = {
        row["id"]: (
            present.open_for(row["id"], row["secret_sealed"]),
            present.open_for(row["id"], row["previous_secret_sealed"]),
        )
        for row in rows
    }
    assert opened[ids[2]] == (b"new", b"old")
    auth = make.one("SELECT auth_sealed FROM push_subscriptions")["auth_sealed"]
    if previous == FORMER:
        assert done.returncode == 0, done.stdout + done.stderr
        assert all(values == (b"new", b"old") for values in opened.values())
        again = Seal(SECRET_KEY, "push subscriptions").open_for(subscription, auth)
        assert again == b"auth"
        # Once more: nothing to do.
        assert rotate(tmp_path, database, "").returncode == 0
    else:
        assert done.returncode == 1
        assert "5 secrets open with no key" in " ".join(done.stdout.split())
        assert opened[ids[0]] == (None, None)
        assert push.open_for(subscription, auth) == b"auth"
    assert "webhook secrets" in done.stdout
    for secret in (FORMER, SECRET_KEY):
        assert secret not in done.stdout + done.stderr
