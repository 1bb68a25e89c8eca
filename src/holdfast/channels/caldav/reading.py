"""Reading what changed in a calendar, in bounded pieces (RFC 6578, RFC 4791 §7)."""

from holdfast.channels.caldav import xml
from holdfast.channels.caldav.http import DavHttp, path_of, read_multistatus, usable_tag
from holdfast.channels.caldav.model import Changes, DavError, DavObject
from holdfast.channels.caldav.xml import CALDAV, DAV, Multistatus

MULTIGET_OBJECTS = 50
MAXIMUM_OBJECTS = 10_000
MAXIMUM_BYTES = 64 * 1024 * 1024
# Truncated listings go on where they ended (RFC 6578 §3.6).
MAXIMUM_PAGES = 50
MAXIMUM_TOKEN = 2000
# What servers answer that have no such report, or none for this token.
_NO_REPORT = frozenset({400, 403, 404, 405, 409, 412, 415, 422, 501})


async def changes(http: DavHttp, url: str, token: str | None) -> Changes:
    """As `DavClient.changes`.

    Raises:
        DavError: `broken` also for a calendar with too much in it.
    """
    if token is not None:
        since = await _since(http, url, token)
        if since is not None:
            return await _filled(http, url, *since, is_full=False)
    everything = await _since(http, url, "")
    if everything is None:
        found = await http.ask("REPORT", url, xml.query_events(), depth="1", is_listing=True)
        everything = None, _hrefs(url, found), []
    return await _filled(http, url, everything[0], everything[1], [], is_full=True)


async def _since(
    http: DavHttp, url: str, token: str
) -> tuple[str | None, list[str], list[str]] | None:
    """The new token, what is there and what is gone; None where the server cannot say that."""
    there: dict[str, None] = {}
    gone: dict[str, None] = {}
    for _ in range(MAXIMUM_PAGES):
        page = await _page(http, url, token)
        if page is None or page.sync_token is None or len(page.sync_token) > MAXIMUM_TOKEN:
            return None
        is_cut = False
        for resource in page.resources:
            href = path_of(url, resource.href)
            if resource.status == 507:
                is_cut = True
            elif href is None or href == path_of(url, ""):
                continue
            elif resource.status in (404, 410):
                gone[href] = None
                there.pop(href, None)
            else:
                there[href] = None
                gone.pop(href, None)
        if len(there) + len(gone) > MAXIMUM_OBJECTS:
            raise DavError("broken", "too_much", f"more than {MAXIMUM_OBJECTS} objects")
        if not is_cut or page.sync_token == token:
            return page.sync_token, list(there), list(gone)
        token = page.sync_token
    raise DavError("broken", "too_much", "the listing has no end")


async def _page(http: DavHttp, url: str, token: str) -> Multistatus | None:
    body = xml.sync_collection(token)
    headers = {"Depth": "0", "Content-Type": 'application/xml; charset="utf-8"'}
    answer = await http.request("REPORT", url, body=body, headers=headers, is_listing=True)
    if answer.status in _NO_REPORT:
        return None
    return await read_multistatus(answer)


async def _filled(
    http: DavHttp,
    url: str,
    token: str | None,
    hrefs: list[str],
    gone: list[str],
    *,
    is_full: bool,
) -> Changes:
    objects: list[DavObject] = []
    size = 0
    for first in range(0, len(hrefs), MULTIGET_OBJECTS):
        chunk = await _objects(http, url, hrefs[first : first + MULTIGET_OBJECTS])
        size += sum(len(found.data) for found in chunk)
        if size > MAXIMUM_BYTES:
            raise DavError("broken", "too_much", f"more than {MAXIMUM_BYTES} bytes")
        objects += chunk
    read = {found.href for found in objects}
    # What was listed, and is not there when it is read: it went meanwhile, or the answer lacks it.
    gone = [*gone, *(href for href in hrefs if href not in read)]
    return Changes(token, objects, gone, is_full)


async def _objects(http: DavHttp, url: str, hrefs: list[str]) -> list[DavObject]:
    """What these are; without what is gone. One that is too long by itself comes empty, as cut."""
    try:
        found = await http.ask("REPORT", url, xml.multiget(hrefs), depth="1")
    except DavError as error:
        if error.code != "too_long":
            raise
        if len(hrefs) == 1:
            return [DavObject(hrefs[0], None, b"", is_cut=True)]
        half = len(hrefs) // 2
        return [
            *await _objects(http, url, hrefs[:half]),
            *await _objects(http, url, hrefs[half:]),
        ]
    objects: list[DavObject] = []
    for resource in found.resources:
        href = path_of(url, resource.href)
        data = resource.properties.get(f"{CALDAV}calendar-data")
        if href is None or data is None:
            continue
        objects.append(
            DavObject(href, usable_tag(resource.text(f"{DAV}getetag")), (data.text or "").encode())
        )
    return objects


def _hrefs(url: str, found: Multistatus) -> list[str]:
    hrefs = [path_of(url, resource.href) for resource in found.resources]
    if len(hrefs) > MAXIMUM_OBJECTS:
        raise DavError("broken", "too_much", f"more than {MAXIMUM_OBJECTS} objects")
    return [href for href in hrefs if href is not None and href != path_of(url, "")]
