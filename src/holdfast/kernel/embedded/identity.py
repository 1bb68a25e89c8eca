"""Which user PostgreSQL runs as, and running its programs that way."""

import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from holdfast.kernel.embedded import launch
from holdfast.kernel.embedded.binaries import parse_major
from holdfast.kernel.embedded.errors import EmbeddedError

NOBODY_ID = 65534


@dataclass(frozen=True)
class Identity:
    """The user of the PostgreSQL processes.

    who: the word that launch.py takes. uid, gid: the owner of the PostgreSQL files, as this
    process sees them. directory: where its programs are started, which must be one they can enter.
    """

    who: str
    uid: int
    gid: int
    directory: Path

    def run(
        self, command: Sequence[str | Path], *, pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` to its end and return its output; it is killed when we die."""
        return subprocess.run(
            self._launch_command(command, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=_environment(),
            pass_fds=pass_fds,
            start_new_session=True,
            check=False,
        )

    def spawn(
        self, command: Sequence[str | Path], *, output: IO[bytes], pass_fds: Sequence[int]
    ) -> subprocess.Popen[bytes]:
        """Start `command`; it gets SIGINT when the *calling thread* ends, however it ends.

        It has a session of its own, so that Ctrl-C in a terminal reaches only us.
        """
        return subprocess.Popen(
            self._launch_command(command, signal.SIGINT),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(),
            pass_fds=pass_fds,
            start_new_session=True,
        )

    def _launch_command(
        self, command: Sequence[str | Path], death_signal: signal.Signals
    ) -> list[str]:
        if not sys.executable:
            raise EmbeddedError("cannot start PostgreSQL: the path of this Python is not known")
        python = [sys.executable, "-I", "-S", launch.__file__]
        how = [self.who, str(os.getpid()), str(int(death_signal)), str(self.directory)]
        return [*python, *how, *map(str, command)]


def choose_identity(bin_dir: Path, data_dir: Path) -> tuple[Identity, int]:
    """Return the identity that can run PostgreSQL here, and the major version of the programs.

    An ordinary user runs it as itself; root in a user namespace or, where those are not permitted,
    as `nobody`, for which `data_dir` is opened to passage (0711; the files in it stay private).

    Raises EmbeddedError when neither can run the programs in `data_dir`.
    """
    ask_version = (bin_dir / "postgres", "--version")
    if os.geteuid() != 0:
        identity = Identity("self", os.geteuid(), os.getegid(), data_dir)
        return identity, _major(identity.run(ask_version))
    identity = Identity("namespace", 0, os.getegid(), data_dir)
    result = identity.run(ask_version)
    if result.returncode != launch.EXIT_NAMESPACE_REFUSED:
        return identity, _major(result)

    identity = _nobody(data_dir)
    data_dir.chmod(0o711)
    result = identity.run(ask_version)
    if result.returncode in (launch.EXIT_DIRECTORY_REFUSED, launch.EXIT_PROGRAM_REFUSED):
        raise EmbeddedError(
            "PostgreSQL does not run as root, user namespaces are not permitted here, and the user "
            f"'nobody' {result.stderr.strip()}. {_advice(bin_dir, data_dir)}Otherwise run Holdfast "
            "as an ordinary user, permit user namespaces, or set HOLDFAST_DATABASE_URL to use a "
            "database server of your own"
        )
    return identity, _major(result)


def _advice(bin_dir: Path, data_dir: Path) -> str:
    """What to move where, so that another user can reach it: a sentence for each place."""
    said = ""
    closed = _closed_folder(data_dir.parent)
    if closed is not None:
        said += (
            f"Nobody but its owner may enter {closed}: choose a data directory below one that "
            "everybody may enter (such as /var/lib). "
        )
    closed = _closed_folder(bin_dir)
    if closed is not None:
        said += (
            f"The PostgreSQL programs lie below {closed}, which nobody but its owner may enter, so "
            "another data directory does not help: install Holdfast below one that everybody may "
            "enter (such as /opt). "
        )
    return said


def _closed_folder(path: Path) -> Path | None:
    """The topmost of the folders on the way to `path` that not everybody may enter."""
    way = [*reversed(path.parents), path]
    return next((each for each in way if not each.stat().st_mode & stat.S_IXOTH), None)


def _nobody(data_dir: Path) -> Identity:
    try:
        entry = pwd.getpwnam("nobody")
        uid, gid = entry.pw_uid, entry.pw_gid
    except KeyError:  # a container image without it
        uid, gid = NOBODY_ID, NOBODY_ID
    return Identity(f"{uid}:{gid}", uid, gid, data_dir)


def _major(result: subprocess.CompletedProcess[str]) -> int:
    if result.returncode != 0:
        raise EmbeddedError(f"PostgreSQL does not run: {result.stderr.strip()}")
    return parse_major(result.stdout)


def _environment() -> dict[str, str]:
    # Nothing of ours by default: PG* variables would change its behaviour, and it has no use for
    # the secrets that may be among the others.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
