"""The three roles of the embedded database, their passwords and their URLs."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.files import write_private

DATABASE = "holdfast"
SUPERUSER = "postgres"
OWNER = "holdfast_owner"
SERVER = "holdfast_server"
ROLES = (SUPERUSER, OWNER, SERVER)

FILE_NAME = "credentials.json"


@dataclass(frozen=True)
class Credentials:
    """The password of each role; they hold only characters that a URL takes as they are."""

    passwords: dict[str, str]

    def url(self, role: str, port: int, database: str = DATABASE) -> str:
        """The connection URL of `role` on the loopback address."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{port}/{database}"


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
