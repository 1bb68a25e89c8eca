"""What a day, a time and a column are called: by the text's language, in the reader's way."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import PHONE, Visitors, look, no_barriers
from tests.support.make import Make, soon

DASH = "\u2013"
AUTUMN = datetime(2027, 10, 31, tzinfo=UTC)


def open_calendar(visitors: Visitors, make: Make, path: str, locale: str = "en-GB") -> Page:
    place = make.place()
    make.slot(place, soon(days=1).replace(hour=9))
    operator = make.operator(place.provider_id)
    return visitors.open(path, operator, locale=locale)


def names_of(page: Page) -> list[str]:
    """What a screen reader may hear of the calendar's columns."""
    page.get_by_role("columnheader").first.wait_for()
    return page.evaluate(
        "[...document.querySelectorAll('.calendar-grid *')].flatMap((one) =>"
        " ['aria-label', 'title'].map((name) => one.getAttribute(name))).filter(Boolean)"
    )


@pytest.mark.parametrize("view", ["day", "week"])
def test_a_column_is_a_provider_and_the_real_date(
    visitors: Visitors, make: Make, view: str
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    page = open_calendar(visitors, make, f"/calendar?day={tomorrow}&view={view}")
    names = names_of(page)
    assert not [name for name in names if "2000" in name], names
    day = f"{tomorrow:%A}, {tomorrow.day} {tomorrow:%B} {tomorrow.year}"
    assert any(re.fullmatch(rf"Provider \d+, {day}", name) for name in names), names
    no_barriers(page)


@pytest.mark.parametrize(
    ("locale", "first", "clock", "shown_day"),
    [
        ("en-US", "Sunday", "9:00 AM", "Wed, Dec 8, 2027"),
        ("en-GB", "Monday", "09:00", "Wed, 8 Dec 2027"),
        ("de-DE", "Sunday", "9:00 AM", "Wed, Dec 8, 2027"),
    ],
)
def test_one_way_of_writing(
    visitors: Visitors, make: Make, locale: str, first: str, clock: str, shown_day: str
) -> None:
    """A browser of another language changes no word; one of the same decides the order."""
    page = open_calendar(visitors, make, "/calendar?day=2027-12-08&view=week", locale)
    expect(page.get_by_role("columnheader").first).to_have_accessible_name(re.compile(first))
    expect(page.get_by_text(shown_day)).to_be_visible()
    expect(page.get_by_text(clock, exact=True)).to_be_visible()
    assert "Dez" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.lang") == "en"
    look(page, f"calendar-{locale}")
    no_barriers(page)
    page.goto("/publish")
    expect(page.get_by_text("Every week")).to_be_visible()
    rows = page.get_by_text(re.compile("^(Mon|Sun)day$"))
    expect(rows.first).to_have_text(first)


def test_the_hour_that_comes_twice(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    for minutes in (-30, 0, 30, 60, 90, 120):
        make.slot(place, AUTUMN + timedelta(minutes=minutes))
    last = make.slot(place, AUTUMN + timedelta(minutes=150))
    appointment_id = make.appointment(client, place, last)
    book = f"/find?service={place.service_id}&provider={place.provider_id}&day=2027-10-31"
    page = visitors.open(book, client, size=PHONE)
    for text in ("02:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET"):
        expect(page.get_by_text(text, exact=True)).to_have_count(1)
    expect(page.get_by_text("01:30", exact=True)).to_have_count(1)
    look(page, "autumn-picker")
    page.get_by_text("02:30 CEST", exact=True).click()
    expect(page.get_by_text(f"02:30 CEST{DASH}02:00 CET")).to_be_visible()
    operator = make.operator(place.provider_id)
    staff = visitors.open("/calendar?day=2027-10-31", operator)
    expect(staff.get_by_text(f"02:30 CEST{DASH}02:00 CET")).to_have_count(1)
    expect(staff.get_by_text(f"02:30{DASH}02:00")).to_have_count(0)
    look(staff, "autumn-calendar")
    staff.goto("/calendar/print?day=2027-10-31")
    staff.get_by_label("With free slots").check()
    expect(staff.get_by_text(f"02:30 CEST{DASH}02:00 CET")).to_be_visible()
    expect(staff.get_by_text(f"02:30 CET{DASH}03:00")).to_be_visible()
    assert appointment_id
