"""Makes a calendar agree with an appointment (docs/calendars.md, "Push": the table)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.calendars.ics import Entry, uid
from holdfast.channels.caldav import objects
from holdfast.channels.caldav.client import DavClient
from holdfast.channels.caldav.model import DavError, DavObject
from holdfast.channels.caldav.objects import Theirs

ROUNDS = 3
# An object whose server gives it no tag: only that it is there can be asked for.
ANY = "*"
_UID_RULE = "no-uid-conflict"
_CONFLICTS = frozenset({409, 412})
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Known:
    """What we have put there, as we left it.

    etag: None where the server did not say. has_theirs: somebody added what is theirs to keep, so
        that what we write depends on what is there.
    """

    href: str
    etag: str | None
    start: datetime
    end: datetime
    has_theirs: bool
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the object is now. code: how that came about."""

    href: str
    etag: str | None
    has_theirs: bool
    code: str


class RefusedError(Exception):
    """The server will never take this object. code: the status, or the rule that it names."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# Awaited right before the first request that changes something.
BeforeWrite = Callable[[], Awaitable[None]]
# Awaited when it was moved there, with where to.
Moved = Callable[[datetime], Awaitable[None]]


async def place(
    dav: DavClient, entry: Entry, known: Known | None, before_write: BeforeWrite, moved: Moved
) -> Placed:
    """Put an appointment into the calendar, or its new facts over what is there.

    Raises:
        DavError: `broken` also when it changed there again and again; `not_found` when there is no
            such calendar.
        RefusedError: this object is not taken.
    """
    href = known.href if known else dav.href(f"{entry.id}.ics")
    ours = objects.content(entry)
    data, etag = ours, None
    if known is not None and not known.is_removed:
        etag = known.etag
        if etag is None or known.has_theirs:
            there = await dav.get(href)
            data, etag = (ours, None) if there is None else await _over(there, entry, known, moved)
    for _ in range(ROUNDS):
        await before_write()
        put = await dav.put(href, data, etag=etag)
        if put.is_done:
            has_theirs = data != ours
            return Placed(href, put.etag or await dav.etag(href), has_theirs, str(put.status))
        if put.status not in (*_CONFLICTS, *_GONE) and put.precondition != _UID_RULE:
            raise _refusal(put.status, put.precondition)
        there = await dav.get(href)
        if there is None and etag is not None:
            # Deleted there; and this appointment has changed just now.
            data, etag = ours, None
            continue
        if there is None:
            there = await _elsewhere(dav, entry, href)
            if there is None:
                raise _refusal(put.status, put.precondition)
            href = there.href
        theirs = await _read(there, entry)
        if theirs is not None and objects.same(theirs, entry):
            return Placed(href, there.etag, theirs.has_some, "adopted")
        data, etag = await _over(there, entry, known, moved)
    raise DavError("broken", "conflict", "it changes there again and again")


async def take_away(
    dav: DavClient, appointment_id: UUID, known: Known | None, before_write: BeforeWrite
) -> str:
    """Remove an appointment's object; the code says whether there was one.

    Raises:
        DavError: as `place`.
    """
    href = known.href if known else dav.href(f"{appointment_id}.ics")
    etag = known.etag if known and not known.is_removed else None
    for _ in range(ROUNDS):
        if etag is None:
            there = await dav.get(href)
            if there is None:
                return "absent"
            etag = there.etag or ANY
        await before_write()
        gone = await dav.delete(href, etag)
        if gone.is_done:
            return str(gone.status)
        if gone.status in _GONE:
            return "absent"
        if gone.status not in _CONFLICTS:
            raise DavError("broken", gone.precondition or str(gone.status))
        etag = None
    raise DavError("broken", "conflict", "it changes there again and again")


async def _elsewhere(dav: DavClient, entry: Entry, href: str) -> DavObject | None:
    """The object with our UID under another name: somebody imported it, perhaps from a mail."""
    for other in (await dav.find(uid(entry.id)))[:ROUNDS]:
        there = await dav.get(other) if other != href else None
        theirs = await _read(there, entry) if there is not None else None
        if theirs is not None and theirs.is_ours:
            return there
    return None


async def _over(
    there: DavObject, entry: Entry, known: Known | None, moved: Moved
) -> tuple[bytes, str]:
    theirs = await _read(there, entry)
    if theirs is not None and theirs.start is not None and _was_moved(theirs, entry, known):
        await moved(theirs.start)
    return await asyncio.to_thread(objects.over, theirs, entry), there.etag or ANY


def _was_moved(theirs: Theirs, entry: Entry, known: Known | None) -> bool:
    """Whether it is at a time at which we neither left it nor are about to put it."""
    at = (theirs.start, theirs.end)
    if not theirs.is_ours or at == _seconds(entry.start, entry.end):
        return False
    if known is not None:
        return at != _seconds(known.start, known.end)
    # What we wrote was never noted, or somebody imported it: an older state of ours is no move.
    return theirs.sequence == str(entry.sequence)


def _seconds(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """As calendars have them."""
    return start.replace(microsecond=0), end.replace(microsecond=0)


async def _read(there: DavObject, entry: Entry) -> Theirs | None:
    """What somebody made of it. Beside the event loop: it may be long."""
    if there.is_cut:
        return None
    return await asyncio.to_thread(objects.read, there.data, entry.id, entry.timezone)


def _refusal(status: int, precondition: str | None) -> Exception:
    """What a status means for this object, when it is no conflict that we can settle."""
    code = precondition or str(status)
    if status in (400, 413, 415, 422) or (status == 403 and precondition is not None):
        return RefusedError(code)
    if status in _GONE:
        return DavError("not_found", code)
    return DavError("broken", code)
