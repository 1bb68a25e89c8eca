"""The service worker shows a push message: delivered to real Chromium by its debugging protocol."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, chromium
from tests.e2e.support import Visitors, look
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


def shown(page: Page, count: int) -> list[dict[str, Any]]:
    page.wait_for_function(f"async () => (await ({SHOWN})()).length === {count}")
    return page.evaluate(SHOWN)


def test_a_push_message_is_shown_and_replaced(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/settings", make.client())
    page.context.grant_permissions(["notifications"])
    expect(page.get_by_role("heading", name="Messages on this device")).to_be_visible()
    message = {"title": "Confirmed", "body": "Tuesday", "url": "/upcoming", "tag": "appointment-1"}
    deliver(page, visitors.url, json.dumps(message))
    assert shown(page, 1) == [message]
    later = {**message, "title": "Cancelled"}
    deliver(page, visitors.url, json.dumps(later))
    page.wait_for_function(f"async () => (await ({SHOWN})())[0].title === 'Cancelled'")
    assert shown(page, 1) == [later]
    deliver(page, visitors.url, "no JSON")
    assert {one["title"] for one in shown(page, 2)} == {"Cancelled", "Holdfast"}
    look(page, "push-settings")
