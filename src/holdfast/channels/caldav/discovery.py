"""Finding the calendars behind a URL (RFC 4791 §6.2, RFC 5397, RFC 6764)."""

from urllib.parse import urljoin, urlsplit

from holdfast.channels.caldav import xml
from holdfast.channels.caldav.http import DavHttp, joined
from holdfast.channels.caldav.model import Collection, DavError
from holdfast.channels.caldav.xml import CALDAV, DAV, Resource

WELL_KNOWN = "/.well-known/caldav"
MAXIMUM_COLLECTIONS = 100
_ABOUT = xml.propfind(
    "d:resourcetype",
    "d:displayname",
    "d:current-user-principal",
    "c:calendar-home-set",
    "c:supported-calendar-component-set",
)


async def discover(http: DavHttp, url: str) -> list[Collection]:
    """The calendar that a URL is; else all calendars of whom it is of, or of who asks.

    Raises:
        DavError: `not_found` where there is no CalDAV.
    """
    try:
        return await _from(http, url)
    except DavError as error:
        # A host, as mail addresses have one: where its calendars are is said at a known place.
        if error.kind not in ("not_found", "broken") or urlsplit(url).path not in ("", "/"):
            raise _without_caldav(error) from None
    try:
        return await _from(http, urljoin(url, WELL_KNOWN))
    except DavError as error:
        raise _without_caldav(error) from None


async def _from(http: DavHttp, url: str) -> list[Collection]:
    url, found = await http.follow(url, _ABOUT)
    here = _of(found)
    if here is None:
        raise DavError("broken", "207", "the answer says nothing")
    if _is_calendar(here):
        return [_collection(url, here)]
    home = _href(here, f"{CALDAV}calendar-home-set")
    if home is None:
        principal = _href(here, f"{DAV}current-user-principal")
        if principal is None:
            return await _children(http, url)
        url, found = await http.follow(joined(url, principal), _ABOUT)
        owner = _of(found)
        home = _href(owner, f"{CALDAV}calendar-home-set") if owner is not None else None
        if home is None:
            return []
    return await _children(http, joined(url, home))


async def _children(http: DavHttp, url: str) -> list[Collection]:
    url, found = await http.follow(url, _ABOUT, depth="1")
    calendars = [
        _collection(joined(url, resource.href), resource)
        for resource in found.resources
        if _is_calendar(resource)
    ]
    return calendars[:MAXIMUM_COLLECTIONS]


def _of(found: xml.Multistatus) -> Resource | None:
    return found.resources[0] if found.resources else None


def _is_calendar(resource: Resource) -> bool:
    """Whether it is a calendar for events; one that says nothing takes all kinds."""
    kind = resource.properties.get(f"{DAV}resourcetype")
    if kind is None or kind.find(f"{CALDAV}calendar") is None:
        return False
    parts = resource.properties.get(f"{CALDAV}supported-calendar-component-set")
    names = [part.get("name") for part in parts] if parts is not None else []
    return not names or "VEVENT" in names


def _collection(url: str, resource: Resource) -> Collection:
    name = resource.text(f"{DAV}displayname") or ""
    return Collection(url.rstrip("/") + "/", name[:200])


def _href(resource: Resource, name: str) -> str | None:
    found = resource.properties.get(name)
    return (found.findtext(f"{DAV}href") or "").strip() or None if found is not None else None


def _without_caldav(error: DavError) -> DavError:
    if error.kind != "broken":
        return error
    return DavError("not_found", error.code, "there is no CalDAV at this address")
