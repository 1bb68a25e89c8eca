"""Finding a time (SPEC §8): by service, person or day; what is taken greys out while one looks."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Locator, Page, Response, ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.make import Make, Place

FIRST_LOAD_BYTES = 200_000
BERLIN = ZoneInfo("Europe/Berlin")


def find_path(place: Place, **more: str) -> str:
    wanted = {"service": str(place.service_id), "provider": str(place.provider_id), **more}
    return f"/find?{urlencode(wanted)}"


def noon(days: int) -> datetime:
    """Noon in the browser's zone, some days ahead."""
    day = datetime.now(BERLIN).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)


def name_of(make: Make, place: Place) -> str:
    return str(make.one("SELECT name FROM providers WHERE id = %s", place.provider_id)["name"])


def title_of(make: Make, place: Place) -> str:
    return str(make.one("SELECT title FROM services WHERE id = %s", place.service_id)["title"])


def time_button(page: Page, clock: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{clock}"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_visitor_finds_a_time(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    place = make.place(timezone="America/New_York")
    make.slot(place, noon(2))
    make.slot(place, noon(20) + timedelta(hours=1))
    page = visitors.open("/", size=size, theme=theme)
    expect(page.get_by_role("heading", level=1)).to_have_text("Find a time that suits you")
    page.get_by_role("searchbox").fill("no such thing anywhere")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("searchbox").fill(name_of(make, place).upper())
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"find-{theme}-{size['width']}")
    page.get_by_role("button", name=re.compile(f"^{name_of(make, place)}\\b")).first.click()
    # Two days on is the first day that has a free time: it is shown at once.
    twelve = time_button(page, "12:00")
    expect(twelve).to_contain_text("06:00 in New York")
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"times-{theme}-{size['width']}")
    page.get_by_role("radio", name=f"{noon(3):%A}, {noon(3).day} ").click()
    expect(page.get_by_text("No times on this day")).to_be_visible()
    no_barriers(page)
    page.get_by_role("button", name="Next available").click()
    expect(time_button(page, "13:00")).to_be_visible()
    assert f"day={noon(20):%Y-%m-%d}" in page.url
    page.go_back()
    expect(page.get_by_role("searchbox")).to_be_visible()


def test_a_search_can_be_linked_to(visitors: Visitors, make: Make) -> None:
    place = make.place()
    make.slot(place, noon(2))
    make.slot(place, noon(16))
    day = f"{noon(16):%Y-%m-%d}"
    page = visitors.open(find_path(place, day=day))
    expect(page.get_by_role("heading", name=title_of(make, place))).to_be_visible()
    expect(time_button(page, "12:00")).to_be_visible()
    expect(page.get_by_label("Go to a day")).to_have_value(day)
    page.get_by_role("button", name="Earlier days").click()
    expect(page.get_by_role("radio", name=f"{noon(2):%A}, {noon(2).day} ")).to_be_visible()
    gone = visitors.open("/find?service=00000000-0000-7000-8000-000000000000")
    expect(gone.get_by_text("is not offered any more")).to_be_visible()


def test_anyone_will_do(visitors: Visitors, make: Make) -> None:
    one = make.place()
    other = make.place(service_id=one.service_id)
    make.slot(one, noon(2))
    make.slot(other, noon(2) + timedelta(hours=1))
    page = visitors.open(f"/find?service={one.service_id}")
    expect(time_button(page, "12:00")).to_contain_text(name_of(make, one))
    expect(time_button(page, "13:00")).to_contain_text(name_of(make, other))
    no_barriers(page)
    page.get_by_label("Where").select_option(str(other.facility_id))
    expect(time_button(page, "13:00")).to_be_visible()
    expect(time_button(page, "12:00")).to_have_count(0)
    page.get_by_label("With").select_option(str(one.provider_id))
    expect(time_button(page, "12:00")).to_be_visible()


def test_what_is_taken_greys_out_within_a_second(visitors: Visitors, make: Make) -> None:
    place = make.place()
    slots = make.slots(place, 3, noon(2))
    watching = visitors.open(find_path(place), make.client())
    seen = time_button(watching, "12:00")
    expect(seen).to_be_enabled()
    # The live connection is there once the list is asked for a second time, after joining.
    expect(watching.get_by_role("status").filter(has_text="3 free times")).to_be_visible()
    watching.wait_for_load_state("networkidle")
    booker = make.client()
    make.appointment(booker, place, slots[0])
    expect(seen).to_be_disabled(timeout=1000)
    expect(watching.get_by_text("12:00 on")).to_contain_text("has just been taken")
    # It is still there to be looked at, and does nothing.
    seen.click(force=True)
    expect(watching).to_have_url(re.compile("/find"))
    no_barriers(watching)
    look(watching, "times-one-taken")


def test_a_visitor_sees_it_too(visitors: Visitors, make: Make) -> None:
    """Without an account there is no live connection: the list is asked for again."""
    place = make.place()
    slots = make.slots(place, 2, noon(2))
    page = visitors.open(find_path(place))
    expect(time_button(page, "12:00")).to_be_enabled()
    make.appointment(make.client(), place, slots[0])
    expect(time_button(page, "12:00")).to_be_disabled()


@pytest.mark.parametrize("path", ["/", "/upcoming"])
def test_the_first_load_is_light(visitors: Visitors, make: Make, path: str) -> None:
    scripts: set[str] = set()

    def note(response: Response) -> None:
        if response.request.resource_type == "script":
            scripts.add(response.url)

    context = visitors.context()
    if path != "/":
        visitors.sign_in(context, make.client())
    page = context.new_page()
    page.on("response", note)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = {url.rsplit("/", 1)[-1]: gzipped_bytes(url) for url in scripts}
    total = sum(sizes.values())
    assert sizes and total <= FIRST_LOAD_BYTES, f"{total}: {sizes}"


def gzipped_bytes(url: str) -> int:
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        return sum(len(part) for part in answer.iter_raw())
