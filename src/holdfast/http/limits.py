"""Bounds the size of a request body, whatever its framing."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.http.problem import problem_response
from holdfast.kernel.errors import Refusal

MAXIMUM_BODY_BYTES = 256 * 1024
# What is read and thrown away of a body that is too large, so that the client gets to see the
# answer instead of a reset connection.
_DRAIN_BYTES = 64 * 1024 * 1024


class _Disconnected(Exception):
    """The client went away before its request was complete: there is nobody to answer."""


class BodyLimit:
    """ASGI middleware: reads the body up to the limit, else answers 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive)
        except _Disconnected:
            return
        if body is None:
            refusal = Refusal(
                "payload_too_large",
                f"The body is larger than {MAXIMUM_BODY_BYTES // 1024} kB.",
                details={"maximumBytes": MAXIMUM_BODY_BYTES},
            )
            await problem_response(Request(scope), refusal)(scope, receive, send)
            return
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


async def _read(receive: Receive) -> bytes | None:
    """The body, or None when it exceeds the limit."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAXIMUM_BODY_BYTES:
            chunks.append(chunk)
        if not message.get("more_body", False) or size > _DRAIN_BYTES:
            return b"".join(chunks) if size <= MAXIMUM_BODY_BYTES else None
