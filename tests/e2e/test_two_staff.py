"""Two members of staff at one appointment (SPEC 4.6, §8): who edits is seen by the other at once,
control changes hands, and nothing that was typed is lost."""

import re
from typing import Any
from uuid import UUID

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
from tests.support.make import Make, User, soon

Visit = tuple[UUID, User, User]


@pytest.fixture
def visit(make: Make) -> Visit:
    """An appointment, an operator and an administrator."""
    place = make.place()
    appointment_id = make.appointment(make.client("Mia Client"), place, make.slot(place))
    return (
        appointment_id,
        make.user("operator", name="Otto Desk"),
        make.user("admin", name="Ada Chief"),
    )


def path(appointment_id: UUID) -> str:
    return f"/appointments/{appointment_id}"


def edit_lock(page: Page) -> Any:
    return page.get_by_role("group", name="Edit lock")


def begin(page: Page) -> None:
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(edit_lock(page)).to_contain_text("You are editing")


def history(make: Make, appointment_id: UUID) -> list[tuple[str, str]]:
    """What happened to the edit lock, and by whose name."""
    rows = make.all(
        "SELECT action, user_name FROM edit_lock_history WHERE appointment_id = %s ORDER BY id",
        appointment_id,
    )
    return [(row["action"], row["user_name"]) for row in rows]


def is_locked(make: Make, appointment_id: UUID) -> bool:
    found = make.all(
        "SELECT 1 AS one FROM edit_locks WHERE appointment_id = %s AND user_id IS NOT NULL",
        appointment_id,
    )
    return bool(found)


