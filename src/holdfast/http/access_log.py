"""One line for each request (HOLDFAST_LOG_FORMAT): what was asked, never what was said.

Written directly and in batches, because a line through the logging machinery costs a third of
what the whole request costs.
"""

import asyncio
import logging
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import orjson

FLUSH_SECONDS = 0.1
FLUSH_LINES = 500

# For the other log lines that a request causes.
REQUEST_ID: ContextVar[str | None] = ContextVar("holdfast_request_id", default=None)

log = logging.getLogger("holdfast.access")


class AccessLog:
    """Collects the lines and writes them to standard error soon after.

    Silent unless the logger `holdfast.access` is on for INFO.
    """

    def __init__(self, log_format: Literal["text", "json"]) -> None:
        self.is_on = log.isEnabledFor(logging.INFO)
        self._line = _json_line if log_format == "json" else _text_line
        self._lines: list[bytes] = []

    def write(self, entry: dict[str, Any]) -> None:
        """Add a request's facts; those that are None are left out."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(self._line(entry))
        if len(self._lines) >= FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        if not self._lines:
            return
        text = b"".join(self._lines)
        self._lines.clear()
        # A closed pipe or a full disk must not fail the request that happens to write.
        with suppress(OSError):
            sys.stderr.buffer.write(text)
            sys.stderr.buffer.flush()


def _now() -> str:
    now = time.time()
    return f"{_second(int(now))}.{int(now % 1 * 1000):03d}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _json_line(entry: dict[str, Any]) -> bytes:
    facts = {name: value for name, value in entry.items() if value is not None}
    return orjson.dumps({"time": _now(), "level": "info", "event": "request", **facts}) + b"\n"


def _text_line(entry: dict[str, Any]) -> bytes:
    facts = [
        f"{name}={value}"
        for name, value in entry.items()
        if value is not None and name not in ("method", "route", "status")
    ]
    line = f"{_now()} {entry['method']} {entry['route']} {entry['status']} {' '.join(facts)}\n"
    return line.encode(errors="replace")
