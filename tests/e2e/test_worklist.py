"""Staff's worklist (SPEC §8): filters, selecting by mouse and keyboard, and bulk actions."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.appointments import appointment
from tests.support.make import Make, Place, User, soon

LOOKS = pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone-light", "phone-dark", "desk-light", "desk-dark"],
)


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def provider(make: Make, place: Place) -> User:
    """An operator who sees one calendar only: that of this test."""
    return make.operator(place.provider_id)


def book(make: Make, place: Place, *names: str, days: float = 1) -> None:
    """Confirmed appointments, half an hour apart."""
    for number, name in enumerate(names):
        start = soon(days=days) + timedelta(minutes=30 * number)
        appointment(make, place, make.client(name), start, status="confirmed")


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=re.compile(f"^Select {name}, "))


def act(page: Page, action: str) -> None:
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name=action).click()


@LOOKS
def test_bulk_says_of_each_row_what_became_of_it(
    visitors: Visitors,
    make: Make,
    place: Place,
    provider: User,
    size: ViewportSize,
    theme: Theme,
) -> None:
    book(make, place, "Ann One", "Bob Two", "Cleo Three", days=-3)
    page = visitors.open("/appointments?from=", provider, size=size, theme=theme)
    expect(page.get_by_role("checkbox", name=re.compile("^Select "))).to_have_count(4)
    no_barriers(page)
    no_sideways_scrolling(page)
    page.get_by_role("checkbox", name="Select all shown").check()
    expect(page.get_by_text("3 selected")).to_be_visible()
    no_barriers(page)
    look(page, f"worklist-{theme}-{size['width']}")

    # Another member of staff edits one of them.
    other = make.admin()
    bob = make.one(
        "SELECT a.id FROM appointments a JOIN users u ON u.id = a.user_id "
        "WHERE u.name = 'Bob Two' AND a.provider_id = %s",
        place.provider_id,
    )["id"]
    path = f"/api/v1/appointments/{bob}"
    assert visitors.context().request.post(f"{path}/acquire-lock", headers=other.auth).ok
    act(page, "Complete")
    dialog = page.get_by_role("dialog", name="Complete 3 visits?")
    dialog.get_by_label("Reason").fill("end of day")
    no_barriers(page)
    dialog.get_by_role("button", name="Complete").click()
    results = page.get_by_role("list", name="Results")
    expect(results.get_by_role("listitem").filter(has_text="Bob Two")).to_contain_text(
        "Somebody else is editing it"
    )
    expect(results.get_by_text("Done")).to_have_count(2)
    expect(page.get_by_text("2 done. 1 could not be done and stays selected.")).to_be_visible()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"worklist-results-{theme}-{size['width']}")
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(box(page, "Bob Two")).to_be_checked()
    expect(box(page, "Ann One")).not_to_be_checked()
    expect(page.get_by_text("1 selected")).to_be_visible()
    rows = make.all(
        "SELECT e.reason FROM appointment_audit e JOIN appointments a ON a.id = e.appointment_id "
        "WHERE a.provider_id = %s AND e.action = 'completed'",
        place.provider_id,
    )
    assert [row["reason"] for row in rows] == ["end of day", "end of day"]


def test_selecting_with_the_keyboard(
    visitors: Visitors, make: Make, place: Place, provider: User
) -> None:
    book(make, place, "Ann One", "Bob Two", "Cleo Three", "Dan Four")
    page = visitors.open("/appointments", provider)
    box(page, "Ann One").focus()
    page.keyboard.press("ArrowDown")
    expect(box(page, "Bob Two")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_text("3 selected")).to_be_visible()
    expect(box(page, "Ann One")).not_to_be_checked()
    page.get_by_role("button", name="Actions").press("Enter")
    for action in ("Complete", "Mark as no-show", "Set priority"):
        expect(page.get_by_role("menuitem", name=action)).to_be_focused()
        page.keyboard.press("Enter" if action == "Set priority" else "ArrowDown")
    dialog = page.get_by_role("dialog", name="Set the priority of 3?")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Priority").select_option("urgent")
    dialog.get_by_role("button", name="Set priority").press("Enter")
    expect(page.get_by_text("3 done.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Urgent")).to_have_count(3)


def test_a_range_by_shift_and_click(
    visitors: Visitors, make: Make, place: Place, provider: User
) -> None:
    book(make, place, "Ann One", "Bob Two", "Cleo Three", "Dan Four")
    page = visitors.open("/appointments", provider)
    box(page, "Bob Two").click()
    box(page, "Dan Four").click(modifiers=["Shift"])
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Clear selection").click()
    expect(box(page, "Cleo Three")).not_to_be_checked()


def test_filters_stand_in_the_address(
    visitors: Visitors, make: Make, place: Place, provider: User
) -> None:
    book(make, place, "Ann One", "Bob Two")
    appointment(make, place, make.client("Eve Five"), soon(days=40), status="cancelled")
    page = visitors.open("/appointments", provider)
    expect(box(page, "Eve Five")).to_be_visible()
    page.get_by_label("Client").fill("bob")
    expect(box(page, "Ann One")).to_be_hidden()
    expect(box(page, "Bob Two")).to_be_visible()
    page.get_by_label("Client").fill("")
    page.get_by_label("Status").select_option("cancelled")
    expect(box(page, "Bob Two")).to_be_hidden()
    expect(box(page, "Eve Five")).to_be_visible()
    page.get_by_label("Until").fill(soon().date().isoformat())
    expect(page.get_by_text("No appointment fits these filters.")).to_be_visible()
    no_barriers(page)
    assert "status=cancelled" in page.url
    page.reload()
    expect(page.get_by_label("Status")).to_have_value("cancelled")
    page.get_by_role("button", name="Clear filters").click()
    expect(box(page, "Bob Two")).to_be_visible()


def test_it_goes_on_after_a_lost_connection_and_does_nothing_twice(
    visitors: Visitors, make: Make, place: Place, provider: User
) -> None:
    book(make, place, *(f"Client Number {number}" for number in range(45)))
    page = visitors.open("/appointments", provider)
    page.get_by_role("checkbox", name="Select all shown").check()
    act(page, "Set priority")
    calls = 0

    def lose_the_second_answer(route: Route) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            route.fetch()  # The server does it; nobody hears of it.
            route.abort()
        else:
            route.continue_()

    visitors.is_offline_expected = True
    page.route("**/appointments/bulk", lose_the_second_answer)
    page.get_by_role("dialog").get_by_role("button", name="Set priority").click()
    expect(page.get_by_text("It stopped at 20 of 45.")).to_be_visible()
    no_barriers(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("45 done.")).to_be_visible()
    rows = make.all(
        "SELECT version, priority::text FROM appointments WHERE provider_id = %s",
        place.provider_id,
    )
    assert [(row["version"], row["priority"]) for row in rows] == [(2, "vip")] * 45


def test_more_is_fetched_page_by_page_and_changes_come_live(
    visitors: Visitors, make: Make, place: Place, provider: User
) -> None:
    book(make, place, *(f"Client Number {number}" for number in range(52)))
    page = visitors.open("/appointments", provider)
    expect(page.get_by_text("50 shown")).to_be_visible()
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("52 shown")).to_be_visible()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    row = make.one(
        "SELECT id FROM appointments WHERE provider_id = %s ORDER BY start_at LIMIT 1",
        place.provider_id,
    )
    changed = visitors.context().request.patch(
        f"/api/v1/appointments/{row['id']}",
        headers={**make.admin().auth, "If-Match": "*"},
        data={"priority": "urgent"},
    )
    assert changed.ok, changed.text()
    expect(page.get_by_text("Urgent")).to_be_visible()
