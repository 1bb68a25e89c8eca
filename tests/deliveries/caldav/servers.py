"""Real CalDAV servers as processes, with one user: Radicale and Xandikos."""

import base64
import hashlib
import itertools
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.embedded.support import wait_until
from tests.support.documents import ROOT

USER = "ada"
PASSWORD = "correct horse äöü"
NAMES = ("radicale", "xandikos")

_RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""


@dataclass
class CalendarServer:
    """A running server. Paths are of the user's objects; `client` reads and writes as they do."""

    name: str
    root: str
    client: httpx.Client
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def home(self) -> str:
        """Where the user's calendars are."""
        return f"/{USER}/" if self.name == "radicale" else f"/{USER}/calendars/"

    def calendar(self, name: str = "") -> str:
        """The URL of a new calendar."""
        path = f"{self.home}c{next(self._numbers)}/"
        shown = f"<d:displayname>{name}</d:displayname>" if name else ""
        answer = self.client.request(
            "MKCALENDAR",
            path,
            content='<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
            f"<d:set><d:prop>{shown}</d:prop></d:set></c:mkcalendar>",
            headers={"Content-Type": "application/xml"},
        )
        assert answer.status_code == 201, answer.text
        return self.root + path

    def drop(self, url: str) -> None:
        assert self.client.delete(url).is_success

    def put(self, url: str, data: str | bytes) -> None:
        """Write an object, whatever is there, as a calendar's user does."""
        answer = self.client.put(url, content=data, headers={"Content-Type": "text/calendar"})
        assert answer.is_success, (answer.status_code, answer.text)

    def read(self, url: str) -> str | None:
        answer = self.client.get(url)
        return answer.text if answer.is_success else None

    def etag(self, url: str) -> str:
        return self.client.get(url).headers["etag"]


@contextmanager
def calendar_server(name: str, folder: Path) -> Iterator[CalendarServer]:
    """A server with its data in a folder; it is killed at the block's end."""
    port = _free_port()
    if name == "radicale":
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        (folder / "config").write_text(_RADICALE.format(port=port, folder=folder))
        command = ["-m", "radicale", "-C", str(folder / "config")]
    else:
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
        (folder / "users").write_text(f"{USER}:{{SHA}}{digest}\n")
        (folder / "data").mkdir()
        command = ["-m", "tests.deliveries.caldav.xandikos_process", str(folder / "data")]
        command += [str(port), str(folder / "users"), USER]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
    root = f"http://127.0.0.1:{port}"
    auth = httpx.BasicAuth(USER, PASSWORD)
    try:
        with httpx.Client(base_url=root, auth=auth, trust_env=False, timeout=30) as client:
            wait_until(lambda: _answers(process, client), f"{name} answers", seconds=60)
            yield CalendarServer(name, root, client)
    finally:
        process.kill()
        process.wait()


def _answers(process: subprocess.Popen[bytes], client: httpx.Client) -> bool:
    assert process.poll() is None, "the server ended"
    try:
        return client.request("PROPFIND", f"/{USER}/", headers={"Depth": "0"}).status_code == 207
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
