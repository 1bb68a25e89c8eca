"""As an ordinary user, and as root with and without user namespaces."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.kernel.embedded import EmbeddedPostgres

from .conftest import RunOwner
from .support import execute, family, is_alive, one_value, wait_until

NOBODY = 65534
# CAP_DAC_READ_SEARCH is what lets the other user read this interpreter wherever it is installed;
# PostgreSQL sees an ordinary user all the same.
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
)
WITHOUT_NAMESPACES = (sys.executable, Path(__file__).with_name("without_namespaces.py"))

pytestmark = pytest.mark.usefixtures("as_root")


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that everybody may enter, unlike `tmp_path`."""
    path = Path(tempfile.mkdtemp(prefix="holdfast-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)  # a failed test may leave a server that is ending


def real_uids(pid: int) -> set[int]:
    """The users of `pid` and its children, as seen from outside any namespace."""
    uids: set[int] = set()
    for member in family(pid):
        with contextlib.suppress(FileNotFoundError):  # a child that was about to end
            uids.add(os.stat(f"/proc/{member}").st_uid)
    return uids


def test_an_ordinary_user(open_dir: Path, run_owner: RunOwner) -> None:
    os.chown(open_dir, NOBODY, NOBODY)
    for starts in range(2):
        owner = run_owner(open_dir / "data", prefix=AS_NOBODY)
        facts = owner.facts()
        if starts == 0:
            execute(facts["owner_url"], "CREATE TABLE kept AS SELECT 1 AS row")
        assert one_value(facts["owner_url"], "SELECT count(*) FROM kept") == 1
        pid = int(facts["postgres_pid"])
        assert real_uids(pid) == {NOBODY}
        assert os.readlink(f"/proc/{pid}/ns/user") == os.readlink("/proc/self/ns/user")
        if starts == 0:
            owner.kill()
            wait_until(lambda pid=pid: not is_alive(pid), "PostgreSQL died with its owner")
        else:
            owner.finish()


def test_an_ordinary_user_who_may_not_write(open_dir: Path, run_owner: RunOwner) -> None:
    facts = run_owner(open_dir / "data", prefix=AS_NOBODY).facts()
    assert facts["error"].endswith("Permission denied")
    (open_dir / "data").mkdir(mode=0o500)
    os.chown(open_dir / "data", NOBODY, NOBODY)
    facts = run_owner(open_dir / "data", prefix=AS_NOBODY).facts()
    assert facts["error"] == f"cannot use the data directory {open_dir}/data: Permission denied"


def test_root_in_a_private_directory(pg: EmbeddedPostgres, shared_data_dir: Path) -> None:
    assert (shared_data_dir.parent.stat().st_mode | shared_data_dir.stat().st_mode) & 0o077 == 0
    uid_map = Path(f"/proc/{pg.pid}/uid_map").read_text().split()
    assert uid_map[1:] == ["0", "1"] and uid_map[0] != "0"
    assert one_value(pg.owner_url, "SELECT 1") == 1


def test_root_where_namespaces_are_forbidden(open_dir: Path, run_owner: RunOwner) -> None:
    data_dir = open_dir / "data"
    owner = run_owner(data_dir, prefix=WITHOUT_NAMESPACES)
    facts = owner.facts()
    pid = int(facts["postgres_pid"])
    execute(facts["owner_url"], "CREATE TABLE kept AS SELECT 1 AS row")
    assert real_uids(pid) == {NOBODY}
    modes = {path.name: path.stat().st_mode & 0o777 for path in data_dir.iterdir()}
    assert data_dir.stat().st_mode & 0o777 == 0o711
    assert modes.pop("pgdata") == 0o700
    assert set(modes.values()) == {0o600}
    owner.kill()
    wait_until(lambda: not is_alive(pid), "PostgreSQL died with its owner")

    # Where they are permitted again, the files come back to root.
    with EmbeddedPostgres(data_dir) as server:
        assert one_value(server.owner_url, "SELECT count(*) FROM kept") == 1
        assert (data_dir / "pgdata" / "PG_VERSION").stat().st_uid == 0
        assert data_dir.stat().st_mode & 0o777 == 0o700

    owner = run_owner(data_dir, prefix=WITHOUT_NAMESPACES)
    facts = owner.facts()
    assert one_value(facts["owner_url"], "SELECT count(*) FROM kept") == 1
    assert real_uids(int(facts["postgres_pid"])) == {NOBODY}
    owner.finish()


def test_a_directory_that_nobody_cannot_reach(tmp_path: Path, run_owner: RunOwner) -> None:
    tmp_path.chmod(0o700)
    facts = run_owner(tmp_path / "data", prefix=WITHOUT_NAMESPACES).facts()
    assert f"cannot enter {tmp_path}/data: Permission denied" in facts["error"]
    assert "Nobody but its owner may enter " in facts["error"]
    assert "choose a data directory below one that everybody may enter" in facts["error"]
    assert tmp_path.stat().st_mode & 0o777 == 0o700


CHOOSE = """
import sys
from pathlib import Path
from holdfast.kernel.embedded import EmbeddedError
from holdfast.kernel.embedded.identity import choose_identity
try:
    choose_identity(Path(sys.argv[1]), Path(sys.argv[2]))
except EmbeddedError as error:
    print(error)
"""


def test_programs_that_nobody_cannot_reach(open_dir: Path) -> None:
    """As where the checkout lies in root's own folder: another data directory would not help."""
    closed, data_dir = open_dir / "private", open_dir / "data"
    programs = closed / "bin"
    programs.mkdir(parents=True)
    data_dir.mkdir()
    program = programs / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n")
    program.chmod(0o755)
    closed.chmod(0o700)
    command = [*WITHOUT_NAMESPACES, sys.executable, "-c", CHOOSE, programs, data_dir]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"cannot run {program}: Permission denied" in said
    assert f"The PostgreSQL programs lie below {closed}" in said
    assert "install Holdfast below one that everybody may enter" in said
    assert "choose a data directory" not in said
    closed.chmod(0o755)
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""
