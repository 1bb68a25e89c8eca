"""What is asked and answered in XML (RFC 4918 §13, RFC 4791 §7, RFC 6578 §3).

A CalDAV server is anybody's. `defusedxml` refuses a document with a DTD, and so entities of any
kind, before it is looked at; how long a document may be is decided by who reads it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_SPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'


class BrokenXmlError(ValueError):
    """It cannot be read, or is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One `response` of a multistatus.

    href: as the server wrote it. status: of the resource itself, where it has one.
    properties: those that were found.
    """

    href: str
    status: int | None
    properties: Mapping[str, "Element"] = field(repr=False)

    def text(self, name: str) -> str | None:
        """The text of a property; None without one."""
        found = self.properties.get(name)
        return (found.text or "").strip() or None if found is not None else None


@dataclass(frozen=True, slots=True)
class Multistatus:
    resources: list[Resource]
    sync_token: str | None


def parse(body: bytes) -> "Element":
    """The root of a document.

    Raises:
        BrokenXmlError: it is none, or has a DTD.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        return fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise BrokenXmlError("the answer is no XML") from None


def multistatus(body: bytes) -> Multistatus:
    """The answer to PROPFIND and REPORT.

    Raises:
        BrokenXmlError: it is none.
    """
    root = parse(body)
    if root.tag != f"{DAV}multistatus":
        raise BrokenXmlError("the answer is no multistatus")
    resources = [
        found for part in root.iter(f"{DAV}response") if (found := _resource(part)) is not None
    ]
    token = (root.findtext(f"{DAV}sync-token") or "").strip()
    return Multistatus(resources, token or None)


def precondition(body: bytes) -> str | None:
    """The rule that a refusal names in its `error` document; None without one."""
    try:
        root = parse(body)
    except BrokenXmlError:
        return None
    if root.tag != f"{DAV}error" or not len(root):
        return None
    return root[0].tag.rpartition("}")[2]


def propfind(*names: str) -> bytes:
    """A PROPFIND for properties, named with `d:` or `c:`."""
    return f"{_HEAD}<d:propfind {_SPACES}>{_prop(names)}</d:propfind>".encode()


def sync_collection(token: str) -> bytes:
    """What changed since a token; an empty one asks for everything."""
    return (
        f"{_HEAD}<d:sync-collection {_SPACES}><d:sync-token>{escape(token)}</d:sync-token>"
        f"<d:sync-level>1</d:sync-level>{_prop(('d:getetag',))}</d:sync-collection>"
    ).encode()


def multiget(hrefs: Sequence[str]) -> bytes:
    """Some objects by name."""
    named = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
    properties = _prop(("d:getetag", "c:calendar-data"))
    return (
        f"{_HEAD}<c:calendar-multiget {_SPACES}>{properties}{named}</c:calendar-multiget>".encode()
    )


def query_events() -> bytes:
    """The names of all events."""
    return _query("")


def query_uid(uid: str) -> bytes:
    """The names of the events with a UID."""
    return _query(
        '<c:prop-filter name="UID">'
        f'<c:text-match collation="i;octet">{escape(uid)}</c:text-match></c:prop-filter>'
    )


def _query(condition: str) -> bytes:
    return (
        f"{_HEAD}<c:calendar-query {_SPACES}>{_prop(('d:getetag',))}"
        '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
        f"{condition}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    ).encode()


def _prop(names: Sequence[str]) -> str:
    return "<d:prop>" + "".join(f"<{name}/>" for name in names) + "</d:prop>"


def _resource(part: "Element") -> Resource | None:
    href = (part.findtext(f"{DAV}href") or "").strip()
    if not href:
        return None
    properties: dict[str, Element] = {}
    for group in part.findall(f"{DAV}propstat"):
        if _status(group) in (200, None):
            properties |= {found.tag: found for found in group.iterfind(f"{DAV}prop/*")}
    return Resource(href, _status(part), properties)


def _status(part: "Element") -> int | None:
    words = (part.findtext(f"{DAV}status") or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else None
