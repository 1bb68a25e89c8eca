"""Headers that tell browsers what they may do with an answer, and whose pages may read it."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.http.problem import MEDIA_TYPE, problem_body
from holdfast.http.whole import EXTENSION, Header

# An API answer is not a page: it loads nothing and is shown inside nothing, and it may carry
# personal data. A route that differs sets the header itself.
DEFAULTS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
)
# Where users reach the server by https: never by http again, for a year.
HTTPS_HEADERS = ((b"strict-transport-security", b"max-age=31536000"),)
EXPOSED_HEADERS = (
    "ETag",
    "Idempotency-Replayed",
    "Last-Modified",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)
SENT_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Unmodified-Since",
    "X-Request-Id",
)
PREFLIGHT_SECONDS = 600


def with_defaults(headers: Sequence[Header], *more: Header) -> list[Header]:
    """An answer's headers with each of the defaults that the route did not set itself.

    Args:
        more: added in any case.
    """
    names = {name for name, _ in headers}
    return [*headers, *(header for header in DEFAULTS if header[0] not in names), *more]


class Cors(CORSMiddleware):
    """ASGI middleware: pages of these origins may call the API (HOLDFAST_ALLOWED_ORIGINS)."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=SENT_HEADERS,
            # With "*" every page of the world could act with the visitor's session.
            allow_credentials="*" not in origins,
            expose_headers=EXPOSED_HEADERS,
            max_age=PREFLIGHT_SECONDS,
        )

    async def simple_response(
        self, scope: Scope, receive: Receive, send: Send, request_headers: Headers
    ) -> None:
        """Answer with the headers that let the page read it. They are added to what is sent, so
        nothing may be written past that."""
        scope.pop(EXTENSION, None)
        await super().simple_response(scope, receive, send, request_headers)

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a preflight; a refusal is a problem like any other."""
        answer = super().preflight_response(request_headers)
        answer.raw_headers = with_defaults(answer.raw_headers)
        if answer.status_code < 400:
            return answer
        body = problem_body("forbidden", "Pages of this origin may not do this here.", "")
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name not in ("content-length", "content-type")
        }
        return Response(body, status_code=403, headers=headers, media_type=MEDIA_TYPE)
