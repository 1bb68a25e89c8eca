"""PostgreSQL's configuration files, written anew by every start."""

import re
from collections.abc import Mapping
from pathlib import Path

from holdfast.kernel.embedded.cluster import Cluster
from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.sockets import PORT
from holdfast.kernel.files import write_private

# For a small server. Durability (fsync, synchronous_commit, full_page_writes) is not named here
# because PostgreSQL's own defaults are the safe ones.
DEFAULTS = {
    "max_connections": "120",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.english",
    "jit": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # Files below pgdata instead of /dev/shm, which containers often limit to 64 MB and where
    # they would outlive a machine-wide kill.
    "dynamic_shared_memory_type": "mmap",
}
HBA = """\
# Passwords for everyone; nobody is trusted. There is no way in but the socket.
local all all scram-sha-256
"""
SETTING_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")


def check_settings(settings: Mapping[str, str]) -> None:
    """Raise EmbeddedError for a name or value that cannot be written, or that is ours to set."""
    for name, value in settings.items():
        if not SETTING_NAME.fullmatch(name):
            raise EmbeddedError(f"{name!r} is not the name of a PostgreSQL setting")
        if name in RESERVED:
            raise EmbeddedError(f"the PostgreSQL setting {name} is made by Holdfast")
        if "\n" in value or "\0" in value:
            raise EmbeddedError(f"the PostgreSQL setting {name} has more than one line")


def write_config(cluster: Cluster, socket_dir: Path, settings: Mapping[str, str]) -> None:
    """Write postgresql.conf, with `settings` over the defaults, and pg_hba.conf. Raises OSError."""
    uid, gid = cluster.identity.uid, cluster.identity.gid
    merged = {**DEFAULTS, **settings, **_fixed(socket_dir)}
    lines = [f"{name} = {_quote(value)}\n" for name, value in merged.items()]
    header = "# Written by Holdfast at every start; changes made here are lost.\n"
    write_private(cluster.pgdata / "postgresql.conf", header + "".join(lines), uid=uid, gid=gid)
    write_private(cluster.pgdata / "pg_hba.conf", HBA, uid=uid, gid=gid)


def _fixed(socket_dir: Path) -> dict[str, str]:
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": '"' + str(socket_dir).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "logging_collector": "off",  # standard error is the log, bounded by the supervisor
        "log_destination": "stderr",
        # One way back after a crash of any process: the supervisor's, which logs and counts it.
        "restart_after_crash": "off",
    }


RESERVED = frozenset(
    {
        *("listen_addresses", "port", "unix_socket_directories", "unix_socket_permissions"),
        *("password_encryption", "logging_collector", "log_destination", "restart_after_crash"),
        *("data_directory", "config_file", "hba_file", "ident_file", "external_pid_file"),
    }
)


def _quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
