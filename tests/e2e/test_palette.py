"""The command palette (SPEC §8): anything by a few letters, for everybody."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.days import at, day_key
from tests.e2e.support import PHONE, Visitors, look, no_barriers
from tests.support.make import Make


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Find anything")


def find(page: Page, text: str, found: str) -> Locator:
    """Types it; the entry that Enter will take."""
    page.keyboard.press("Control+k")
    palette(page).get_by_role("combobox").fill(text)
    option = palette(page).get_by_role("option", name=re.compile(found), selected=True)
    expect(option.first).to_be_visible()
    return option


def test_staff_find_clients_days_and_providers(visitors: Visitors, make: Make) -> None:
    place = make.place()
    client = make.client("Zoe Palette")
    appointment_id = make.appointment(client, place, make.slot(place, at(10)))
    page = visitors.open("/settings", make.operator())
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    find(page, "zoe pal", "Zoe Palette")
    no_barriers(page)
    look(page, "palette")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/appointments/{appointment_id}")

    find(page, "+3", f"{at(12):%A}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/calendar?day={day_key()}")

    find(page, "requests", "Requests")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests")


def test_a_client_finds_screens_looks_and_the_way_out(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/upcoming", make.client(), size=PHONE)
    page.get_by_role("button", name="Find anything").click()
    palette(page).get_by_role("combobox").fill("dark")
    no_barriers(page)
    page.get_by_role("option", name="Theme: Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    find(page, "sign out", "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
