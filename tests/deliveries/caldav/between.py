"""Between us and a calendar server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from aiohttp import web

from tests.deliveries.caldav.servers import CalendarServer
from tests.deliveries.sinks import sink

Change = Callable[[web.BaseRequest, httpx.Response], tuple[int, bytes]]
Refuse = Callable[[web.BaseRequest], web.Response | None]


class Between:
    """Passes on what is said, or something else.

    refuse: answers instead of the server, which hears nothing. change: says something else than
    the server did.
    """

    def __init__(self, server: CalendarServer) -> None:
        self.server = server
        self.url = ""
        self.refuse: Refuse | None = None
        self.change: Change | None = None

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.refuse is not None and (refusal := self.refuse(request)) is not None:
            return refusal
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                request.method,
                self.server.root + request.path_qs,
                content=await request.read(),
                headers={
                    name: value
                    for name, value in request.headers.items()
                    if name.lower() not in ("host", "content-length")
                },
            )
        code, body = answer.status_code, answer.content
        if self.change is not None:
            code, body = self.change(request, answer)
        tag = {"ETag": answer.headers["ETag"]} if "ETag" in answer.headers else {}
        return web.Response(status=code, body=body, headers=tag, content_type="application/xml")


@asynccontextmanager
async def standing_before(server: CalendarServer) -> AsyncIterator[Between]:
    """One at an address of its own."""
    door = Between(server)
    async with sink(door) as port:
        door.url = f"http://127.0.0.1:{port}"
        yield door
