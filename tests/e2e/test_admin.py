"""The administrator's screens: people, the catalogue, edit locks, integrity, analytics, audit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
    width_of,
)
from tests.support.make import Make, Place, User, soon
from tests.support.passwords import PASSWORD

LOOKS = pytest.mark.parametrize(
    ("size", "theme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone light", "desktop dark"]
)


def api(visitors: Visitors, user: User, method: str, path: str, **more: Any) -> httpx.Response:
    """Somebody else at work meanwhile."""
    headers = {**user.auth, **more.pop("headers", {})}
    answer = httpx.request(method, f"{visitors.url}/api/v1{path}", headers=headers, **more)
    assert answer.is_success, answer.text
    return answer


def sound(page: Page, name: str) -> None:
    """Nothing on the screen keeps anybody out; kept as a picture."""
    expect(page.get_by_text("Loading")).to_have_count(0)
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"{name}-{width_of(page)}")


@LOOKS
def test_a_person_is_made_changed_and_shut_out(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    place = make.place()
    provider = make.one("SELECT name FROM providers WHERE id = %s", place.provider_id)["name"]
    name, email = f"Rosa {theme}", f"rosa.{theme}@example.test"
    page = visitors.open("/admin/users", make.admin(), size=size, theme=theme)
    sound(page, "admin-users")
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("This is needed.")).to_be_visible()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Email").fill(email)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_label("Acts as provider").select_option(provider)
    sound(page, "admin-new-user")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    page.get_by_label("Name or email").fill(name)
    row = page.get_by_role("listitem").filter(has_text=email)
    expect(row).to_contain_text(f"acts as {provider}")
    row.get_by_role("button", name=f"Edit {name}").click()
    dialog.get_by_label("Role").select_option("Client")
    expect(dialog.get_by_label("Acts as provider")).to_be_hidden()
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Client")
    expect(row).not_to_contain_text(provider)

    signed_in = {"email": email, "password": PASSWORD}
    assert httpx.post(f"{visitors.url}/api/v1/auth/session", json=signed_in).status_code == 200
    row.get_by_role("button", name=f"Edit {name}").click()
    dialog.get_by_label("May sign in").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("May not sign in")
    assert httpx.post(f"{visitors.url}/api/v1/auth/session", json=signed_in).status_code == 401

    row.get_by_role("button", name=f"Log of {name}").click()
    expect(dialog.get_by_role("listitem").filter(has_text="401 unauthenticated")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Done").first).to_be_visible()
    sound(page, "admin-user-log")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_label("Name or email").fill("nobody has this name")
    expect(page.get_by_text("Nobody found")).to_be_visible()


@LOOKS
def test_a_shop_is_set_up(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    admin = make.admin()
    page = visitors.open("/admin/catalogue?tab=facilities", admin, size=size, theme=theme)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="New place").click()
    dialog.get_by_label("Name").fill(f"Harbour {theme}")
    dialog.get_by_label("Address").fill("Kai 1, Hamburg")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text=f"Harbour {theme}")).to_be_visible()
    sound(page, "admin-facilities")

    page.get_by_role("radio", name="Services").click()
    page.get_by_role("button", name="New service").click()
    dialog.get_by_label("Title").fill(f"Massage {theme}")
    dialog.get_by_label("Price").fill("free")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("An amount such as 49.90, please.")).to_be_visible()
    dialog.get_by_label("Price").fill("69.90")
    dialog.get_by_label("Later").select_option("Part of the price")
    dialog.get_by_label("Percent of the price").fill("50")
    sound(page, "admin-new-service")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text=f"Massage {theme}")
    expect(row).to_contain_text("€69.90")
    expect(row).to_contain_text("Free until 24 h before, then 50 %.")

    page.get_by_role("radio", name="Providers").click()
    page.get_by_role("button", name="New provider").click()
    dialog.get_by_label("Name").fill(f"Dr. {theme}")
    dialog.get_by_label(f"Harbour {theme}").check()
    dialog.get_by_label(f"Massage {theme}").check()
    no_barriers(page)
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text=f"Dr. {theme}")
    expect(row).to_contain_text(f"Massage {theme}")
    expect(row).to_contain_text(f"Harbour {theme}")
    sound(page, "admin-providers")
    row.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="No, keep").click()
    row.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(row).to_be_hidden()


@LOOKS
def test_two_who_change_the_same_field_merge(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    admin, other = make.admin(), make.admin()
    service = make.service()
    title = make.one("SELECT title FROM services WHERE id = %s", service)["title"]
    page = visitors.open("/admin/catalogue?tab=services", admin, size=size, theme=theme)
    page.get_by_role("button", name=f"Edit {title}", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Price", exact=True).fill("55.00")
    dialog.get_by_label("Minutes", exact=True).fill("40")
    change = {"priceCents": 4400, "description": "Theirs", "version": 1}
    api(visitors, other, "PATCH", f"/services/{service}", json=change)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Somebody changed this meanwhile")).to_be_visible()
    expect(dialog.get_by_label("Saved by them")).to_have_count(1)
    expect(dialog).to_contain_text("€44.00")
    sound(page, "admin-merge")
    dialog.get_by_label("Yours").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    saved = make.one("SELECT * FROM services WHERE id = %s", service)
    assert (saved["price_cents"], saved["duration_minutes"]) == (5500, 40)
    assert (saved["description"], saved["version"]) == ("Theirs", 3)


def test_what_is_in_use_is_not_removed_and_says_why(visitors: Visitors, make: Make) -> None:
    place = make.place()
    make.appointment(make.client(), place, make.slot(place, soon(days=3)))
    name = make.one("SELECT name FROM providers WHERE id = %s", place.provider_id)["name"]
    page = visitors.open("/admin/catalogue", make.admin())
    page.get_by_role("button", name=f"Remove {name}", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(dialog).to_contain_text("There are appointments to come with this provider.")
    no_barriers(page)
    assert make.one("SELECT deleted_at FROM providers WHERE id = %s", place.provider_id) == {
        "deleted_at": None
    }


def booked(make: Make, place: Place | None = None) -> tuple[User, str]:
    """A client with an appointment."""
    client, place = make.client(), place or make.place()
    return client, str(make.appointment(client, place, make.slot(place, soon(days=3))))


@LOOKS
def test_an_edit_lock_is_seen_and_ended(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    staff = make.user("operator", name=f"Olaf {theme}")
    _, appointment = booked(make)
    api(visitors, staff, "POST", f"/appointments/{appointment}/acquire-lock")
    page = visitors.open("/admin/edit-locks", make.admin(), size=size, theme=theme)
    row = page.get_by_role("listitem").filter(has_text=staff.name)
    expect(row).to_contain_text(re.compile(r"0[45]:\d\d left"))
    page.get_by_text("Edit locks by day as a table").click()
    table = page.get_by_role("region", name="Edit locks by day").get_by_role("table")
    # A head, UTC's days from thirty days ago until today, and the facility's where it is tomorrow.
    now = datetime.now(UTC)
    is_tomorrow = now.astimezone(ZoneInfo("Europe/Berlin")).date() > now.date()
    expect(table.get_by_role("row")).to_have_count(33 if is_tomorrow else 32)
    sound(page, "admin-edit-locks")
    row.get_by_role("button", name=f"End the edit lock of {staff.name}").click()
    dialog = page.get_by_role("dialog")
    no_barriers(page)
    dialog.get_by_role("button", name="No, keep").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name=f"End the edit lock of {staff.name}").click()
    dialog.get_by_role("button", name="End it").click()
    expect(dialog).to_have_count(0)  # before that, everything behind it is hidden
    expect(row).to_be_hidden()
    status = api(visitors, staff, "GET", f"/appointments/{appointment}/lock-status").json()
    assert status == {"state": "unlocked"}


@contextmanager
def wrong(make: Make, slot: Any) -> Iterator[None]:
    """A slot that was changed past its history."""
    shift = "UPDATE slots SET updated_at = updated_at + %s * interval '1 s' WHERE id = %s"
    make.db.execute("ALTER TABLE slots DISABLE TRIGGER slots_record")
    make.db.execute(shift, [1, slot])
    make.db.execute("ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_record")
    yield
    make.db.execute("ALTER TABLE slots DISABLE TRIGGER slots_record")
    make.db.execute(shift, [-1, slot])
    make.db.execute("ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_record")


@LOOKS
def test_what_breaks_a_rule_is_found(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    slot = make.slot(make.place())
    page = visitors.open("/admin/integrity", make.admin(), size=size, theme=theme)
    sound(page, "admin-integrity-before")
    with wrong(make, slot):
        page.get_by_role("button", name="Check everything").click()
        expect(page.get_by_role("alert")).to_contain_text("wrong in")
        check = page.get_by_role("listitem").filter(has_text="Slot versions and audit rows")
        expect(check.first).to_contain_text(f"slots {slot}: updated_at is not the time")
        sound(page, "admin-integrity-wrong")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    expect(page.get_by_role("button", name="Check again")).to_be_visible()
    expect(page.get_by_text(str(slot))).to_have_count(0)
    sound(page, "admin-integrity")


def test_a_check_is_stopped_and_says_how_far_it_came(visitors: Visitors, make: Make) -> None:
    make.slot(make.place())
    page = visitors.open("/admin/integrity", make.admin())
    held: list[Route] = []
    page.route("**/api/v1/integrity/fees*", lambda route: held.append(route))
    page.get_by_role("button", name="Check everything").click()
    stop = page.get_by_role("button", name="Stop")
    fees = page.get_by_role("listitem").filter(has_text="Fee and refund by the policy")
    overlaps = page.get_by_role("listitem").filter(has_text="Open slots do not overlap")
    expect(overlaps).to_contain_text("rows,")
    expect(fees).to_contain_text("Waiting")
    stop.click()
    expect(page.get_by_role("status").filter(has_text="Not finished")).to_be_visible()
    no_barriers(page)
    for route in held:
        route.abort()


@LOOKS
def test_how_booking_went(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    client, appointment = booked(make)
    cancel = f"/appointments/{appointment}/cancel"
    api(visitors, client, "POST", cancel, headers={"Idempotency-Key": appointment})
    page = visitors.open("/admin/analytics", make.admin(), size=size, theme=theme)
    # Other tests of this process may have cancelled, too: full refunds of €50.
    fees = page.get_by_role("row").filter(has_text="EUR")
    expect(fees).to_contain_text(re.compile(r"€\d*[05]0\.00$"))
    page.get_by_text("Booked and cancelled as a table").click()
    table = page.get_by_role("region", name="Booked and cancelled").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(32)
    expect(table.get_by_role("row").last).not_to_contain_text(re.compile(r"\b0\b"))
    sound(page, "admin-analytics")
    page.get_by_role("radio", name="7 days").click()
    expect(table.get_by_role("row")).to_have_count(9)


@LOOKS
def test_who_changed_what(visitors: Visitors, make: Make, size: ViewportSize, theme: Theme) -> None:
    staff = make.user("operator", name=f"Ole {theme}")
    client, appointment = booked(make)
    path = f"/appointments/{appointment}"
    api(visitors, staff, "PATCH", path, json={"notes": "Bring the X-ray", "version": 1})
    cancel = {"Idempotency-Key": appointment}
    api(visitors, client, "POST", f"{path}/cancel", headers=cancel, json={"reason": "Ill"})
    page = visitors.open("/admin/audit", make.admin(), size=size, theme=theme)
    entries = page.get_by_role("list", name="Changes").get_by_role("listitem")
    expect(entries.first).to_contain_text("Cancelled")
    expect(entries.first).to_contain_text("Ill")
    expect(entries.first).to_contain_text("€50.00")
    sound(page, "admin-audit")
    page.get_by_role("button", name=f"Only by them: {staff.name}").click()
    expect(entries).to_have_count(1)
    expect(entries.first).to_contain_text("Bring the X-ray")
    expect(page.get_by_text(f"By {staff.name}")).to_be_visible()
    page.get_by_label("What").select_option("Cancelled")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    no_barriers(page)
    page.get_by_role("button", name=f"Without: By {staff.name}").click()
    page.get_by_label("What").select_option("Everything")
    entries.first.get_by_role("button", name="Its history").click()
    expect(entries).to_have_count(3)
    page.get_by_label("To", exact=True).fill("2020-01-01")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    entries.first.get_by_role("link", name="See appointment").click()
    page.wait_for_url(f"**{path}")
