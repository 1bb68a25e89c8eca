"""Accounts (SPEC §8): signing up, a forgotten password, settings, and a shared appointment."""

import re
from datetime import UTC

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.e2e.test_finding import noon
from tests.support.make import Make, User
from tests.support.passwords import PASSWORD
from tests.support.smtp import SmtpThread

on_every_screen = pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone-light", "phone-dark", "desktop-light", "desktop-dark"],
)


def checked(page: Page, name: str) -> None:
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, name)


def sign_in(page: Page, user: User, password: str) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def mailed_link(mail: SmtpThread) -> str:
    """The link for a new password, from the next mail."""
    found = re.search(r"/reset-password\?token=[\w.-]+", mail.next_text("/reset-password"))
    assert found
    return found[0]


@on_every_screen
def test_sign_up(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    taken = make.client()
    page = visitors.open("/", size=size, theme=theme)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("nobody")
    page.get_by_label("Telephone", exact=True).fill("call me")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create account").click()
    # The first wrong field has the focus, and each says what is wrong with it.
    expect(page.get_by_label("Name")).to_be_focused()
    for label, said in {
        "Name": "Please say your name.",
        "Email": "does not look like an e-mail address",
        "Telephone": "a number such as",
        "Password": "at least 10 characters",
    }.items():
        expect(page.get_by_label(label, exact=True)).to_have_accessible_description(
            re.compile(said)
        )
    checked(page, f"sign-up-{theme}-{size['width']}")
    page.get_by_label("Name").fill("Nia New")
    page.get_by_label("Email").fill(taken.email)
    page.get_by_label("Telephone", exact=True).fill("")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Show password").check()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Email")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Email").fill(f"nia-{taken.id}@example.test")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/upcoming")
    expect(page.get_by_role("button", name="Account of Nia New")).to_be_visible()


def test_a_forgotten_password(visitors: Visitors, make: Make, mail: SmtpThread) -> None:
    client = make.client()
    page = visitors.open("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    # Both screens have this field.
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    page.get_by_label("Email").fill(client.email)
    checked(page, "forgot-password")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("a mail is on its way")).to_be_visible()
    link = mailed_link(mail)
    page.goto(link)
    page.get_by_label("New password").fill("a brand new one")
    checked(page, "reset-password")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    sign_in(page, client, "a brand new one")
    page.wait_for_url("**/upcoming")
    # The link works once.
    again = visitors.open(link)
    again.get_by_label("New password").fill("yet another one")
    again.get_by_role("button", name="Set password").click()
    expect(again.get_by_role("alert")).to_contain_text("used already")
    again.get_by_role("link", name="Ask for a new link").click()
    again.wait_for_url("**/forgot-password")


@on_every_screen
def test_settings(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    client, place = make.client(), make.place()
    make.slot(place, noon(2))
    page = visitors.open("/settings", client, size=size, theme=theme)
    expect(page.get_by_label("Email")).to_be_disabled()
    checked(page, f"settings-{theme}-{size['width']}")
    page.get_by_label("Name").fill("Kim Changed")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Account of Kim Changed")).to_be_visible()
    reminders = page.get_by_role("group", name="Reminders")
    reminders.get_by_label("By e-mail").uncheck()
    expect(reminders.get_by_label("By e-mail")).to_be_enabled()
    page.reload()
    expect(reminders.get_by_label("By e-mail")).not_to_be_checked()
    kept = make.one("SELECT name, timezone FROM users WHERE id = %s", client.id)
    assert (kept["name"], kept["timezone"]) == ("Kim Changed", "Asia/Tokyo")
    said = make.one("SELECT settings FROM notification_settings WHERE user_id = %s", client.id)
    assert said["settings"]["email"] == {"changes": True, "reminders": False}
    # Noon in Berlin is evening in the zone that was chosen.
    page.goto(f"/find?service={place.service_id}&provider={place.provider_id}")
    expect(page.get_by_role("heading", name="Evening")).to_be_visible()
    expect(page.get_by_text("in Berlin")).to_be_visible()


def test_the_look_is_kept(visitors: Visitors, make: Make) -> None:
    page = visitors.open("/settings", make.operator(), theme="light")
    page.get_by_role("radio", name="Dark").click()
    page.get_by_label("More contrast").check()
    checked(page, "settings-dark-contrast")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-contrast", "more")
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()


def test_a_change_elsewhere_is_not_overwritten(visitors: Visitors, make: Make) -> None:
    client = make.client()
    page = visitors.open("/settings", client)
    expect(page.get_by_label("Name")).to_have_value(client.name)
    make.db.execute(
        "UPDATE users SET name = 'Elsewhere', version = version + 1 WHERE id = %s",
        [client.id],
    )
    page.get_by_label("Telephone", exact=True).fill("+49 30 1234567")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Elsewhere")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    kept = make.one("SELECT name, phone FROM users WHERE id = %s", client.id)
    assert (kept["name"], kept["phone"]) == ("Elsewhere", "+49 30 1234567")


@on_every_screen
def test_a_shared_appointment(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    client, place = make.client("Sam Secret"), make.place(timezone="America/New_York")
    appointment_id = make.appointment(client, place, make.slot(place, noon(2)))
    context = visitors.context()
    visitors.sign_in(context, client)
    share = context.request.post(f"/api/v1/appointments/{appointment_id}/share").json()
    page = visitors.open(f"/shared/{share['secret']}", size=size, theme=theme)
    expect(page.get_by_text("06:00")).to_contain_text("in New York")
    expect(page.get_by_text("Sam Secret")).to_have_count(0)
    assert page.locator('meta[name="robots"]').get_attribute("content") == "noindex"
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    text = download.value.path().read_text()
    assert f"DTSTART:{noon(2).astimezone(UTC):%Y%m%dT%H%M%SZ}" in text and "VEVENT" in text
    checked(page, f"shared-{theme}-{size['width']}")
    context.request.delete(f"/api/v1/appointments/{appointment_id}/share/{share['id']}")
    page.reload()
    expect(page.get_by_text("This link shows nothing any more")).to_be_visible()
    no_barriers(page)
