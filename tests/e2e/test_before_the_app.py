"""What web/index.html shows until the app is there: the same heading where the app has it."""

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.e2e.test_booking import book_path
from tests.e2e.test_finding import find_path, noon
from tests.support.make import Make

# Whoever signed in here last has not signed out.
KNOWN = "if (origin !== 'null') localStorage.setItem('holdfast.owner', 'somebody')"


def heading(page: Page) -> tuple[str, float, float, float]:
    """Its text, where it begins, and how high it is."""
    page.evaluate("document.fonts.ready.then(() => undefined)")
    found = page.get_by_role("heading", level=1)
    expect(found).to_have_count(1)  # until the style sheet is there, all of them are
    expect(found).to_be_visible()
    box = found.bounding_box()
    assert box is not None
    return found.inner_text(), box["x"], box["y"], box["height"]


@pytest.mark.parametrize(
    ("size", "theme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"]
)
@pytest.mark.parametrize("screen", ["welcome", "find", "book"])
def test_the_heading_stays_where_it_is(
    visitors: Visitors, make: Make, screen: str, size: ViewportSize, theme: Theme
) -> None:
    place = make.place()
    context = visitors.context(size=size, theme=theme)
    path = "/" if screen == "welcome" else find_path(place)
    if screen != "welcome":
        visitors.sign_in(context, make.client())
    if screen == "find":
        context.add_init_script(KNOWN)
    if screen == "book":
        path = book_path(place, make.slot(place, noon(2)))
    page = context.new_page()
    held: list[Route] = []
    page.route("**/assets/libraries-*.js", lambda route: held.append(route))
    page.goto(path, wait_until="commit")
    before = heading(page)
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"before-{screen}-{theme}-{size['width']}")
    for route in held:
        route.continue_()
    # Of the app alone.
    expect(page.get_by_role("link", name="Skip to content")).to_have_count(1)
    assert heading(page) == before
