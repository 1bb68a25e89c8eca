"""Booking (SPEC §8): reserve, count down, confirm, on one page; and what happens on the way."""

import re
from urllib.parse import quote, urlencode
from uuid import UUID

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
from tests.e2e.test_finding import find_path, name_of, noon, time_button
from tests.support.make import Make, Place, User
from tests.support.passwords import PASSWORD


def book_path(place: Place, slot_id: UUID) -> str:
    wanted = {
        "providerId": str(place.provider_id),
        "serviceId": str(place.service_id),
        "start": noon(2).isoformat(),
    }
    return f"/book/{slot_id}?{urlencode(wanted)}"


def status_of(make: Make, slot_id: UUID) -> str:
    return str(make.one("SELECT status::text AS s FROM slots WHERE id = %s", slot_id)["s"])


def appointments_of(make: Make, user: User) -> list[dict[str, object]]:
    return make.all(
        "SELECT id, slot_id, notes, status::text FROM appointments WHERE user_id = %s", user.id
    )


def reserved(page: Page) -> None:
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"Reserved for 0[12]:\d\d"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_book(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    client, place = make.client(), make.place(timezone="America/New_York")
    slot_id = make.slot(place, noon(2))
    page = visitors.open(find_path(place), client, size=size, theme=theme)
    time_button(page, "12:00").click()
    reserved(page)
    expect(page.get_by_text(re.compile("06:00.06:30 in New York"))).to_be_visible()
    expect(page.get_by_text("Cancelling is free until 24 hours before")).to_be_visible()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"book-{theme}-{size['width']}")
    assert status_of(make, slot_id) == "held"
    page.get_by_label("Notes").fill("My left knee")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", name="It is booked")).to_be_focused()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"booked-{theme}-{size['width']}")
    [made] = appointments_of(make, client)
    assert (made["slot_id"], made["notes"], made["status"]) == (
        slot_id,
        "My left knee",
        "confirmed",
    )
    page.get_by_role("button", name="Add to calendar").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem").first.click()
    assert "BEGIN:VCALENDAR" in download.value.path().read_text()
    page.get_by_role("link", name="See the appointment").click()
    page.wait_for_url(f"**/appointments/{made['id']}")


def test_signing_in_on_the_way_leads_back_to_the_same_time(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    slot_id = make.slot(place, noon(2))
    page = visitors.open(find_path(place))
    time_button(page, "12:00").click()
    expect(page.get_by_role("heading", name="Almost yours")).to_be_visible()
    no_barriers(page)
    here = page.url
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(client.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    reserved(page)
    assert page.url == here
    assert status_of(make, slot_id) == "held"


def test_signing_up_on_the_way(visitors: Visitors, make: Make) -> None:
    place = make.place()
    slot_id = make.slot(place, noon(2))
    page = visitors.open(book_path(place, slot_id))
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Name").fill("Nia New")
    page.get_by_label("Email").fill(f"nia-{slot_id}@example.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    reserved(page)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", name="It is booked")).to_be_visible()


def test_with_the_keyboard_alone(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    make.slot(place, noon(2))
    make.slot(place, noon(3))
    page = visitors.open(find_path(place), client)
    expect(time_button(page, "12:00")).to_be_visible()

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " ?? document.activeElement.innerText"
            )
            if name in focused:
                return
        raise AssertionError(f"{name} cannot be reached by Tab")

    tab_to(f"{noon(2):%A}")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name=f"{noon(3):%A, %-d}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", checked=True)).to_have_accessible_name(
        re.compile(f"^{noon(3):%A}")
    )
    tab_to("12:00")
    page.keyboard.press("Enter")
    reserved(page)
    page.keyboard.press("Tab")
    page.get_by_label("Notes").focus()
    page.keyboard.type("By keyboard")
    tab_to("Confirm booking")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="It is booked")).to_be_focused()
    assert [one["notes"] for one in appointments_of(make, client)] == ["By keyboard"]


