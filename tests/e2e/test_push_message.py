"""The service worker shows a push message: delivered to real Chromium by its debugging protocol."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, chromium
from tests.e2e.support import WAIT_MS, Visitors, look
from tests.support.make import Make

SHOWN = """() => navigator.serviceWorker.ready
    .then((worker) => worker.getNotifications())
    .then((all) => all.map(({ title, body, tag, data: { url } }) => ({ title, body, tag, url })))"""


@pytest.fixture
def browser(browser: Browser) -> Iterator[Browser]:
    """The headless shell shows no notifications."""
    whole = browser.browser_type.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
    yield whole
    whole.close()


def deliver(page: Page, url: str, data: str) -> None:
    """What a push service would bring to this page's service worker."""
    session = page.context.new_cdp_session(page)
    seen: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated", lambda event: seen.extend(event["registrations"])
    )
    session.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    while not (here := [one for one in seen if one["scopeURL"].startswith(url)]):
        page.wait_for_timeout(20)
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": url, "registrationId": here[-1]["registrationId"], "data": data},
    )


def shown(page: Page, count: int, title: str) -> list[dict[str, Any]]:
    """The messages that are there when there are so many, one of them with this title."""
    # Asked again and again in the page: Playwright takes a promise for a yes.
    return page.evaluate(
        f"""async ([count, title, wait]) => {{
            for (const end = Date.now() + wait; Date.now() < end;) {{
                const all = await ({SHOWN})();
                if (all.length === count && all.some((one) => one.title === title)) return all;
                await new Promise((go) => setTimeout(go, 20));
            }}
            throw new Error("not shown in time");
        }}""",
        [count, title, WAIT_MS],
    )


def test_a_push_message_is_shown_and_replaced(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/settings", make.client())
    page.context.grant_permissions(["notifications"])
    expect(page.get_by_role("heading", name="Messages on this device")).to_be_visible()
    message = {"title": "Confirmed", "body": "Tuesday", "url": "/upcoming", "tag": "appointment-1"}
    deliver(page, visitors.url, json.dumps(message))
    assert shown(page, 1, "Confirmed") == [message]
    later = {**message, "title": "Cancelled"}
    deliver(page, visitors.url, json.dumps(later))
    assert shown(page, 1, "Cancelled") == [later]
    deliver(page, visitors.url, "no JSON")
    assert {one["title"] for one in shown(page, 2, "Holdfast")} == {"Cancelled", "Holdfast"}
    look(page, "push-settings")
