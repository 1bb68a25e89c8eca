"""One's own account (SPEC §8): where one is signed in, ending that, and another password."""

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from holdfast.accounts.limits import SIGN_IN_RULES
from tests.e2e.support import (
    PHONE,
    MakeWithPasswords,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.make import Make
from tests.support.passwords import PASSWORD
from tests.support.scratch import scratch
from tests.support.server import Server
from tests.support.smtp import SmtpThread

LAPTOP: ViewportSize = {"width": 1366, "height": 768}
NEW = "a brand new one"
TRIES = SIGN_IN_RULES["pair"] + 1
TOLD = re.compile(r"Too many tries\. Try again in (\d+ minutes|\d+ seconds)\.")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"

on_every_screen = pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (LAPTOP, "light"), (LAPTOP, "dark")],
    ids=["phone-light", "phone-dark", "laptop-light", "laptop-dark"],
)


def rows(page: Page) -> list[str]:
    return page.get_by_role("list", name="Where you are signed in").locator("li").all_inner_texts()


def change(page: Page, current: str, new: str) -> None:
    page.get_by_label("Current password").fill(current)
    page.get_by_label("New password").fill(new)
    page.get_by_role("button", name="Change password").click()


@on_every_screen
def test_sign_ins(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    client = make.client()
    elsewhere = visitors.open("/settings", client, user_agent=FIREFOX)
    expect(elsewhere.get_by_label("Email")).to_have_value(client.email)
    visitors.open("/settings", client, user_agent="frontdesk/2.1")
    page = visitors.open("/settings", client, size=size, theme=theme)
    listed = page.get_by_role("list", name="Where you are signed in")
    # The fourth is that of the token with which tests act for somebody.
    expect(listed.get_by_role("listitem")).to_have_count(4)
    assert ["This device" in text for text in rows(page)] == [True, False, False, False]
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"account-{theme}-{size['width']}")
    listed.scroll_into_view_if_needed()
    look(page, f"account-sign-ins-{theme}-{size['width']}")
    visitors.is_offline_expected = True  # live connections end with their sign-in
    page.get_by_role("button", name="End: Firefox on Windows").click()
    expect(listed.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_text("Firefox on Windows is signed out")).to_be_visible()
    # What has ended asks for the password, without being touched.
    elsewhere.wait_for_url("**/sign-in?next=%2Fsettings")
    page.get_by_role("button", name="Sign out everywhere else").click()
    no_barriers(page)
    page.get_by_role("button", name="Keep them").click()
    expect(listed.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_role("button", name="Yes, sign out").click()
    expect(listed.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    listed.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


@on_every_screen
def test_another_password(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    client = make.client("Paula Password")
    elsewhere = visitors.open("/settings", client, user_agent=FIREFOX)
    page = visitors.open("/settings", client, size=size, theme=theme)
    current, new = page.get_by_label("Current password"), page.get_by_label("New password")
    expect(new).to_have_accessible_description(re.compile("At least 10 characters.*common"))

    change(page, PASSWORD, "short")
    expect(new).to_have_accessible_description(re.compile("Please use at least 10"))
    change(page, PASSWORD, "paulaPASSWORD")
    expect(new).to_have_accessible_description(re.compile("other than your email or name"))
    # These the server alone knows.
    change(page, PASSWORD, "password123")
    expect(new).to_have_accessible_description(
        re.compile("This password is one of the most common passwords")
    )
    change(page, "not the password", NEW)
    expect(current).to_have_accessible_description("This is not your current password.")
    expect(current).to_be_focused()
    no_barriers(page)
    look(page, f"password-wrong-{theme}-{size['width']}")
    page.get_by_label("Show passwords").check()
    expect(new).to_have_attribute("type", "text")

    visitors.is_offline_expected = True  # live connections end with their sign-in
    change(page, PASSWORD, NEW)
    expect(page.get_by_text("Your new password is set")).to_be_visible()
    expect(new).to_have_value("")
    expect(new).to_have_attribute("type", "password")
    no_barriers(page)
    no_sideways_scrolling(page)
    elsewhere.wait_for_url("**/sign-in?next=%2Fsettings")
    page.reload()
    expect(page.get_by_label("Current password")).to_be_visible()
    elsewhere.get_by_label("Email").fill(client.email)
    elsewhere.get_by_label("Password").fill(NEW)
    elsewhere.get_by_role("button", name="Sign in").click()
    elsewhere.wait_for_url("**/settings")


def test_too_many_tries_say_when_to_try_again(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch(tmp_path_factory.mktemp("own-site")))
        server = stack.enter_context(Server(folder, env={"HOLDFAST_RATE_LIMIT": "on"}))
        server.wait_for("/", 200)
        make = MakeWithPasswords(server.owner_url)
        stack.callback(make.close)
        visitors = Visitors(browser, server.url, stack)
        client = make.client()
        page = visitors.open("/settings", client)
        statuses: list[int] = []
        for _ in range(TRIES):
            with page.expect_response("**/auth/password") as answered:
                change(page, "not the password", NEW)
            statuses.append(answered.value.status)
            expect(page.get_by_role("button", name="Change password")).to_be_enabled()
        assert statuses == [422] * (TRIES - 1) + [429]
        expect(page.get_by_role("alert")).to_have_text(TOLD)
        no_barriers(page)
        # The same limit at the door, for the right password as well.
        other = visitors.open("/sign-in")
        other.get_by_label("Email").fill(client.email)
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        expect(other.get_by_role("alert")).to_have_text(TOLD)
        visitors.check()


def test_a_test_message_arrives(visitors: Visitors, make: Make, mail: SmtpThread) -> None:
    page = visitors.open("/settings", make.client("Tilda Tries"))
    page.get_by_role("button", name="Test by e-mail").click()
    expect(page.get_by_text("A test mail is on its way.")).to_be_visible()
    assert "Hello Tilda Tries" in mail.next_text("Tilda Tries")
    no_barriers(page)
