"""Signing in and out (SPEC §8), on a phone and on a desk, light and dark."""

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.e2e.support import DESKTOP, PHONE, Theme, Visitors, look, no_barriers
from tests.support.make import Make
from tests.support.passwords import PASSWORD


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_and_out(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    client = make.client("Mia Client")
    page = visitors.open("/", size=size, theme=theme)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(client.email)
    page.get_by_label("Password").fill("not the password")
    no_barriers(page)
    look(page, f"sign-in-{theme}-{size['width']}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/upcoming")
    expect(page.get_by_role("heading", name="Upcoming")).to_be_visible()
    page.get_by_role("button", name="Account of Mia Client").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/upcoming")
    page.wait_for_url("**/sign-in?next=%2Fupcoming")


def test_each_role_lands_on_its_own_home(visitors: Visitors, make: Make) -> None:
    for user, path in (
        (make.client(), "/upcoming"),
        (make.operator(), "/calendar"),
        (make.admin(), "/calendar"),
    ):
        page = visitors.open("/", user)
        page.wait_for_url(f"**{path}")
    expect(page.get_by_role("link", name="Integrity")).to_be_visible()
