"""Where a mail leads: `/m/…` without signing in, `/u/…`; and how one wants to be told."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from holdfast.notifications.links import Links
from tests.e2e.days import at
from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.make import SECRET_KEY, Make, Place, User

on_every_screen = pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone-light", "phone-dark", "desktop-light", "desktop-dark"],
)


@dataclass(frozen=True)
class Mailed:
    """An appointment whose client got a mail."""

    id: UUID
    client: User
    place: Place
    path: str


@pytest.fixture
def mailed(make: Make) -> Mailed:
    client, place = make.client(), make.place()
    appointment = make.appointment(client, place, make.slot(place, at(12, days=2)))
    make.slot(place, at(12, days=3))
    end = make.one("SELECT end_at FROM appointments WHERE id = %s", appointment)["end_at"]
    return Mailed(
        appointment,
        client,
        place,
        Links("", [SECRET_KEY]).manage_url(appointment, client.id, 1, end),
    )


def status(make: Make, mailed: Mailed) -> str:
    row = make.one("SELECT status::text FROM appointments WHERE id = %s", mailed.id)
    return row["status"]


def seen(page: Page, name: str) -> None:
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, name)


@on_every_screen
def test_confirm_move_and_cancel_without_signing_in(
    visitors: Visitors, make: Make, mailed: Mailed, size: ViewportSize, theme: Theme
) -> None:
    name = f"{theme}-{size['width']}"
    page = visitors.open(mailed.path, size=size, theme=theme)
    expect(page.get_by_role("button", name="I will be there")).to_be_visible()
    seen(page, f"manage-{name}")
    page.get_by_role("button", name="I will be there").click()
    expect(page.get_by_text(re.compile("knows that you are coming"))).to_be_visible()
    page.get_by_role("button", name="Move to another time").click()
    dialog = page.get_by_role("dialog", name="Move this appointment")
    expect(dialog).to_be_visible()
    day = f"{at(12, days=3).day}"
    dialog.get_by_role("button", name=re.compile(rf"\b{day}\b")).first.click()
    dialog.get_by_role("button", name=re.compile("12:00")).first.click()
    confirm = page.get_by_role("dialog", name="Move it to this time?")
    expect(confirm.get_by_text("Now", exact=True)).to_be_visible()
    seen(page, f"manage-move-{name}")
    confirm.get_by_role("button", name="Move appointment").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # What was confirmed was the other time.
    expect(page.get_by_role("button", name="I will be there")).to_be_visible()
    page.get_by_role("button", name="Cancel appointment").click()
    question = page.get_by_role("dialog", name="Cancel this appointment?")
    expect(question.get_by_text("You get back")).to_be_visible()
    seen(page, f"manage-cancel-{name}")
    question.get_by_role("button", name="No, keep").click()
    assert status(make, mailed) == "confirmed"
    page.get_by_role("button", name="Cancel appointment").click()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("Nothing can be changed here any more")).to_be_visible()
    assert status(make, mailed) == "cancelled"
    seen(page, f"manage-cancelled-{name}")
    assert page.context.cookies() == []


def test_looking_at_it_twice_changes_nothing(
    visitors: Visitors, make: Make, mailed: Mailed
) -> None:
    for _ in range(2):
        page = visitors.open(mailed.path, size=PHONE)
        expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
        page.context.close()
    row = make.one("SELECT version FROM appointments WHERE id = %s", mailed.id)
    assert row["version"] == 1


def test_a_link_that_does_not_work(visitors: Visitors, mailed: Mailed) -> None:
    page = visitors.open(f"{mailed.path[:-3]}AAA", size=PHONE)
    expect(page.get_by_text("This link does not work any more")).to_be_visible()
    seen(page, "manage-void")


@on_every_screen
def test_one_button_ends_reminders(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    client = make.client()
    path = Links("", [SECRET_KEY]).unsubscribe_url(client.id)
    page = visitors.open(path, size=size, theme=theme)
    seen(page, f"unsubscribe-{theme}-{size['width']}")
    settings = "SELECT settings FROM notification_settings WHERE user_id = %s"
    assert make.all(settings, client.id) == []
    page.get_by_role("button", name="Stop reminders").click()
    expect(page.get_by_role("heading", name="No more reminders by email")).to_be_visible()
    assert make.one(settings, client.id)["settings"] == {"email": {"reminders": False}}
    seen(page, f"unsubscribed-{theme}-{size['width']}")


@on_every_screen
def test_how_one_wants_to_be_told(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    client = make.client()
    page = visitors.open("/settings", client, size=size, theme=theme)
    reminders = page.get_by_role("group", name="Reminders before an appointment")
    reminders.scroll_into_view_if_needed()
    seen(page, f"notify-{theme}-{size['width']}")
    when = page.get_by_role("group", name="When to remind")
    when.get_by_label("2 days before", exact=True).check()
    expect(when.get_by_label("2 days before", exact=True)).to_be_enabled()
    when.get_by_label("2 hours before", exact=True).check()
    # Four at most.
    expect(when.get_by_label("15 minutes before", exact=True)).to_be_disabled()
    page.get_by_label("Nothing on my telephone at night").uncheck()
    expect(page.get_by_label("Nothing on my telephone at night")).to_be_enabled()
    page.get_by_label("Nothing on my telephone at night").check()
    page.get_by_label("Language of messages").select_option("de")
    expect(page.get_by_label("Language of messages")).to_be_enabled()
    page.reload()
    expect(page.get_by_label("Language of messages")).to_have_value("de")
    said = make.one("SELECT settings FROM notification_settings WHERE user_id = %s", client.id)
    assert said["settings"]["reminderMinutes"] == [2880, 1440, 120, 60]
    assert said["settings"]["quietHours"] == {"from": "21:00", "to": "08:00"}
    # The last way cannot be turned off; it is ticked again.
    changes = page.get_by_role("group", name="When an appointment is booked")
    changes.get_by_label("By e-mail").click()
    expect(page.get_by_text("Leave at least one way on that you have")).to_be_visible()
    expect(changes.get_by_label("By e-mail")).to_be_checked()
    seen(page, f"notify-refused-{theme}-{size['width']}")
