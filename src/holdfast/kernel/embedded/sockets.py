"""The Unix socket, which is the only way in: in a directory that only its owner can enter.

On TCP, any local program could listen in place of a PostgreSQL that is down, and would be offered
the logins of all who come back to it.
"""

import os
import shutil
import tempfile
from pathlib import Path

from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.files import write_private

PORT = 5432  # a part of the socket's name; no TCP port is used
FILE_NAME = "socket"
LONGEST_PATH_BYTES = 103  # Linux takes 107, the BSDs and macOS 103


def make_directory(data_dir: Path, uid: int, gid: int) -> Path:
    """The directory for the socket: `pgdata`, or a short private one where that path will not do.

    The latter is named in the file `socket`, for those who join. Raises EmbeddedError, OSError.
    """
    remove_directory(data_dir)  # that of a run that was killed
    pgdata = data_dir / "pgdata"
    if _fits(pgdata):
        return pgdata
    for parent in (None, "/tmp"):  # noqa: S108  None: as TMPDIR says
        directory = Path(tempfile.mkdtemp(prefix="holdfast-", dir=parent))
        if _fits(directory):
            os.chown(directory, uid, gid)
            write_private(data_dir / FILE_NAME, f"{directory}\n")
            return directory
        directory.rmdir()
    raise EmbeddedError(f"the path of {data_dir} is too long for a socket: choose a shorter one")


def find_directory(data_dir: Path) -> Path:
    """Where the socket of the PostgreSQL is that runs in `data_dir`.

    Raises FileNotFoundError when it has not been made yet.
    """
    pgdata = data_dir / "pgdata"
    if _fits(pgdata):
        return pgdata
    return Path((data_dir / FILE_NAME).read_text(errors="replace").strip())


def remove_directory(data_dir: Path) -> None:
    """Remove a short directory that was made for `data_dir`, if there is one."""
    kept = data_dir / FILE_NAME
    try:
        directory = Path(kept.read_text(errors="replace").strip())
    except FileNotFoundError:
        return
    # What the file says is believed only so far: nothing but such a directory is removed.
    if directory.name.startswith("holdfast-") and not directory.is_symlink():
        shutil.rmtree(directory, ignore_errors=True)
    kept.unlink(missing_ok=True)


def _fits(directory: Path) -> bool:
    path = os.fsencode(directory / f".s.PGSQL.{PORT}")
    # A comma would make several hosts of it.
    return len(path) <= LONGEST_PATH_BYTES and b"," not in path
