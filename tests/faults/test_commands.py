"""The commands that are no servers: what they say, and how they end."""

import json
import re
from pathlib import Path

import pytest

from holdfast import __version__
from tests.support.cluster import TestDatabase
from tests.support.make import Make
from tests.support.server import as_url, run_command

ANNA = ("create-admin", "--email", "anna@example.org", "--name", "Anna", "--password-stdin")


@pytest.fixture
def env(database: TestDatabase) -> dict[str, str | None]:
    return {"HOLDFAST_DATABASE_URL": as_url(database.server_url), "HOLDFAST_LOG_FORMAT": None}


def test_version_and_help_need_nothing(tmp_path: Path) -> None:
    assert run_command(tmp_path, "--version").stdout == f"holdfast {__version__}\n"
    help_text = run_command(tmp_path, "--help").stdout
    for command in ("serve", "api", "worker", "migrate", "verify", "doctor", "create-admin"):
        assert command in help_text
    assert list(tmp_path.iterdir()) == []


def test_an_administrator_is_made_once(
    tmp_path: Path, env: dict[str, str | None], make: Make
) -> None:
    made = run_command(tmp_path, *ANNA, env=env, stdin="correct horse\n")
    assert (made.returncode, made.stderr) == (0, "")
    user = make.one("SELECT role::text, name FROM users WHERE email = 'anna@example.org'")
    assert user == {"role": "admin", "name": "Anna"}

    again = run_command(tmp_path, *ANNA, env=env, stdin="correct horse\n")
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1


def test_an_administrator_needs_a_real_password(
    tmp_path: Path, env: dict[str, str | None], make: Make
) -> None:
    weak = run_command(tmp_path, *ANNA, env=env, stdin="short\n")
    assert weak.returncode == 1
    assert "at least 10 characters" in weak.stderr
    unasked = run_command(tmp_path, "create-admin", "--email", "a@example.org", env=env)
    assert unasked.returncode == 1
    assert "--name is needed" in unasked.stderr
    assert make.all("SELECT FROM users") == []


def test_the_database_is_brought_up_to_date_once(tmp_path: Path, database: TestDatabase) -> None:
    env = {"HOLDFAST_DATABASE_URL": as_url(database.owner_url)}
    done = run_command(tmp_path, "migrate", env=env)
    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")


def test_live_data_is_verified(tmp_path: Path, env: dict[str, str | None], make: Make) -> None:
    make.slots(make.place(), 2)
    verified = run_command(tmp_path, "verify", env=env)
    assert verified.returncode == 0, verified.stdout
    assert "No violations" in verified.stdout


def test_the_openapi_document_is_written(tmp_path: Path) -> None:
    shown = run_command(tmp_path, "export", "openapi")
    written = run_command(tmp_path, "export", "openapi", "--output", "openapi.json")
    assert (shown.returncode, written.returncode, written.stdout) == (0, 0, "")
    document = json.loads(shown.stdout)
    assert document["openapi"].startswith("3.1")
    assert json.loads((tmp_path / "openapi.json").read_text()) == document


def findings(output: str) -> dict[str, str]:
    """What the doctor found good (`✓`) or bad (`✗`), by what was looked at."""
    found = re.findall(r"^(\S) (\w[\w ]*?)  +", output, re.MULTILINE)
    return {what: mark for mark, what in found}


def test_the_doctor_looks_before_the_first_start(tmp_path: Path) -> None:
    examined = run_command(tmp_path, "doctor", env={"HOLDFAST_SECRET_KEY": None})
    assert examined.returncode == 0, examined.stdout
    found = findings(examined.stdout)
    # `-` where the installed PostgreSQL lacks fixes that are known.
    assert found.pop("PostgreSQL programs") in "✓-"
    assert found == {
        "Python": "✓",
        "settings": "✓",
        "secret key": "-",
        "address": "✓",
        "public address": "-",
        "mail server": "-",
        "SMS gateway": "-",
        "push messages": "-",
        "Kafka": "-",
        "data directory": "✓",
        "database": "-",
        "reverse proxy": "-",
    }
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_what_to_put_right(
    tmp_path: Path, env: dict[str, str | None], make: Make
) -> None:
    # The tests' PostgreSQL runs without fsync.
    make.db.execute("DELETE FROM schema_scripts WHERE name = 'holdfast.sql/grants.sql'")
    make.db.execute("GRANT DELETE ON appointment_audit TO holdfast_server")
    make.db.execute(
        "INSERT INTO lanes (id, channel, paused_until) VALUES ('smtp', 'email', now()); "
        "UPDATE relay SET position = 6000; UPDATE consumers SET position = 0 WHERE name = 'notify'"
    )
    bad = {"HOLDFAST_SECRET_KEY": None, "HOLDFAST_API_PROCESSES": "64"}
    bad |= {"HOLDFAST_SMTP_URL": "smtp://127.0.0.1:1", "HOLDFAST_PUBLIC_URL": None}
    examined = run_command(tmp_path, "doctor", env={**env, **bad})
    assert examined.returncode == 1
    assert findings(examined.stdout) == {
        "Python": "✓",
        "settings": "✓",
        "secret key": "✗",
        "address": "✓",
        "public address": "✗",
        "mail server": "✗",
        "SMS gateway": "-",
        "push messages": "-",
        "Kafka": "-",
        "database": "✓",
        "schema": "✗",
        "rights": "✗",
        "durability": "✗",
        "clock": "✓",
        "connections": "✗",
        "demo accounts": "✓",
        "deliveries": "✗",
        "reverse proxy": "-",
    }
    assert "behind the log: notify by 6000 events; nothing goes by smtp" in examined.stdout
    assert "grants.sql" in examined.stdout
    assert "holdfast_server may change appointment_audit" in examined.stdout
    assert "fsync" in examined.stdout
    assert examined.stdout.count("→") == 8
    assert "8 to put right." in examined.stdout


def test_the_doctor_names_bad_settings_and_a_database_that_is_away(tmp_path: Path) -> None:
    examined = run_command(tmp_path, "doctor", env={"HOLDFAST_PORT": "x"})
    assert examined.returncode == 1
    assert "HOLDFAST_PORT" in examined.stdout
    away = {"HOLDFAST_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    examined = run_command(tmp_path, "doctor", env=away)
    assert examined.returncode == 1
    assert findings(examined.stdout)["database"] == "✗"
