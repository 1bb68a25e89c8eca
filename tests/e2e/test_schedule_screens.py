"""What a schedule does to the published calendar, asked and told on its screen (SPEC 4.2)."""

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.days import AHEAD_DAYS, at, day_key
from tests.e2e.support import (
    PHONE,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.make import Make, Place, User

LAPTOP: ViewportSize = {"width": 1366, "height": 768}
WEEKDAY = at(12).isoweekday()


def publish(place: Place, what: str = "schedule") -> str:
    return f"/publish?provider={place.provider_id}&do={what}"


def put_hours(page: Page, place: Place, start: str, end: str, **more: Any) -> None:
    """The provider's schedule: on the weekday of the tests, half an hour each."""
    hours = {
        "weekday": WEEKDAY,
        "start": start,
        "end": end,
        "facilityId": str(place.facility_id),
    }
    answer = page.context.request.put(
        f"/api/v1/providers/{place.provider_id}/schedule",
        data={"weekly": [hours], "slotMinutes": 30, **more},
    )
    assert answer.status == 201, answer.text()


def slot_at(make: Make, place: Place, hour: int, minute: int = 0) -> Any:
    return make.one(
        "SELECT id FROM slots WHERE provider_id = %s AND start_at = %s AND deleted_at IS NULL",
        place.provider_id,
        at(hour, minute),
    )["id"]


def free(make: Make, place: Place) -> list[Any]:
    """The free slots of the day of the tests."""
    rows = make.all(
        "SELECT start_at FROM slots WHERE provider_id = %s AND status = 'available' "
        "AND deleted_at IS NULL AND start_at BETWEEN %s AND %s ORDER BY start_at",
        place.provider_id,
        at(0),
        at(23, 59),
    )
    return [row["start_at"] for row in rows]


def window(
    visitors: Visitors, make: Make, place: Place, user: User, size: ViewportSize = LAPTOP
) -> tuple[Page, Any]:
    """Staff, where 9 to 12 is published and 9:30 is booked; and that appointment."""
    page = visitors.open("/settings", user, size=size)
    put_hours(page, place, "09:00", "12:00")
    booked = make.appointment(make.client(), place, slot_at(make, place, 9, 30))
    return page, booked


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_hours_that_take_times_away_are_asked_about(
    visitors: Visitors, make: Make, size: ViewportSize
) -> None:
    place = make.place()
    page, booked = window(visitors, make, place, make.operator(), size)
    page.goto(publish(place))
    day = f"{at(12):%A}"
    page.get_by_label(f"{day}: From").fill("11:00")
    page.get_by_label(f"{day}: To").fill("12:30")
    page.get_by_role("button", name="Save schedule").click()
    question = page.get_by_role("dialog", name="Save this schedule?")
    expect(question).to_contain_text("new ones come.")
    expect(question).to_contain_text("1 stays outside the new hours:")
    link = question.get_by_role("link")
    expect(link).to_have_attribute("href", f"/appointments/{booked}")
    expect(link).to_contain_text("09:30")
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"schedule-question-{size['width']}")
    assert len(free(make, place)) == 5
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    assert len(free(make, place)) == 5

    page.get_by_role("button", name="Save schedule").click()
    question.get_by_role("button", name="Yes, save it").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()
    expect(question).to_have_count(0)
    told = page.get_by_role("status").filter(has_text="1 stays outside the new hours:")
    expect(told.get_by_role("link")).to_contain_text("09:30")
    no_barriers(page)
    assert free(make, place) == [at(11), at(11, 30), at(12)]


def test_hours_that_only_add_are_saved_at_once(visitors: Visitors, make: Make) -> None:
    place = make.place()
    page = visitors.open("/settings", make.operator())
    put_hours(page, place, "09:00", "10:00")
    page.goto(publish(place))
    page.get_by_label(f"{at(12):%A}: To").fill("11:00")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert free(make, place) == [at(9), at(9, 30), at(10), at(10, 30)]


def test_a_draft_is_there_on_return_and_merged_with_what_was_saved_since(
    visitors: Visitors, make: Make
) -> None:
    place = make.place()
    page = visitors.open("/settings", make.operator())
    put_hours(page, place, "09:00", "10:00")
    page.goto(publish(place))
    length = page.get_by_label("Length of a slot in minutes")
    length.fill("15")
    page.get_by_role("radio", name="One slot").click()
    expect(page.get_by_role("button", name="Publish slot")).to_be_visible()
    page.get_by_role("radio", name="Schedule").click()
    expect(length).to_have_value("15")
    page.reload()
    expect(length).to_have_value("15")
    expect(page.get_by_text("There are changes that are not saved.")).to_be_visible()

    path = f"/api/v1/providers/{place.provider_id}/schedule"
    kept = page.context.request.get(path).json()
    kept["weekly"][0]["end"] = "11:00"
    assert page.context.request.put(path, data=kept).status == 200
    page.reload()
    page.get_by_role("button", name="Save schedule").click()
    dialog = page.get_by_role("dialog", name="Somebody changed the schedule meanwhile")
    dialog.get_by_role("button", name="Save this").click()
    page.get_by_role("button", name="Yes, save it").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()
    saved = page.context.request.get(path).json()
    assert (saved["weekly"], saved["slotMinutes"]) == (kept["weekly"], 15)
    page.reload()
    expect(page.get_by_text("A change takes effect at once.")).to_be_visible()


