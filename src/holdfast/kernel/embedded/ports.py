"""The TCP port: free, and the same at the next start when it still is."""

import contextlib
import random
import socket
from pathlib import Path

from holdfast.kernel.embedded.errors import EmbeddedError
from holdfast.kernel.files import write_private

FILE_NAME = "port"
# Below the ports that systems give to outgoing connections (Linux: from 32768). One of those could
# take ours while PostgreSQL is down; a client that retries could even be connected to itself.
CANDIDATES = range(20_000, 32_768)
ATTEMPTS = 200


def pick_port(data_dir: Path) -> int:
    """Return the port kept in `data_dir` if it is free, else another free one.

    Raises EmbeddedError when none is found.
    """
    kept = _kept_port(data_dir)
    if kept is not None and is_free(kept):
        return kept
    for port in random.sample(CANDIDATES, ATTEMPTS):
        if is_free(port):
            return port
    raise EmbeddedError(f"no free TCP port found between {CANDIDATES[0]} and {CANDIDATES[-1]}")


def keep_port(data_dir: Path, port: int) -> None:
    """Remember `port` for the next start. Raises OSError."""
    if _kept_port(data_dir) != port:
        write_private(data_dir / FILE_NAME, f"{port}\n")


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address now."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as candidate:
        # As PostgreSQL does, so that connections of the last run, still closing, do not count.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
            candidate.listen()
        except OSError:
            return False
    return True


def _kept_port(data_dir: Path) -> int | None:
    try:
        text = (data_dir / FILE_NAME).read_text(errors="replace").strip()
    except FileNotFoundError:
        return None
    return int(text) if text.isdecimal() and 0 < int(text) < 65_536 else None
