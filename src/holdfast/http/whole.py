"""Answers that are there as a whole, for which the server needs not be called twice."""

from collections.abc import Callable, Sequence
from typing import cast

from starlette.types import Scope, Send

EXTENSION = "holdfast.whole"
"""In a scope: writes a whole answer at once. It says no where that is not possible, and has written
nothing then. Whoever wraps `send` to change an answer takes it out of the scope."""

Header = tuple[bytes, bytes]
Write = Callable[[int, Sequence[Header], bytes], bool]


async def send_whole(
    scope: Scope, send: Send, status: int, headers: Sequence[Header], body: bytes
) -> None:
    """Send an answer, at once where the server knows how."""
    write = cast(Write | None, scope.get(EXTENSION))
    if write is None or not write(status, headers, body):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
