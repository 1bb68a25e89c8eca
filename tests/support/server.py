"""A real `holdfast serve` (or `api`) in a process of its own, for tests of crashes and races."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from psycopg.conninfo import conninfo_to_dict

from holdfast.kernel.embedded import credentials, sockets
from tests.support.make import SECRET_KEY

START_SECONDS = 90.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02


# Below those that the system gives to outgoing connections: one of another test must not have taken
# the port of a server that starts again.
PORTS = range(10_000, 32_000)


def free_port() -> int:
    """A port of this machine that nobody uses."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


def environment(folder: Path, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The variables of a Holdfast process; `env` as for `Server`."""
    # With its bytecode, as one that is installed has it: to compile is half of a start.
    left_out = ("HOLDFAST_", "PYTHONDONTWRITEBYTECODE")
    clean = {name: v for name, v in os.environ.items() if not name.startswith(left_out)}
    ours = {
        "HOLDFAST_DATA_DIR": str(folder / "data"),
        "HOLDFAST_PORT": str(free_port()),
        "HOLDFAST_LOG_FORMAT": "json",
        "HOLDFAST_RATE_LIMIT": "off",
        "HOLDFAST_SECRET_KEY": SECRET_KEY,
    }
    wanted: dict[str, str | None] = {**clean, **ours, **(env or {})}
    if wanted.get("HOLDFAST_SMTP_URL"):
        # Who sends mail has to say where its links lead: to where a server leads by itself.
        wanted.setdefault("HOLDFAST_PUBLIC_URL", f"http://127.0.0.1:{wanted['HOLDFAST_PORT']}")
    return {name: value for name, value in wanted.items() if value is not None}


def as_url(conninfo: str) -> str:
    """A test database's connection string as HOLDFAST_DATABASE_URL wants it."""
    parts = conninfo_to_dict(conninfo)
    host = quote(str(parts["host"]), safe="")
    return "postgresql://{user}:{password}@{place}:{port}/{dbname}".format(**parts, place=host)


def run_command(
    folder: Path,
    *command: str,
    env: Mapping[str, str | None] | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `holdfast COMMAND` to its end; its exit code, standard output and standard error."""
    return subprocess.run(
        [sys.executable, "-m", "holdfast", *command],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment(folder, env),
        cwd=folder,
        timeout=START_SECONDS,
        check=False,
    )


class Server:
    """`holdfast COMMAND` on a free port; killed at the end of the block if it still runs.

        with Server(tmp_path) as server:
            httpx.get(server.url + "/health")
            server.kill9()
            server.start()  # the same data, the same port

    Args:
        folder: an empty directory of the test's; gets the data directory and the output.
        command: `serve` or `api`, with its options.
        env: variables to add to (or, with None, to take from) an environment that has of
            HOLDFAST_ only what a test needs: no rate limit, and the secret key of `Make`, whose
            tokens are valid here.
    """

    def __init__(
        self,
        folder: Path,
        *command: str,
        env: Mapping[str, str | None] | None = None,
    ) -> None:
        self.data_dir = folder / "data"
        self._output_path = folder / "output.log"
        self._command = command or ("serve",)
        self.env = environment(folder, env)
        self._process: subprocess.Popen[bytes] | None = None
        self._seen = 0
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill9()
        if error is not None:
            print(self.output, file=sys.stderr)

    def start(self, *, wait: bool = True) -> None:
        """Start it and wait until it is ready (or do not); the port stays the same from then on."""
        self.launch()
        if wait:
            self.wait_until_ready()

    def launch(self) -> None:
        self._seen = len(self.output)
        with self._output_path.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "holdfast", *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self._output_path.parent,
            )

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait for the line that names the address, then for `/health/ready` to say yes."""
        deadline = time.monotonic() + seconds
        line = self.wait_until_logged("ready", seconds)
        self.url = line["url"]
        self.env["HOLDFAST_PORT"] = str(line["port"])
        self.wait_for("/health/ready", 200, deadline - time.monotonic())

    def wait_until_logged(self, event: str, seconds: float = START_SECONDS) -> dict[str, Any]:
        """The first log line with this event since the last start, once there is one."""
        deadline = time.monotonic() + seconds
        while (line := self.logged(event)) is None:
            self._still_runs(deadline)
        return line

    def wait_for(self, path: str, status: int, seconds: float = START_SECONDS) -> httpx.Response:
        """Ask for `path` until the answer has this status."""
        deadline = time.monotonic() + seconds
        with httpx.Client(base_url=self.url, timeout=seconds) as client:
            while True:
                try:
                    answer = client.get(path)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == status:
                    return answer
                self._still_runs(deadline)

    def _still_runs(self, deadline: float) -> None:
        code = self.process.poll()
        assert code is None, f"holdfast ended with code {code}:\n{self.output}"
        assert time.monotonic() < deadline, f"not within the time:\n{self.output}"
        time.sleep(POLL_SECONDS)

    def logged(self, event: str) -> dict[str, Any] | None:
        """The first log line with this event since the last start."""
        for line in self.output[self._seen :].splitlines():
            if line.startswith("{") and line.endswith("}"):
                parsed = json.loads(line)
                if parsed.get("event") == event:
                    return parsed
        return None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def owner_url(self) -> str:
        """The embedded database, as the owner of its schema (as `Make` wants it)."""
        return self._url(credentials.OWNER)

    @property
    def superuser_url(self) -> str:
        """The embedded database, to look everywhere in it."""
        return self._url(credentials.SUPERUSER)

    def _url(self, role: str) -> str:
        passwords = credentials.load_or_make(self.data_dir, may_make=False)
        return passwords.url(role, sockets.find_directory(self.data_dir))

    def children(self, part: str) -> list[int]:
        """Pids of its child processes, and of theirs, with `part` in their name or command line:
        `bin/postgres`, `holdfast api`."""
        parents: dict[int, int] = {}
        found: list[int] = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                name, _, rest = (path / "stat").read_text().partition("(")[2].rpartition(")")
                state, parent = rest.split()[:2]
                command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if state not in "ZX":
                    parents[int(path.name)] = int(parent)
                    if part in f"{name} {command}":
                        found.append(int(path.name))
        return sorted(pid for pid in found if self._is_below(pid, parents))

    def _is_below(self, pid: int, parents: Mapping[int, int]) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == self.pid:
                return True
        return False

    @property
    def output(self) -> str:
        """All that it has written so far, in all its runs: standard output and standard error."""
        try:
            return self._output_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def kill9(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for its end; its exit code."""
        return self.process.wait(seconds)
