"""How many connections there are, whose they are, and which of them get nowhere.

Every connection has an owner here from its first byte to its end: one address can have only so
many, all together only as many as there are files for, and what is written to a client that does
not read is given up. The protocols (`protocol.py`, `websocket.py`) tell what happens to each.
"""

import asyncio
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# Files that are no connections of clients: PostgreSQL's, listeners, logs, what libraries open.
OTHER_FILES = 150
MOST_FILES = 65_536
FEWEST_CONNECTIONS = 50
# A client that has not taken one byte of what waits for it in that time is hung up on.
UNREAD_SECONDS = 30.0
SWEEP_SECONDS = 5.0
LOG_SECONDS = 10.0

log = logging.getLogger("holdfast.connections")


class Connections:
    """The connections of one process.

    Args:
        per_address: how many one address may have; an IPv6 network of 64 bits counts as one.
            Proxies that are trusted and this machine may have any number.
        in_all: how many there may be; by default as many as there are files for.
    """

    def __init__(
        self,
        *,
        per_address: int = 500,
        in_all: int | None = None,
        trusted: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._per_address = per_address
        self._in_all = in_all or connections_possible()
        self._trusted = [ip_network(network) for network in trusted]
        self._owners: dict[asyncio.Transport, str] = {}
        self._counts: Counter[str] = Counter()
        # Those that nothing is done for at the moment, the longest idle first.
        self._idle: dict[asyncio.Transport, None] = {}
        # Of those with unread bytes: how many, and since when it has not become less.
        self._unread: dict[asyncio.Transport, tuple[int, float]] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._logged_at = clock() - LOG_SECONDS
        self._unlogged = 0

    def admit(self, transport: asyncio.Transport) -> bool:
        """Take a new connection; False when it is one too many.

        When there is room for no more, the one that has been idle for the longest time makes room.
        """
        owner = _owner(transport, self._trusted)
        if owner and self._counts[owner] >= self._per_address:
            self._tell(f"{owner} has {self._per_address} connections already, it gets no more")
            return False
        if len(self._owners) >= self._in_all:
            if not self._idle:
                self._tell(f"no more connections can be taken, all {self._in_all} are in use")
                return False
            self._tell(f"all {self._in_all} connections are taken, idle ones are hung up on")
            self._drop(next(iter(self._idle)))
        self._owners[transport] = owner
        self._counts[owner] += 1
        self._idle[transport] = None
        if self._sweep is None:
            self._sweep_later()
        return True

    def idle(self, transport: asyncio.Transport) -> None:
        """Its client is to send a request next."""
        if transport in self._owners:
            self._idle[transport] = None

    def busy(self, transport: asyncio.Transport) -> None:
        """It has sent a request, or is a live connection."""
        self._idle.pop(transport, None)

    def gone(self, transport: asyncio.Transport) -> None:
        """It has ended. Harmless for one that was not admitted."""
        owner = self._owners.pop(transport, None)
        self._idle.pop(transport, None)
        self._unread.pop(transport, None)
        if owner is not None:
            self._counts[owner] -= 1
            if not self._counts[owner]:
                del self._counts[owner]

    def _drop(self, transport: asyncio.Transport) -> None:
        self.gone(transport)
        transport.abort()

    def _sweep_later(self) -> None:
        self._sweep = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep_now)

    def _sweep_now(self) -> None:
        now = self._clock()
        for transport in list(self._owners):
            unread = transport.get_write_buffer_size()
            before = self._unread.get(transport)
            if not unread:
                self._unread.pop(transport, None)
            elif before is None or unread < before[0]:
                self._unread[transport] = (unread, now)
            elif now - before[1] >= UNREAD_SECONDS:
                log.info("a connection that does not read was cut, %d bytes waited", unread)
                self._drop(transport)
        self._sweep = None
        if self._owners:
            self._sweep_later()

    def _tell(self, what: str) -> None:
        """Log it, but not once for each connection."""
        now = self._clock()
        if now - self._logged_at < LOG_SECONDS:
            self._unlogged += 1
            return
        more = f" ({self._unlogged} times more since the last line)" if self._unlogged else ""
        log.warning("%s%s", what, more)
        self._logged_at, self._unlogged = now, 0


def connections_possible() -> int:
    """As many as there are files for, once this process has taken as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = MOST_FILES if soft == resource.RLIM_INFINITY else min(soft, MOST_FILES)
    return max(FEWEST_CONNECTIONS, files - OTHER_FILES)


def _owner(transport: asyncio.Transport, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """Whose connection it is; empty for who may have any number."""
    peer = transport.get_extra_info("peername")
    try:
        address = ip_address(str(peer[0]).partition("%")[0])
    except (TypeError, IndexError, ValueError):  # no address: a socket of this machine
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback or any(address in network for network in trusted):
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
