"""What a CalDAV server that is none, or means no good, can do: nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from holdfast.channels.caldav.client import DavClient
from holdfast.channels.caldav.model import DavError
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Outbound
from tests.deliveries.caldav.conftest import Connect
from tests.deliveries.sinks import sink

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
BOMB = """<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<d:multistatus xmlns:d="DAV:"><d:response><d:href>&c;</d:href></d:response></d:multistatus>"""
FILE = """<?xml version="1.0"?><!DOCTYPE m [<!ENTITY f SYSTEM "file:///etc/hostname">]>
<d:multistatus xmlns:d="DAV:"><d:response><d:href>&f;</d:href></d:response></d:multistatus>"""


class Answering:
    """A server that says what a test wants."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.says: Callable[[web.BaseRequest], web.Response] = lambda _: web.Response()
        self.url = ""

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(str(request.rel_url))
        await request.read()
        return self.says(request)


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    handler = Answering()
    async with sink(handler) as port:
        handler.url = f"http://127.0.0.1:{port}/cal/"
        yield handler


def saying(body: str, status: int = 207) -> Callable[[web.BaseRequest], web.Response]:
    return lambda _: web.Response(status=status, text=body, content_type="application/xml")


@pytest.mark.parametrize("body", [BOMB, FILE, "", "<a", "<html/>", "\x00", "<?xml encoding='x'?>"])
async def test_an_answer_that_is_none(answering: Answering, connect: Connect, body: str) -> None:
    answering.says = saying(body)
    dav = connect(answering.url)
    for call in (dav.discover, lambda: dav.changes("token"), lambda: dav.find("uid")):
        with pytest.raises(DavError) as refused:
            await call()
        assert refused.value.kind in ("broken", "not_found")


async def test_redirects_are_followed_three_times(answering: Answering, connect: Connect) -> None:
    answering.says = lambda _: web.Response(status=302, headers={"Location": "/again/"})
    with pytest.raises(DavError) as refused:
        await connect(answering.url).discover()
    assert refused.value.code == "redirects"
    assert len(answering.asked) == 4


async def test_the_guard_looks_at_each_redirect(answering: Answering) -> None:
    out = Outbound(Guard(("127.0.0.1/32",)))
    answering.says = lambda _: web.Response(
        status=301, headers={"Location": "http://127.0.0.2:80/secret/"}
    )
    try:
        with pytest.raises(DavError) as refused:
            await DavClient(out, answering.url, "u", "p").discover()
        assert (refused.value.kind, refused.value.code) == ("unreachable", "not_allowed")
    finally:
        await out.close()


async def test_a_named_object_of_another_server_is_not_asked_for(
    answering: Answering, connect: Connect
) -> None:
    answering.says = saying(
        '<d:multistatus xmlns:d="DAV:"><d:sync-token>t</d:sync-token><d:response>'
        "<d:href>http://127.0.0.2/elsewhere/1.ics</d:href><d:propstat><d:prop><d:getetag>1"
        "</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        "</d:multistatus>"
    )
    found = await connect(answering.url).changes(None)
    assert (found.objects, found.token) == ([], "t")
    assert set(answering.asked) == {"/cal/"}


@pytest.mark.parametrize(
    ("status", "kind", "is_lane_fault"),
    [
        (401, "unauthorized", False),
        (403, "unauthorized", False),
        (404, "not_found", False),
        (429, "unreachable", False),
        (503, "unreachable", True),
        (200, "broken", False),
    ],
)
async def test_refusals_by_kind(
    answering: Answering, connect: Connect, status: int, kind: str, is_lane_fault: bool
) -> None:
    answering.says = lambda _: web.Response(status=status, headers={"Retry-After": "7"})
    with pytest.raises(DavError) as refused:
        await connect(answering.url).find("uid")
    assert (refused.value.kind, refused.value.is_lane_fault) == (kind, is_lane_fault)
    assert refused.value.retry_seconds == (7 if kind == "unreachable" else None)


async def test_a_rule_of_caldav_is_no_missing_right(answering: Answering, connect: Connect) -> None:
    answering.says = saying(
        '<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/>'
        "</d:error>",
        403,
    )
    put = await connect(answering.url).put("/cal/1.ics", b"x", etag=None)
    assert (put.status, put.precondition) == (403, "no-uid-conflict")
