"""A fresh system in a folder: made by debootstrap, entered by chroot in namespaces that vanish.

Needs root, for debootstrap, chroot and the mounts. Nothing outside of the folder is written to.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PERSON_ID = 1000
HOME = Path("/srv/person")
# How this machine reaches package registries: passed on as it is, and never written anywhere else.
_PASSED_PREFIXES = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "NPM_CONFIG_", "npm_config_")
_PASSED = (
    *("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
_SYSTEM_FILES = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/uv/uv.toml", "/etc/npmrc")
_HOME_FILES = (".npmrc", ".pip/pip.conf", ".config/pip/pip.conf", ".config/uv/uv.toml")
_APT_SETTINGS = Path("/etc/apt/apt.conf.d")
# Files that settings name, such as certificates: where no package of the root writes.
_NAMED_FILES = Path("/opt/registries")

_MOUNTS = """
set -e
mount --bind "$ROOT" "$ROOT"
cd "$ROOT"
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for node in null zero full random urandom tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
done
if [ -n "$PYTHON_FOLDER" ]; then
    mkdir -p opt/python
    mount --bind "$PYTHON_FOLDER" opt/python
    mount -o remount,bind,ro opt/python
fi
exec chroot "$@"
"""


class FreshRootError(Exception):
    """A fresh root could not be made; the message says why."""


@dataclass(frozen=True)
class System:
    """One that README names.

    suite: what debootstrap calls it. components: what an installed one has switched on. script: of
    which older release debootstrap takes the steps, where it may not know this one. python_folder:
    of a Python of this machine, to be seen in the root as /opt/python.
    """

    title: str
    suite: str
    mirror: str
    components: str = "main"
    script: str | None = None
    python_folder: Path | None = None


def build(system: System, cache: Path, log: IO[bytes]) -> Path:
    """The root as debootstrap leaves it, made when it is not there yet.

    Raises:
        FreshRootError: debootstrap is missing or failed, as where its mirror is out of reach.
    """
    root = cache / system.suite
    complete = cache / f"{system.suite}.complete"
    if complete.exists():
        return root
    program = shutil.which("debootstrap", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise FreshRootError("debootstrap is not installed (apt-get install -y debootstrap)")
    cache.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    components = f"--components={system.components}"
    command = [program, "--variant=minbase", components, system.suite, str(root), system.mirror]
    scripts = Path("/usr/share/debootstrap/scripts")
    if system.script is not None and not (scripts / system.suite).exists():
        command.append(str(scripts / system.script))
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    log.write(f"{made.stdout}{made.stderr}".encode())
    if made.returncode != 0:
        said = (made.stderr.strip() or made.stdout.strip() or "no word").splitlines()[-1]
        raise FreshRootError(f"debootstrap failed: {said}")
    complete.touch()
    return root


class Root:
    """A copy of a fresh root, with a person who has a checkout, and nothing else.

    Args:
        folder: where the copy is; removed before and, by `remove`, afterwards.
        log: gets all that is said in it.
    """

    def __init__(self, system: System, fresh: Path, folder: Path, log: IO[bytes]) -> None:
        self.folder = folder
        self._system = system
        self._log = log
        self.remove()
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", fresh, folder], check=True)
        self._pass_on_registries()
        (folder / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        passwd, group = folder / "etc/passwd", folder / "etc/group"
        passwd.write_text(f"{passwd.read_text()}person:x:{PERSON_ID}:{PERSON_ID}::{HOME}:/bin/sh\n")
        group.write_text(f"{group.read_text()}person:x:{PERSON_ID}:\n")

    def check_out(self, repository: Path) -> None:
        """Give the person the last commit of the repository, and nothing that git does not know."""
        target = self.folder / str(HOME / "holdfast").lstrip("/")
        target.mkdir(parents=True)
        archive = subprocess.Popen(
            ["git", "-C", repository, "archive", "--format=tar", "HEAD"], stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", target], stdin=archive.stdout, check=True)
        if archive.wait() != 0:
            raise FreshRootError("git archive failed")
        home = self.folder / str(HOME).lstrip("/")
        subprocess.run(["chown", "-R", f"{PERSON_ID}:{PERSON_ID}", home], check=True)

    def start(
        self, command: str, *, as_root: bool = False, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a shell command in it, in the checkout; everything of it ends with it."""
        who = ("0:0", "/root") if as_root else (f"{PERSON_ID}:{PERSON_ID}", str(HOME))
        work = "/" if as_root else str(HOME / "holdfast")
        settings = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": who[1],
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            **dict(_registry_settings()),
            **(env or {}),
        }
        given = [f"{name}={value}" for name, value in settings.items()]
        inside = ["/usr/bin/env", "-i", *given, "/bin/sh", "-c", f"cd {work} && exec {command}"]
        self._log.write(f"\n$ {command}\n".encode())
        self._log.flush()
        return subprocess.Popen(
            [
                *(
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "/bin/sh",
                    "-c",
                    _MOUNTS,
                ),
                *("-", f"--userspec={who[0]}", "--groups=", ".", *inside),
            ],
            env={
                "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin",
                "ROOT": str(self.folder),
                "PYTHON_FOLDER": str(self._system.python_folder or ""),
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command: str, **how: object) -> bool:
        """Run a shell command in it to its end; whether it succeeded."""
        return self.start(command, **how).wait() == 0  # type: ignore[arg-type]

    def remove(self) -> None:
        """Delete the copy. What was mounted in it went with its last command."""
        if self.folder.exists():
            subprocess.run(["rm", "-rf", "--one-file-system", self.folder], check=True)

    def _pass_on_registries(self) -> None:
        files = [Path(name) for name in _SYSTEM_FILES]
        files += [path for path in _APT_SETTINGS.glob("*") if "Acquire::" in path.read_text()]
        for path in files:
            if path.is_file():
                _copy(path, self.folder / str(path).lstrip("/"))
        for name, value in _named_files():
            _copy(Path(value), self.folder / str(_NAMED_FILES / name).lstrip("/"))
        for name in _HOME_FILES:
            path = Path.home() / name
            if path.is_file():
                _copy(path, self.folder / str(HOME / name).lstrip("/"))


def _registry_settings() -> Iterator[tuple[str, str]]:
    """As they are in a root. What names a folder of this machine is left out."""
    for name, value in _settings_here():
        if not value.startswith("/"):
            yield name, value
    for name, _ in _named_files():
        yield name, str(_NAMED_FILES / name)


def _named_files() -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in _settings_here() if Path(value).is_file())


def _settings_here() -> Iterator[tuple[str, str]]:
    for name, value in os.environ.items():
        if name.startswith(_PASSED_PREFIXES) or name in _PASSED:
            yield name, value


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)
