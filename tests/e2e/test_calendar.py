"""The staff's calendar (SPEC §8): what is on it, and moving things with mouse and keyboard."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.e2e.days import at, day_key, times
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

BOTH_SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
BOTH_THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


def calendar_of(*places: Place) -> str:
    ids = ",".join(str(place.provider_id) for place in places)
    return f"/calendar?day={day_key()}&providers={ids}"


def entry(page: Page, what: str, period: str) -> Locator:
    return page.get_by_role("button", name=re.compile(rf"{what}.*\s{times(period)}"))


def drag(page: Page, source: Locator, *, to: Locator, sideways: bool = True) -> None:
    """With the mouse as a hand does it: onto another entry, or only to its height."""
    # Slots, appointments and places come by themselves, and each may stretch the grid.
    page.wait_for_load_state("networkidle")
    start, end = source.bounding_box(), to.bounding_box()
    assert start
    assert end
    x, y = start["x"] + start["width"] / 2, start["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 12, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2 if sideways else x, end["y"] + 8, steps=8)
    page.mouse.up()


@BOTH_SIZES
@BOTH_THEMES
def test_block_a_slot_and_open_it_again(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    place = make.place()
    client = make.client("Mia Berg")
    slot_id = make.slot(place, at(10))
    make.appointment(client, place, make.slot(place, at(10, 30)))
    page = visitors.open(calendar_of(place), make.operator(), size=size, theme=theme)
    expect(entry(page, "Mia Berg", "10:30-11:00")).to_be_visible()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"calendar-day-{theme}-{size['width']}")

    entry(page, "Available", "10:00-10:30").click()
    page.get_by_role("button", name="Block…").click()
    page.get_by_label("Reason").fill("Staff meeting")
    no_barriers(page)
    look(page, f"calendar-block-{theme}-{size['width']}")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(entry(page, "Blocked", "10:00-10:30")).to_be_visible()
    expect(page.get_by_text("The slot is blocked")).to_be_visible()
    row = make.one(
        "SELECT action, reason FROM slot_audit WHERE slot_id = %s ORDER BY version DESC LIMIT 1",
        slot_id,
    )
    assert row == {"action": "blocked", "reason": "Staff meeting"}

    entry(page, "Blocked", "10:00-10:30").click()
    page.get_by_role("button", name="Open for booking").click()
    expect(entry(page, "Available", "10:00-10:30")).to_be_visible()


def test_drag_an_appointment_to_another_provider(visitors: Visitors, make: Make) -> None:
    service_id = make.service()
    here, there = make.place(service_id=service_id), make.place(service_id=service_id)
    client = make.client("Ali Demir")
    appointment_id = make.appointment(client, here, make.slot(here, at(9)))
    target_id = make.slot(there, at(11))
    page = visitors.open(calendar_of(here, there), make.operator())
    drag(page, entry(page, "Ali Demir", "09:00-09:30"), to=entry(page, "Available", "11:00-11:30"))
    question = page.get_by_role("dialog", name="Move")
    expect(question).to_contain_text("Move Ali Demir from")
    no_barriers(page)
    look(page, "calendar-drop")
    question.get_by_role("button", name="Move").click()
    expect(entry(page, "Ali Demir", "11:00-11:30")).to_be_visible()
    expect(entry(page, "Available", "09:00-09:30")).to_be_visible()
    row = make.one("SELECT slot_id, provider_id FROM appointments WHERE id = %s", appointment_id)
    assert row == {"slot_id": target_id, "provider_id": there.provider_id}


def test_a_drop_where_nothing_is_free_says_so_and_moves_nothing(
    visitors: Visitors, make: Make
) -> None:
    place, beside = make.place(), make.place()
    slot_id = make.slot(place, at(9))
    make.slot(beside, at(11))
    appointment_id = make.appointment(make.client("Eva Roth"), place, slot_id)
    page = visitors.open(calendar_of(place, beside), make.operator())
    level = entry(page, "Available", "11:00-11:30")
    drag(page, entry(page, "Eva Roth", "09:00-09:30"), to=level, sideways=False)
    question = page.get_by_role("dialog", name="Move")
    expect(question).to_contain_text("There is no free slot")
    question.get_by_role("button", name="Close").first.click()
    expect(entry(page, "Eva Roth", "09:00-09:30")).to_be_visible()
    row = make.one("SELECT slot_id FROM appointments WHERE id = %s", appointment_id)
    assert row["slot_id"] == slot_id


def test_drag_a_free_slot_to_another_time(visitors: Visitors, make: Make) -> None:
    place, beside = make.place(), make.place()
    slot_id = make.slot(place, at(9))
    make.slot(beside, at(11), status="blocked")
    page = visitors.open(calendar_of(place, beside), make.operator())
    level = entry(page, "Blocked", "11:00-11:30")
    drag(page, entry(page, "Available", "09:00-09:30"), to=level, sideways=False)
    page.get_by_role("dialog", name="Move").get_by_role("button", name="Move").click()
    expect(page.get_by_text("The slot is moved to")).to_be_visible()
    row = make.one("SELECT start_at, end_at FROM slots WHERE id = %s", slot_id)
    assert row["start_at"] == at(11)
    assert row["end_at"] - row["start_at"] == timedelta(minutes=30)


def test_everything_by_keyboard(visitors: Visitors, make: Make) -> None:
    place = make.place()
    first = make.slot(place, at(9))
    appointment_id = make.appointment(make.client("Tom Key"), place, make.slot(place, at(9, 30)))
    target_id = make.slot(place, at(15))
    page = visitors.open(calendar_of(place), make.operator())
    expect(entry(page, "Tom Key", "09:30-10:00")).to_be_visible()
    page.locator("[data-entry][tabindex='0']").focus()
    expect(entry(page, "Available", "09:00-09:30")).to_be_focused()

    # A slot moves by its form.
    page.keyboard.press("m")
    page.get_by_label("From").fill("12:00")
    page.get_by_label("To", exact=True).fill("12:30")
    page.keyboard.press("Enter")
    expect(entry(page, "Available", "12:00-12:30")).to_be_visible()
    row = make.one("SELECT start_at FROM slots WHERE id = %s", first)
    assert row["start_at"] == at(12)

    # An appointment by choosing another free time.
    page.locator("[data-entry][tabindex='0']").focus()
    page.keyboard.press("ArrowUp")
    expect(entry(page, "Tom Key", "09:30-10:00")).to_be_focused()
    page.keyboard.press("m")
    time = page.get_by_role("dialog").get_by_role("button", name=re.compile("15:00"))
    time.focus()
    page.keyboard.press("Enter")
    move = page.get_by_role("dialog").get_by_role("button", name="Move", exact=True)
    move.focus()
    page.keyboard.press("Enter")
    expect(entry(page, "Tom Key", "15:00-15:30")).to_be_visible()
    row = make.one("SELECT slot_id FROM appointments WHERE id = %s", appointment_id)
    assert row["slot_id"] == target_id


def test_single_keys_and_their_help(visitors: Visitors, make: Make) -> None:
    place = make.place()
    make.slot(place, at(9))
    page = visitors.open(calendar_of(place), make.operator())
    expect(entry(page, "Available", "09:00-09:30")).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_role("radio", name="Week")).to_have_attribute("aria-checked", "true")
    expect(entry(page, "Available", "09:00-09:30")).to_be_visible()
    no_barriers(page)
    look(page, "calendar-week")
    page.keyboard.press("d")
    expect(page.get_by_role("radio", name="Day")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("textbox", name="Day")).to_have_value(day_key(days=4))
    page.keyboard.press("t")
    expect(page.get_by_role("textbox", name="Day")).to_have_value(day_key(days=0))
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    help_dialog.get_by_label("Use single keys").uncheck()
    no_barriers(page)
    page.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()
    page.keyboard.press("w")
    expect(page.get_by_role("radio", name="Day")).to_have_attribute("aria-checked", "true")


def test_reservations_tick_and_bookings_appear(visitors: Visitors, make: Make) -> None:
    place = make.place()
    slot_id = make.slot(place, at(10))
    client = make.client("Lia Live")
    page = visitors.open(calendar_of(place), make.operator())
    expect(entry(page, "Available", "10:00-10:30")).to_be_visible()
    window = visitors.open("/", client).context.request
    reserved = window.post(
        "/api/v1/reservations",
        data={
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "timeslotId": str(slot_id),
        },
    )
    expect(page.get_by_role("button", name=re.compile(r"Reserved 0[12]:\d\d"))).to_be_visible()
    window.post(
        "/api/v1/appointments",
        headers={"Idempotency-Key": "lia-books"},
        data={"reservationToken": reserved.json()["reservationToken"]},
    )
    expect(entry(page, "Lia Live", "10:00-10:30")).to_be_visible()


def test_book_for_a_client(visitors: Visitors, make: Make) -> None:
    place = make.place()
    client = make.client("Ruth Known")
    make.appointment(client, place, make.slot(place, at(9)))
    slot_id = make.slot(place, at(16))
    page = visitors.open(calendar_of(place), make.operator())
    entry(page, "Available", "16:00-16:30").click()
    page.get_by_role("button", name="Book for a client").click()
    page.get_by_role("combobox", name="Client").fill("ruth kn")
    page.get_by_role("option", name=re.compile("Ruth Known")).click()
    page.get_by_label("Priority").select_option("VIP")
    no_barriers(page)
    look(page, "calendar-book")
    page.get_by_role("button", name="Book for Ruth Known").click()
    expect(entry(page, "Ruth Known VIP", "16:00-16:30")).to_be_visible()
    row = make.one("SELECT user_id, priority::text FROM appointments WHERE slot_id = %s", slot_id)
    assert row == {"user_id": client.id, "priority": "vip"}


def test_enter_a_caller_and_book(visitors: Visitors, make: Make) -> None:
    """By the keyboard alone once the form is open: a name, a number, book."""
    place = make.place()
    slot_id = make.slot(place, at(15))
    page = visitors.open(calendar_of(place), make.operator())
    entry(page, "Available", "15:00-15:30").click()
    page.get_by_role("button", name="Book for a client").click()
    expect(page.get_by_role("button", name="Book", exact=True)).to_be_disabled()
    finder = page.get_by_role("combobox", name="Client")
    finder.fill("Kurt Nevermet")
    expect(page.get_by_role("option", name="New client “Kurt Nevermet”")).to_be_visible()
    look(page, "calendar-new-client")
    no_barriers(page)
    finder.press("ArrowDown")
    finder.press("Enter")
    contact = page.get_by_label("Phone or email")
    expect(contact).to_be_focused()
    contact.fill("0171 555 66 77")
    no_barriers(page)
    contact.press("Enter")
    expect(entry(page, "Kurt Nevermet", "15:00-15:30")).to_be_visible()
    row = make.one(
        "SELECT u.name, u.email, u.phone_e164 FROM appointments AS a "
        "JOIN users AS u ON u.id = a.user_id WHERE a.slot_id = %s",
        slot_id,
    )
    assert row == {"name": "Kurt Nevermet", "email": None, "phone_e164": "+491715556677"}
    entry(page, "Kurt Nevermet", "15:00-15:30").click()
    link = page.get_by_role("dialog").get_by_role("link", name="0171 555 66 77")
    expect(link).to_have_attribute("href", "tel:01715556677")


def test_a_refused_change_is_taken_back(visitors: Visitors, make: Make) -> None:
    place = make.place()
    make.slot(place, at(10))
    page = visitors.open(calendar_of(place), make.operator())
    entry(page, "Available", "10:00-10:30").click()
    page.get_by_role("button", name="Block…").click()
    # As if the slot had changed after it was read; an event would have told the page.
    page.route(
        "**/availability/slots/*",
        lambda route: route.continue_(headers={**route.request.headers, "if-match": '"99"'}),
    )
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_text("changed by somebody else")).to_be_visible()
    expect(entry(page, "Available", "10:00-10:30")).to_be_visible()


def test_a_linked_operator_sees_one_provider(visitors: Visitors, make: Make) -> None:
    own, other = make.place(), make.place()
    make.slot(own, at(10))
    make.slot(other, at(11))
    page = visitors.open(calendar_of(other), make.operator(own.provider_id))
    expect(entry(page, "Available", "10:00-10:30")).to_be_visible()
    expect(entry(page, "Available", "11:00-11:30")).to_have_count(0)
    expect(page.get_by_role("button", name="All providers")).to_have_count(0)


@BOTH_SIZES
@BOTH_THEMES
def test_the_day_on_paper(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    place = make.place()
    make.appointment(make.client("Pia Paper"), place, make.slot(place, at(10)))
    make.slot(place, at(11))
    page = visitors.open(
        f"/calendar/print?day={day_key()}&providerId={place.provider_id}",
        make.operator(),
        size=size,
        theme=theme,
    )
    row = page.get_by_role("row", name=re.compile("Pia Paper"))
    expect(row).to_contain_text(times("10:00-10:30"))
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_label("With free slots").check()
    expect(page.get_by_role("row")).to_have_count(3)
    no_barriers(page)
    no_sideways_scrolling(page)
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") is True
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(row).to_have_css("color", "rgb(0, 0, 0)")
