"""Which addresses an outgoing request may reach (SPEC-deliveries §5, "SSRF guard").

What the server can reach and the world cannot (its database, a cloud's metadata, a router) must not
be reachable through it. The socket decides, by the address that it is about to connect to: a name
may answer differently each time that it is asked.
"""

import socket
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

MAXIMUM_URL_CHARACTERS = 2000

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# `ipaddress` calls addresses of these global, whatever IPv4 address is inside.
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
# All that the world routes, and documentation that older Pythons do not know.
_UNICAST = IPv6Network("2000::/3")
_DOCUMENTATION = IPv6Network("3fff::/20")
_LOCAL_NAMES = ("localhost", ".localhost")


class Guard:
    """Says what may be reached.

    Args:
        allow: networks that may be reached although they are not public, and by plain http.
    """

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allowed = tuple(ip_network(network) for network in allow)

    def is_allowed(self, address: str, *, is_secure: bool) -> bool:
        """Whether a socket may connect to this address, which is a number and no name."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        inside = _inside(parsed)
        if any(
            one.version == network.version and one in network
            for network in self._allowed
            for one in (parsed, inside)
        ):
            return True
        return is_secure and _is_public(parsed) and _is_public(inside)

    def objection(self, url: str) -> str | None:
        """What is wrong with a URL as it is written; None: nothing, and the socket decides.

        Asks nobody: what its name stands for is known when it is used.
        """
        return _objection(self, url)

    def may_use_http(self) -> bool:
        return bool(self._allowed)


@lru_cache(maxsize=1000)
def _objection(guard: Guard, url: str) -> str | None:
    from yarl import URL

    if len(url) > MAXIMUM_URL_CHARACTERS:
        return f"must have at most {MAXIMUM_URL_CHARACTERS} characters"
    if any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        return "must not contain spaces or control characters"
    try:
        parsed = URL(url)
        host, port = parsed.host, parsed.port
    except ValueError:
        return "is not a URL"
    if parsed.scheme not in ("https", "http") or not host:
        return "must start with https:// and name a host"
    if parsed.scheme == "http" and not guard.may_use_http():
        return "must start with https://"
    if parsed.user is not None or parsed.password is not None or "@" in urlsplit(url).netloc:
        return "must not contain a user name or password"
    if not port:
        return "must name a port between 1 and 65535"
    if parsed.raw_fragment:
        return "must not have a fragment"
    known = _addresses_of(host)
    is_secure = parsed.scheme == "https"
    if known and not any(guard.is_allowed(address, is_secure=is_secure) for address in known):
        return "names an address that is not public"
    return None


def _addresses_of(host: str) -> tuple[str, ...]:
    """The addresses that a host is without asking anybody; none for a name."""
    name = host.lower().rstrip(".")
    if name == _LOCAL_NAMES[0] or name.endswith(_LOCAL_NAMES[1]):
        return ("127.0.0.1", "::1")
    try:
        return (str(ip_address(name.partition("%")[0])),)
    except ValueError:
        pass
    try:
        # 127.1, 0x7f000001 and 2130706433 are addresses to every resolver.
        return (socket.inet_ntoa(socket.inet_aton(name)),)
    except (OSError, ValueError):
        return ()


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, where it leads to one."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped is not None or address in _NAT64:
        return True  # the address inside decides
    return (
        address in _UNICAST
        and address not in _TEREDO
        and address not in _DOCUMENTATION
        and address.is_global
        and not address.is_multicast
    )
