"""What time, money and outcome look like to the people they are about."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.support import PHONE, Theme, Visitors, look, no_barriers, no_sideways_scrolling
from tests.e2e.test_requests import ask
from tests.support.make import Make, soon


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_late_cancel_and_what_it_cost(visitors: Visitors, make: Make, theme: Theme) -> None:
    """The policy as it is now, then the fee and the refund, on the page and in the history."""
    client, place = make.client(), make.place()
    appointment_id = make.appointment(client, place, make.slot(place, soon(hours=3, days=0)))
    page = visitors.open(f"/appointments/{appointment_id}", client, size=PHONE, theme=theme)
    expect(page.get_by_text("Cancelling costs €25.00 from now on")).to_be_visible()
    page.get_by_role("button", name="Cancel appointment").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("€25.00")).to_have_count(2)
    dialog.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("Cancelled. The fee is €25.00.").first).to_be_visible()
    facts = page.get_by_role("main").get_by_role("definition")
    expect(facts.filter(has_text="€25.00")).to_have_count(2)
    look(page, f"fee-{theme}")
    no_barriers(page)
    no_sideways_scrolling(page)
    page.goto("/history")
    expect(page.get_by_text("Fee: €25.00")).to_be_visible()
    staff = visitors.open(f"/appointments/{appointment_id}", make.operator(place.provider_id))
    for name in ("Fee", "Refund"):
        expect(staff.get_by_role("term").filter(has_text=name).first).to_be_visible()
    look(staff, f"fee-staff-{theme}")


def test_from_its_start_a_client_leaves_it_alone(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    appointment_id = make.appointment(client, place, make.slot(place))
    make.begin(appointment_id)
    page = visitors.open(f"/appointments/{appointment_id}", client, size=PHONE)
    expect(page.get_by_text("It has begun, so it can no longer be moved")).to_be_visible()
    for name in ("Cancel appointment", "Tomorrow", "Next available", "I will be there"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    no_barriers(page)
    look(page, "begun")


def test_staff_end_a_visit_from_its_start_on_and_reopen_it(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    ahead = make.appointment(client, place, make.slot(place, soon(days=2)))
    begun = make.appointment(make.client(), place, make.slot(place))
    make.begin(begun)
    operator = make.operator(place.provider_id)
    page = visitors.open(f"/appointments/{ahead}", operator)
    expect(page.get_by_role("button", name="Reschedule")).to_be_visible()
    for name in ("Complete", "No-show", "Reopen"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    page.goto(f"/appointments/{begun}")
    page.get_by_role("button", name="Complete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Complete").click()
    expect(page.get_by_text("The visit is completed.")).to_be_visible()
    page.get_by_role("button", name="Reopen").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Reopen")).to_be_disabled()
    dialog.get_by_label("Reason").fill("Tapped the wrong one.")
    no_barriers(page)
    look(page, "reopen")
    dialog.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("The visit is open again.")).to_be_visible()
    expect(page.get_by_role("button", name="Complete", exact=True)).to_be_visible()
    expect(page.get_by_text("Opened again")).to_be_visible()
    page.get_by_role("button", name="Cancel appointment").click()
    # It has begun: history is to say why.
    expect(dialog.get_by_role("button", name="Yes, cancel")).to_be_disabled()
    dialog.get_by_label("Reason").fill("She fell ill on the way.")
    expect(dialog.get_by_role("button", name="Yes, cancel")).to_be_enabled()


def test_a_request_is_accepted_into_another_time(visitors: Visitors, make: Make) -> None:
    client, place = make.client(), make.place()
    wish = soon(days=2).replace(hour=10)
    request = ask(visitors, client, place, wish)
    make.slot(place, wish + timedelta(minutes=90))
    page = visitors.open("/requests", make.operator(place.provider_id))
    page.get_by_role("button", name=f"Accept {client.name}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("1 h 30 min later")).to_be_visible()
    no_barriers(page)
    look(page, "accept-elsewhere")
    dialog.get_by_role("listitem").get_by_role("button").click()
    expect(page.get_by_text(f"The request of {client.name} is accepted for")).to_be_visible()
    row = make.one("SELECT status::text, start_at FROM appointments WHERE id = %s", request["id"])
    assert (row["status"], row["start_at"]) == ("confirmed", wish + timedelta(minutes=90))
