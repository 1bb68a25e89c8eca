"""Turn this process into a PostgreSQL program. Run as a script, never imported.

    launch.py WHO PARENT_PID DEATH_SIGNAL DIRECTORY PROGRAM [ARGUMENT ...]

WHO is `self` (run as we are), `namespace` (in a user namespace where we are an ordinary user) or
`UID:GID` (become that user). PostgreSQL refuses to run as root, which is what the last two are for.
The program gets DEATH_SIGNAL when the thread that started this script ends, however it ends.

A script of its own and not a `preexec_fn`, because Python code between fork and exec may deadlock
in a process with threads; it runs with `python -I -S` and uses the standard library only.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

EXIT_NAMESPACE_REFUSED = 100
EXIT_USER_REFUSED = 101
EXIT_DIRECTORY_REFUSED = 102
EXIT_PROGRAM_REFUSED = 103
EXIT_ORPHANED = 104

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
ORDINARY_ID = 1000  # any id but 0 will do: it exists only inside the namespace


def main() -> None:
    # Python's own handler would swallow a SIGINT that comes just before the program takes over.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    who, parent_pid, death_signal, directory, *command = sys.argv[1:]
    if who == "namespace":
        _attempt(EXIT_NAMESPACE_REFUSED, "enter a user namespace", _enter_user_namespace)
    elif who != "self":
        uid, gid = map(int, who.split(":"))
        _attempt(EXIT_USER_REFUSED, f"become user id {uid}", lambda: _become(uid, gid))
    # After the change of user, which would clear it again.
    _die_with_parent(int(parent_pid), int(death_signal))
    os.umask(0o077)
    _attempt(EXIT_DIRECTORY_REFUSED, f"enter {directory}", lambda: os.chdir(directory))
    _attempt(EXIT_PROGRAM_REFUSED, f"run {command[0]}", lambda: os.execv(command[0], command))


def _attempt(exit_code: int, what: str, action: Callable[[], None]) -> None:
    try:
        action()
    except OSError as error:
        print(f"cannot {what}: {error.strerror}", file=sys.stderr)
        sys.exit(exit_code)


def _enter_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    _write("/proc/self/setgroups", "deny")  # required before a gid map
    _write("/proc/self/uid_map", f"{ORDINARY_ID} {uid} 1")
    _write("/proc/self/gid_map", f"{ORDINARY_ID} {gid} 1")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _die_with_parent(parent_pid: int, death_signal: int) -> None:
    if not sys.platform.startswith("linux"):
        return  # there, what outlives its parent is stopped by the next start
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent_pid:  # the parent died before we could ask
        sys.exit(EXIT_ORPHANED)


if __name__ == "__main__":
    main()
