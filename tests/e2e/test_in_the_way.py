"""What is in the way of booking (SPEC §8): told with a link, and to staff before they book."""

import re

from playwright.sync_api import expect

from tests.e2e.days import at
from tests.e2e.support import Visitors, no_barriers
from tests.e2e.test_booking import book_path, reserved
from tests.e2e.test_calendar import calendar_of, entry
from tests.e2e.test_finding import noon
from tests.support.appointments import appointment
from tests.support.make import Make


def test_the_promised_price_and_the_other_appointment(visitors: Visitors, make: Make) -> None:
    client, place, other = make.client(), make.place(), make.place()
    slot_id = make.slot(place, noon(2))
    page = visitors.open(book_path(place, slot_id), client)
    reserved(page)
    promised = page.get_by_text("€", exact=False).first.inner_text()
    taken = make.appointment(client, other, make.slot(other, noon(2)))
    make.db.execute(
        "UPDATE services SET price_cents = price_cents + 9900 WHERE id = %s", [place.service_id]
    )
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("alert")).to_contain_text("another appointment at that time")
    assert page.get_by_text("€", exact=False).first.inner_text() == promised
    no_barriers(page)
    page.get_by_role("alert").get_by_role("link").click()
    page.wait_for_url(f"**/appointments/{taken}")


def test_staff_are_warned_and_book_all_the_same(visitors: Visitors, make: Make) -> None:
    place, other = make.place(), make.place()
    client = make.client("Wilma Warned")
    taken = make.appointment(client, other, make.slot(other, at(16)))
    make.slot(place, at(16))
    page = visitors.open(calendar_of(place), make.admin())
    entry(page, "Available", "16:00-16:30").click()
    page.get_by_role("button", name="Book for a client").click()
    page.get_by_role("combobox", name="Client").fill("wilma warned")
    page.get_by_role("option", name=re.compile("Wilma Warned")).first.click()
    warning = page.get_by_role("status").filter(has_text="has something at that time already")
    expect(warning.get_by_role("link")).to_have_attribute("href", f"/appointments/{taken}")
    no_barriers(page)
    page.get_by_role("button", name="Book for Wilma Warned").click()
    expect(entry(page, "Wilma Warned", "16:00-16:30")).to_be_visible()


def test_reopen_from_the_calendar(visitors: Visitors, make: Make) -> None:
    place = make.place()
    start = at(9, days=-3)
    made = appointment(make, place, make.client("Rita Reopened"), start, status="completed")
    path = calendar_of(place)
    page = visitors.open(re.sub(r"\d{4}-\d\d-\d\d", f"{start:%Y-%m-%d}", path), make.admin())
    entry(page, "Rita Reopened", "09:00-09:30").click()
    page.get_by_role("button", name="Reopen").click()
    dialog = page.get_by_role("dialog", name="Reopen the visit of Rita Reopened?")
    expect(dialog.get_by_role("button", name="Reopen")).to_be_disabled()
    dialog.get_by_label("Reason").fill("Tapped the wrong one")
    no_barriers(page)
    dialog.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("The visit is open again.")).to_be_visible()
    kept = make.one("SELECT status::text AS s FROM appointments WHERE id = %s", made)
    assert kept["s"] == "confirmed"
