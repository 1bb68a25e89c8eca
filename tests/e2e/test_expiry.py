"""A reservation that runs out (SPEC §8): said in time, extended, taken again with all input kept.

The browser's clock is put forward instead of waiting; the database is told that the time is over.
"""

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    goto_live,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.e2e.test_booking import appointments_of, book_path, reserved
from tests.e2e.test_finding import noon
from tests.support.make import Make


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_expiry_keeps_the_input_and_reserves_again(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    client, place = make.client(), make.place()
    slot_id = make.slot(place, noon(2))
    page = visitors.context(size=size, theme=theme).new_page()
    page.clock.install()
    visitors.sign_in(page.context, client)
    goto_live(page, book_path(place, slot_id))
    reserved(page)
    page.get_by_label("Notes").fill("Still here")
    page.clock.fast_forward(62_000)
    expect(page.get_by_role("status").get_by_text("One minute left")).to_be_attached()
    page.clock.fast_forward(40_000)
    expect(page.get_by_role("status").get_by_text("20 seconds left")).to_be_attached()
    no_barriers(page)
    look(page, f"expiring-{theme}-{size['width']}")
    make.expire(slot_id)
    page.clock.fast_forward(20_000)
    expect(page.get_by_text("The reservation has run out")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm booking")).to_be_disabled()
    expect(page.get_by_label("Notes")).to_have_value("Still here")
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"expired-{theme}-{size['width']}")
    page.get_by_role("button", name="Reserve again").click()
    reserved(page)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", name="It is booked")).to_be_visible()
    assert [one["notes"] for one in appointments_of(make, client)] == ["Still here"]


def test_more_time_twice_at_most(visitors: Visitors, make: Make) -> None:
    place = make.place()
    slot_id = make.slot(place, noon(2))
    page = visitors.context().new_page()
    page.clock.install()
    visitors.sign_in(page.context, make.client())
    goto_live(page, book_path(place, slot_id))
    reserved(page)
    for _ in range(2):
        page.clock.fast_forward(70_000)
        expect(page.get_by_role("timer")).to_contain_text("Reserved for 00:")
        page.get_by_role("button", name="More time").click()
        reserved(page)
    expect(page.get_by_role("button", name="More time")).to_have_count(0)


def test_a_slot_that_went_meanwhile_offers_others(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    slots = make.slots(place, 2, noon(2))
    page = visitors.open(book_path(place, slots[0]), client)
    reserved(page)
    page.get_by_label("Notes").fill("Bring the papers")
    make.expire(slots[0])
    make.appointment(make.client(), place, slots[0])
    # The browser does not know yet: the server says it at the confirmation.
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("The reservation has run out")).to_be_visible()
    page.get_by_role("button", name="Reserve again").click()
    page.get_by_role("dialog").get_by_role("button", name="12:30").click()
    reserved(page)
    expect(page.get_by_label("Notes")).to_have_value("Bring the papers")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", name="It is booked")).to_be_visible()
    assert [one["slot_id"] for one in appointments_of(make, client)] == [slots[1]]
