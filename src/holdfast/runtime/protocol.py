"""HTTP/1.1 as uvicorn speaks it, with limits, and with problems for what is not HTTP (SPEC 4.9)."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from holdfast.http.problem import MEDIA_TYPE, problem_body
from holdfast.http.whole import EXTENSION, Header

MAXIMUM_HEAD_BYTES = 32 * 1024
# From the connection, or the first byte of a request, to the request's last byte.
REQUEST_READ_SECONDS = 30.0

NOT_HTTP = "This is not a well-formed HTTP request."
HEAD_TOO_LARGE = f"The request's headers are larger than {MAXIMUM_HEAD_BYTES // 1024} kB."
_OUTSIDE = -1


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_complete = True
        self._refusal = NOT_HTTP
        self._deadline: asyncio.TimerHandle | None = None
        self._chunk_bytes = 0
        # Bytes of the head that came before the present chunk; `_OUTSIDE` when not in a head.
        self._head_bytes = _OUTSIDE

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._chunk_bytes = len(data)
        super().data_received(data)
        if self._is_complete or self.transport.is_closing():
            return
        if self._deadline is None:
            self._set_deadline()
        if self._head_bytes != _OUTSIDE:
            self._head_bytes += len(data)
            if self._head_bytes > MAXIMUM_HEAD_BYTES:
                self._refusal = HEAD_TOO_LARGE
                self.send_400_response(HEAD_TOO_LARGE)

    def handle_websocket_upgrade(self) -> None:
        self._clear_deadline()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        self._is_complete = False
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        # Summed up only where the cheap upper bound leaves it open.
        if self._head_bytes + self._chunk_bytes > MAXIMUM_HEAD_BYTES:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > MAXIMUM_HEAD_BYTES:
                self._refusal = HEAD_TOO_LARGE
                raise ValueError(HEAD_TOO_LARGE)  # ends in `send_400_response`
        self._head_bytes = _OUTSIDE
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope: Any = cycle.scope
        scope[EXTENSION] = partial(self._write_whole, cycle)
        super()._start_asgi_task(cycle, app)

    def _write_whole(
        self, cycle: RequestResponseCycle, status: int, headers: Sequence[Header], body: bytes
    ) -> bool:
        """Write an answer at once; as uvicorn does, but for the plainest case only (False: it is
        none of those, and nothing was written)."""
        if cycle.disconnected:
            return True
        if (
            self.flow.write_paused
            or not cycle.keep_alive
            or cycle.response_started
            or cycle.scope["method"] == "HEAD"
        ):
            return False
        lines = [STATUS_LINE[status]]
        pairs = [*self.server_state.default_headers, *headers]
        for name, value in pairs:
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n")
        head = b"".join(lines)
        # No header may end before its end.
        if not head.count(b"\n") == head.count(b"\r") == len(pairs) + 2 or b"\0" in head:
            return False
        cycle.response_started = cycle.response_complete = True
        self.transport.writelines((head, body))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def on_message_complete(self) -> None:
        self._is_complete = True
        self._clear_deadline()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not a request, or too large to be one, with a problem; hang up."""
        body = problem_body("malformed_request", self._refusal, "")
        lines = [
            STATUS_LINE[400],
            *(b"%s: %s\r\n" % pair for pair in self.server_state.default_headers),
            b"content-type: %s\r\n" % MEDIA_TYPE.encode(),
            b"content-length: %d\r\n" % len(body),
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n",
            b"connection: close\r\n\r\n",
            body,
        ]
        self.transport.write(b"".join(lines))
        self.transport.close()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_READ_SECONDS, self.transport.close)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