def test_one_slot_two_browsers(visitors: Visitors, make: Make) -> None:
    """One books. The other sees it greyed out, and who comes by an older link gets others."""
    place, first, second = make.place(), make.client(), make.client()
    slots = make.slots(place, 3, noon(2))
    watching = visitors.open(find_path(place), second)
    expect(time_button(watching, "12:00")).to_be_enabled()
    watching.wait_for_load_state("networkidle")
    booking = visitors.open(book_path(place, slots[0]), first)
    reserved(booking)
    expect(time_button(watching, "12:00")).to_be_disabled()
    with booking.expect_response(lambda answer: answer.url.endswith("/appointments")):
        booking.get_by_role("button", name="Confirm booking").click()
    expect(time_button(watching, "12:00").get_by_text("Taken")).to_be_attached(timeout=1000)

    watching.goto(book_path(place, slots[0]))
    dialog = watching.get_by_role("dialog")
    expect(dialog.get_by_text("This time is booked.")).to_be_visible()
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    expect(dialog.get_by_role("listitem").first).to_contain_text("30 min later")
    no_barriers(watching)
    look(watching, "conflict")
    dialog.get_by_role("button", name="12:30").click()
    reserved(watching)
    watching.get_by_role("button", name="Confirm booking").click()
    expect(watching.get_by_role("heading", name="It is booked")).to_be_visible()
    assert [one["slot_id"] for one in appointments_of(make, second)] == [slots[1]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_conflict_on_a_phone(visitors: Visitors, make: Make, theme: Theme) -> None:
    place = make.place()
    slots = make.slots(place, 2, noon(2))
    make.appointment(make.client(), place, slots[0])
    page = visitors.open(book_path(place, slots[0]), make.client(), size=PHONE, theme=theme)
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)
    no_barriers(page)
    look(page, f"conflict-{theme}-390")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    no_sideways_scrolling(page)
    no_barriers(page)
    page.get_by_role("button", name="See other times").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_leaving_gives_the_slot_back(visitors: Visitors, make: Make) -> None:
    place = make.place()
    slot_id = make.slot(place, noon(2))
    watching = visitors.open(find_path(place), make.client())
    expect(time_button(watching, "12:00")).to_be_enabled()
    page = visitors.open(book_path(place, slot_id), make.client())
    reserved(page)
    expect(time_button(watching, "12:00")).to_be_disabled()
    page.get_by_role("link", name="Choose another time").click()
    expect(time_button(watching, "12:00")).to_be_enabled()
    time_button(page, "12:00").click()
    reserved(page)
    expect(time_button(watching, "12:00")).to_be_disabled()
    # The window is closed: the release outlives it.
    page.close(run_before_unload=False)
    expect(time_button(watching, "12:00")).to_be_enabled()


def test_a_reload_keeps_what_was_written(visitors: Visitors, make: Make) -> None:
    place = make.place()
    slot_id = make.slot(place, noon(2))
    client = make.client()
    page = visitors.open(book_path(place, slot_id), client)
    reserved(page)
    page.get_by_label("Notes").fill("Keep me")
    page.reload()
    reserved(page)
    expect(page.get_by_label("Notes")).to_have_value("Keep me")
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", name="It is booked")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="It is booked")).to_be_visible()
    assert len(appointments_of(make, client)) == 1


def test_an_answer_that_was_lost_books_once(visitors: Visitors, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place, noon(2))
    page = visitors.open(book_path(place, slot_id), client)
    reserved(page)
    page.get_by_label("Notes").fill("Once")
    keys: list[str | None] = []
    visitors.is_offline_expected = True

    def lose(route: Route) -> None:
        keys.append(route.request.header_value("Idempotency-Key"))
        if len(keys) == 1:
            route.fetch()
        route.abort()

    page.route("**/api/v1/appointments", lose)
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_text("it may be booked or not")).to_be_visible()
    expect(page.get_by_label("Notes")).not_to_be_editable()
    no_barriers(page)
    # Even a reload does not forget the key.
    page.unroute("**/api/v1/appointments")
    page.reload()
    expect(page.get_by_text("it may be booked or not")).to_be_visible()
    with page.expect_request("**/api/v1/appointments") as again:
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="It is booked")).to_be_visible()
    assert len(keys) == 3 and {*keys, again.value.header_value("Idempotency-Key")} == {keys[0]}
    assert [one["notes"] for one in appointments_of(make, client)] == ["Once"]


def test_an_incomplete_link_says_so(visitors: Visitors, make: Make) -> None:
    slot_id = make.slot(make.place(), noon(2))
    page = visitors.open(f"/book/{quote(str(slot_id))}", make.client())
    expect(page.get_by_text("There is nothing to book here")).to_be_visible()
    no_barriers(page)


def test_without_a_network_it_is_asked_for_later(visitors: Visitors, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place, noon(2))
    page = visitors.open(book_path(place, slot_id), client)
    reserved(page)
    page.get_by_role("link", name="Choose another time").click()
    expect(time_button(page, "12:00")).to_be_enabled()
    visitors.is_offline_expected = True
    page.context.set_offline(True)
    time_button(page, "12:00").click()
    page.get_by_label("Notes").fill("From the train")
    expect(page.get_by_text("until then it is not booked")).to_be_visible()
    no_barriers(page)
    look(page, "book-offline")
    page.get_by_role("button", name="Ask for it when online").click()
    expect(page.get_by_text("Not booked yet").first).to_be_visible()
    assert appointments_of(make, client) == []
    page.context.set_offline(False)
    page.get_by_role("link", name="Upcoming").last.click()
    expect(page.get_by_role("main").get_by_text(name_of(make, place)).first).to_be_visible()
    [made] = appointments_of(make, client)
    assert (made["slot_id"], made["notes"]) == (slot_id, "From the train")
