"""What is discarded is never sent, and what one person queued is never sent as another."""

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.support import PHONE, Visitors, look, no_barriers, until
from tests.e2e.test_offline import booked, cancel, cut, kept, noon, shell_is_kept, times_done
from tests.support.make import Make, Place, User
from tests.support.passwords import PASSWORD


def ask_to_sign_out(page: Page, user: User) -> None:
    page.get_by_role("button", name=f"Account of {user.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("dialog", name="Sign out and discard changes?")).to_be_visible()


def discard_and_sign_out(page: Page, user: User) -> None:
    ask_to_sign_out(page, user)
    page.get_by_role("button", name="Discard and sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def queue_a_cancel(page: Page, visitors: Visitors) -> None:
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    cut(page, visitors)
    cancel(page)
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()


def session_of(page: Page) -> str | None:
    """Who is signed in, as the server sees this browser's cookie."""
    user = page.request.get("/api/v1/auth/session").json()["user"]
    return user and user["id"]


def appointments_of(make: Make, user: User) -> int:
    return make.one("SELECT count(*) FROM appointments WHERE user_id = %s", user.id)["count"]


def plant(page: Page, user: User, place: Place) -> None:
    """Puts a booking into the queue as the app writes it, while the network is away."""
    item = {
        "key": "planted",
        "userId": str(user.id),
        "madeAt": page.evaluate("Date.now()"),
        "about": {
            "serviceTitle": "Planted",
            "providerName": "Somebody",
            "start": noon(3).isoformat().replace("+00:00", "Z"),
            "timezone": "Europe/Berlin",
        },
        "change": {
            "kind": "book",
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "start": noon(3).isoformat().replace("+00:00", "Z"),
            "end": noon(3, minutes=30).isoformat().replace("+00:00", "Z"),
        },
    }
    page.evaluate(
        "(item) => localStorage.setItem('holdfast.queue.planted', item)", json.dumps(item)
    )


def test_discarded_without_a_network(visitors: Visitors, make: Make) -> None:
    """Discard first; the server hears of the sign-out as soon as it can be reached."""
    client, place, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    shell_is_kept(page)
    cut(page, visitors)
    plant(page, client, place)
    cancel(page)
    expect(page.get_by_text("2 changes are not booked yet")).to_be_visible()
    ask_to_sign_out(page, client)
    # Closing the question keeps everything.
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(kept(page)) == 2
    sent: list[str] = []
    page.context.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    discard_and_sign_out(page, client)
    expect(page.get_by_text("You are signed out here.")).to_be_visible()
    look(page, "signed-out-offline")
    assert kept(page) == []
    page.reload()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    until(page, "!('holdfast.signingOut' in localStorage)")
    assert session_of(page) is None
    changes = [one for one in sent if one.startswith(("POST", "PATCH"))]
    assert changes == []
    assert appointments_of(make, client) == 1
    assert times_done(make, appointment_id, "cancelled") == 0


def test_discarded_while_one_is_being_sent(visitors: Visitors, make: Make) -> None:
    """Its answer does not bring it back, and the next one is never sent."""
    client, place, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    queue_a_cancel(page, visitors)
    plant(page, client, place)
    under_way: list[Route] = []
    page.route("**/cancel", lambda route: under_way.append(route))
    page.context.set_offline(False)
    while not under_way:
        page.wait_for_timeout(20)
    ask_to_sign_out(page, client)
    page.get_by_role("button", name="Discard and sign out").click()
    until(page, "!Object.keys(localStorage).some((one) => one.startsWith('holdfast.queue.'))")
    under_way[0].fulfill(
        status=409,
        content_type="application/problem+json",
        body=json.dumps({"status": 409, "scenario": "invalid_transition", "detail": "Too late."}),
    )
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert kept(page) == []
    assert session_of(page) is None
    assert appointments_of(make, client) == 1


def test_discarded_in_one_of_two_tabs(visitors: Visitors, make: Make) -> None:
    client, _, appointment_id = booked(make)
    first = visitors.open(f"/appointments/{appointment_id}", client)
    second = first.context.new_page()
    second.goto("/upcoming")
    expect(second.get_by_role("button", name=f"Account of {client.name}")).to_be_visible()
    second.wait_for_load_state("networkidle")
    queue_a_cancel(first, visitors)
    expect(second.get_by_text("1 change is not booked yet")).to_be_visible()
    discard_and_sign_out(second, client)
    expect(first.get_by_role("link", name="Sign in").first).to_be_visible()
    first.context.set_offline(False)
    until(first, "!('holdfast.signingOut' in localStorage)")
    assert kept(first) == []
    assert session_of(first) is None
    assert times_done(make, appointment_id, "cancelled") == 0


def test_the_session_ended_elsewhere(visitors: Visitors, make: Make) -> None:
    """What waits stays for its owner: it is sent when they are back, and not before."""
    client, _, appointment_id = booked(make)
    page = visitors.open(f"/appointments/{appointment_id}", client)
    queue_a_cancel(page, visitors)
    make.one(
        "UPDATE sign_ins SET ended_at = clock_timestamp() "
        "WHERE user_id = %s AND kind = 'cookie' RETURNING 1",
        client.id,
    )
    page.context.set_offline(False)
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    expect(page.get_by_text("It is sent when you sign in again.")).to_be_visible()
    assert len(kept(page)) == 1
    other = make.client()
    sign_in(page, other)
    expect(page.get_by_role("button", name=f"Account of {other.name}")).to_be_visible()
    expect(page.get_by_text("not booked yet")).to_have_count(0)
    assert times_done(make, appointment_id, "cancelled") == 0
    assert len(kept(page)) == 1
    page.get_by_role("button", name=f"Account of {other.name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    sign_in(page, client)
    expect(page.get_by_text("Cancelled: ")).to_be_visible()
    assert times_done(make, appointment_id, "cancelled") == 1


def sign_in(page: Page, user: User) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("role", ["client", "operator"])
def test_another_signs_in_while_it_waits(visitors: Visitors, make: Make, role: str) -> None:
    """The browser's cookie is another's by the time the network is back, and this page does not
    know it yet."""
    client, place, appointment_id = booked(make)
    other = make.client() if role == "client" else make.operator()
    page = visitors.open(f"/appointments/{appointment_id}", client)
    queue_a_cancel(page, visitors)
    plant(page, client, place)
    visitors.sign_in(page.context, other)
    with page.expect_response("**/cancel") as answer:
        page.context.set_offline(False)
    assert answer.value.status == 401
    expect(page.get_by_role("button", name=f"Account of {other.name}")).to_be_visible()
    assert len(kept(page)) == 2
    assert times_done(make, appointment_id, "cancelled") == 0
    assert (appointments_of(make, client), appointments_of(make, other)) == (1, 0)


def test_a_tap_in_a_page_of_who_was_here_before(visitors: Visitors, make: Make) -> None:
    """Online, too, nothing that the page of one person shows is done as another."""
    client, _, appointment_id = booked(make)
    admin = make.user("admin")
    page = visitors.open(f"/appointments/{appointment_id}", client, size=PHONE)
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    page.wait_for_load_state("networkidle")
    visitors.sign_in(page.context, admin)
    page.get_by_role("button", name="I will be there").click()
    expect(page.get_by_role("button", name=f"Account of {admin.name}")).to_be_visible()
    no_barriers(page)
    assert times_done(make, appointment_id, "attendance_confirmed") == 0
