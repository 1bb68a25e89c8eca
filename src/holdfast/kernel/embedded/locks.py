"""Lock files: advisory `flock` locks that vanish with the processes that hold them."""

import fcntl
import os
import time
import weakref
from pathlib import Path
from typing import ClassVar

POLL_SECONDS = 0.005


class LockFile:
    """An open lock file. The lock belongs to the open file, so whoever inherits the descriptor
    keeps it locked; the file itself is never deleted, because another process may have it open.
    """

    _opened: ClassVar[weakref.WeakSet["LockFile"]] = weakref.WeakSet()

    def __init__(self, path: Path) -> None:
        """Open `path`, creating it with mode 0600. Raises OSError."""
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)
        LockFile._opened.add(self)

    def try_lock(self) -> bool:
        """Take the lock without waiting; say whether it is ours now."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def lock_within(self, seconds: float) -> bool:
        """Take the lock, waiting `seconds` at most; say whether it is ours now."""
        deadline = time.monotonic() + seconds
        while not self.try_lock():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def fileno(self) -> int:
        """The descriptor, for handing it to a child process."""
        return self._fd

    def write_pid(self, pid: int | None) -> None:
        """Make `pid` the whole content, or nothing for None."""
        os.ftruncate(self._fd, 0)
        if pid is not None:
            os.pwrite(self._fd, f"{pid}\n".encode(), 0)

    def read_pid(self) -> int | None:
        """The pid written by whoever holds the lock, if it has written one yet."""
        text = os.pread(self._fd, 32, 0).strip()
        return int(text) if text.isdigit() else None

    def holders(self) -> list[int]:
        """Pids of the other processes that have this file open.

        Only those whose descriptors may be inspected; empty on systems without /proc.
        """
        ours = os.fstat(self._fd)
        return [
            pid
            for pid in _visible_pids()
            if pid != os.getpid() and _has_open(pid, (ours.st_dev, ours.st_ino))
        ]

    def close(self) -> None:
        """Close our descriptor; the lock ends when no process has inherited it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @classmethod
    def _close_all_in_child(cls) -> None:
        for lock in list(cls._opened):
            lock.close()


# A forked worker must not keep a directory locked after its parent has died.
os.register_at_fork(after_in_child=LockFile._close_all_in_child)


def _visible_pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _has_open(pid: int, device_and_inode: tuple[int, int]) -> bool:
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            opened = os.stat(f"/proc/{pid}/fd/{name}")
            if (opened.st_dev, opened.st_ino) == device_and_inode:
                return True
    except OSError:  # it ended meanwhile, or belongs to somebody else
        pass
    return False
