"""A client's own appointments (SPEC §8): lists, details, moving, cancelling, calendar, sharing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    goto_live,
    look,
    no_barriers,
    no_sideways_scrolling,
    width_of,
)
from tests.support.make import Make, Place, User, soon

on_every_screen = pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone-light", "phone-dark", "desktop-light", "desktop-dark"],
)


@dataclass
class Booked:
    client: User
    place: Place
    slot_id: UUID
    id: UUID

    @property
    def path(self) -> str:
        return f"/appointments/{self.id}"


def booked(make: Make, start: datetime | None = None, timezone: str = "Europe/Berlin") -> Booked:
    """A client with an appointment, and two free times on the next day."""
    client, place = make.client(), make.place(timezone=timezone)
    start = start or noon(2)
    slot_id = make.slot(place, start)
    for minutes in (60, 90):
        make.slot(place, noon(3) + timedelta(minutes=minutes))
    return Booked(client, place, slot_id, make.appointment(client, place, slot_id))


def noon(days: int) -> datetime:
    """At 11:00 UTC, noon or one in the test browser's zone, `days` days ahead."""
    return soon(days=days).replace(hour=11)


def row(make: Make, appointment_id: UUID) -> dict[str, object]:
    return make.one(
        "SELECT status::text, lower(during) AS start_at, notes, client_confirmed_at, version "
        "FROM appointments WHERE id = %s",
        appointment_id,
    )


def pictured(page: Page, name: str) -> None:
    """What holds for every screen."""
    look(page, f"{name}-{width_of(page)}")
    no_barriers(page)
    no_sideways_scrolling(page)


def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(60):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {wanted} by keyboard")


@on_every_screen
def test_lists(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    it = booked(make)
    make.appointment(it.client, it.place, make.slot(it.place, noon(4)))
    page = visitors.open("/upcoming", it.client, size=size, theme=theme)
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("heading", level=2)).to_have_count(2)
    pictured(page, f"upcoming-{theme}")
    page.get_by_role("navigation").get_by_role("link", name="History").click()
    expect(page.get_by_text("No past appointments yet")).to_be_visible()
    pictured(page, f"history-empty-{theme}")


