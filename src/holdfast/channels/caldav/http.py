"""Requests to one CalDAV server, by the one way out (docs/calendars.md, "Connections")."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from holdfast.channels.caldav import xml
from holdfast.channels.caldav.model import DavError
from holdfast.deliveries.outbound import TOTAL_SECONDS, Answer, Outbound, OutboundError
from holdfast.deliveries.retry_after import retry_after

MAXIMUM_REDIRECTS = 3
# A calendar's answers are longer than a word of what became of a request.
LISTING_BYTES = 8 * 1024 * 1024
BODY_SECONDS = 15.0
# Some servers open every object of a calendar to list it: Radicale took 16 s for 5,000.
LISTING_SECONDS = 60.0
# Longer documents are read beside the event loop.
_SHORT_BYTES = 64 * 1024
MAXIMUM_PATH_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class DavHttp:
    """Asks with a name and password.

    The password goes to the server that it was given for, and, while its calendars are looked
    for, to where that server sends us; never from https to http.
    """

    outbound: Outbound
    username: str
    password: str

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        maximum_bytes: int | None = None,
        is_listing: bool = False,
    ) -> Answer:
        """Ask once. 2xx, 3xx, and refusals that are about this one request are answers.

        Raises:
            DavError: `unreachable` or `unauthorized`.
        """
        secret = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        try:
            answer = await self.outbound.request(
                method,
                url,
                headers={"Authorization": f"Basic {secret}", **(headers or {})},
                body=body,
                maximum_bytes=maximum_bytes or LISTING_BYTES,
                body_seconds=LISTING_SECONDS if is_listing else BODY_SECONDS,
                total_seconds=LISTING_SECONDS if is_listing else TOTAL_SECONDS,
            )
        except OutboundError as error:
            raise DavError("unreachable", error.trouble, str(error), is_lane_fault=True) from None
        status = answer.status
        if status == 401 or (status == 403 and xml.precondition(answer.body) is None):
            raise DavError("unauthorized", str(status))
        if status == 429 or (status >= 500 and status != 501):
            raise DavError(
                "unreachable",
                str(status),
                answer.text[:1000],
                retry_seconds=retry_after(answer.headers.get("Retry-After")),
                is_lane_fault=status >= 500 and status != 507,
            )
        return answer

    async def ask(
        self, method: str, url: str, body: bytes, *, depth: str = "0", is_listing: bool = False
    ) -> xml.Multistatus:
        """A PROPFIND or REPORT of what is there.

        Raises:
            DavError: also `not_found`, and `broken` for what is no multistatus.
        """
        answer = await self.request(
            method, url, body=body, headers=_xml(depth), is_listing=is_listing
        )
        found = await read_multistatus(answer)
        if depth == "0":
            _check_there(found)
        return found

    async def follow(
        self, url: str, body: bytes, *, depth: str = "0"
    ) -> tuple[str, xml.Multistatus]:
        """A PROPFIND that goes where the server sends it, three times at most; the last URL, too.

        Each step is a request of its own, which the guard looks at.

        Raises:
            DavError: as `ask`.
        """
        for _ in range(MAXIMUM_REDIRECTS + 1):
            answer = await self.request("PROPFIND", url, body=body, headers=_xml(depth))
            if not 300 <= answer.status < 400:
                found = await read_multistatus(answer)
                _check_there(found)
                return url, found
            url = joined(url, answer.headers.get("Location", ""))
        raise DavError("unreachable", "redirects", "the server sends us from place to place")


def _check_there(found: xml.Multistatus) -> None:
    """Some servers say by a multistatus that there is nothing."""
    if found.resources and found.resources[0].status in (404, 410):
        raise DavError("not_found", str(found.resources[0].status))


def _xml(depth: str) -> dict[str, str]:
    return {"Depth": depth, "Content-Type": 'application/xml; charset="utf-8"'}


async def read_multistatus(answer: Answer) -> xml.Multistatus:
    """What an answer says.

    Raises:
        DavError: `not_found` or `broken`.
    """
    status = str(answer.status)
    if answer.status in (404, 410):
        raise DavError("not_found", status)
    if answer.status != 207:
        raise DavError("broken", status, "the answer is none of CalDAV")
    if answer.is_cut:
        raise DavError("broken", "too_long", "the answer is too long")
    try:
        if len(answer.body) <= _SHORT_BYTES:
            return xml.multistatus(answer.body)
        return await asyncio.to_thread(xml.multistatus, answer.body)
    except xml.BrokenXmlError as error:
        raise DavError("broken", status, str(error)) from None


def joined(base: str, href: str) -> str:
    """An absolute URL out of what a server names.

    Raises:
        DavError: `broken` for what is none; `unreachable` for one without https, when we had it.
    """
    try:
        url = urljoin(base, href.strip())
        scheme = urlsplit(url).scheme
    except ValueError:
        raise DavError("broken", "href", "the server names no address") from None
    if not href.strip() or scheme not in ("http", "https"):
        raise DavError("broken", "href", "the server names no address")
    if scheme == "http" and urlsplit(base).scheme == "https":
        raise DavError("unreachable", "not_allowed", "the server sends us away from https")
    return url


def path_of(base: str, href: str) -> str | None:
    """The path of an object in one spelling; None for what is none.

    Only the path counts: a server behind a proxy may not know its own name, and nothing is ever
    asked of another one.
    """
    from yarl import URL  # as late as aiohttp, which needs it

    try:
        path = URL(base).join(URL(href.strip())).raw_path
    except ValueError:
        return None
    return path if path.startswith("/") and len(path) <= MAXIMUM_PATH_CHARACTERS else None


def usable_tag(tag: str | None) -> str | None:
    """A tag that can be kept and sent again (RFC 9110 §8.8.3); None for what is none."""
    tag = (tag or "").strip()
    return tag if tag and tag.isascii() and tag.isprintable() and len(tag) <= 500 else None
