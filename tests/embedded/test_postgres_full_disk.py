"""A full disk is reported in words, and nothing is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os, sys
from pathlib import Path
from holdfast.kernel.embedded import EmbeddedError, EmbeddedPostgres
import psycopg

disk = Path(sys.argv[1])
ballast = disk / "ballast"
data_dir = disk / "data"

def free_bytes():
    status = os.statvfs(disk)
    return status.f_bavail * status.f_frsize

def fill(leave_bytes):
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, free_bytes() - leave_bytes)

def refused():
    try:
        EmbeddedPostgres(data_dir).start()
    except EmbeddedError as error:
        assert "No space left on device" in str(error), error
        return
    raise AssertionError("started on a full disk")

fill(8 << 20)
refused()  # initdb
assert not (data_dir / "pgdata").exists()
ballast.unlink()

with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.owner_url) as connection:
    connection.execute("CREATE TABLE kept AS SELECT 1 AS row")
fill(0)
refused()
ballast.unlink()

with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.owner_url) as connection:
    assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
"""


def test_a_full_disk(tmp_path: Path, as_root: None) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=128m tmpfs "$1" && exec "$2" "$3" "$1"'
    result = subprocess.run(
        [*("unshare", "--mount", "sh", "-c", mount, "sh"), disk, sys.executable, script],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if "unshare failed" in result.stderr or "mount:" in result.stderr:
        pytest.skip("this root may not mount a file system")
    assert result.returncode == 0, result.stderr
