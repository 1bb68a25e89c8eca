"""The inbox of requests (SPEC §8): answered by those who may, urgent ones first."""

import re
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.days import at, times
from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.make import Make, Place, User


def ask(
    visitors: Visitors, client: User, place: Place, start: datetime, **more: Any
) -> dict[str, Any]:
    """A request as the API files it while no slot of that time is free."""
    window = visitors.open("/", client)
    answer = window.context.request.post(
        "/api/v1/appointments",
        headers={"Idempotency-Key": f"asks-{start.isoformat()}"},
        data={
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "start": start.isoformat(),
            **more,
        },
    )
    assert answer.status == 201, answer.text()
    window.close()
    return answer.json()


def answer(page: Page, how: str, name: str) -> None:
    page.get_by_role("button", name=f"{how} {name}").click()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accept_into_a_slot(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    place = make.place()
    request = ask(visitors, make.client("Nora Wish"), place, at(10), notes="Please soon")
    slot_id = make.slot(place, at(10))
    page = visitors.open("/requests", make.operator(place.provider_id), size=size, theme=theme)
    expect(page.get_by_text("1 request waits for an answer.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Requests.*1 waiting"))).to_be_visible()
    expect(page.get_by_text("Please soon")).to_be_visible()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"requests-{theme}-{size['width']}")
    answer(page, "Accept", "Nora Wish")
    accept = page.get_by_role("button", name=times("Accept into 10:00-10:30"))
    expect(accept).to_be_visible()
    no_barriers(page)
    look(page, f"requests-accept-{theme}-{size['width']}")
    accept.click()
    expect(page.get_by_text("The request of Nora Wish is accepted")).to_be_visible()
    expect(page.get_by_text("No request waits")).to_be_visible()
    no_barriers(page)
    row = make.one("SELECT status::text, slot_id FROM appointments WHERE id = %s", request["id"])
    assert row == {"status": "confirmed", "slot_id": slot_id}


def test_publish_and_accept_in_one_go(visitors: Visitors, make: Make) -> None:
    place = make.place()
    request = ask(visitors, make.client("Olga New"), place, at(13))
    page = visitors.open("/requests", make.operator(place.provider_id))
    answer(page, "Accept", "Olga New")
    page.get_by_role("button", name="Publish and accept").click()
    expect(page.get_by_text("No request waits")).to_be_visible()
    row = make.one(
        "SELECT s.start_at, s.end_at FROM appointments AS a JOIN slots AS s ON s.id = a.slot_id "
        "WHERE a.id = %s",
        request["id"],
    )
    assert (row["start_at"], row["end_at"]) == (at(13), at(13, 30))


def test_what_is_in_the_way_is_named(visitors: Visitors, make: Make) -> None:
    place = make.place()
    ask(visitors, make.client("Otto Shift"), place, at(14))
    make.slot(place, at(14, 15))
    page = visitors.open("/requests", make.operator(place.provider_id))
    answer(page, "Accept", "Otto Shift")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(times("14:15-14:45"))
    expect(dialog.get_by_role("button", name=re.compile("ccept"))).to_have_count(0)
    dialog.get_by_role("link", name="See the calendar").click()
    page.wait_for_url("**/calendar?day=*")


def test_reject_with_a_reason(visitors: Visitors, make: Make) -> None:
    place = make.place()
    request = ask(visitors, make.client("Rita No"), place, at(15))
    page = visitors.open("/requests", make.operator(place.provider_id))
    answer(page, "Reject", "Rita No")
    page.get_by_role("button", name="Yes, reject").click()
    expect(page.get_by_text("Say why.")).to_be_visible()
    no_barriers(page)
    page.get_by_label("Reason").fill("We are closed then")
    page.get_by_role("button", name="Yes, reject").click()
    expect(page.get_by_text("No request waits")).to_be_visible()
    row = make.one(
        "SELECT reason FROM appointment_audit WHERE appointment_id = %s AND action = 'cancelled'",
        request["id"],
    )
    assert row["reason"] == "We are closed then"


def test_an_edit_lock_is_named(visitors: Visitors, make: Make) -> None:
    place = make.place()
    request = ask(visitors, make.client("Lena Locked"), place, at(16))
    make.slot(place, at(16))
    colleague = make.user("operator", name="Carla Colleague", provider_id=place.provider_id)
    window = visitors.open("/settings", colleague)
    held = window.context.request.post(f"/api/v1/appointments/{request['id']}/acquire-lock")
    assert held.status == 200, held.text()
    page = visitors.open("/requests", make.operator(place.provider_id))
    answer(page, "Accept", "Lena Locked")
    page.get_by_role("button", name=times("Accept into 16:00-16:30")).click()
    expect(page.get_by_role("alert")).to_contain_text("Carla Colleague is just editing")
