"""The PostgreSQL data directory: making it, and knowing that it is complete and fits."""

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from holdfast.kernel.embedded.credentials import SUPERUSER, Credentials
from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.embedded.identity import Identity
from holdfast.kernel.embedded.locks import LockFile
from holdfast.kernel.files import give_tree, sync_directory, write_private

# PostgreSQL 17 and newer know the letters of all languages by themselves, so that É and é are found
# alike; order stays by code point.
BUILTIN_LOCALE_MAJOR = 17
BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--data-checksums",
    "--no-instructions",
)

logger = logging.getLogger("holdfast.embedded")


@dataclass(frozen=True)
class Cluster:
    """The PostgreSQL data directory `pgdata` inside `data_dir`, and the programs it is run with."""

    data_dir: Path
    bin_dir: Path
    major: int
    identity: Identity

    @property
    def pgdata(self) -> Path:
        return self.data_dir / "pgdata"

    def exists(self) -> bool:
        """Whether there is one to use.

        Raises EmbeddedError when what is there cannot be used with these programs.
        """
        try:
            text = (self.pgdata / "PG_VERSION").read_text(errors="replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            if self.pgdata.exists() and (not self.pgdata.is_dir() or any(self.pgdata.iterdir())):
                raise EmbeddedError(
                    f"{self.pgdata} is not a PostgreSQL data directory: move it away or restore it"
                ) from None
            return False
        if text != str(self.major):
            raise EmbeddedError(
                f"{self.pgdata} was made by PostgreSQL {text}, but the programs in {self.bin_dir} "
                f"are PostgreSQL {self.major}: use PostgreSQL {text} again, or move the data over "
                "with pg_dump and a new data directory"
            )
        return True

    def create(self, credentials: Credentials, server_lock: LockFile) -> None:
        """Make the data directory in a place of its own and move it to `pgdata` when complete.

        Raises EmbeddedError with the words of initdb when it fails, and OSError.
        """
        staging = self.data_dir / "pgdata.initializing"
        password_file = self.data_dir / "initdb.password"
        if staging.exists():
            logger.warning("removing %s of an interrupted initialisation", staging)
            shutil.rmtree(staging)
        staging.mkdir(mode=0o700)
        os.chown(staging, self.identity.uid, self.identity.gid)
        try:
            write_private(
                password_file,
                credentials.passwords[SUPERUSER] + "\n",
                uid=self.identity.uid,
                gid=self.identity.gid,
            )
            where = (f"--pgdata={staging}", f"--pwfile={password_file}")
            locale = BUILTIN_LOCALE if self.major >= BUILTIN_LOCALE_MAJOR else ()
            result = self.identity.run(
                (self.bin_dir / "initdb", *where, *INITDB_OPTIONS, *locale),
                pass_fds=[server_lock.fileno()],
            )
        finally:
            password_file.unlink(missing_ok=True)
        if result.returncode != 0:
            shutil.rmtree(staging, ignore_errors=True)
            said = (result.stderr or result.stdout).strip()
            raise EmbeddedError(f"cannot initialise PostgreSQL in {self.data_dir}: {said}")
        staging.rename(self.pgdata)
        sync_directory(self.data_dir)

    def settle_owner(self) -> None:
        """Give the files to the user that PostgreSQL runs as now, where another one made them.

        That user changes when root's user namespaces become permitted or forbidden. Raises OSError.
        """
        if os.geteuid() == 0 and self.pgdata.stat().st_uid != self.identity.uid:
            give_tree(self.pgdata, self.identity.uid, self.identity.gid)
