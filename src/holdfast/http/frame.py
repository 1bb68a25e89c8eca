"""What goes on around each request, whatever it asks for: one layer, because each costs as much as
a good part of an answer."""

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.http.access_log import REQUEST_ID
from holdfast.http.limits import Disconnected, bounded
from holdfast.http.observe import Observer, request_id_of
from holdfast.http.problem import on_bug, problem_response
from holdfast.http.security import with_defaults
from holdfast.kernel.errors import Refusal

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Frame:
    """ASGI middleware: names a request, bounds its body, gives the answer its headers, logs and
    counts both.

    An exception that nothing inside has answered is logged and answered here, so that it is
    counted like any other answer and has the same headers.

    Args:
        on_write: told of each write and its status just before the client is.
    """

    def __init__(
        self, app: ASGIApp, observer: Observer, on_write: Callable[[Scope, int], None]
    ) -> None:
        self._app = app
        self._observer = observer
        self._on_write = on_write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = request_id_of(scope)
        scope["holdfast.request_id"] = request_id
        REQUEST_ID.set(request_id)
        id_header = (b"x-request-id", request_id.encode())
        is_write = scope["method"] in WRITES
        status = 0
        is_replay = False

        async def send_framed(message: Message) -> None:
            nonlocal status, is_replay
            if message["type"] == "http.response.start":
                headers = message["headers"]
                if is_write:
                    is_replay = any(name == b"idempotency-replayed" for name, _ in headers)
                    if not status:
                        self._on_write(scope, message["status"])
                status = message["status"]
                message["headers"] = with_defaults(headers, id_header)
            await send(message)

        self._observer.begin()
        try:
            await self._app(scope, await bounded(scope, receive), send_framed)
        except Disconnected:
            pass
        except Refusal as refusal:  # of the body: all others are answered further in
            await problem_response(Request(scope), refusal)(scope, receive, send_framed)
        except Exception as error:
            response = await on_bug(Request(scope), error)
            if not status:
                await response(scope, receive, send_framed)
        finally:
            seconds = time.perf_counter() - began
            self._observer.end(scope, status, seconds, is_replay=is_replay)
