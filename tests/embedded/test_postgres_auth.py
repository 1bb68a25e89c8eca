"""Nobody gets in without the password, on any way in."""

import os
import socketserver
import stat
import struct
import threading
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from holdfast.kernel.embedded import EmbeddedPostgres

from .support import one_value


def test_every_role_needs_its_password_everywhere(pg: EmbeddedPostgres) -> None:
    for url in (pg.owner_url, pg.server_url, pg.superuser_url):
        with psycopg.connect(url) as connection:
            assert connection.pgconn.used_password
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url, password="wrong")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(url, password="", passfile="/dev/null")
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(url + "&replication=true")


def test_the_socket_is_the_only_way_in_and_only_its_owner_reaches_it(pg: EmbeddedPostgres) -> None:
    assert one_value(pg.superuser_url, "SHOW listen_addresses") == ""
    inodes = {os.readlink(fd) for fd in Path(f"/proc/{pg.pid}/fd").iterdir()}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        assert not {f"socket:[{line.split()[9]}]" for line in lines} & inodes
    directory = Path(str(conninfo_to_dict(pg.server_url)["host"]))
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    (socket_file,) = (path for path in directory.iterdir() if path.is_socket())
    assert stat.S_IMODE(socket_file.stat().st_mode) == 0o700


class Impostor(socketserver.StreamRequestHandler):
    """A program in PostgreSQL's place: it asks for the password in the clear, and keeps what it
    is told."""

    heard: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        (length,) = struct.unpack("!I", self.rfile.read(4))
        self.heard.append(self.rfile.read(length - 4))
        self.wfile.write(b"R" + struct.pack("!II", 8, 3))
        self.heard.append(self.connection.recv(4096))


def test_an_impostor_in_its_place_learns_no_password(data_dir: Path) -> None:
    """Whoever gets to listen at the socket while PostgreSQL is away."""
    with EmbeddedPostgres(data_dir) as server:
        urls = [server.owner_url, server.server_url, server.superuser_url]
    place = conninfo_to_dict(urls[0])
    socket_path = Path(f"{place['host']}/.s.PGSQL.{place['port']}")
    socket_path.unlink(missing_ok=True)
    with socketserver.UnixStreamServer(str(socket_path), Impostor) as impostor:
        thread = threading.Thread(target=impostor.serve_forever, daemon=True)
        thread.start()
        for url in urls:
            with pytest.raises(psycopg.OperationalError, match="authentication method requirement"):
                psycopg.connect(url, sslmode="disable", gssencmode="disable")
        impostor.shutdown()
        thread.join()
    assert len(Impostor.heard) == 2 * len(urls)
    heard = b"".join(Impostor.heard)
    for url in urls:
        assert str(conninfo_to_dict(url)["password"]).encode() not in heard


def test_the_rules_and_the_stored_passwords_are_scram(pg: EmbeddedPostgres) -> None:
    with psycopg.connect(pg.superuser_url) as connection:
        rules = connection.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
        assert set(rules) == {("scram-sha-256",)}
        stored = connection.execute(
            "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin"
        ).fetchone()
        assert stored == (True,)


def test_variables_of_the_environment_change_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGDATA": "/nowhere",
        "PGPORT": "1",
        "PGHOST": "nowhere.invalid",
        "PGDATABASE": "nothing",
        "PGOPTIONS": "-c nonsense=1",
        "PGSSLMODE": "require",
        "PGREQUIREAUTH": "none",
        "LC_ALL": "nonsense",
    }.items():
        monkeypatch.setenv(name, value)
    with EmbeddedPostgres(data_dir) as server:
        monkeypatch.undo()
        assert one_value(server.owner_url, "SELECT 1") == 1
