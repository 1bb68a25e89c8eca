"""The navigation on a phone: every destination in reach, with its whole name."""

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.e2e.support import PHONE, Visitors, look, no_barriers
from tests.e2e.test_finding import noon
from tests.e2e.test_requests import ask
from tests.support.make import Make

NARROW: ViewportSize = {"width": 320, "height": 640}
# What is a pixel wide is for screen readers.
IS_WHOLE = (
    "(nav) => [...nav.querySelectorAll('a, button')].every((one) => {"
    "const outer = one.getBoundingClientRect();"
    "return [...one.querySelectorAll('*')].every((part) => {"
    "const inner = part.getBoundingClientRect();"
    "return inner.width <= 1 || (inner.left >= outer.left && inner.right <= outer.right"
    " && (part.scrollWidth <= part.clientWidth || getComputedStyle(part).overflow === 'visible'))"
    "}) })"
)
FROM_THE_MENU = {
    "Publish": "/publish",
    "Calendars": "/calendars",
    "Users": "/admin/users",
    "Catalogue": "/admin/catalogue",
    "Edit locks": "/admin/edit-locks",
    "Integrity": "/admin/integrity",
    "Analytics": "/admin/analytics",
    "Audit": "/admin/audit",
}


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["phone", "narrow"])
@pytest.mark.parametrize("role", ["client", "operator", "admin"])
def test_no_name_is_cut(visitors: Visitors, make: Make, role: str, size: ViewportSize) -> None:
    place = make.place()
    ask(visitors, make.client(), place, noon(3))
    user = getattr(make, role)()
    page = visitors.open("/settings", user, size=size)
    nav = page.get_by_role("navigation", name="Main")
    expect(nav.get_by_role("link" if role != "admin" else "button").last).to_be_visible()
    if role != "client":
        expect(nav.get_by_role("link", name=re.compile("Requests.*waiting"))).to_be_visible()
    assert nav.evaluate(IS_WHOLE), nav.aria_snapshot()
    look(page, f"navigation-{role}-{size['width']}")


def test_an_admin_reaches_everything_on_a_phone(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/calendar", make.admin(), size=PHONE)
    nav = page.get_by_role("navigation", name="Main")
    for name in ("Requests", "Appointments", "Calendar"):
        nav.get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}"))
    for name, path in FROM_THE_MENU.items():
        nav.get_by_role("button", name="Menu").click()
        if name == "Publish":
            expect(page.get_by_role("menu")).to_be_visible()
            no_barriers(page)
            look(page, "navigation-menu")
        page.get_by_role("menuitem", name=name).click()
        expect(page).to_have_url(re.compile(f"{path}$"))
        # The new screen takes the focus when it is there, and a menu that is open then closes.
        expect(page.locator("#content")).to_be_focused()
