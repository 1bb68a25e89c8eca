"""One owner per data directory, and only directories that are ours."""

import contextlib
import os
import stat
from pathlib import Path

from holdfast.kernel.embedded.errors import DataDirInUse, EmbeddedError
from holdfast.kernel.embedded.locks import LockFile

LOCK_NAME = "owner.lock"
# A fresh file system mounted as the data directory carries this and nothing else.
HARMLESS_NAMES = frozenset({"lost+found"})


def claim(data_dir: Path) -> LockFile:
    """Create `data_dir` where missing and become its only owner until the lock is closed.

    A directory is ours when it is empty or holds our lock file. Nothing in it is deleted, and
    nothing is changed before that is known.

    Raises DataDirInUse when another process owns it, EmbeddedError when it cannot be used.
    """
    try:
        _check(data_dir)
        lock = LockFile(data_dir / LOCK_NAME)
    except OSError as error:
        raise EmbeddedError(f"cannot use the data directory {data_dir}: {error.strerror}") from None
    try:
        if not lock.try_lock():
            raise _in_use(data_dir, lock.read_pid())
        # Only now: the directory may be open to `nobody` while another process owns it.
        if stat.S_IMODE(data_dir.stat().st_mode) != 0o700:
            data_dir.chmod(0o700)
        lock.write_pid(os.getpid())
    except OSError as error:
        lock.close()
        raise EmbeddedError(f"cannot use the data directory {data_dir}: {error.strerror}") from None
    except EmbeddedError:
        lock.close()
        raise
    return lock


def _check(data_dir: Path) -> None:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        data_dir.mkdir(mode=0o700)
    status = data_dir.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise EmbeddedError(f"the data directory {data_dir} is not a directory")
    if status.st_uid != os.geteuid():
        raise EmbeddedError(
            f"the data directory {data_dir} belongs to user id {status.st_uid}, but this process "
            f"runs as user id {os.geteuid()}: run as that user or choose another data directory"
        )
    names = set(os.listdir(data_dir)) - HARMLESS_NAMES
    if names and LOCK_NAME not in names:
        raise EmbeddedError(
            f"the data directory {data_dir} holds files that are not Holdfast's "
            f"(such as {min(names)!r}): choose an empty or a new directory"
        )


def _in_use(data_dir: Path, pid: int | None) -> DataDirInUse:
    owner = f"process {pid}" if pid is not None else "another process"
    return DataDirInUse(
        f"the data directory {data_dir} is in use by {owner}: "
        "stop that one first or choose another data directory"
    )
