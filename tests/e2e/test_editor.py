"""The appointment editor (SPEC §8): what staff do with one appointment, its history, comments."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

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
)
from tests.e2e.test_finding import noon
from tests.support.appointments import appointment as any_appointment
from tests.support.make import Make, Place, User, soon

LOOKS = pytest.mark.parametrize(
    ("size", "theme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone-dark", "desk-light"]
)


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def booked(make: Make, place: Place) -> UUID:
    return make.appointment(make.client("Mia Client"), place, make.slot(place))


def open_editor(visitors: Visitors, appointment_id: UUID, user: User, **options: Any) -> Page:
    page = visitors.open(f"/appointments/{appointment_id}", user, **options)
    expect(page.get_by_role("heading", name="Details")).to_be_visible()
    return page


def status(make: Make, appointment_id: UUID) -> str:
    return make.one("SELECT status::text FROM appointments WHERE id = %s", appointment_id)["status"]


@LOOKS
def test_edit_and_look_back(
    visitors: Visitors, make: Make, booked: UUID, size: ViewportSize, theme: Theme
) -> None:
    page = open_editor(visitors, booked, make.operator(), size=size, theme=theme)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Priority").select_option("urgent")
    page.get_by_label("Notes").fill("Bring the X-rays")
    page.get_by_label("Reason").fill("She called")
    no_barriers(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    history = page.get_by_role("list", name="History")
    expect(history.get_by_text("“She called”")).to_be_visible()
    expect(history.get_by_role("listitem").first).to_contain_text("NormalUrgent")

    slider = page.get_by_role("slider", name="Look back")
    slider.press("ArrowLeft")
    past = page.get_by_role("region", name=re.compile("version 1"))
    expect(past).to_contain_text("No notes")
    expect(past).not_to_contain_text("Urgent")
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"editor-as-of-{theme}-{size['width']}")
    slider.press("End")
    expect(past).to_be_hidden()


def test_editing_by_keyboard_alone(visitors: Visitors, make: Make, booked: UUID) -> None:
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="Edit", exact=True).press("Enter")
    # The form follows the button that opened it.
    expect(page.get_by_label("Priority")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("by keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    assert (
        make.one("SELECT notes FROM appointments WHERE id = %s", booked)["notes"] == "by keyboard"
    )


def test_unsaved_text_is_thrown_away_only_after_asking(
    visitors: Visitors, make: Make, booked: UUID
) -> None:
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Notes").fill("half a thou")
    page.get_by_role("button", name="Stop editing").click()
    asked = page.get_by_role("dialog", name="Discard your changes?")
    asked.get_by_role("button", name="Keep them").click()
    expect(page.get_by_label("Notes")).to_have_value("half a thou")
    # Another page and back: still there, and free for others meanwhile.
    page.get_by_role("link", name="Requests").first.click()
    expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("not saved yet")).to_be_visible()
    expect(page.get_by_label("Notes")).to_have_value("half a thou")
    page.get_by_role("button", name="Discard").click()
    asked.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("No notes")).to_be_visible()


def lock_actions(make: Make, appointment_id: UUID) -> list[str]:
    rows = make.all(
        "SELECT action FROM edit_lock_history WHERE appointment_id = %s ORDER BY id",
        appointment_id,
    )
    return [row["action"] for row in rows]


def test_the_edit_lock_is_renewed_for_who_is_there(
    visitors: Visitors, make: Make, booked: UUID
) -> None:
    page = open_editor(visitors, booked, make.operator(), has_clock=True)
    page.get_by_role("button", name="Edit", exact=True).click()
    timer = page.get_by_role("timer", name="Time left")
    expect(timer).to_have_text(re.compile("04:5"))
    page.clock.fast_forward(245_000)
    # For four minutes nobody did anything.
    expect(page.get_by_text("Still there?")).to_be_visible()
    expect(timer).to_have_text(re.compile("00:[45]"))
    page.get_by_label("Notes").press_sequentially("h")
    expect(page.get_by_text("Still there?")).to_be_hidden()
    expect(timer).to_have_text(re.compile("04:5"))
    assert lock_actions(make, booked) == ["acquired", "renewed"]


def test_an_edit_lock_that_has_run_out_says_so_and_goes_on(
    visitors: Visitors, make: Make, booked: UUID
) -> None:
    page = open_editor(visitors, booked, make.operator(), has_clock=True)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Notes").fill("long lunch")
    page.clock.fast_forward(301_000)
    expect(page.get_by_text("Your edit lock has run out.")).to_be_visible()
    expect(page.get_by_label("Notes")).to_have_value("long lunch")
    expect(page.get_by_label("Notes")).not_to_be_editable()
    no_barriers(page)
    page.get_by_role("button", name="Continue editing").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("long lunch").first).to_be_visible()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    assert lock_actions(make, booked) == ["acquired", "renewed", "released"]


def test_who_was_away_does_not_go_on_over_the_changes_of_another(
    visitors: Visitors, make: Make, booked: UUID
) -> None:
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Notes").fill("long lunch")
    # The network is away while the edit lock runs out and another member of staff edits.
    visitors.is_offline_expected = True
    page.context.set_offline(True)
    make.db.execute(
        "UPDATE edit_locks SET acquired_at = now() - interval '10 minutes', "
        "expires_at = now() - interval '5 minutes' WHERE appointment_id = %s",
        [booked],
    )
    other, base = make.admin(), f"/api/v1/appointments/{booked}"
    asks = visitors.context().request
    assert asks.post(f"{base}/acquire-lock", headers=other.auth).ok
    edited = asks.patch(base, headers={**other.auth, "If-Match": "*"}, data={"notes": "theirs"})
    assert edited.ok
    assert asks.delete(f"{base}/release-lock", headers=other.auth).ok
    page.context.set_offline(False)
    page.get_by_role("button", name="Continue editing").click()
    page.get_by_role("button", name="Save").click()
    merge = page.get_by_role("dialog", name="Somebody else was faster")
    merge.get_by_role("radio", name="Yours long lunch").check()
    merge.get_by_role("button", name="Save the choice").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    assert make.one("SELECT notes FROM appointments WHERE id = %s", booked)["notes"] == "long lunch"


@LOOKS
def test_cancel_with_a_fee_or_without(
    visitors: Visitors, make: Make, place: Place, size: ViewportSize, theme: Theme
) -> None:
    late = make.appointment(make.client(), place, make.slot(place, soon(days=0)))
    page = open_editor(visitors, late, make.operator(), size=size, theme=theme)
    page.get_by_role("button", name="Cancel appointment").click()
    dialog = page.get_by_role("dialog", name="Cancel this appointment?")
    expect(dialog.get_by_text("€25.00").first).to_be_visible()
    no_barriers(page)
    look(page, f"editor-cancel-{theme}-{size['width']}")
    dialog.get_by_role("button", name="No, keep").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Cancel appointment").click()
    dialog.get_by_label("Waive the fee of €25.00").check()
    expect(dialog.get_by_role("definition").first).to_have_text("€0.00")
    dialog.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    # Nothing is offered any more that its state does not allow.
    expect(page.get_by_role("button", name="Reschedule")).to_be_hidden()
    expect(page.get_by_role("button", name="Complete")).to_be_hidden()
    row = make.one("SELECT fee_cents, fee_waived FROM appointments WHERE id = %s", late)
    assert row == {"fee_cents": 0, "fee_waived": True}


def test_no_show_tells_the_fee_that_was_agreed(
    visitors: Visitors, make: Make, place: Place, booked: UUID
) -> None:
    make.db.execute(
        "UPDATE services SET no_show_fee_cents = 9900 WHERE id = %s", [place.service_id]
    )
    make.begin(booked)
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="No-show").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The fee for not coming is €50.00")
    no_barriers(page)
    dialog.get_by_role("button", name="Mark as no-show").click()
    expect(page.get_by_role("button", name="No-show")).to_be_hidden()
    assert status(make, booked) == "no_show"


def test_complete(visitors: Visitors, make: Make, booked: UUID) -> None:
    make.begin(booked)
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="Complete").click()
    page.get_by_role("dialog").get_by_role("button", name="Complete").click()
    expect(page.get_by_role("button", name="Complete")).to_be_hidden()
    assert status(make, booked) == "completed"


@LOOKS
def test_move_to_another_time(
    visitors: Visitors,
    make: Make,
    place: Place,
    size: ViewportSize,
    theme: Theme,
) -> None:
    # On the same day, wherever that is, and at whatever hour this runs.
    booked = make.appointment(make.client("Mia Client"), place, make.slot(place, noon(2)))
    slot_id = make.slot(place, noon(2) + timedelta(hours=2))
    page = open_editor(visitors, booked, make.operator(), size=size, theme=theme)
    page.get_by_role("button", name="Reschedule").click()
    dialog = page.get_by_role("dialog", name=re.compile("Another time for"))
    free = dialog.get_by_role("button", name=re.compile(r"^\d\d:\d\d"))
    expect(free).to_have_count(1)
    free.click()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"editor-move-{theme}-{size['width']}")
    dialog.get_by_role("button", name=re.compile("^Move to")).click()
    expect(page.get_by_role("list", name="History")).to_contain_text("Moved")
    row = make.one("SELECT slot_id FROM appointments WHERE id = %s", booked)
    assert row["slot_id"] == slot_id


def test_a_deleted_one_is_brought_back_by_an_administrator(
    visitors: Visitors, make: Make, booked: UUID
) -> None:
    page = open_editor(visitors, booked, make.admin())
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    restore = page.get_by_role("button", name="Restore")
    expect(restore).to_be_visible()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_hidden()
    no_barriers(page)
    look(page, "editor-deleted")
    restore.click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    row = make.one("SELECT deleted_at FROM appointments WHERE id = %s", booked)
    assert row["deleted_at"] is None


def test_an_operator_cannot_restore(visitors: Visitors, make: Make, booked: UUID) -> None:
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("An administrator can bring it back.")).to_be_visible()
    expect(page.get_by_role("button", name="Restore")).to_be_hidden()


def test_a_request_leads_to_accepting(visitors: Visitors, make: Make, place: Place) -> None:
    waiting = any_appointment(make, place, make.client(), soon())
    page = open_editor(visitors, waiting, make.operator())
    expect(page.get_by_role("link", name="Accept in requests")).to_have_attribute(
        "href", re.compile("^/requests")
    )
    expect(page.get_by_role("button", name="No-show")).to_be_hidden()
    expect(page.get_by_role("list", name="History")).to_contain_text("Requested")


def test_share_and_calendar_file(visitors: Visitors, make: Make, booked: UUID) -> None:
    page = open_editor(visitors, booked, make.operator())
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    shared = f"/api/v1/shared/{link.rsplit('/', 1)[1]}"
    assert page.request.get(shared).ok
    no_barriers(page)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The link shows nothing any more.")).to_be_visible()
    assert page.request.get(shared).status == 404
    with page.expect_download() as download:
        page.get_by_role("link", name="Calendar file").click()
    assert download.value.suggested_filename == f"appointment-{booked}.ics"


def test_comments_come_at_once_and_roll_back(visitors: Visitors, make: Make, booked: UUID) -> None:
    page = open_editor(visitors, booked, make.operator())
    field = page.get_by_label("Write a comment")
    field.fill("Prefers the window")
    page.get_by_role("button", name="Add comment").click()
    comments = page.get_by_role("list", name="Comments")
    expect(comments.get_by_text("Prefers the window")).to_be_visible()

    held: list[Route] = []
    page.route("**/comments", lambda route: held.append(route))
    field.fill("Will not arrive")
    page.get_by_role("button", name="Add comment").click()
    expect(comments.get_by_text("Will not arrive")).to_be_visible()
    expect(field).to_have_value("")
    visitors.is_offline_expected = True
    held[0].abort()
    # Gone from the list, and back where it was written.
    expect(field).to_have_value("Will not arrive")
    expect(comments.get_by_text("Will not arrive")).to_be_hidden()
    expect(page.get_by_text("The comment was not added.")).to_be_visible()
    page.unroute("**/comments")
    page.get_by_role("button", name="Add comment").click()
    expect(comments.get_by_text("Will not arrive")).to_be_visible()
    expect(comments.get_by_text("sending…")).to_be_hidden()
    rows = make.all("SELECT body FROM appointment_comments WHERE appointment_id = %s", booked)
    assert sorted(row["body"] for row in rows) == ["Prefers the window", "Will not arrive"]


def test_out_of_scope_is_not_there(visitors: Visitors, make: Make, booked: UUID) -> None:
    stranger = make.operator(provider_id=make.place().provider_id)
    page = visitors.open(f"/appointments/{booked}", stranger)
    expect(page.get_by_text("There is no such appointment")).to_be_visible()
    no_barriers(page)
