"""The only way out: every HTTP request that this server makes of others goes through here.

A request goes to what `Guard` allows, follows no redirect, uses no proxy of the environment, and
ends in 15 seconds whatever the other side does (SPEC-deliveries §5).
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast import __version__
from holdfast.deliveries.addresses import Guard

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.abc import AbstractResolver

CONNECT_SECONDS = 10.0
TOTAL_SECONDS = 15.0
# For what comes after the head of an answer: by then it is known whether it is a success.
BODY_SECONDS = 5.0
MAXIMUM_ANSWER_BYTES = 64 * 1024
# Below the five seconds after which many servers close a connection that nobody uses.
KEEP_ALIVE_SECONDS = 4.0
USER_AGENT = f"Holdfast/{__version__}"

Trouble = Literal["not_allowed", "no_connection", "tls", "timeout", "broken"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. is_cut: its body went on, or came too slowly."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False

    @property
    def text(self) -> str:
        """The body, readable whatever it is."""
        return self.body.decode("utf-8", "replace").replace("\x00", "")


class OutboundError(Exception):
    """There is no answer.

    Attributes:
        trouble: `not_allowed` by the guard, `no_connection`, `tls`, `timeout`, `broken` connection.
        was_sent: whether the other side may have got the request.
    """

    def __init__(self, trouble: Trouble, detail: str, *, was_sent: bool) -> None:
        super().__init__(detail)
        self.trouble: Trouble = trouble
        self.was_sent = was_sent


class _NotAllowedError(OSError):
    """The guard refused the address that a name stands for."""

    def __init__(self) -> None:
        super().__init__("the address is not allowed")


class Outbound:
    """Connections to others, kept open between requests. To be closed.

    Args:
        resolver, tls: instead of the system's resolver and certificates.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        resolver: "AbstractResolver | None" = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.guard = guard
        self._resolver = resolver
        self._tls = tls
        self._sessions: dict[bool, ClientSession] = {}

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        maximum_bytes: int = MAXIMUM_ANSWER_BYTES,
        body_seconds: float = BODY_SECONDS,
        total_seconds: float | None = None,
    ) -> Answer:
        """Ask once; any status is an answer.

        Args:
            maximum_bytes, body_seconds: how much of an answer is read, and for how long, where it
                is more than a word of what became of the request.
            total_seconds: for all of it (15), where the other side has to gather its answer first.
        Raises:
            OutboundError: there is none, or the URL is not allowed.
        """
        import aiohttp

        objection = self.guard.objection(url)
        if objection is not None:
            raise OutboundError("not_allowed", f"the URL {objection}", was_sent=False)
        session = self._session(is_secure=url[:6].lower() == "https:")
        total_seconds = total_seconds or TOTAL_SECONDS
        until = asyncio.get_running_loop().time() + total_seconds
        try:
            async with asyncio.timeout_at(until):
                response = await session.request(
                    method,
                    url,
                    headers=headers,
                    data=body,
                    allow_redirects=False,
                    # Without the threshold from which it rounds up to whole seconds.
                    timeout=aiohttp.ClientTimeout(
                        total=total_seconds,
                        connect=CONNECT_SECONDS,
                        ceil_threshold=total_seconds + 1,
                    ),
                )
            return await _read(response, until, maximum_bytes, body_seconds)
        except aiohttp.ClientConnectorError as error:
            raise _not_connected(error) from None
        except aiohttp.ConnectionTimeoutError:
            raise OutboundError("timeout", "no connection in time", was_sent=False) from None
        except TimeoutError:
            raise OutboundError("timeout", "no answer in time", was_sent=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise OutboundError("broken", type(error).__name__, was_sent=True) from None

    async def close(self) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _session(self, *, is_secure: bool) -> "ClientSession":
        session = self._sessions.get(is_secure)
        if session is None:
            session = self._sessions[is_secure] = self._new_session(is_secure=is_secure)
        return session

    def _new_session(self, *, is_secure: bool) -> "ClientSession":
        # Not for everybody's start: it takes a tenth of a second and ten megabytes.
        import aiohttp

        def checked_socket(info: aiohttp.AddrInfoType) -> socket.socket:
            family, kind, protocol, _, address = info
            if not self.guard.is_allowed(str(address[0]), is_secure=is_secure):
                raise _NotAllowedError
            return socket.socket(family=family, type=kind, proto=protocol)

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver or aiohttp.ThreadedResolver(),
                socket_factory=checked_socket,
                ssl=self._tls or ssl.create_default_context(),
                limit=0,  # how many may be on their way is decided by who sends
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Accept": "*/*"},
            auto_decompress=False,
            trust_env=False,
            read_bufsize=MAXIMUM_ANSWER_BYTES // 4,
        )


async def _read(
    response: "ClientResponse", until: float, maximum_bytes: int, body_seconds: float
) -> Answer:
    """The answer up to what may be read of it. One that is cut costs its connection."""
    import aiohttp

    until = min(until, asyncio.get_running_loop().time() + body_seconds)

    body = bytearray()
    is_cut = False
    try:
        async with asyncio.timeout_at(until):
            async for part in response.content.iter_any():
                body += part
                if len(body) > maximum_bytes:
                    is_cut = True
                    break
    except (TimeoutError, aiohttp.ClientError):
        is_cut = True
    if is_cut:
        response.close()
    else:
        response.release()
    return Answer(response.status, response.headers, bytes(body[:maximum_bytes]), is_cut=is_cut)


def _not_connected(error: Exception) -> OutboundError:
    import aiohttp

    cause = getattr(error, "os_error", None)
    if isinstance(cause, _NotAllowedError) or isinstance(error.__cause__, _NotAllowedError):
        return OutboundError("not_allowed", str(_NotAllowedError()), was_sent=False)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return OutboundError("no_connection", "the host's name is not known", was_sent=False)
    if isinstance(error, aiohttp.ClientSSLError):
        return OutboundError("tls", "no TLS connection", was_sent=False)
    return OutboundError("no_connection", "no connection", was_sent=False)
