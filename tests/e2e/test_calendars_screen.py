"""A provider connects their own calendar, on a real server, and makes feeds."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.deliveries.busy.objects import lunch
from tests.deliveries.caldav.servers import PASSWORD, USER, CalendarServer, calendar_server
from tests.e2e.days import at, times
from tests.e2e.support import DESKTOP, PHONE, Visitors, look, no_barriers, no_sideways_scrolling
from tests.embedded.support import wait_until
from tests.support.make import Make, Place

WORDS = "The user name or the password is not accepted. Is it an app password?"


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with calendar_server("radicale", tmp_path_factory.mktemp("radicale")) as server:
        yield server


def fill(page: Page, url: str, password: str = PASSWORD) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address of the calendar").fill(url)
    dialog.get_by_label("User name").fill(USER)
    dialog.get_by_label("App password").fill(password)
    dialog.get_by_role("button", name="Connect").click()


def connect(page: Page, url: str) -> None:
    page.get_by_role("button", name="Connect a calendar").click()
    fill(page, url)
    expect(page.get_by_role("dialog")).to_be_hidden()


def check(page: Page, name: str) -> None:
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, name)


def test_what_is_wrong_stands_at_its_field_and_several_calendars_are_choices(
    visitors: Visitors, make: Make, radicale: CalendarServer
) -> None:
    place = make.place()
    work, home = radicale.calendar("Work"), radicale.calendar("Home")
    page = visitors.open("/calendars", make.operator(place.provider_id), size=PHONE)
    expect(page.get_by_text("No calendar is connected")).to_be_visible()
    check(page, "calendars-none-phone")
    page.get_by_role("button", name="Connect a calendar").click()
    dialog = page.get_by_role("dialog")

    fill(page, radicale.root, "wrong")
    password = dialog.get_by_label("App password")
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(re.compile(re.escape(WORDS)))
    check(page, "calendars-wrong-password-phone")
    address = dialog.get_by_label("Address of the calendar")
    for url, words in (
        ("http://192.168.0.7/dav/", "This server must not go there"),
        ("http://127.0.0.1:9/", "No answer from there"),
        (f"{radicale.root}/{USER}/nothing/", "There is no calendar at this address"),
    ):
        fill(page, url)
        expect(address).to_have_accessible_description(re.compile(words))
        expect(address).to_be_focused()

    fill(page, radicale.root)
    expect(dialog.get_by_role("heading", name="Which calendar?")).to_be_visible()
    expect(dialog.get_by_role("radio").first).to_be_focused()
    check(page, "calendars-which-phone")
    dialog.get_by_role("button", name="Back").click()
    expect(address).to_be_visible()
    dialog.get_by_role("button", name="Connect").click()
    dialog.get_by_role("radio", name="Home").check()
    dialog.get_by_role("button", name="Connect").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("The calendar is connected.")).to_be_visible()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.get_by_text(home)).to_be_visible()
    expect(page.get_by_text(work)).to_have_count(0)
    expect(page.get_by_text("Works", exact=True)).to_be_visible()
    check(page, "calendars-connected-phone")


def test_appointments_go_there_and_busy_times_come_back(
    visitors: Visitors, make: Make, radicale: CalendarServer
) -> None:
    place = make.place()
    client = make.client("Wanda World")
    booked, free = make.slot(place, at(9)), make.slot(place, at(10))
    url = radicale.calendar("Work")
    page = visitors.open("/calendars", make.operator(place.provider_id))
    connect(page, url)
    appointment = make.appointment(client, place, booked)
    there = f"{url}{appointment}.ics"
    wait_until(lambda: radicale.read(there) is not None, "the appointment is there", seconds=60)

    expect(page.get_by_text("Nothing is booked while you are busy.")).to_be_visible()
    radicale.put(f"{url}lunch.ics", lunch(at(9), hours=2))
    page.get_by_role("button", name="Sync now: Work").click()
    expect(page.get_by_text("Slots follow what it says.")).to_be_visible()
    collides = page.get_by_role("list", name="Booked while busy")
    expect(collides.get_by_text(f"busy {times('09:00-11:00')}")).to_be_visible()
    expect(collides.get_by_role("listitem")).to_have_count(1)
    wait_until(lambda: status(make, free) == "blocked", "the other slot is blocked", seconds=60)
    assert status(make, booked) == "booked"
    assert "Lunch" not in page.content()
    check(page, "calendars-desktop")
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(collides.get_by_role("listitem")).to_have_count(1)
    check(page, "calendars-desktop-dark")
    page.set_viewport_size(PHONE)
    check(page, "calendars-phone-dark")
    page.set_viewport_size(DESKTOP)
    collides.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/appointments/{appointment}$"))

    page.go_back()
    page.get_by_role("button", name="Remove: Work").click()
    check(page, "calendars-remove")
    page.get_by_role("button", name="Yes, remove").click()
    expect(page.get_by_text("No calendar is connected")).to_be_visible()
    wait_until(lambda: radicale.read(there) is None, "ours is taken out", seconds=60)
    wait_until(lambda: status(make, free) == "available", "the slot is free", seconds=60)
    assert radicale.read(f"{url}lunch.ics") is not None


def status(make: Make, slot_id: object) -> str:
    return make.one("SELECT status FROM slots WHERE id = %s", slot_id)["status"]


def test_a_password_that_is_no_longer_accepted_is_asked_for(
    visitors: Visitors, make: Make, radicale: CalendarServer
) -> None:
    """As an administrator, for a provider of their choice."""
    place = make.place()
    url = radicale.calendar("Work")
    page = visitors.open(f"/calendars?providerId={place.provider_id}", make.admin())
    connect(page, url)
    make.db.execute(
        "UPDATE calendar_connections SET state = 'needs_attention', reason = 'unauthorized' "
        "WHERE provider_id = %s",
        [place.provider_id],
    )
    page.reload()
    expect(page.get_by_label("Whose calendars")).to_have_value(str(place.provider_id))
    expect(page.get_by_role("alert")).to_contain_text("no longer accepts the password")
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)
    check(page, "calendars-attention")
    page.get_by_role("button", name="New password").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("New app password").fill("wrong again")
    dialog.get_by_label("Put appointments there").uncheck()
    dialog.get_by_role("button", name="Save").click()
    password = dialog.get_by_label("New app password")
    expect(password).to_have_accessible_description(re.compile(re.escape(WORDS)))
    no_barriers(page)
    look(page, "calendars-edit")
    password.fill(PASSWORD)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Puts no appointments there")).to_be_visible()
    expect(page.get_by_text("Works", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def made(page: Page, detail: str) -> str:
    """The address of a new feed, which is shown once."""
    page.get_by_role("button", name="Make a feed").click()
    dialog = page.get_by_role("dialog", name="Make a feed")
    dialog.get_by_role("radio", name=detail).check()
    no_barriers(page)
    dialog.get_by_role("button", name="Make").click()
    shown = page.get_by_role("dialog", name="The address of your feed")
    address = shown.get_by_label("Address").input_value()
    page.keyboard.press("Escape")
    expect(shown).to_be_visible()
    expect(shown.get_by_role("link")).to_have_attribute("href", re.compile("^webcal://"))
    expect(shown.get_by_text("up to a day late")).to_be_visible()
    check(page, f"feed-address-{page.viewport_size and page.viewport_size['width']}")
    shown.get_by_role("button", name="I have kept it").click()
    expect(shown).to_be_hidden()
    assert address not in page.content()
    return address


def revoke(page: Page, address: str) -> None:
    assert httpx.get(address).status_code == 200
    page.get_by_role("button", name="Revoke").click()
    no_barriers(page)
    page.get_by_role("button", name="No, keep").click()
    assert httpx.get(address).status_code == 200
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Yes, revoke").click()
    expect(page.get_by_text("The feed was revoked.")).to_be_visible()
    expect(page.get_by_text("There is no feed yet.")).to_be_visible()
    assert httpx.get(address).status_code == 404


def appointment_of(make: Make, place: Place) -> None:
    make.appointment(make.client("Wanda World"), place, make.slot(place, at(9)))


def test_a_feed_is_made_read_and_revoked(visitors: Visitors, make: Make) -> None:
    place = make.place()
    appointment_of(make, place)
    page = visitors.open("/calendars", make.operator(place.provider_id))
    address = made(page, "All details")
    answer = httpx.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "Wanda World" in answer.text
    look(page, "feeds")
    revoke(page, address)


def test_a_client_makes_one_of_their_own_appointments(visitors: Visitors, make: Make) -> None:
    place = make.place()
    client = make.client()
    make.appointment(client, place, make.slot(place, at(11)))
    page = visitors.open("/settings", client, size=PHONE)
    address = made(page, "Only when busy")
    assert httpx.get(address).text.count("BEGIN:VEVENT") == 1
    check(page, "feeds-settings-phone")
    revoke(page, address)


def test_the_front_desk_sees_what_collides_and_connects_nothing(
    visitors: Visitors, make: Make
) -> None:
    place = make.place()
    page = visitors.open(f"/calendars?providerId={place.provider_id}", make.operator())
    expect(page.get_by_text("Only the provider and administrators")).to_be_visible()
    expect(page.get_by_text("Nothing is booked while you are busy.")).to_be_visible()
    expect(page.get_by_role("button", name="Connect a calendar")).to_have_count(0)
    check(page, "calendars-front-desk")
