"""Our CalDAV client against real servers (RFC 4791, RFC 6578)."""

from typing import Any

import caldav
import pytest

from holdfast.channels.caldav import client, reading
from holdfast.channels.caldav.model import DavError
from tests.deliveries.caldav.conftest import Connect
from tests.deliveries.caldav.servers import PASSWORD, USER, CalendarServer


def event(uid: str, summary: str = "Visit", more: str = "") -> bytes:
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", f"UID:{uid}"),
        *("DTSTAMP:20260301T080000Z", "DTSTART:20260302T090000Z", "DTEND:20260302T093000Z"),
        *(f"SUMMARY:{summary}", *([more] if more else []), "END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines).encode()


async def test_a_calendar_is_found_by_its_own_url(server: CalendarServer, connect: Connect) -> None:
    url = server.calendar("Practice")
    [found] = await connect(url.rstrip("/")).discover()
    assert (found.url, found.name) == (url, "Practice")


@pytest.mark.parametrize("path", ["", "/", "/.well-known/caldav", f"/{USER}/"])
async def test_calendars_are_found_from_the_server(
    server: CalendarServer, connect: Connect, path: str
) -> None:
    url = server.calendar("Found")
    found = await connect(server.root + path).discover()
    assert (url, "Found") in [(one.url, one.name) for one in found]


async def test_who_may_not_look_is_told_so(server: CalendarServer, connect: Connect) -> None:
    for url in (server.calendar(), server.root):
        with pytest.raises(DavError) as refused:
            await connect(url, password="wrong").discover()
        assert refused.value.kind == "unauthorized"


async def test_what_is_not_there(server: CalendarServer, connect: Connect) -> None:
    with pytest.raises(DavError) as refused:
        await connect(f"{server.root}{server.home}nothing/").discover()
    assert refused.value.kind == "not_found"
    assert await connect(server.calendar()).get(f"{server.home}nothing/x.ics") is None


async def test_an_object_is_written_read_and_removed(
    server: CalendarServer, connect: Connect
) -> None:
    url = server.calendar()
    dav = connect(url)
    href = dav.href("a b.ics")
    first = await dav.put(href, event("1@test"), etag=None)
    assert first.is_done
    there = await dav.get(href)
    assert there is not None
    assert b"UID:1@test" in there.data
    assert there.etag == (first.etag or await dav.etag(href))

    second = await dav.put(href, event("1@test", "Other"), etag=there.etag)
    assert second.is_done
    assert (await dav.put(href, event("1@test", "Lost"), etag=there.etag)).status == 412
    assert (await dav.put(href, event("1@test", "Lost"), etag=None)).status == 412
    assert (await dav.delete(href, there.etag)).status == 412
    [peer] = peer_of(server, url).events()
    assert "SUMMARY:Other" in peer.data

    now = await dav.get(href)
    assert now is not None
    assert (await dav.delete(href, now.etag)).is_done
    assert (await dav.delete(href, None)).status == 404
    assert await dav.get(href) is None


async def test_a_uid_is_found_under_another_name(server: CalendarServer, connect: Connect) -> None:
    url = server.calendar()
    dav = connect(url)
    server.put(f"{url}other.ics", event("same@test"))
    server.put(f"{url}third.ics", event("not-the-same@test"))
    refused = await dav.put(dav.href("mine.ics"), event("same@test"), etag=None)
    assert refused.status in (409, 412)
    assert dav.href("other.ics") in await dav.find("same@test")
    assert await dav.find("nobody@test") == []


async def test_changes_since_a_token(
    server: CalendarServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MULTIGET_OBJECTS", 2)
    url = server.calendar()
    dav = connect(url)
    for n in range(5):
        server.put(f"{url}{n}.ics", event(f"{n}@test"))
    first = await dav.changes(None)
    assert first.is_full
    assert first.token is not None
    assert {found.href for found in first.objects} == {dav.href(f"{n}.ics") for n in range(5)}
    assert all(found.data.startswith(b"BEGIN:VCALENDAR") for found in first.objects)

    server.drop(f"{url}1.ics")
    server.put(f"{url}2.ics", event("2@test", "Changed"))
    second = await dav.changes(first.token)
    assert not second.is_full
    assert second.gone == [dav.href("1.ics")]
    [changed] = second.objects
    assert changed.href == dav.href("2.ics")
    assert b"Changed" in changed.data
    nothing = await dav.changes(second.token)
    assert (nothing.objects, nothing.gone, nothing.is_full) == ([], [], False)


async def test_a_token_that_counts_no_more_gives_everything(
    server: CalendarServer, connect: Connect
) -> None:
    url = server.calendar()
    server.put(f"{url}1.ics", event("1@test"))
    for token in ("http://radicale.org/ns/sync/0000", "nonsense", "f" * 40):
        found = await connect(url).changes(token)
        assert found.is_full
        assert len(found.objects) == 1


async def test_reading_is_bounded(
    server: CalendarServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.calendar()
    for n in range(4):
        server.put(f"{url}{n}.ics", event(f"{n}@test", more="COMMENT:" + "x" * 3000))
    server.put(f"{url}long.ics", event("long@test", more="COMMENT:" + "x" * 30_000))
    dav = connect(url)
    monkeypatch.setattr("holdfast.channels.caldav.http.LISTING_BYTES", 10_000)
    found = await dav.changes(None)
    assert sorted(len(one.data) > 3000 for one in found.objects) == [False, True, True, True, True]
    assert [one.href for one in found.objects if one.is_cut] == [dav.href("long.ics")]
    monkeypatch.setattr(client, "OBJECT_BYTES", 10_000)
    cut = await dav.get(dav.href("long.ics"))
    assert cut is not None
    assert cut.is_cut
    monkeypatch.setattr(reading, "MAXIMUM_OBJECTS", 4)
    with pytest.raises(DavError) as refused:
        await dav.changes(None)
    assert refused.value.code == "too_much"


async def test_nobody_answers(connect: Connect) -> None:
    with pytest.raises(DavError) as refused:
        await connect("http://127.0.0.1:9/").discover()
    assert (refused.value.kind, refused.value.is_lane_fault) == ("unreachable", True)


def peer_of(server: CalendarServer, url: str) -> Any:
    """The same calendar as another client sees it."""
    library: Any = caldav
    peer = library.DAVClient(url=server.root, username=USER, password=PASSWORD)
    return library.Calendar(client=peer, url=url)