def test_a_holiday_is_one_entry_and_a_night_one_line(visitors: Visitors, make: Make) -> None:
    place = make.place()
    page = visitors.open(publish(place), make.operator(), size=PHONE)
    day = f"{at(12):%A}"
    page.get_by_role("button", name=f"Hours {day}").click()
    page.get_by_label(f"{day}: From").fill("22:00")
    page.get_by_label(f"{day}: To").fill("22:00")
    expect(page.get_by_text("The end must differ from the start.")).to_be_visible()
    page.get_by_label(f"{day}: To").fill("02:00")
    expect(page.get_by_text("until 02:00 the next day")).to_be_visible()
    page.get_by_role("button", name="Add a day").click()
    page.get_by_label("First day").fill(day_key(days=AHEAD_DAYS + 5))
    last = page.get_by_label("Last day, if there are several")
    last.fill(day_key(days=AHEAD_DAYS + 4))
    expect(page.get_by_text("The last day must not be before the first")).to_be_visible()
    expect(page.get_by_role("button", name="Save schedule")).to_be_disabled()
    last.fill(day_key(days=AHEAD_DAYS + 20))
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, "schedule-range")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()
    saved = page.context.request.get(f"/api/v1/providers/{place.provider_id}/schedule").json()
    assert (saved["weekly"][0]["start"], saved["weekly"][0]["end"]) == ("22:00", "02:00")
    assert saved["exceptions"] == [
        {
            "from": day_key(days=AHEAD_DAYS + 5),
            "to": day_key(days=AHEAD_DAYS + 20),
            "closed": True,
        }
    ]
    published = make.all(
        "SELECT start_at FROM slots WHERE provider_id = %s AND start_at < %s ORDER BY start_at",
        place.provider_id,
        at(12, days=AHEAD_DAYS + 1),
    )
    assert [row["start_at"] for row in published] == [
        at(22 + half // 2, 30 * (half % 2)) for half in range(4)
    ] + [at(half // 2, 30 * (half % 2), days=AHEAD_DAYS + 1) for half in range(4)]


def test_an_afternoon_is_blocked_and_cleared_in_one_step(visitors: Visitors, make: Make) -> None:
    place = make.place()
    make.slots(place, 4, at(13))
    booked = make.appointment(make.client(), place, make.slot(place, at(15)))
    page = visitors.open(publish(place, "bulk"), make.operator())
    page.get_by_label("From day").fill(day_key())
    page.get_by_label("To day").fill(day_key())
    page.get_by_label("To time").fill("11:00")
    expect(page.get_by_text("The end must be after the start")).to_be_visible()
    page.get_by_label("To time").fill("18:00")
    page.get_by_label("Reason").fill("Training")
    page.get_by_role("button", name="Block slots").click()
    expect(page.get_by_text("4 slots changed")).to_be_visible()
    link = page.get_by_role("status").filter(has_text="1 stays as it is:").get_by_role("link")
    expect(link).to_have_attribute("href", f"/appointments/{booked}")
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, "schedule-bulk")
    page.get_by_label("Action").select_option("Delete")
    page.get_by_role("button", name="Delete slots").click()
    question = page.get_by_role("dialog", name="Delete these slots?")
    expect(question).to_contain_text("12:00")
    no_barriers(page)
    statuses = "SELECT status::text FROM slots WHERE provider_id = %s AND deleted_at IS NULL"
    left = [row["status"] for row in make.all(statuses, place.provider_id)]
    assert sorted(left) == ["blocked"] * 4 + ["booked"]
    question.get_by_role("button", name="Yes, delete them").click()
    expect(question).to_have_count(0)
    assert make.all(statuses, place.provider_id) == [{"status": "booked"}]


def test_the_administrator_hears_what_a_change_leaves(visitors: Visitors, make: Make) -> None:
    place = make.place()
    page, booked = window(visitors, make, place, make.admin())
    page.goto("/admin/catalogue")
    name = make.one("SELECT name FROM providers WHERE id = %s", place.provider_id)["name"]
    page.get_by_role("button", name=f"Edit {name}", exact=True).click()
    page.get_by_label("Takes bookings now").uncheck()
    page.get_by_label("Time zone").select_option("Europe/London")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("dialog", name=f"{name} is saved")
    expect(told).to_contain_text("1 appointment to come stays.")
    expect(told).to_contain_text("Free times were laid out again.")
    expect(told.get_by_role("link")).to_have_attribute("href", f"/appointments/{booked}")
    expect(told.get_by_role("link")).to_contain_text("08:30")
    no_barriers(page)
    look(page, "schedule-after")
    told.get_by_role("button", name="Understood").click()
    expect(told).to_have_count(0)
