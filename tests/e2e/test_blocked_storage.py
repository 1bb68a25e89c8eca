"""Where the browser keeps nothing for the page, the app starts and works for the moment."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, chromium
from tests.e2e.support import PHONE, Visitors, look, no_barriers
from tests.e2e.test_offline import booked, cancel, cut, times_done
from tests.support.make import Make
from tests.support.passwords import PASSWORD
from tests.support.server import Server

REFUSES = "throw new DOMException('no', 'SecurityError')"
BLOCKED = {
    "no access": f"for (const one of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
    f" Object.defineProperty(window, one, {{ get() {{ {REFUSES} }} }})",
    "no writing": f"Storage.prototype.setItem = () => {{ {REFUSES} }}",
    "nothing at all": "for (const one of ['localStorage', 'sessionStorage'])"
    " Object.defineProperty(window, one, { get: () => null })",
}


@pytest.mark.parametrize("how", BLOCKED)
def test_it_works_for_the_moment(visitors: Visitors, make: Make, how: str) -> None:
    client, _, appointment_id = booked(make)
    context = visitors.context(size=PHONE)
    visitors.sign_in(context, client)
    context.add_init_script(BLOCKED[how])
    page = context.new_page()
    page.goto(f"/appointments/{appointment_id}")
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    expect(page.get_by_text("This browser lets the app keep nothing.")).to_be_visible()
    look(page, "blocked-storage")
    no_barriers(page)
    cut(page, visitors)
    cancel(page)
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("Cancelled: ")).to_be_visible()
    assert times_done(make, appointment_id, "cancelled") == 1
    page.get_by_role("button", name=f"Account of {client.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


@pytest.fixture
def blocked(browser: Browser, site: Server, tmp_path: Path) -> Iterator[BrowserContext]:
    """A Chromium whose user has turned off all cookies and site data."""
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    context = browser.browser_type.launch_persistent_context(
        tmp_path,
        executable_path=chromium(),
        args=CHROMIUM_FLAGS,
        base_url=site.url,
        locale="en-GB",
    )
    yield context
    context.close()


def open_blocked(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.goto(path)
    assert (
        page.evaluate("(() => { try { return typeof localStorage } catch { return 'no' } })()")
        == "no"
    )
    return page


def test_all_site_data_is_turned_off(blocked: BrowserContext, make: Make) -> None:
    """Visitors find times; who wants to sign in is told why that cannot last."""
    client, place, _ = booked(make)
    page = open_blocked(blocked, "/find")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    expect(page.get_by_role("heading", name="Find a time that suits you")).to_be_visible()
    expect(page.get_by_text("This browser lets the app keep nothing.")).to_be_visible()
    page.goto(f"/find?service={place.service_id}")
    expect(page.get_by_role("radiogroup", name="Day")).to_be_visible()
    page.goto("/sign-in")
    page.get_by_label("Email").fill(client.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This browser blocks cookies")).to_be_visible()
    no_barriers(page)
    assert complaints == []
