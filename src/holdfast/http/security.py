"""Headers that tell a browser what not to do with an answer."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# An API answer is not a page: it loads nothing and is shown inside nothing. A route that is one
# says so itself (http/pages.py).
DEFAULTS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
)


class SecurityHeaders:
    """ASGI middleware: adds each of the headers that the route did not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name for name, _ in given}
                message["headers"] = [
                    *given,
                    *(header for header in DEFAULTS if header[0] not in names),
                ]
            await send(message)

        await self._app(scope, receive, send_secured)
