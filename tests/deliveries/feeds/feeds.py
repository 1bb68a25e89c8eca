"""A feed as tests read it."""

from typing import Any
from urllib.parse import urlsplit

import httpx
from icalendar import Calendar

from tests.support.api import Api
from tests.support.make import User


async def add_feed(api: Api, user: User, **body: Any) -> str:
    """A new feed's path below /api/v1."""
    answer = await api.post("/calendar-feeds", user, json={"detail": "full", **body})
    assert answer.status_code == 201, answer.text
    return path_of(answer)


def path_of(answer: httpx.Response) -> str:
    return urlsplit(answer.json()["url"]).path.removeprefix("/api/v1")


async def read(api: Api, path: str, known: str | None = None) -> httpx.Response:
    """Read as a calendar does: without signing in."""
    headers = {} if known is None else {"If-None-Match": known}
    return await api.get(path, headers=headers)


def events_of(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return Calendar.from_ical(answer.text).walk("VEVENT")
