"""A small CalDAV client (RFC 4791), by the one way out (docs/adr/0021-own-caldav-client.md)."""

from urllib.parse import urljoin

from holdfast.channels.caldav import discovery, reading, xml
from holdfast.channels.caldav.http import DavHttp, path_of, usable_tag
from holdfast.channels.caldav.model import Changes, Collection, DavError, DavObject, Put
from holdfast.channels.caldav.xml import DAV
from holdfast.deliveries.outbound import Answer, Outbound

# Longer than the largest event that servers commonly take.
OBJECT_BYTES = 2 * 1024 * 1024
CALENDAR_TYPE = "text/calendar; charset=utf-8"


class DavClient:
    """One calendar, or a place to look for calendars.

    Raises, with every call: DavError.

    Args:
        url: absolute; of a calendar's collection, with a slash at its end, for all but `discover`.
    """

    def __init__(self, outbound: Outbound, url: str, username: str, password: str) -> None:
        self._url = url
        self._http = DavHttp(outbound, username, password)

    async def discover(self) -> list[Collection]:
        """The calendars behind the URL: one when it is a calendar itself, maybe none."""
        return await discovery.discover(self._http, self._url)

    def href(self, name: str) -> str:
        """The path of an object with this name in the collection."""
        href = path_of(self._url, name)
        assert href is not None
        return href

    async def get(self, href: str) -> DavObject | None:
        """An object; None where there is none."""
        answer = await self._http.request("GET", self._at(href), maximum_bytes=OBJECT_BYTES)
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise DavError("broken", str(answer.status))
        return DavObject(href, _etag(answer), answer.body, is_cut=answer.is_cut)

    async def put(self, href: str, data: bytes, *, etag: str | None) -> Put:
        """Write an object: over the one with this tag, or, with None, where there is none yet.

        412: it is not as it was. 409 and 412 are also how servers say that its UID is there under
        another name (`no-uid-conflict`, which not all of them name).
        """
        condition = {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
        answer = await self._http.request(
            "PUT",
            self._at(href),
            body=data,
            headers={"Content-Type": CALENDAR_TYPE, **condition},
        )
        return _result(answer)

    async def delete(self, href: str, etag: str | None) -> Put:
        """Remove an object that is as it was; with None as it is. 404: there is none."""
        condition = {} if etag is None else {"If-Match": etag}
        return _result(await self._http.request("DELETE", self._at(href), headers=condition))

    async def find(self, uid: str) -> list[str]:
        """The hrefs of the objects with a UID; perhaps also of some that contain it: servers
        compare in more than one way."""
        found = await self._http.ask("REPORT", self._url, xml.query_uid(uid), depth="1")
        return [href for r in found.resources if (href := path_of(self._url, r.href)) is not None]

    async def etag(self, href: str) -> str | None:
        """The tag of an object, for a server that did not say it as it was written."""
        answer = await self._http.ask("PROPFIND", self._at(href), xml.propfind("d:getetag"))
        return usable_tag(answer.resources[0].text(f"{DAV}getetag")) if answer.resources else None

    async def is_still(self, href: str, etag: str | None) -> bool:
        """Whether an object is there as it was; one without tags is, as far as anybody can tell."""
        try:
            now = await self.etag(href)
        except DavError as error:
            if error.kind == "not_found":
                return False
            raise
        return now is None or etag is None or now == etag

    async def changes(self, token: str | None) -> Changes:
        """What is otherwise since a token, as far as the server knows that; else all there is."""
        return await reading.changes(self._http, self._url, token)

    def _at(self, href: str) -> str:
        return urljoin(self._url, href)


def _etag(answer: Answer) -> str | None:
    return usable_tag(answer.headers.get("ETag"))


def _result(answer: Answer) -> Put:
    named = xml.precondition(answer.body) if answer.status >= 400 else None
    return Put(answer.status, _etag(answer), named)
