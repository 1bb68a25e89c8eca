"""Tries `make run` and `make test` on fresh systems, as somebody who has read README and no more.

    python tools/fresh.py [--systems bookworm trixie sid noble] [--tests "FILES"] [--run-only]

For each system: a root made by debootstrap (kept in the cache folder, and copied for each try), the
packages of README's line for it, the last commit, and a person without any rights who runs `make
run` until it answers with the demo data, stops it, and runs `make test`. Prints a table of times;
exits with 1 when something failed, and says plainly what could not be tried.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from fresh_root import HOME, FreshRootError, Root, System, build

REPOSITORY = Path(__file__).resolve().parent.parent
DEBIAN, UBUNTU = "http://deb.debian.org/debian", "http://archive.ubuntu.com/ubuntu"
SYSTEMS = (
    System("Debian 12", "bookworm", DEBIAN),
    System("Debian 13", "trixie", DEBIAN),
    System("Debian unstable", "sid", DEBIAN),
    System("Ubuntu 24.04", "noble", UBUNTU, components="main,universe", script="jammy"),
)
# Ubuntu's Python, where its mirror is out of reach: on Debian 12, if this machine has one.
UBUNTU_PYTHON = "python3.12"
ANSWER_SECONDS = 600
STOP_SECONDS = 30
DEMO_ACCOUNT = {"email": "client@demo.test", "password": "demo-Pass-123"}


class Step:
    """One column of the table: whether it went well, and how long it took."""

    def __init__(self, do: Callable[[], bool]) -> None:
        before, began = _cpu_seconds(), time.monotonic()
        self.is_good = do()
        self.seconds = time.monotonic() - began
        self.cpu_seconds = _cpu_seconds() - before

    def __str__(self) -> str:
        said = f"{self.seconds:.0f} s (CPU {self.cpu_seconds:.0f})"
        return said if self.is_good else f"FAILED after {said}"


def main() -> int:
    arguments = _arguments()
    if os.geteuid() != 0:
        print("debootstrap and chroot need root: sudo make test-fresh", file=sys.stderr)
        return 1
    cache: Path = arguments.cache
    (cache / "logs").mkdir(parents=True, exist_ok=True)
    rows: list[list[str]] = []
    all_good = True
    for system in (system for system in SYSTEMS if system.suite in arguments.systems):
        log_path = cache / "logs" / f"{system.suite}.log"
        with log_path.open("wb") as log:
            row, is_good = _try(system, cache, log, arguments)
        rows.append(row)
        all_good = all_good and is_good
        print(" | ".join(row) + ("" if is_good else f" | see {log_path}"), flush=True)
    _print_table(rows)
    return 0 if all_good else 1


def _try(
    system: System, cache: Path, log: IO[bytes], arguments: argparse.Namespace
) -> tuple[list[str], bool]:
    """A row of the table, and whether nothing failed. What could not be tried did not fail."""
    try:
        fresh = build(system, cache, log)
    except FreshRootError as error:
        folder = _python_elsewhere()
        if system.suite != "noble" or folder is None:
            return [system.title, "could not be tried:", str(error)], system.suite == "noble"
        system = replace(SYSTEMS[0], title=f"{UBUNTU_PYTHON} on Debian 12", python_folder=folder)
        log.write(f"{error}\n".encode())
        try:
            fresh = build(system, cache, log)
        except FreshRootError as again:
            return [system.title, "could not be tried:", str(again)], False
    root = Root(system, fresh, cache / "try" / system.suite, log)
    try:
        root.check_out(REPOSITORY)
        return _steps(root, system, arguments)
    finally:
        if not arguments.keep:
            root.remove()


def _steps(root: Root, system: System, arguments: argparse.Namespace) -> tuple[list[str], bool]:
    is_own = system.python_folder is None
    line = _line_of_readme(system.title if is_own else SYSTEMS[0].title)
    with_make = "" if is_own else f" PYTHON=/opt/python/bin/{UBUNTU_PYTHON}"
    packages = Step(lambda: root.run(f"sh -c 'apt-get update -qq && {line} -qq'", as_root=True))
    if not packages.is_good:
        return [system.title, "README's line:", str(packages)], False
    first = Step(lambda: _answers(root, f"make{with_make} run"))
    steps = [packages, first]
    if first.is_good:
        steps.append(Step(lambda: _answers(root, f"make{with_make} run")))
        if not arguments.run_only:
            steps.append(_tests(root, f"make{with_make} test", arguments.tests))
    said = [str(step) for step in steps] + ["-"] * (4 - len(steps))
    version = root.folder / str(HOME).lstrip("/") / "holdfast/.venv/pyvenv.cfg"
    found = re.search(r"^version = (\S+)", version.read_text(), re.M) if version.exists() else None
    return [system.title, found[1] if found else "?", *said], all(step.is_good for step in steps)


def _tests(root: Root, command: str, chosen: str) -> Step:
    if chosen:
        return Step(lambda: root.run(f"{command} TESTS='{chosen}'"))
    # All of them: README says that the browser tests need Chromium.
    browser = "sh -c 'apt-get install -y -qq --no-install-recommends chromium'"
    return Step(lambda: root.run(browser, as_root=True) and root.run(command))


def _answers(root: Root, command: str) -> bool:
    """Whether `make run` answers with demo data, and stops when it is told to."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    process = root.start(command, env={"HOLDFAST_PORT": str(port)})
    deadline = time.monotonic() + ANSWER_SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            if _is_healthy(url):
                return _has_demo_data(url) and _stops(process)
            time.sleep(0.2)
        return False
    finally:
        if process.poll() is None:
            process.kill()  # and with it all that it started: `--kill-child`
            process.wait()


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return json.load(answer)["status"] == "healthy"
    except (OSError, ValueError, KeyError):
        return False


def _has_demo_data(url: str) -> bool:
    request = urllib.request.Request(
        f"{url}/api/v1/auth/signin",
        json.dumps(DEMO_ACCOUNT).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        signed_in = answer.status == 200
    with urllib.request.urlopen(f"{url}/", timeout=30) as answer:
        return signed_in and b"<title>" in answer.read()


def _stops(process: subprocess.Popen[bytes]) -> bool:
    """As by Ctrl-C in a terminal."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _line_of_readme(title: str) -> str:
    """The command that README's table names for a system."""
    for row in (REPOSITORY / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) >= 2 and title in cells[0].split(", ") and cells[1].startswith("`"):
            return cells[1].strip("`")
    raise SystemExit(f"README.md names no line for {title}")


def _python_elsewhere() -> Path | None:
    """The folder of a Python 3.12 of this machine."""
    candidates = [Path(found)] if (found := shutil.which(UBUNTU_PYTHON)) else []
    candidates += sorted(Path.home().glob(".pyenv/versions/3.12.*/bin/python3.12"), reverse=True)
    for candidate in candidates:
        said = subprocess.run(
            [candidate, "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True
        )
        if said.returncode == 0:
            return Path(said.stdout.strip())
    return None


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    head = ["system", "Python", "README's line", "make run", "once more", "make test"]
    table = [row if len(row) == len(head) else [*row, *[""] * len(head)] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    print()
    for row in table:
        cells = zip(row, widths, strict=False)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    suites = [system.suite for system in SYSTEMS]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument("--systems", nargs="+", choices=suites, default=suites)
    parser.add_argument("--tests", default="", help="which tests (default: all)")
    parser.add_argument("--run-only", action="store_true", help="no tests")
    parser.add_argument("--keep", action="store_true", help="leave the tried roots there")
    parser.add_argument("--cache", type=Path, default=home / "holdfast" / "fresh")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
