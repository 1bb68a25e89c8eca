"""What an earlier run left behind: live PostgreSQL processes, and files that claim there are some.

Whether any of ours is alive is never guessed from a pid, which may have been given to another
process since: every PostgreSQL process of a data directory inherits the locked `server.lock`, so
the lock is free exactly when none of them is left.
"""

import contextlib
import logging
import os
import signal
from pathlib import Path

from holdfast.kernel.embedded.errors import DataDirInUse, EmbeddedError
from holdfast.kernel.embedded.locks import LockFile

LOCK_NAME = "server.lock"
# How long each signal gets to work, in order. A postmaster shuts down cleanly on SIGINT and at
# once on SIGQUIT; its children, once it is gone, have nothing to finish.
POSTMASTER_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 6.0))
ORPHAN_STEPS = ((signal.SIGQUIT, 2.0), (signal.SIGKILL, 10.0))
GRACE_SECONDS = 0.1

logger = logging.getLogger("holdfast.embedded")


def take_server_lock(data_dir: Path, pgdata: Path) -> LockFile:
    """Stop what still runs in `pgdata`, remove what would mislead a start, return the held lock.

    The caller owns `data_dir`, hands the lock to the PostgreSQL it starts, then closes it.

    Raises DataDirInUse when a PostgreSQL that we did not start runs there, EmbeddedError when
    ours does not go away.
    """
    lock = LockFile(data_dir / LOCK_NAME)
    try:
        if not lock.lock_within(GRACE_SECONDS):
            _stop_holders(lock, pgdata)
        _remove_stale_files(pgdata)
    except BaseException:
        lock.close()
        raise
    return lock


def read_postmaster_pid(pgdata: Path) -> int | None:
    """The pid in `postmaster.pid`, true or not; None when there is no such file."""
    try:
        text = (pgdata / "postmaster.pid").read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    first_line = text.partition("\n")[0].strip()
    return int(first_line) if first_line.isdecimal() else None


def _stop_holders(lock: LockFile, pgdata: Path) -> None:
    postmaster = read_postmaster_pid(pgdata)
    if postmaster is not None and _is_postmaster(postmaster, pgdata):
        logger.warning("stopping a PostgreSQL left over from an earlier run (pid %d)", postmaster)
        for number, patience_seconds in POSTMASTER_STEPS:
            _send(postmaster, number)
            if lock.lock_within(patience_seconds):
                return
    for number, patience_seconds in ORPHAN_STEPS:
        for pid in lock.holders():
            logger.warning("stopping a PostgreSQL process left over (pid %d)", pid)
            _send(pid, number)
        if lock.lock_within(patience_seconds):
            return
    left = ", ".join(map(str, lock.holders())) or "unknown"
    raise EmbeddedError(
        f"PostgreSQL processes of an earlier run still use {pgdata} (pid {left}): end them first"
    )


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _remove_stale_files(pgdata: Path) -> None:
    pid = read_postmaster_pid(pgdata)
    if pid is not None and _is_postmaster(pid, pgdata):
        raise DataDirInUse(
            f"a PostgreSQL that Holdfast did not start runs in {pgdata} (process {pid}): "
            "stop that one first"
        )
    # PostgreSQL believes these as soon as any process has the pid that they name.
    for stale in (pgdata / "postmaster.pid", *pgdata.glob(".s.PGSQL.*.lock")):
        stale.unlink(missing_ok=True)


def _is_postmaster(pid: int, pgdata: Path) -> bool:
    """Whether process `pid` is, now, a PostgreSQL working in `pgdata`."""
    process = Path(f"/proc/{pid}")
    try:
        if process.joinpath("comm").read_text().strip() not in ("postgres", "postmaster"):
            return False
        try:
            return process.joinpath("cwd").samefile(pgdata)
        except PermissionError:  # another user's, where root is not almighty: what anyone may see
            return os.fsencode(pgdata) in process.joinpath("cmdline").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or there is no /proc to ask
        return False
