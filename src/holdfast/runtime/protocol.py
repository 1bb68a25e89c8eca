"""HTTP/1.1 as uvicorn speaks it, with limits, and with problems for what is not HTTP (SPEC 4.9)."""

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from holdfast.http.whole import EXTENSION, Header
from holdfast.runtime.connections import Connections
from holdfast.runtime.refusals import refusal

MAXIMUM_HEAD_BYTES = 32 * 1024
# From the connection, or the first byte of a request, to the request's last byte.
REQUEST_READ_SECONDS = 30.0

NOT_HTTP = "This is not a well-formed HTTP request."
HEAD_TOO_LARGE = f"The request's headers are larger than {MAXIMUM_HEAD_BYTES // 1024} kB."
NO_HOST = "An HTTP/1.1 request names the host that it is for, once, in a Host header."
BODY_OF_UPGRADE = "A request that begins a WebSocket connection has no body."
TOO_MANY = "There are too many connections. Close some, or try again in a moment."
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(:\d{0,5})?", re.ASCII)
_OUTSIDE = -1


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, open_connections: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open_connections = open_connections
        self._is_admitted = False
        self._is_complete = True
        self._refusal = NOT_HTTP
        self._deadline: asyncio.TimerHandle | None = None
        self._chunk_bytes = 0
        # Bytes of the head that came before the present chunk; `_OUTSIDE` when not in a head.
        self._head_bytes = _OUTSIDE

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._is_admitted = self._open_connections.admit(transport)
        if self._is_admitted:
            self._set_deadline()
        else:
            headers = (*self.server_state.default_headers, (b"retry-after", b"5"))
            transport.write(refusal("unavailable", TOO_MANY, headers))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        self._open_connections.gone(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._is_admitted:
            return
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
                self._refuse_head(HEAD_TOO_LARGE)
        self._head_bytes = _OUTSIDE
        self._check_head()
        super().on_headers_complete()

    def _check_head(self) -> None:
        """Refuse what the parser lets pass.

        Raises:
            ValueError: it ends in `send_400_response`.
        """
        assert self.parser is not None
        hosts = [value for name, value in self.headers if name == b"host"]
        # Before HTTP/1.1 one could leave it out.
        needs_host = hosts or self.parser.get_http_version() >= "1.1"
        if needs_host and not (len(hosts) == 1 and _HOST.fullmatch(hosts[0])):
            self._refuse_head(NO_HOST)
        if self.parser.should_upgrade() and self._should_upgrade():
            if self.parser.get_http_version() != "1.1":
                self._refuse_head(NOT_HTTP)
            # Its body would come before the handshake, and nobody would read it.
            for name, value in self.headers:
                if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
                    self._refuse_head(BODY_OF_UPGRADE)

    def _refuse_head(self, reason: str) -> NoReturn:
        self._refusal = reason
        raise ValueError(reason)

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
        self._open_connections.busy(self.transport)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if not self.pipeline:
            self._open_connections.idle(self.transport)
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not a request, or too large to be one, with a problem; hang up."""
        headers = self.server_state.default_headers
        self.transport.write(refusal("malformed_request", self._refusal, headers))
        self.transport.close()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_READ_SECONDS, self.transport.close)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
