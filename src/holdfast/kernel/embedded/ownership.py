"""One owner per data directory, and only directories that are ours."""

import contextlib
import os
import stat
from pathlib import Path

from holdfast.kernel.embedded.errors import DataDirInUse, EmbeddedError
from holdfast.kernel.embedded.locks import LockFile

LOCK_NAME = "owner.lock"
DEAD_OWNER_SECONDS = 1.0
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
            # A killed owner's lock may last a moment longer: until a child that it was just
            # forking has closed its copy.
            owner = lock.read_pid()
            if _is_alive(owner) or not lock.lock_within(DEAD_OWNER_SECONDS):
                raise _in_use(data_dir, owner)
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


def _is_alive(pid: int | None) -> bool:
    try:
        return pid is not None and os.kill(pid, 0) is None
    except ProcessLookupError:
        return False
    except PermissionError:
        return True


def _in_use(data_dir: Path, pid: int | None) -> DataDirInUse:
    owner = f"process {pid}" if pid is not None else "another process"
    return DataDirInUse(
        f"the data directory {data_dir} is in use by {owner}: "
        "stop that one first or choose another data directory"
    )
