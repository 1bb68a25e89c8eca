"""Refusals of what is no request yet: written to the bare connection, as problems (SPEC 4.9)."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from holdfast.http.problem import MEDIA_TYPE, SCENARIOS, problem_body


def refusal(
    scenario: str, detail: str, headers: Iterable[tuple[bytes, bytes]] = (), *, path: str = ""
) -> bytes:
    """A whole answer that says why, and that the connection ends."""
    body = problem_body(scenario, detail, path)
    lines = [
        STATUS_LINE[SCENARIOS[scenario].status],
        *(b"%s: %s\r\n" % pair for pair in headers),
        b"content-type: %s\r\n" % MEDIA_TYPE.encode(),
        b"content-length: %d\r\n" % len(body),
        b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n",
        b"connection: close\r\n\r\n",
        body,
    ]
    return b"".join(lines)