@pytest.mark.parametrize(
    ("size", "theme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone-light", "phone-dark", "desk-light", "desk-dark"],
)
def test_the_other_reads_only_until_control_is_handed_over(
    visitors: Visitors, make: Make, visit: Visit, size: ViewportSize, theme: Theme
) -> None:
    appointment_id, otto, ada = visit
    first = visitors.open(path(appointment_id), otto, size=size, theme=theme)
    second = visitors.open(path(appointment_id), ada, size=size, theme=theme)
    expect(second.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    begin(first)
    expect(edit_lock(second)).to_contain_text("Otto Desk is editing")
    expect(second.get_by_role("timer", name="Time left")).to_have_text(re.compile(r"0[45]:\d\d"))
    expect(second.get_by_role("button", name="Edit", exact=True)).to_be_hidden()
    expect(second.get_by_role("button", name="Complete")).to_be_hidden()
    no_barriers(second)
    no_sideways_scrolling(second)
    look(second, f"editor-read-only-{theme}-{size['width']}")

    first.get_by_label("Notes").fill("needs a ramp")
    second.get_by_role("button", name="Request control").click()
    expect(second.get_by_text("Otto Desk has been asked")).to_be_visible()
    asked = first.get_by_role("dialog", name="Ada Chief asks to edit")
    expect(asked).to_be_visible()
    no_barriers(first)
    look(first, f"editor-asked-{theme}-{size['width']}")
    asked.get_by_role("button", name="Save and hand over").click()

    # Who asked has it now, on top of what was saved.
    expect(edit_lock(second)).to_contain_text("You are editing")
    expect(second.get_by_label("Notes")).to_have_value("needs a ramp")
    expect(edit_lock(first)).to_contain_text("Ada Chief is editing")
    no_barriers(second)
    no_sideways_scrolling(second)
    look(second, f"editor-form-{theme}-{size['width']}")
    second.get_by_role("button", name="Stop editing").click()
    expect(first.get_by_role("button", name="Edit", exact=True)).to_be_visible()


def test_who_keeps_editing_keeps_it(visitors: Visitors, visit: Visit) -> None:
    appointment_id, otto, ada = visit
    first = visitors.open(path(appointment_id), otto)
    second = visitors.open(path(appointment_id), ada, has_clock=True)
    begin(first)
    second.get_by_role("button", name="Request control").click()
    dialog = first.get_by_role("dialog", name="Ada Chief asks to edit")
    dialog.get_by_role("button", name="Keep editing").click()
    expect(dialog).to_be_hidden()
    expect(edit_lock(first)).to_contain_text("You are editing")
    expect(edit_lock(second)).to_contain_text("Otto Desk is editing")
    # Nobody tells the other of it; in the end the silence says it, and one can ask once more.
    expect(edit_lock(second)).to_contain_text("Otto Desk has been asked")
    second.clock.fast_forward(31_000)
    expect(edit_lock(second)).to_contain_text("Otto Desk is still editing")
    no_barriers(second)
    look(second, "editor-still-editing")
    second.get_by_role("button", name="Request control").click()
    expect(edit_lock(second)).to_contain_text("Otto Desk has been asked")
    expect(dialog).to_be_visible()


def test_what_was_typed_outlives_a_take_over_and_is_merged(
    visitors: Visitors, make: Make, visit: Visit
) -> None:
    appointment_id, otto, ada = visit
    first = visitors.open(path(appointment_id), otto)
    second = visitors.open(path(appointment_id), ada)
    begin(first)
    first.get_by_label("Notes").fill("mine: call before")
    second.get_by_role("button", name="Take over").click()
    second.get_by_role("button", name="Yes, take over").click()
    expect(edit_lock(second)).to_contain_text("You are editing")

    expect(first.get_by_text("Ada Chief has taken over.")).to_be_visible()
    expect(first.get_by_label("Notes")).to_have_value("mine: call before")
    expect(first.get_by_label("Notes")).not_to_be_editable()
    no_barriers(first)
    look(first, "editor-taken-over")
    second.get_by_label("Notes").fill("theirs: use the back door")
    second.get_by_label("Priority").select_option("vip")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("button", name="Edit", exact=True)).to_be_visible()

    # A reload loses nothing either.
    first.reload()
    first.get_by_role("button", name="Continue editing").click()
    expect(first.get_by_label("Notes")).to_have_value("mine: call before")
    # Nobody has touched the priority here: it says what it is now.
    expect(first.get_by_label("Priority")).to_have_value("vip")
    expect(first.get_by_text("Somebody else has changed this too: Notes")).to_be_visible()
    first.get_by_role("button", name="Save").click()
    merge = first.get_by_role("dialog", name="Somebody else was faster")
    expect(merge.get_by_role("radio", name="Theirs theirs: use the back door")).to_be_visible()
    expect(merge.get_by_role("button", name="Save the choice")).to_be_disabled()
    no_barriers(first)
    look(first, "editor-merge")
    # Later: what was typed is still there.
    merge.get_by_role("button", name="Back to the form").click()
    expect(first.get_by_label("Notes")).to_have_value("mine: call before")
    first.get_by_role("button", name="Save").click()
    merge.get_by_role("radio", name=re.compile("^Both")).check()
    merge.get_by_role("button", name="Save the choice").click()
    expect(first.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    row = make.one("SELECT notes, priority FROM appointments WHERE id = %s", appointment_id)
    assert row == {
        "notes": "theirs: use the back door\n\nmine: call before",
        "priority": "vip",
    }


def test_a_field_is_chosen_from_either_side(visitors: Visitors, make: Make, visit: Visit) -> None:
    """The window has not heard of the other's change: the server's 412 tells."""
    appointment_id, otto, ada = visit
    page = visitors.open(path(appointment_id), otto, size=PHONE, theme="dark")
    begin(page)
    page.get_by_label("Notes").fill("mine")
    page.get_by_label("Priority").select_option("urgent")
    other = visitors.context().request
    base = f"/api/v1/appointments/{appointment_id}"
    assert other.delete(f"{base}/force-release-lock", headers=ada.auth).ok
    changed = other.patch(
        base, headers={**ada.auth, "If-Match": "*"}, data={"notes": "theirs", "priority": "vip"}
    )
    assert changed.ok, changed.text()
    page.get_by_role("button", name="Continue editing").click()
    expect(edit_lock(page)).to_contain_text("You are editing")
    page.get_by_role("button", name="Save").click()
    merge = page.get_by_role("dialog", name="Somebody else was faster")
    merge.get_by_role("group", name="Notes").get_by_role("radio", name="Yours").check()
    merge.get_by_role("group", name="Priority").get_by_role("radio", name="Theirs").check()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, "editor-merge-dark-390")
    merge.get_by_role("button", name="Save the choice").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    row = make.one("SELECT notes, priority FROM appointments WHERE id = %s", appointment_id)
    assert row == {"notes": "mine", "priority": "vip"}


