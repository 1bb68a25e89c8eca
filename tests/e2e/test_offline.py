"""Without a network (SPEC §8): lists stay readable, changes wait visibly and are made once."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.support import (
    PHONE,
    MakeWithPasswords,
    Theme,
    Visitors,
    live_window,
    look,
    no_barriers,
    no_sideways_scrolling,
    until,
)
from tests.support.make import Make, Place, User, soon
from tests.support.server import Server


def noon(days: int, minutes: int = 0) -> datetime:
    return soon(days=days).replace(hour=11) + timedelta(minutes=minutes)


def booked(make: Make) -> tuple[User, Place, UUID]:
    """A client with an appointment, and a free time on the day after it."""
    client, place = make.client(), make.place()
    appointment_id = make.appointment(client, place, make.slot(place, noon(2)))
    make.slot(place, noon(3))
    return client, place, appointment_id


def times_done(make: Make, appointment_id: UUID, action: str) -> int:
    return make.one(
        "SELECT count(*) FROM appointment_audit WHERE appointment_id = %s AND action = %s",
        appointment_id,
        action,
    )["count"]


def cut(page: Page, visitors: Visitors) -> None:
    # The app fetches what is for later after the first screen, and keeps it.
    page.wait_for_load_state("networkidle")
    visitors.is_offline_expected = True
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.").first).to_be_visible()


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel appointment").click()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def kept(page: Page) -> list[dict[str, Any]]:
    """The queue as it lies in the browser's storage."""
    found = page.evaluate(
        "Object.entries(localStorage).filter(([k]) => k.startsWith('holdfast.queue.'))"
        ".map(([, v]) => v)"
    )
    return [json.loads(text) for text in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_cancel_without_a_network(visitors: Visitors, make: Make, theme: Theme) -> None:
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client, size=PHONE, theme=theme)
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    cut(page, visitors)
    cancel(page)
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
    expect(page.get_by_text("Not booked yet", exact=True)).to_be_visible()
    look(page, f"offline-queued-{theme}")
    no_barriers(page)
    no_sideways_scrolling(page)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)
    look(page, f"offline-queue-{theme}")
    no_barriers(page)
    assert times_done(make, appointment_id, "cancelled") == 0
    page.context.set_offline(False)
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("main").get_by_text("Cancelled", exact=True).first).to_be_visible()
    assert times_done(make, appointment_id, "cancelled") == 1
    assert kept(page) == []


