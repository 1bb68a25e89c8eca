"""One owner, only our own directory, and nothing outside it."""

import os
from pathlib import Path

import pytest

from holdfast.kernel.embedded import DataDirInUse, EmbeddedError, EmbeddedPostgres

from .conftest import RunOwner
from .support import is_alive, one_value, wait_until


def test_a_second_owner_is_refused(pg: EmbeddedPostgres, shared_data_dir: Path) -> None:
    with pytest.raises(DataDirInUse, match=f"is in use by process {os.getpid()}:"):
        EmbeddedPostgres(shared_data_dir).start()
    with pytest.raises(EmbeddedError, match="already started"):
        pg.start()
    assert one_value(pg.owner_url, "SELECT 1") == 1


def test_a_second_owner_in_another_process_is_refused(
    pg: EmbeddedPostgres, shared_data_dir: Path, run_owner: RunOwner
) -> None:
    facts = run_owner(shared_data_dir).facts()
    assert facts["kind"] == "DataDirInUse"
    assert f"in use by process {os.getpid()}" in facts["error"]
    assert one_value(pg.owner_url, "SELECT 1") == 1


def test_a_forked_child_of_a_killed_owner_keeps_nothing(
    data_dir: Path, run_owner: RunOwner
) -> None:
    owner = run_owner(data_dir, mode="fork")
    child = int(owner.facts()["child_pid"])
    owner.process.kill()  # the child goes on reading the standard input that it shares
    owner.process.wait()
    assert is_alive(child)
    with EmbeddedPostgres(data_dir) as server:
        assert one_value(server.owner_url, "SELECT 1") == 1
        assert is_alive(child)
    assert owner.process.stdin is not None
    owner.process.stdin.close()
    wait_until(lambda: not is_alive(child), "the child has ended")


def test_everything_is_private_and_inside(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    data_dir = tmp_path / "data"
    with EmbeddedPostgres(data_dir) as server:
        private = {path.name: oct(path.stat().st_mode & 0o777) for path in data_dir.iterdir()}
        assert private == {
            "credentials.json": "0o600",
            "owner.lock": "0o600",
            "pgdata": "0o700",
            "postgres.log": "0o600",
            "server.lock": "0o600",
        }
        assert data_dir.stat().st_mode & 0o777 == 0o700
        outside = {path for path in open_files(server.pid) if not path.is_relative_to(data_dir)}
        assert outside == {Path("/dev/null")}
    assert list(tmp_path.iterdir()) == [data_dir]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def open_files(pid: int) -> set[Path]:
    """Files that process `pid` holds open or has mapped as shared memory."""
    process = Path(f"/proc/{pid}")
    targets = [os.readlink(path) for path in (process / "fd").iterdir()]
    shared = [line for line in (process / "maps").read_text().splitlines() if " rw-s " in line]
    targets += [line.split(maxsplit=5)[5] for line in shared]
    anonymous = ("/dev/zero (deleted)", "/SYSV")
    return {
        Path(target)
        for target in targets
        if target.startswith("/") and not target.startswith(anonymous)
    }


def test_an_existing_empty_directory_is_made_private(new_dir: Path) -> None:
    new_dir.mkdir(mode=0o755)
    (new_dir / "lost+found").mkdir()
    with EmbeddedPostgres(new_dir):
        assert new_dir.stat().st_mode & 0o777 == 0o700


def test_a_directory_with_other_files_is_not_touched(new_dir: Path) -> None:
    new_dir.mkdir(mode=0o755)
    (new_dir / "thesis.txt").write_text("years of work")
    with pytest.raises(EmbeddedError, match=r"not Holdfast's \(such as 'thesis\.txt'\)"):
        EmbeddedPostgres(new_dir).start()
    assert os.listdir(new_dir) == ["thesis.txt"]
    assert new_dir.stat().st_mode & 0o777 == 0o755


def test_something_else_in_the_place_of_the_data_is_not_touched(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    os.rename(data_dir / "pgdata", data_dir / "elsewhere")
    (data_dir / "pgdata").mkdir()
    (data_dir / "pgdata" / "note").write_text("moved")
    with pytest.raises(EmbeddedError, match="is not a PostgreSQL data directory"):
        EmbeddedPostgres(data_dir).start()
    assert (data_dir / "pgdata" / "note").read_text() == "moved"


def test_a_file_instead_of_a_directory(new_dir: Path) -> None:
    new_dir.write_text("")
    with pytest.raises(EmbeddedError, match="is not a directory"):
        EmbeddedPostgres(new_dir).start()


def test_a_directory_of_somebody_else(new_dir: Path, as_root: None) -> None:
    new_dir.mkdir()
    os.chown(new_dir, 12345, 12345)
    with pytest.raises(EmbeddedError, match="belongs to user id 12345, but this process runs as"):
        EmbeddedPostgres(new_dir).start()
    assert os.listdir(new_dir) == []
