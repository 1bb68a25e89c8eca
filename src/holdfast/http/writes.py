"""Says when a request may have changed something, so that its events go out at once."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class AfterWrite:
    """ASGI middleware: calls `notice` when a write is answered 2xx, just before the answer."""

    def __init__(self, app: ASGIApp, notice: Callable[[], None]) -> None:
        self._app = app
        self._notice = notice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                self._notice()
            await send(message)

        await self._app(scope, receive, watched)
