"""A newer app is offered, not forced: the page says so, and reloads when it is told to."""

import pytest
from playwright.sync_api import expect

from tests.e2e.support import Visitors, look, no_barriers, until

# The same worker by another address is what a new build is to the browser: one that waits.
NEWER = "/sw.js?newer"
# The app registers its worker late; what was registered before that would be undone.
NOTE_REGISTERED = """
    const register = navigator.serviceWorker.register.bind(navigator.serviceWorker);
    navigator.serviceWorker.register = (...all) => {
        window.isRegistered = true;
        return register(...all);
    };
"""


@pytest.mark.parametrize("visit", ["first", "later"])
def test_a_new_version_is_taken_when_one_wants_it(visitors: Visitors, visit: str) -> None:
    page = visitors.open("/find")
    until(page, "navigator.serviceWorker.controller !== null")
    if visit == "later":
        page.add_init_script(NOTE_REGISTERED)
        page.reload()
        until(page, "window.isRegistered")
    page.evaluate("(url) => navigator.serviceWorker.register(url).then(() => undefined)", NEWER)
    expect(page.get_by_role("status").get_by_text("A new version is ready.")).to_be_visible()
    no_barriers(page)
    look(page, f"new-version-{visit}")
    with page.expect_navigation():
        page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("navigator.serviceWorker.controller.scriptURL").endswith(NEWER)