def test_a_long_list_goes_on(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    for number in range(24):
        make.appointment(it.client, it.place, make.slot(it.place, noon(5 + number)))
    page = visitors.open("/upcoming", it.client)
    items = page.get_by_role("main").get_by_role("listitem")
    expect(items).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(items).to_have_count(25)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_nothing_yet_leads_to_finding_a_time(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/upcoming", make.client())
    page.get_by_role("main").get_by_role("link", name="Find a time").last.click()
    page.wait_for_url("**/find")


def test_a_change_shows_in_the_list_at_once(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    first = visitors.open("/upcoming", it.client)
    second = visitors.open(it.path, it.client)
    expect(first.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    second.get_by_role("button", name="Cancel appointment").click()
    second.get_by_role("button", name="Yes, cancel").click()
    expect(first.get_by_text("Nothing coming up")).to_be_visible()
    first.get_by_role("link", name="History").click()
    expect(first.get_by_role("main").get_by_text("Cancelled")).to_be_visible()


@on_every_screen
def test_reschedule(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client, size=size, theme=theme)
    expect(page.get_by_role("heading", name="Move it")).to_be_visible()
    pictured(page, f"appointment-{theme}")
    page.get_by_role("button", name="Next available").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    pictured(page, f"move-choose-{theme}")
    dialog.get_by_role("listitem").first.get_by_role("button").click()
    expect(dialog.get_by_role("timer")).to_contain_text("Reserved for 01:")
    pictured(page, f"move-confirm-{theme}")
    dialog.get_by_role("button", name="Move appointment").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("status").get_by_text("Moved to")).to_be_visible()
    expect(page.get_by_text("Moved from")).to_be_visible()
    assert row(make, it.id)["start_at"] == noon(3) + timedelta(minutes=60)


def test_pick_a_date_and_another_time(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client)
    page.get_by_role("button", name="Tomorrow").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("There is no free time tomorrow.")).to_be_visible()
    dialog.get_by_role("button", name="Pick another date").click()
    day = noon(3).strftime("%-d %b")
    dialog.get_by_role("button", name=day).click()
    times = dialog.get_by_role("button").filter(has_text=":")
    times.first.click()
    expect(dialog.get_by_role("timer")).to_be_visible()
    dialog.get_by_role("button", name="Another time").click()
    # The time that was given back is free for all at once.
    held = "SELECT count(*) FROM slots WHERE provider_id = %s AND status = 'held'"
    expect(dialog.get_by_role("timer")).to_have_count(0)
    dialog.get_by_role("radio", name="Next available").click()
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    assert make.one(held, it.place.provider_id)["count"] == 0


def test_a_reservation_runs_out_and_is_had_again(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open("/upcoming", it.client)
    page.clock.install()
    goto_live(page, it.path)
    page.get_by_role("button", name="Next available").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("listitem").first.get_by_role("button").click()
    expect(dialog.get_by_role("timer")).to_be_visible()
    page.clock.fast_forward(70_000)
    expect(dialog.get_by_text("One minute left")).to_be_attached()
    page.clock.fast_forward(60_000)
    expect(dialog.get_by_text("The reservation has run out.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Move appointment")).to_have_count(0)
    no_barriers(page)
    for slot in make.all("SELECT id FROM slots WHERE provider_id = %s", it.place.provider_id):
        make.expire(slot["id"])
    dialog.get_by_role("button", name="Reserve again").click()
    dialog.get_by_role("button", name="Move appointment").click()
    expect(dialog).to_have_count(0)
    assert row(make, it.id)["version"] == 2


def test_a_time_that_somebody_else_took(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client)
    page.get_by_role("button", name="Next available").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    taken = make.one(
        "SELECT id FROM slots WHERE provider_id = %s AND status = 'available' ORDER BY start_at",
        it.place.provider_id,
    )
    make.appointment(make.client(), it.place, taken["id"])
    dialog.get_by_role("listitem").first.get_by_role("button").click()
    conflict = page.get_by_role("dialog").last
    expect(conflict.get_by_role("listitem")).to_have_count(1)
    pictured(page, "move-conflict-light")
    conflict.get_by_role("listitem").get_by_role("button").click()
    page.get_by_role("button", name="Move appointment").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert row(make, it.id)["start_at"] == noon(3) + timedelta(minutes=90)


@on_every_screen
def test_cancel_with_fee(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    it = booked(make, datetime.now(UTC) + timedelta(hours=3))
    page = visitors.open(it.path, it.client, size=size, theme=theme)
    open_dialog = page.get_by_role("button", name="Cancel appointment")
    open_dialog.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("definition")).to_have_text(["€25.00", "€25.00"])
    pictured(page, f"cancel-{theme}")
    dialog.get_by_role("button", name="No, keep").click()
    expect(dialog).to_have_count(0)
    expect(open_dialog).to_be_focused()
    open_dialog.click()
    dialog.get_by_role("button", name="Yes, cancel").click()
    # On the page, and for a moment in the toast.
    expect(page.get_by_role("main").get_by_text("Cancelled. The fee is €25.00.")).to_be_visible()
    expect(open_dialog).to_have_count(0)
    assert row(make, it.id)["status"] == "cancelled"


def test_cancel_free_by_keyboard_alone(visitors: Visitors, make: Make) -> None:
    it = booked(make, noon(6))
    page = visitors.open("/upcoming", it.client)
    tab_to(page, page.get_by_role("main").get_by_role("listitem").get_by_role("link"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{it.path}")
    button = page.get_by_role("button", name="Cancel appointment")
    expect(button).to_be_visible()
    tab_to(page, button)
    page.keyboard.press("Enter")
    yes = page.get_by_role("button", name="Yes, cancel")
    expect(yes).to_be_enabled()
    tab_to(page, yes)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cancelled. There is no fee.")).to_be_visible()


@on_every_screen
def test_add_to_calendar(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client, size=size, theme=theme)
    page.get_by_role("button", name="Add to calendar").click()
    expect(page.get_by_role("menuitem")).to_have_count(3)
    pictured(page, f"calendar-menu-{theme}")
    google = page.get_by_role("menuitem", name="Google Calendar").get_attribute("href") or ""
    assert noon(2).strftime("dates=%Y%m%dT110000Z%%2F%Y%m%dT113000Z") in google
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Calendar file").click()
    text = download.value.path().read_text()
    assert noon(2).strftime("DTSTART;TZID=Europe/Berlin:%Y%m%dT120000") in text
    assert str(it.id) in text


def test_notes_and_what_others_wrote_meanwhile(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client)
    page.get_by_role("button", name="Add notes").click()
    page.get_by_role("textbox", name="Your notes").fill("I am allergic to latex.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("paragraph").filter(has_text="latex")).to_be_visible()
    page.get_by_role("button", name="Edit notes").click()
    box = page.get_by_role("textbox", name="Your notes")
    box.fill("No latex, please.")
    other = visitors.open(it.path, it.client)
    other.get_by_role("button", name="Edit notes").click()
    other.get_by_role("textbox", name="Your notes").fill("From my phone.")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("Saved")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your notes were changed meanwhile.")).to_be_visible()
    expect(page.get_by_role("blockquote")).to_have_text("From my phone.")
    expect(box).to_have_value("No latex, please.")
    pictured(page, "notes-stale-light")
    page.get_by_role("button", name="Save mine instead").click()
    expect(other.get_by_role("paragraph").filter(has_text="No latex, please.")).to_be_visible()
    assert row(make, it.id)["notes"] == "No latex, please."


def test_i_will_be_there(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client)
    page.get_by_role("button", name="I will be there").click()
    expect(page.get_by_text("knows that you are coming")).to_be_visible()
    expect(page.get_by_text("Attendance confirmed")).to_be_visible()
    assert row(make, it.id)["client_confirmed_at"] is not None


def test_share_and_stop_sharing(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_role("textbox", name="Link")
    expect(link).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    pictured(page, "share-light")
    url = link.input_value()
    assert page.evaluate("navigator.clipboard.readText()") == url
    secret = url.rsplit("/", 1)[1]
    shown = page.request.get(f"/api/v1/shared/{secret}")
    assert shown.status == 200
    page.reload()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("A link made earlier on this device still works.")).to_be_visible()
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_text("The link no longer works")).to_be_visible()
    assert page.request.get(f"/api/v1/shared/{secret}").status == 404


def test_the_providers_clock_where_it_differs(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    here = visitors.open(it.path, it.client)
    expect(here.get_by_role("heading", name="Your notes")).to_be_visible()
    expect(here.get_by_text("in Berlin")).to_have_count(0)
    there = visitors.open(it.path, it.client, timezone_id="America/New_York")
    expect(there.get_by_text("in Berlin")).to_be_visible()


def test_an_appointment_of_somebody_else(visitors: Visitors, make: Make) -> None:
    page = visitors.open(booked(make).path, make.client())
    expect(page.get_by_role("heading", name="There is no such appointment")).to_be_visible()
    no_barriers(page)
