"""Who is meant by an address, where requests are counted by it."""

import logging
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from holdfast.config import Settings

# What a provider gives to one customer at least. Whoever has it has all its addresses.
IPV6_PREFIX_BITS = 64

log = logging.getLogger("holdfast.http")


@lru_cache(maxsize=10_000)
def address_key(address: str) -> str:
    """What an address is counted by: an IPv4 address itself, of an IPv6 address its /64."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, IPV6_PREFIX_BITS), strict=False))


class ProxyWarning:
    """Says once that a reverse proxy seems to stand in front whose word is not taken.

    Then all its visitors have one address, and share what is counted by it.
    """

    def __init__(self, settings: Settings) -> None:
        self._is_due = not settings.trusted_proxies

    def look_at(self, request: HTTPConnection) -> None:
        if not self._is_due or "x-forwarded-for" not in request.headers or not request.client:
            return
        peer = request.client.host
        if _is_private(peer):
            self._is_due = False
            log.warning(
                "%s sends X-Forwarded-For but is not named in HOLDFAST_TRUSTED_PROXIES: all who "
                "come through it count as one address. Name it there if it is your reverse proxy.",
                peer,
            )


def _is_private(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_private
    except ValueError:
        return False
