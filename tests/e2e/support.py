"""Windows of a browser, each a person of their own, and what is expected of all of them."""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
)

from holdfast.kernel.actor import Role
from tests.support.make import Make, User
from tests.support.passwords import PASSWORD
from tests.support.passwords import password_hash as known_hash

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
WAIT_MS = 15_000
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Chromium writes every refusal that a page gets on the console, though the page handles it; and so
# it does of axe, which asks for an answer of a frame that may run nothing.
HANDLED = re.compile(
    r"Failed to load resource: the server responded with a status of (4\d\d)"
    r"|Failed to execute 'postMessage' on 'DOMWindow': .* recipient window's origin \('null'\)"
)
OFFLINE = re.compile(
    r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_(REFUSED|RESET)|FAILED|ABORTED)|WebSocket"
    # Of the service worker, which Chromium looks for anew by itself.
    r"|when fetching the script"
)

Theme = Literal["light", "dark"]

expect.set_options(timeout=WAIT_MS)


class MakeWithPasswords(Make):
    """Makes users who can sign in with PASSWORD."""

    def user(
        self,
        role: Role = "client",
        *,
        name: str | None = None,
        provider_id: UUID | None = None,
        password_hash: str | None = None,
    ) -> User:
        known = password_hash or known_hash()
        return super().user(role, name=name, provider_id=provider_id, password_hash=known)


class Visitors:
    """Opens windows; remembers what they complained of."""

    def __init__(self, browser: Browser, url: str, stack: ExitStack) -> None:
        self.url = url
        self._browser = browser
        self._stack = stack
        self.complaints: list[str] = []
        self._origin = urlsplit(url).netloc
        # Set while a test takes the network away on purpose.
        self.is_offline_expected = False

    def context(
        self, *, size: ViewportSize = DESKTOP, theme: Theme = "light", **options: Any
    ) -> BrowserContext:
        context = self._browser.new_context(
            base_url=self.url,
            viewport=size,
            color_scheme=theme,
            reduced_motion="reduce",
            locale=options.pop("locale", "en-GB"),
            timezone_id=options.pop("timezone_id", "Europe/Berlin"),
            **options,
        )
        context.set_default_timeout(WAIT_MS)
        self._stack.callback(context.close)
        context.on("page", self._watch)
        return context

    def open(
        self,
        path: str = "/",
        user: User | None = None,
        *,
        size: ViewportSize = DESKTOP,
        theme: Theme = "light",
        has_clock: bool = False,
        **options: Any,
    ) -> Page:
        """A new window on `path`, signed in as `user`.

        `has_clock`: the test puts its clock forward. A clock that is put under a page at work
        says 1970 for a moment, and what the page makes of that stays.
        """
        context = self.context(size=size, theme=theme, **options)
        if user is not None:
            self.sign_in(context, user)
        page = context.new_page()
        if has_clock:
            page.clock.install()
        page.goto(path)
        return page

    def sign_in(self, context: BrowserContext, user: User) -> None:
        answer = context.request.post(
            "/api/v1/auth/session", data={"email": user.email, "password": PASSWORD}
        )
        assert answer.status == 200, answer.text()

    def _watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or HANDLED.search(message.text):
            return
        if self.is_offline_expected and OFFLINE.search(message.text):
            return
        self.complaints.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._origin:
            self.complaints.append(f"another origin was asked: {request.url}")

    def check(self) -> None:
        assert not self.complaints, "\n".join(self.complaints)


def goto_live(page: Page, path: str) -> None:
    """Go there and wait until live updates come: who puts the clock forward while the connection
    is being made has it given up as too slow."""
    is_live = False

    def hear(_: object) -> None:
        nonlocal is_live
        is_live = True

    page.goto("about:blank")  # the page that is left may be about to open one
    page.once("websocket", lambda socket: socket.on("framereceived", hear))
    page.goto(path)
    while not is_live:
        page.wait_for_timeout(20)


def no_barriers(page: Page) -> None:
    """axe-core finds no violation of WCAG 2.2 A or AA on the page as it is now."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: tags}).then((r) => r.violations.map("
        "(v) => [v.id, v.help, v.nodes.map((n) => [n.html, n.failureSummary])]))",
        AXE_TAGS,
    )
    assert found == [], f"{page.url}\n" + "\n".join(map(str, found))


def width_of(page: Page) -> int:
    """The window's, in CSS pixels."""
    assert page.viewport_size is not None
    return page.viewport_size["width"]


def no_sideways_scrolling(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= width_of(page), f"{page.url} is {width} px wide"


def until(page: Page, condition: str, argument: object = None) -> None:
    """Wait for a condition that no element shows (the CSP forbids `wait_for_function`)."""
    page.evaluate(
        f"(argument) => new Promise((done) => {{ const look = () => ({condition}) ? done() : "
        "requestAnimationFrame(look); look(); })",
        argument,
    )


def look(page: Page, name: str) -> None:
    """Keeps a picture of the page where HOLDFAST_TEST_PICTURES names a folder."""
    folder = os.environ.get("HOLDFAST_TEST_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def live_window(visitors: Visitors, user: User, path: str) -> Page:
    """A new window that follows what happens."""
    context = visitors.context()
    visitors.sign_in(context, user)
    page = context.new_page()
    goto_live(page, path)
    # What is for later is fetched after the first screen; the tests are about what comes then.
    page.wait_for_load_state("networkidle")
    return page
