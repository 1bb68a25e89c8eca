"""The three roles of the embedded database, their passwords and their URLs."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from psycopg import pq

from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.sockets import PORT
from holdfast.kernel.files import write_private

DATABASE = "holdfast"
SUPERUSER = "postgres"
OWNER = "holdfast_owner"
SERVER = "holdfast_server"
ROLES = (SUPERUSER, OWNER, SERVER)

FILE_NAME = "credentials.json"
REQUIRE_AUTH_VERSION = 160000  # of libpq; the one that comes with psycopg is newer


@dataclass(frozen=True)
class Credentials:
    """The password of each role; they hold only characters that a URL takes as they are."""

    passwords: dict[str, str]

    def url(self, role: str, socket_dir: Path, database: str = DATABASE) -> str:
        """The connection URL of `role`, by the socket in `socket_dir`.

        A server in whose place another program listens must not talk us into sending the password
        itself: with SCRAM each side proves that it knows, and neither says, what it is.
        """
        host = quote(os.fsencode(socket_dir), safe="")
        way = "?require_auth=scram-sha-256" if pq.version() >= REQUIRE_AUTH_VERSION else ""
        return f"postgresql://{role}:{self.passwords[role]}@{host}:{PORT}/{database}{way}"


def load_or_make(data_dir: Path, *, may_make: bool) -> Credentials:
    """Read the passwords kept in `data_dir`; make and keep new ones where `may_make`.

    Raises EmbeddedError when they are needed and missing, or damaged; OSError.
    """
    path = data_dir / FILE_NAME
    try:
        return Credentials(_parse(path.read_text()))
    except FileNotFoundError:
        if not may_make:
            raise EmbeddedError(
                f"{path} with the passwords of the existing database is missing: "
                "restore it from a backup"
            ) from None
    except ValueError:
        raise EmbeddedError(f"{path} is damaged: restore it from a backup") from None
    passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
    write_private(path, json.dumps(passwords, indent=2) + "\n")
    return Credentials(passwords)


def _parse(text: str) -> dict[str, str]:
    content: Any = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError
    passwords = cast(dict[str, Any], content)
    if not all(isinstance(passwords.get(role), str) for role in ROLES):
        raise ValueError
    return passwords
