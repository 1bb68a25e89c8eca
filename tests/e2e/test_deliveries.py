"""What left the server: administrators steer it, staff and clients see theirs."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.deliveries.rows import attempt, delivery
from tests.e2e.support import PHONE, Visitors, look, no_barriers, no_sideways_scrolling
from tests.support.make import Make, User, soon


@pytest.fixture
def client(make: Make) -> User:
    return make.client("Delia Deliver")


@pytest.fixture
def visit(make: Make, client: User) -> Any:
    place = make.place()
    return make.appointment(client, place, make.slot(place, soon(days=3)))


def of(client: User) -> str:
    return f"/admin/deliveries?userId={client.id}"


def states(make: Make, client: User) -> list[str]:
    rows = make.all("SELECT state FROM deliveries WHERE user_id = %s ORDER BY number", client.id)
    return [row["state"] for row in rows]


def deliveries(page: Page) -> Any:
    return page.get_by_role("list", name="Deliveries").get_by_role("listitem")


def test_a_dead_letter_is_found_looked_at_and_sent_again(
    visitors: Visitors, make: Make, client: User, visit: Any
) -> None:
    dead = delivery(make, state="dead", user_id=client.id, appointment_id=visit)
    attempt(make, dead, outcome="refused", code="550", excerpt="5.1.1 no such box")
    page = visitors.open("/admin/deliveries", make.admin())
    # The navigation says that something needs a look.
    navigation = page.get_by_role("navigation", name="Main")
    expect(
        navigation.get_by_role("link", name=re.compile("Deliveries.*could not be sent"))
    ).to_be_visible()
    page.get_by_label("Whom it is for").fill("delia")
    page.get_by_label("State").select_option("dead")
    expect(deliveries(page)).to_have_count(1)
    page.get_by_role("link", name=re.compile("See: Appointment confirmed")).click()
    expect(page.get_by_text("Refused for good")).to_be_visible()
    expect(page.get_by_text("5.1.1 no such box")).to_be_visible()
    frame = page.frame_locator("iframe[title='What it says']")
    expect(frame.get_by_text("Delia Deliver").first).to_be_visible()
    assert page.locator("iframe").get_attribute("sandbox") == ""
    no_barriers(page)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Sent again from")).to_be_visible()
    assert len(make.all("SELECT FROM deliveries WHERE resend_of = %s", dead)) == 1


def test_many_are_chosen_by_keyboard_and_discarded_after_a_question(
    visitors: Visitors, make: Make, client: User
) -> None:
    make.db.execute("SELECT ensure_lane('sms', 'sms')")
    make.db.execute("UPDATE lanes SET state = 'stopped' WHERE id = 'sms'")
    for _ in range(3):
        delivery(make, "sms", "pending", user_id=client.id)
    page = visitors.open(of(client), make.admin())
    boxes = deliveries(page).get_by_role("checkbox")
    boxes.first.focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Discard", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Nobody will get them")).to_be_visible()
    no_barriers(page)
    dialog.get_by_role("button", name="No, keep").click()
    assert states(make, client) == ["pending"] * 3
    page.get_by_role("button", name="Discard", exact=True).click()
    dialog.get_by_role("button", name="Yes, discard").click()
    expect(dialog.get_by_text("2 messages were discarded")).to_be_visible()
    assert sorted(states(make, client)) == ["pending", "suppressed", "suppressed"]
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.get_by_text("discarded by an administrator")).to_have_count(2)
    make.db.execute("UPDATE lanes SET state = 'open' WHERE id = 'sms'")


def test_a_lane_is_paused_and_goes_on(visitors: Visitors, make: Make) -> None:
    make.db.execute("SELECT ensure_lane('push:one.example.org', 'push')")
    page = visitors.open("/admin/deliveries", make.admin())
    expect(page.get_by_text("all open").or_(page.get_by_text("one, open"))).to_be_visible()
    lanes = page.get_by_role("group").filter(has_text="Lanes")
    if not page.get_by_role("button", name="Pause: Notifications by one").is_visible():
        lanes.locator("summary").click()
    page.get_by_role("button", name="Pause: Notifications by one.example.org").click()
    expect(page.get_by_text("needs a look").or_(page.get_by_text("need a look"))).to_be_visible()
    row = make.one("SELECT state FROM lanes WHERE id = 'push:one.example.org'")
    assert row["state"] == "stopped"
    page.get_by_role("button", name="Resume: Notifications by one.example.org").click()
    expect(
        page.get_by_role("button", name="Pause: Notifications by one.example.org")
    ).to_be_visible()


def test_the_bus_and_how_far_each_consumer_is(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/admin/deliveries", make.admin(), size=PHONE)
    bus = page.get_by_role("group").filter(has_text="Bus")
    expect(bus.locator("summary")).to_contain_text("the database\u2019s own log")
    bus.locator("summary").click()
    for name in ("Messages to people", "Webhooks", "Calendars"):
        row = bus.get_by_role("listitem").filter(has_text=name)
        expect(row).to_contain_text(re.compile(r"at event \d+"))
        expect(row.get_by_text("Up to date")).to_be_visible()
    bus.scroll_into_view_if_needed()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, "bus-phone")


def test_staff_see_an_appointments_messages_and_send_one_again(
    visitors: Visitors, make: Make, client: User, visit: Any
) -> None:
    delivery(make, user_id=client.id, appointment_id=visit)
    page = visitors.open(f"/appointments/{visit}", make.operator())
    messages = page.get_by_role("list", name="Messages")
    expect(messages.get_by_text("c\u2022\u2022\u2022@example.test").first).to_be_visible()
    assert client.email not in messages.inner_text()
    shown = messages.get_by_role("listitem").count()
    messages.get_by_role(
        "button", name=re.compile("Send again: Appointment confirmed")
    ).first.click()
    expect(messages.get_by_role("listitem")).to_have_count(shown + 1)
    no_barriers(page)


def test_a_client_sees_what_was_sent(visitors: Visitors, make: Make, client: User) -> None:
    page = visitors.open("/settings", client, size=PHONE)
    page.get_by_role("link", name="See the messages").click()
    expect(page.get_by_text("No messages yet")).to_be_visible()
    delivery(make, "email", "delivered", user_id=client.id)
    page.reload()
    expect(page.get_by_text("Delivered")).to_be_visible()
    expect(page.get_by_text(client.email)).to_be_visible()
    no_barriers(page)
