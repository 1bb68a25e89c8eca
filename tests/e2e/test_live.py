"""Live updates (SPEC §5, §8): open views follow, and catch up after the connection was away."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.support import MakeWithPasswords, Visitors, live_window
from tests.support.make import Make, Place, User, soon
from tests.support.server import Server


def booked(make: Make) -> tuple[User, Place, UUID]:
    client, place = make.client(), make.place()
    return client, place, make.appointment(client, place, make.slot(place, soon(days=2)))


def live_windows(visitors: Visitors, client: User, appointment_id: UUID) -> tuple[Page, Page]:
    """The list and the appointment, both following."""
    windows = (
        live_window(visitors, client, "/upcoming"),
        live_window(visitors, client, f"/appointments/{appointment_id}"),
    )
    expect(windows[0].get_by_role("main").get_by_role("listitem")).to_have_count(1)
    expect(windows[1].get_by_role("heading", name="Your notes")).to_be_visible()
    return windows


def edit(visitors: Visitors, make: Make, place: Place, appointment_id: UUID) -> None:
    """Staff make it urgent."""
    answer = visitors.context().request.patch(
        f"/api/v1/appointments/{appointment_id}",
        data={"priority": "urgent"},
        headers={**make.operator(place.provider_id).auth, "If-Match": '"1"'},
    )
    assert answer.status == 200, answer.text()


def shows_urgent(page: Page) -> None:
    expect(page.get_by_role("main").get_by_text("Urgent")).to_be_visible()


def test_a_change_by_others_is_seen(visitors: Visitors, make: Make) -> None:
    client, place, appointment_id = booked(make)
    windows = live_windows(visitors, client, appointment_id)
    edit(visitors, make, place, appointment_id)
    for page in windows:
        shows_urgent(page)


def test_what_came_while_the_network_was_away(visitors: Visitors, make: Make) -> None:
    client, place, appointment_id = booked(make)
    windows = live_windows(visitors, client, appointment_id)
    visitors.is_offline_expected = True
    for page in windows:
        page.context.set_offline(True)
        expect(page.get_by_text("You are offline.")).to_be_visible()
    edit(visitors, make, place, appointment_id)
    make.appointment(client, place, make.slot(place, soon(days=2) + timedelta(minutes=30)))
    for page in windows:
        expect(page.get_by_text("Urgent")).to_have_count(0)
        page.context.set_offline(False)
    for page in windows:
        shows_urgent(page)
        expect(page.get_by_text("You are offline.")).to_have_count(0)
        expect(page.get_by_text("Reconnecting.")).to_have_count(0)
    expect(windows[0].get_by_role("main").get_by_role("listitem")).to_have_count(2)
    expect(windows[1].get_by_text("Changed: priority")).to_be_visible()


def test_a_session_that_ended_elsewhere(visitors: Visitors, make: Make) -> None:
    """The connection is cut with the session; the page does not go on showing what it had."""
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    expect(page.get_by_role("heading", name="Your notes")).to_be_visible()
    visitors.is_offline_expected = True
    assert page.context.request.delete("/api/v1/auth/session").ok
    page.wait_for_url("**/sign-in?next=*")


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that a test may kill."""
    with Server(tmp_path_factory.mktemp("own-site")) as server:
        yield server


def test_a_server_that_comes_back(own_site: Server, browser: Browser) -> None:
    """What changed while the page could not listen is there once it is back."""
    with ExitStack() as stack:
        make = MakeWithPasswords(own_site.owner_url)
        client, place, appointment_id = booked(make)
        make.close()
        visitors = Visitors(browser, own_site.url, stack)
        windows = live_windows(visitors, client, appointment_id)
        visitors.is_offline_expected = True
        own_site.kill9()
        for page in windows:
            expect(page.get_by_text("Reconnecting.")).to_be_visible()
        own_site.start()
        make = MakeWithPasswords(own_site.owner_url)
        edit(visitors, make, place, appointment_id)
        make.close()
        for page in windows:
            shows_urgent(page)
            expect(page.get_by_text("Reconnecting.")).to_have_count(0)
        visitors.check()


def test_the_connection_is_made_although_its_code_came_late(visitors: Visitors, make: Make) -> None:
    client, place, appointment_id = booked(make)
    visitors.is_offline_expected = True
    context = visitors.context()
    visitors.sign_in(context, client)
    lost = 0

    def lose_once(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost == 1:
            route.abort()
        else:
            route.continue_()

    context.route(re.compile(r"/assets/socket-"), lose_once)
    page = context.new_page()
    page.goto(f"/appointments/{appointment_id}")
    expect(page.get_by_role("heading", name="Your notes")).to_be_visible()
    edit(visitors, make, place, appointment_id)
    shows_urgent(page)
    assert lost > 1


def test_a_part_of_the_page_that_comes_late_waits_for_the_server(
    visitors: Visitors, make: Make
) -> None:
    visitors.is_offline_expected = True
    context = visitors.context()
    # It would have it after a while.
    context.add_init_script("delete Navigator.prototype.serviceWorker")
    visitors.sign_in(context, make.user("operator", name="Otto Desk"))
    is_away, asked = True, 0

    def answer(route: Route) -> None:
        nonlocal asked
        asked += 1
        if is_away:
            route.abort()
        else:
            route.continue_()

    context.route(re.compile(r"/assets/AccountMenu-|/health/live"), answer)
    page = context.new_page()
    page.goto("/calendar")
    while asked < 2:
        page.wait_for_timeout(20)
    expect(page.get_by_role("heading", level=1)).to_have_text("Calendar")
    expect(page.get_by_role("button", name="Account of Otto Desk")).to_be_disabled()
    is_away = False
    page.get_by_role("button", name="Account of Otto Desk").click()
    expect(page.get_by_role("menuitem", name="Settings")).to_be_visible()
