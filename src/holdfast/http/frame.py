"""What goes on around each request, whatever it asks for: one layer, because each costs as much as
a good part of an answer."""

import time
from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.http.access_log import REQUEST_ID
from holdfast.http.direct import Table
from holdfast.http.limits import Disconnected, again, body_of
from holdfast.http.observe import Observer, request_id_of
from holdfast.http.problem import on_bug, problem_response
from holdfast.http.security import with_defaults
from holdfast.http.whole import Header, send_whole
from holdfast.http.write_limits import METHODS as WRITES
from holdfast.http.write_limits import SCOPE_KEY
from holdfast.kernel.errors import Refusal

# A GET there opens a connection, or waits on one.
LIVE_UPDATES = "/socket.io"


class Frame:
    """ASGI application for HTTP: names a request, bounds its body, gives the answer its headers,
    logs and counts both.

    An exception that nothing inside has answered is logged and answered here, so that it is
    counted like any other answer and has the same headers.

    Args:
        framework: answers what the table does not.
        on_write: told of each write and its status just before the client is.
        more_headers: of every answer.
    """

    def __init__(
        self,
        table: Table,
        framework: ASGIApp,
        observer: Observer,
        on_write: Callable[[Scope, int], None],
        more_headers: Sequence[Header] = (),
    ) -> None:
        self._table = table
        self._framework = framework
        self._observer = observer
        self._on_write = on_write
        self._more = more_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request_id = request_id_of(scope)
        scope["holdfast.request_id"] = request_id
        REQUEST_ID.set(request_id)
        id_header = (b"x-request-id", request_id.encode())
        is_write = scope["method"] in WRITES
        status = 0
        is_replay = False
        # Answered as GET is, to the last header, and then without the body (RFC 9110 §9.3.2).
        is_head = scope["method"] == "HEAD" and not scope["path"].startswith(LIVE_UPDATES)
        if is_head:
            scope["method"] = "GET"

        def framed(answered: int, headers: Sequence[Header]) -> list[Header]:
            nonlocal status, is_replay
            if is_head:
                scope["method"] = "HEAD"  # the server below frames the answer by it
            if is_write:
                is_replay = any(name == b"idempotency-replayed" for name, _ in headers)
                if not status:
                    self._on_write(scope, answered)
            status = answered
            standing: tuple[Header, ...] = scope.get(SCOPE_KEY, ())
            if standing and any(name == b"ratelimit" for name, _ in headers):
                standing = ()  # the route has a closer limit
            return with_defaults(headers, id_header, *standing, *self._more)

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = framed(message["status"], message["headers"])
            elif is_head and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        self._observer.begin()
        try:
            body = await body_of(scope, receive)
            if body is not None:
                receive = again(body, receive)
            response = await self._table.response(scope, receive, body or b"")
            if response is None:
                await self._framework(scope, receive, send_framed)
            elif type(response) is not Response or response.background is not None:
                await response(scope, receive, send_framed)
            else:
                headers = framed(response.status_code, response.raw_headers)
                content = b"" if is_head else bytes(response.body)
                await send_whole(scope, send, response.status_code, headers, content)
        except Disconnected:
            pass
        except Refusal as refusal:  # of the body: all others are answered further in
            await problem_response(Request(scope), refusal)(scope, receive, send_framed)
        except Exception as error:
            # The framework lets `on_bug` answer what goes wrong in it, and raises it all the same.
            if status != HTTPStatus.INTERNAL_SERVER_ERROR:
                response = await on_bug(Request(scope), error)
                if not status:
                    await response(scope, receive, send_framed)
        finally:
            seconds = time.perf_counter() - began
            self._observer.end(scope, status, seconds, is_replay=is_replay)