def test_an_answer_that_was_lost(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    visitors.is_offline_expected = True
    keys: list[str] = []

    def lose(route: Route) -> None:
        """The server does it, but the answer never arrives; the second time it does."""
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/cancel", lose)
    with page.expect_response("**/cancel") as answer:
        cancel(page)
    assert answer.value.header_value("idempotency-replayed") == "true"
    expect(page.get_by_text("Cancelled: ")).to_be_visible()
    assert keys[0] == keys[1]
    assert times_done(make, appointment_id, "cancelled") == 1


def test_a_move_into_a_time_that_was_taken_meanwhile(visitors: Visitors, make: Make) -> None:
    client, place, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    page.get_by_role("button", name="Next available").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    cut(page, visitors)
    dialog.get_by_role("listitem").get_by_role("button").click()
    dialog.get_by_role("button", name="Move when I am back").click()
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
    assert "reservationToken" not in json.dumps(kept(page))
    taken = make.one(
        "SELECT id FROM slots WHERE provider_id = %s AND status = 'available'", place.provider_id
    )
    make.appointment(make.client(), place, taken["id"])
    make.slot(place, noon(3, minutes=90))
    page.context.set_offline(False)
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    look(page, "offline-conflict")
    no_barriers(page)
    dialog.get_by_role("listitem").get_by_role("button").click()
    expect(page.get_by_text("Moved: ")).to_be_visible()
    assert kept(page) == []
    moved = make.one("SELECT start_at FROM appointments WHERE id = %s", appointment_id)
    assert moved["start_at"] == noon(3, minutes=90)


def test_a_move_into_a_time_that_is_still_free(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    visitors.is_offline_expected = True
    page.get_by_role("button", name="Next available").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    cut(page, visitors)
    dialog.get_by_role("listitem").get_by_role("button").click()
    dialog.get_by_role("button", name="Move when I am back").click()
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        lost.append(route.request.url)
        if len(lost) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/reschedule", lose_first)
    page.context.set_offline(False)
    expect(page.get_by_text("Moved: ")).to_be_visible()
    assert len(lost) == 2
    assert times_done(make, appointment_id, "rescheduled") == 1


def test_a_change_that_is_stale_when_it_arrives(visitors: Visitors, make: Make) -> None:
    """Staff moved the appointment meanwhile: the cancel asks again instead of being done."""
    client, place, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    cut(page, visitors)
    cancel(page)
    staff = visitors.context()
    answer = staff.request.patch(
        f"/api/v1/appointments/{appointment_id}",
        data={"priority": "vip", "version": 1},
        headers=make.operator(place.provider_id).auth,
    )
    assert answer.status == 200, answer.text()
    page.context.set_offline(False)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The appointment was changed meanwhile.")).to_be_visible()
    assert times_done(make, appointment_id, "cancelled") == 0
    dialog.get_by_role("button", name="Do it anyway").click()
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    assert times_done(make, appointment_id, "cancelled") == 1


def test_in_order_and_after_a_reload(visitors: Visitors, make: Make) -> None:
    """Three changes of one appointment, then the page is closed and opened: all are made, each
    on top of the one before."""
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    shell_is_kept(page)
    cut(page, visitors)
    page.get_by_role("button", name="I will be there").click()
    page.get_by_role("button", name="Add notes").click()
    page.get_by_role("textbox", name="Your notes").fill("I come by bicycle.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("I come by bicycle.").first).to_be_visible()
    cancel(page)
    expect(page.get_by_text("3 changes are not booked yet")).to_be_visible()
    page.reload()
    expect(page.get_by_text("3 changes are not booked yet")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("not booked yet")).to_have_count(0)
    actions = make.all(
        "SELECT action::text FROM appointment_audit WHERE appointment_id = %s ORDER BY version",
        appointment_id,
    )
    assert [row["action"] for row in actions] == [
        "created",
        "attendance_confirmed",
        "updated",
        "cancelled",
    ]


def shell_is_kept(page: Page) -> None:
    """The service worker has the app's files, and what was read is in storage."""
    until(page, "navigator.serviceWorker.controller !== null")
    until(page, "(localStorage['holdfast.queries'] ?? '').includes('facilityName')")


def test_lists_and_details_stay_readable(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client, size=PHONE)
    expect(page.get_by_role("heading", name="Your notes")).to_be_visible()
    page.get_by_role("link", name="Upcoming").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    # It is written a moment after it is shown.
    until(page, "Object.values(localStorage).some((kept) => kept.includes('\"upcoming\"'))")
    shell_is_kept(page)
    cut(page, visitors)
    page.reload()
    card = page.get_by_role("main").get_by_role("listitem")
    expect(card).to_have_count(1)
    look(page, "offline-upcoming")
    no_barriers(page)
    card.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Your notes")).to_be_visible()
    # The service worker holds the shell and nothing of a person.
    urls = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
        ".then((cache) => cache.keys())))).then((all) => all.flat().map((one) => one.url))"
    )
    assert urls
    assert not [url for url in urls if "/api/" in url]


def test_nothing_is_left_for_the_next_person(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    visitors.is_offline_expected = True
    page.route("**/cancel", lambda route: route.abort())
    cancel(page)
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
    page.get_by_role("button", name=f"Account of {client.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 change is not booked yet.")).to_be_visible()
    no_barriers(page)
    dialog.get_by_role("button", name="Stay signed in").click()
    assert len(kept(page)) == 1
    page.get_by_role("button", name=f"Account of {client.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    dialog.get_by_role("button", name="Discard and sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert kept(page) == []
    until(
        page,
        "!Object.values(localStorage).some((text) => text.includes(argument))",
        str(appointment_id),
    )


def test_what_waited_too_long_is_not_sent(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    cut(page, visitors)
    cancel(page)
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
    page.evaluate(
        "Object.keys(localStorage).filter((k) => k.startsWith('holdfast.queue.')).forEach((k) => {"
        "const item = JSON.parse(localStorage[k]); item.madeAt -= 7 * 864e5 + 1000;"
        "localStorage[k] = JSON.stringify(item) })"
    )
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_text("1 change needs you")).to_be_visible()
    expect(page.get_by_text("This waited for more than seven days")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("1 change needs you")).to_have_count(0)
    assert times_done(make, appointment_id, "cancelled") == 0


def test_two_tabs_send_it_once(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    first = visitors.open(f"/appointments/{appointment_id}", client)
    second = first.context.new_page()
    second.goto("/upcoming")
    expect(first.get_by_role("button", name="Cancel appointment")).to_be_visible()
    answered: list[str] = []
    first.context.on("response", lambda response: answered.append(response.url))
    cut(first, visitors)
    cancel(first)
    expect(second.get_by_text("1 change is not booked yet")).to_be_visible()
    first.context.set_offline(False)
    for page in (first, second):
        expect(page.get_by_text("1 change is not booked yet")).to_have_count(0)
    assert len([url for url in answered if url.endswith("/cancel")]) == 1
    assert times_done(make, appointment_id, "cancelled") == 1


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that a test may stop."""
    with Server(tmp_path_factory.mktemp("own-site")) as server:
        yield server


def test_cancel_while_the_server_is_away(own_site: Server, browser: Browser) -> None:
    """The browser thinks that it is online; the server is stopped and comes back."""
    with ExitStack() as stack:
        make = MakeWithPasswords(own_site.owner_url)
        client, _, appointment_id = booked(make)
        make.close()
        visitors = Visitors(browser, own_site.url, stack)
        page = live_window(visitors, client, f"/appointments/{appointment_id}")
        expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
        visitors.is_offline_expected = True
        own_site.stop()
        expect(page.get_by_text("Reconnecting.")).to_be_visible()
        cancel(page)
        expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
        own_site.start()
        expect(page.get_by_text("Cancelled: ")).to_be_visible()
        expect(page.get_by_text("Reconnecting.")).to_have_count(0)
        make = MakeWithPasswords(own_site.owner_url)
        assert times_done(make, appointment_id, "cancelled") == 1
        make.close()
        visitors.check()
