"""Pictures of the main screens, with demo data: `make screenshots` writes them to docs/images."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM_FLAGS, chromium
from tests.e2e.support import DESKTOP, PHONE, Theme, Visitors
from tests.support.server import Server

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DEMO_PASSWORD = "demo-Pass-123"
SIZES: dict[str, ViewportSize] = {"phone": PHONE, "desktop": DESKTOP}
THEMES: tuple[Theme, ...] = ("light", "dark")


class Demo:
    """What the demo data has, by the API."""

    def __init__(self, url: str) -> None:
        self.url = url
        token = self._post("/auth/signin", "admin")["accessToken"]
        self._auth = {"Authorization": f"Bearer {token}"}

    def _post(self, path: str, name: str) -> dict[str, str]:
        answer = httpx.post(f"{self.url}/api/v1{path}", json=credentials(name))
        return answer.raise_for_status().json()

    def items(self, path: str, **query: str) -> list[dict[str, str]]:
        answer = httpx.get(f"{self.url}/api/v1{path}", params=query, headers=self._auth)
        return answer.raise_for_status().json()["items"]

    def finding(self) -> str:
        return f"/find?service={self.items('/services')[0]['id']}"

    def booking(self) -> str:
        """The last time of the coming days, so that nobody else is likely to want it."""
        service = self.items("/services")[0]["id"]
        now = datetime.now(UTC)
        period = {"from": now.isoformat(), "to": (now + timedelta(days=6)).isoformat()}
        slot = self.items("/availability", serviceId=service, **period)[-1]
        query = {"serviceId": service, "providerId": slot["providerId"], "start": slot["start"]}
        return f"/book/{slot['id']}?{urlencode(query)}"

    def calendar(self) -> str:
        """Next Monday, when everybody works."""
        today = datetime.now(UTC).date()
        return f"/calendar?day={today + timedelta(days=7 - today.weekday())}"

    def week(self) -> str:
        return f"{self.calendar()}&view=week"

    def appointment(self) -> str:
        return f"/appointments/{self.items('/appointments', status='confirmed')[0]['id']}"


def credentials(name: str) -> dict[str, str]:
    return {"email": f"{name}@demo.test", "password": DEMO_PASSWORD}


def as_it_is(_: Page) -> None:
    """Nothing has to be done on this screen before its picture is taken."""


def checked(page: Page) -> None:
    page.get_by_role("button", name="Check everything").click()
    expect(page.get_by_role("button", name="Check again")).to_be_visible(timeout=60_000)


@dataclass(frozen=True)
class Shot:
    """A screen: its address, whose window it is, and what is done on it first."""

    name: str
    path: Callable[[Demo], str] | str
    who: str | None
    act: Callable[[Page], None] = as_it_is


SHOTS = (
    Shot("find", Demo.finding, None),
    Shot("book", Demo.booking, "client"),
    Shot("upcoming", "/upcoming", "client"),
    Shot("calendar", Demo.calendar, "operator"),
    Shot("week", Demo.week, "provider"),
    Shot("requests", "/requests", "operator"),
    Shot("worklist", "/appointments", "operator"),
    Shot("editor", Demo.appointment, "operator"),
    Shot("publish", "/publish", "provider"),
    Shot("catalogue", "/admin/catalogue", "admin"),
    Shot("edit-locks", "/admin/edit-locks", "admin"),
    Shot("integrity", "/admin/integrity", "admin", checked),
    Shot("analytics", "/admin/analytics", "admin"),
    Shot("audit", "/admin/audit", "admin"),
)


def take(visitors: Visitors, demo: Demo, shot: Shot, size: str, theme: Theme) -> None:
    context = visitors.context(size=SIZES[size], theme=theme)
    if shot.who is not None:
        context.request.post("/api/v1/auth/session", data=credentials(shot.who))
    page = context.new_page()
    path = shot.path if isinstance(shot.path, str) else shot.path(demo)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for passing in ("Loading", "Reconnecting"):
        expect(page.get_by_text(passing)).to_have_count(0)
    shot.act(page)
    page.screenshot(path=IMAGES / f"{shot.name}-{size}-{theme}.png")
    context.close()


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Server(folder, "serve", "--demo"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        stack.callback(browser.close)
        visitors, demo = Visitors(browser, server.url, stack), Demo(server.url)
        for shot in SHOTS:
            for size in SIZES:
                for theme in THEMES:
                    take(visitors, demo, shot, size, theme)
                    print(f"docs/images/{shot.name}-{size}-{theme}.png")
        server.stop()


if __name__ == "__main__":
    main()
