"""Flows by keyboard alone: nothing is clicked, and the focus is where it should be."""

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from tests.e2e.support import Visitors
from tests.e2e.test_appointments import booked, noon, row
from tests.support.make import Make

TABS_AT_MOST = 40


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, as somebody without a mouse would."""
    expect(wanted).to_be_enabled()
    for _ in range(TABS_AT_MOST):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_reschedule_by_keyboard_alone(visitors: Visitors, make: Make) -> None:
    it = booked(make)
    page = visitors.open(it.path, it.client)
    tab_to(page, page.get_by_role("button", name="Next available"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    tab_to(page, dialog.get_by_role("listitem").first.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("timer")).to_contain_text("Reserved for 01:")
    # The focus did not fall out of the dialog with the button that was pressed.
    assert dialog.evaluate("(one) => one.contains(document.activeElement)")
    tab_to(page, dialog.get_by_role("button", name="Move appointment"))
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("status").get_by_text("Moved to")).to_be_visible()
    assert row(make, it.id)["start_at"] == noon(3) + timedelta(minutes=60)
    # And it is back where the flow began.
    expect(page.get_by_role("button", name="Next available")).to_be_focused()
