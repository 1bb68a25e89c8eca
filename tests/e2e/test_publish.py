"""Publishing (SPEC §8): schedules, and slots one by one or many at once."""

import pytest
from playwright.sync_api import Route, ViewportSize, expect

from tests.e2e.days import AHEAD_DAYS, at, day_key, times
from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.make import Make, Place


def publish(place: Place, what: str) -> str:
    return f"/publish?provider={place.provider_id}&do={what}"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_schedule_and_its_slots(
    visitors: Visitors, make: Make, size: ViewportSize, theme: Theme
) -> None:
    place = make.place()
    weekday = f"{at(12):%A}"
    page = visitors.open(publish(place, "schedule"), make.operator(), size=size, theme=theme)
    expect(page.get_by_text("has no schedule yet")).to_be_visible()
    page.get_by_role("button", name=f"Hours {weekday}").click()
    page.get_by_label(f"{weekday}: To").fill("09:00")
    expect(page.get_by_text("The end must differ from the start.")).to_be_visible()
    expect(page.get_by_role("button", name="Save schedule")).to_be_disabled()
    page.get_by_label(f"{weekday}: To").fill("12:00")
    page.get_by_role("button", name=f"Break {weekday}").click()
    page.get_by_label(f"{weekday}, Break: From").fill("10:00")
    page.get_by_label(f"{weekday}, Break: To").fill("10:30")
    page.get_by_role("button", name="Add a day").click()
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, f"publish-schedule-{theme}-{size['width']}")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()

    page.get_by_role("radio", name="Generate").click()
    # The schedule's closed days have fields of these names, too, until the tab has changed.
    expect(page.get_by_role("button", name="Generate slots")).to_be_visible()
    # Behind the days that the schedule has published at once.
    page.get_by_label("First day").fill(day_key(days=AHEAD_DAYS + 35))
    page.get_by_label("Last day").fill(day_key(days=AHEAD_DAYS + 35))
    page.get_by_role("button", name="Generate slots").click()
    expect(page.get_by_role("status").filter(has_text="new")).to_contain_text("5")
    no_barriers(page)
    no_sideways_scrolling(page)
    row = make.one(
        "SELECT count(*) AS count, min(start_at) AS first, max(start_at) > %s AS is_far "
        "FROM slots WHERE provider_id = %s",
        at(9, days=AHEAD_DAYS + 35),
        place.provider_id,
    )
    # The first week to come, the three or four after it, and the day that was generated.
    assert row in ({"count": count, "first": at(9), "is_far": True} for count in (25, 30))


def test_hours_are_not_added_before_the_places_are_known(visitors: Visitors, make: Make) -> None:
    place = make.place()
    page = visitors.context().new_page()
    visitors.sign_in(page.context, make.operator())
    held: list[Route] = []
    page.route("**/api/v1/facilities?*", lambda route: held.append(route))
    page.goto(publish(place, "schedule"))
    expect(page.get_by_role("radio", name="Schedule")).to_be_visible()
    expect(page.get_by_text("Loading")).to_be_attached()
    expect(page.get_by_role("button", name="Hours Monday")).to_have_count(0)
    for route in held:
        route.continue_()
    page.get_by_role("button", name="Hours Monday").click()
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()


def test_a_schedule_that_changed_meanwhile_is_merged(visitors: Visitors, make: Make) -> None:
    place = make.place()
    operator = make.operator()
    page = visitors.open("/settings", operator)
    path = f"/api/v1/providers/{place.provider_id}/schedule"
    monday = {
        "weekday": 1,
        "start": "09:00",
        "end": "12:00",
        "facilityId": str(place.facility_id),
    }
    put = page.context.request.put
    assert put(path, data={"weekly": [monday], "slotMinutes": 30}).status == 201
    page.goto(publish(place, "schedule"))
    page.get_by_label("Length of a slot in minutes").fill("45")
    longer = {**monday, "end": "13:00"}
    theirs = put(path, data={"weekly": [longer], "slotMinutes": 30, "version": 1})
    assert theirs.status == 200, theirs.text()

    page.get_by_role("button", name="Save schedule").click()
    dialog = page.get_by_role("dialog", name="Somebody changed the schedule meanwhile")
    expect(dialog).to_contain_text(times("Monday 09:00-13:00"))
    no_barriers(page)
    look(page, "publish-merge")
    dialog.get_by_role("button", name="Save this").click()
    # Their free slots of half an hour go.
    page.get_by_role("button", name="Yes, save it").click()
    expect(page.get_by_text("The schedule is saved")).to_be_visible()
    kept = page.context.request.get(path).json()
    assert (kept["weekly"], kept["slotMinutes"], kept["version"]) == ([longer], 45, 3)


def test_one_slot(visitors: Visitors, make: Make) -> None:
    place = make.place()
    page = visitors.open(publish(place, "one"), make.operator())
    page.get_by_label("Day", exact=True).fill(day_key())
    page.get_by_label("From").fill("18:00")
    page.get_by_label("To", exact=True).fill("18:45")
    no_barriers(page)
    page.get_by_role("button", name="Publish slot").click()
    expect(page.get_by_text("Published for")).to_be_visible()
    page.get_by_role("button", name="Publish slot").click()
    expect(page.get_by_role("alert")).to_contain_text("Another slot of this provider")
    slots = make.all("SELECT start_at, end_at FROM slots WHERE provider_id = %s", place.provider_id)
    assert slots == [{"start_at": at(18), "end_at": at(18, 45)}]
