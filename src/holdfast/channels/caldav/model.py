"""What a CalDAV server tells us (RFC 4791, RFC 6578)."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["unreachable", "unauthorized", "not_found", "broken"]


class DavError(Exception):
    """There is no useful answer.

    Attributes:
        kind: `unreachable`: no answer, a 5xx or 429, or the guard refuses the address;
            `unauthorized`: 401, or a 403 that names no other reason; `not_found`: 404, 410;
            `broken`: an answer that is none of CalDAV, or too long.
        code: the HTTP status, or why there is none (`OutboundError.trouble`).
        retry_seconds: how long the server asks to wait.
        is_lane_fault: whether the server is in trouble, not this one request.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        detail: str = "",
        *,
        retry_seconds: float | None = None,
        is_lane_fault: bool = False,
    ) -> None:
        super().__init__(detail or f"{kind} ({code})")
        self.kind: Kind = kind
        self.code = code
        self.retry_seconds = retry_seconds
        self.is_lane_fault = is_lane_fault


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar. url: absolute, ends with a slash."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class DavObject:
    """An object of a calendar.

    href: its path on the server, percent-encoded in one spelling, whatever the server wrote.
    data: what it is; only its beginning for one of more than 2 MB (`is_cut`).
    """

    href: str
    etag: str | None
    data: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a PUT or DELETE.

    etag: of what is there now, where the server says so.
    precondition: the rule of CalDAV that the server names as broken, like `no-uid-conflict`.
    """

    status: int
    etag: str | None = None
    precondition: str | None = None

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Changes:
    """What is otherwise in a calendar since a token.

    token: to ask with the next time; None: this server has none.
    is_full: all that is there, and what is missing is gone: there was no token, or it counts no
        more.
    """

    token: str | None
    objects: list[DavObject]
    gone: list[str]
    is_full: bool
