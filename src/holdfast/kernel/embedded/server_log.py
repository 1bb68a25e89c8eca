"""What PostgreSQL says, in a file of bounded size."""

import os
import shutil
from pathlib import Path
from typing import IO

FILE_NAME = "postgres.log"
LIMIT_BYTES = 10 * 1024 * 1024
EXCERPT_BYTES = 2_000


class ServerLog:
    """`postgres.log`, and the part before it as `postgres.log.1`; together about 20 MB at most."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    def open(self) -> IO[bytes]:
        """Open it for a process to append to, mode 0600. Raises OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return open(os.open(self._path, flags, 0o600), "ab", buffering=0)

    def size(self) -> int:
        """Bytes written so far; 0 when there is no file."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def since(self, start_bytes: int) -> str:
        """The end of what was written after the first `start_bytes`, for an error message."""
        with open(self._path, "rb") as file:
            file.seek(max(start_bytes, self.size() - EXCERPT_BYTES))
            text = file.read().decode(errors="replace").strip()
        return text or f"it said nothing (see {self._path})"

    def trim(self, limit_bytes: int = LIMIT_BYTES) -> None:
        """Move everything to `postgres.log.1` when there is more than `limit_bytes`.

        Copied and cut, because PostgreSQL keeps the file open: it appends, so it goes on at the
        new end. A line written between the two is lost.
        """
        if self.size() <= limit_bytes:
            return
        before = self._path.with_name(f"{FILE_NAME}.1")
        try:
            before.unlink(missing_ok=True)
            fd = os.open(before, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(fd, "wb") as copy, open(self._path, "rb") as original:
                shutil.copyfileobj(original, copy)
        except OSError:  # a full disk: room is worth more than the old part
            before.unlink(missing_ok=True)
        os.truncate(self._path, 0)