def test_the_client_comes_first(visitors: Visitors, make: Make) -> None:
    """A client's own change ends the edit lock; who held it is told and loses no text."""
    place, client = make.place(), make.client("Mia Client")
    appointment_id = make.appointment(client, place, make.slot(place, soon(days=9)))
    page = visitors.open(path(appointment_id), make.operator())
    begin(page)
    page.get_by_label("Notes").fill("half a sentence")
    cancelled = visitors.context().request.post(
        f"/api/v1/appointments/{appointment_id}/cancel",
        headers={**client.auth, "Idempotency-Key": f"client-cancels-{appointment_id}"},
        data={},
    )
    assert cancelled.ok, cancelled.text()
    expect(page.get_by_text("The client has changed the appointment")).to_be_visible()
    expect(page.get_by_label("Notes")).to_have_value("half a sentence")
    expect(page.get_by_role("button", name="Complete")).to_be_hidden()
    page.get_by_role("button", name="Continue editing").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    row = make.one("SELECT status::text, notes FROM appointments WHERE id = %s", appointment_id)
    assert row == {"status": "cancelled", "notes": "half a sentence"}


def test_cursors_move_and_go(visitors: Visitors, visit: Visit) -> None:
    appointment_id, otto, ada = visit
    first = visitors.open(path(appointment_id), otto)
    first.get_by_role("heading", name="Details").hover()
    # Who comes later sees where it rests, though the pointer moved before either had joined.
    second = visitors.open(path(appointment_id), ada, theme="dark")
    cursor = second.locator('[data-cursor="Otto Desk"]')
    expect(cursor).to_contain_text("Otto Desk")
    no_barriers(second)
    look(second, "editor-cursor-dark")

    before = cursor.evaluate("(it) => it.getBoundingClientRect().x")
    first.get_by_role("heading", name="History").hover()
    second.wait_for_function(
        "(x) => document.querySelector('[data-cursor]').getBoundingClientRect().x > x + 100",
        arg=before,
    )
    first.close()
    expect(cursor).to_be_hidden()


def test_closing_the_page_gives_the_edit_lock_back(
    visitors: Visitors, make: Make, visit: Visit
) -> None:
    appointment_id, otto, ada = visit
    first = visitors.open(path(appointment_id), otto)
    second = visitors.open(path(appointment_id), ada)
    begin(first)
    expect(edit_lock(second)).to_contain_text("Otto Desk is editing")
    first.close()
    expect(second.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    assert not is_locked(make, appointment_id)
    assert history(make, appointment_id) == [("acquired", "Otto Desk"), ("released", "Otto Desk")]


def test_leaving_for_another_page_gives_the_edit_lock_back(
    visitors: Visitors, make: Make, visit: Visit
) -> None:
    appointment_id, otto, ada = visit
    first = visitors.open(path(appointment_id), otto)
    second = visitors.open(path(appointment_id), ada)
    begin(first)
    expect(edit_lock(second)).to_contain_text("Otto Desk is editing")
    first.get_by_role("link", name="Requests").first.click()
    expect(second.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    assert not is_locked(make, appointment_id)
