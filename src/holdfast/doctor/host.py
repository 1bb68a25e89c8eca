"""Checks of this machine: what has to be right before a database is asked."""

import http.client
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from holdfast.config import Settings
from holdfast.doctor.finding import Finding, bad, good, skipped
from holdfast.kernel.embedded import EmbeddedError
from holdfast.kernel.embedded.binaries import find_bin_dir, parse_major, version_of
from holdfast.runtime.errors import CannotRun
from holdfast.runtime.listener import listen

PYTHON_VERSIONS = ((3, 11), (3, 13))
FREE_BYTES = 1_000_000_000
ASK_SECONDS = 3.0
# PostgreSQL's newest minor versions when this was written; a newer one is no reason to complain.
MINORS_AS_OF = "2026-11"
NEWEST_MINORS = {15: 20, 16: 16, 17: 12, 18: 6}


def check_python() -> Finding:
    first, last = PYTHON_VERSIONS
    version = sys.version_info[:2]
    said = ".".join(map(str, sys.version_info[:3]))
    if first <= version <= last:
        return good("Python", said)
    names = f"{first[0]}.{first[1]} to {last[0]}.{last[1]}"
    return bad("Python", said, f"install Holdfast with Python {names}")


def check_data_dir(settings: Settings) -> Finding:
    """Whether the embedded PostgreSQL can write there, and has room."""
    what = "data directory"
    path = settings.data_dir.resolve()
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    remedy = "choose another one with HOLDFAST_DATA_DIR, or change its owner or rights"
    if not nearest.is_dir():
        return bad(what, f"{nearest} is not a directory", remedy)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return bad(what, f"{nearest} cannot be written to", remedy)
    if path.exists() and path.stat().st_uid != os.geteuid():
        return bad(what, f"{path} belongs to another user", remedy)
    free = shutil.disk_usage(nearest).free
    if free < FREE_BYTES:
        return bad(what, f"only {free / 1e9:.1f} GB are free at {path}", "make room for the data")
    return good(what, f"{path}, {free / 1e9:.0f} GB free")


def check_postgres_programs(settings: Settings) -> Finding:
    what = "PostgreSQL programs"
    try:
        bin_dir = find_bin_dir(settings.postgres_bin)
        answer = subprocess.run(
            [bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        major = parse_major(answer.stdout)
    except (EmbeddedError, OSError, subprocess.CalledProcessError) as error:
        return bad(what, str(error), "install Holdfast again, or PostgreSQL, or name a database")
    minor = version_of(bin_dir)[1]
    newest = NEWEST_MINORS.get(major, 0)
    if minor < newest:
        return skipped(
            what,
            f"PostgreSQL {major}.{minor} in {bin_dir} lacks the fixes of {major}.{newest} "
            f"(known {MINORS_AS_OF}): install postgresql-{major}, or upgrade Holdfast",
        )
    return good(what, f"PostgreSQL {major}.{minor} in {bin_dir}")


def check_secret_key(settings: Settings) -> Finding:
    """Its length was checked with the settings; this is about whether there is one, and private."""
    what = "secret key"
    if settings.secret_key is not None:
        return good(what, "given in HOLDFAST_SECRET_KEY")
    if settings.database_url is not None:
        return bad(
            what,
            "HOLDFAST_SECRET_KEY is not set, and HOLDFAST_DATABASE_URL is",
            "set it to 32 or more random characters, the same for all servers",
        )
    path = settings.data_dir / "secret_key"
    if not path.exists():
        return skipped(what, "made at the first start")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return bad(what, f"{path} can be read by others", f"chmod 600 {path}")
    return good(what, f"kept in {path}")


def check_port(settings: Settings) -> Finding:
    what = "address"
    try:
        listen(settings).close()
    except CannotRun as error:
        if _answers(settings.host, settings.port):
            return good(what, f"a Holdfast answers at {settings.host}, port {settings.port}")
        return bad(what, str(error), "stop the other program, or set HOLDFAST_HOST, HOLDFAST_PORT")
    return good(what, f"{settings.host}, port {settings.port} is free")


def _answers(host: str, port: int) -> bool:
    try:
        connection = http.client.HTTPConnection(host, port, timeout=ASK_SECONDS)
        connection.request("GET", "/health/live")
        return json.load(connection.getresponse()) == {"status": "alive"}
    except (OSError, ValueError, http.client.HTTPException):
        return False


def is_new(data_dir: Path) -> bool:
    """Whether no embedded database has been made there yet."""
    return not (data_dir / "pgdata").exists()


def check_proxies(settings: Settings) -> Finding:
    """Whether those who come through a reverse proxy can be told apart."""
    what = "reverse proxy"
    if settings.trusted_proxies:
        return good(what, f"believed about addresses: {', '.join(settings.trusted_proxies)}")
    if settings.is_https:
        return bad(
            what,
            "https is spoken in front of this server, and no proxy is trusted: all visitors count "
            "as one address where attempts are limited",
            "set HOLDFAST_TRUSTED_PROXIES to the proxy's address",
        )
    return skipped(what, "none is named in HOLDFAST_TRUSTED_PROXIES")
