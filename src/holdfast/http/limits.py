"""Bounds the size of a request body, whatever its framing."""

from starlette.types import Message, Receive, Scope

from holdfast.kernel.errors import Refusal

MAXIMUM_BODY_BYTES = 256 * 1024
# What is read and thrown away of a body that is too large, so that the client gets to see the
# answer instead of a reset connection.
_DRAIN_BYTES = 64 * 1024 * 1024


class Disconnected(Exception):
    """The client went away before its request was complete: there is nobody to answer."""


async def body_of(scope: Scope, receive: Receive) -> bytes | None:
    """The request's whole body; None when it has none.

    Raises:
        Refusal: `payload_too_large`.
        Disconnected: the client has gone.
    """
    if not _has_body(scope):
        return None
    body = await _read(receive)
    if body is None:
        raise Refusal(
            "payload_too_large",
            f"The body is larger than {MAXIMUM_BODY_BYTES // 1024} kB.",
            details={"maximumBytes": MAXIMUM_BODY_BYTES},
        )
    return body


def again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read once more, and then what comes after it."""
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _has_body(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            return True
    return False


async def _read(receive: Receive) -> bytes | None:
    """The body, or None when it exceeds the limit."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAXIMUM_BODY_BYTES:
            chunks.append(chunk)
        if not message.get("more_body", False) or size > _DRAIN_BYTES:
            return b"".join(chunks) if size <= MAXIMUM_BODY_BYTES else None
