"""What stays in a browser's storage: nothing about other people, and nothing after sign-out."""

from uuid import UUID

from playwright.sync_api import Page, expect

from tests.e2e.days import at, day_key
from tests.e2e.support import Visitors, until
from tests.support.make import Make, Place

NOTES = "Afraid of needles"
KEPT = "JSON.stringify([localStorage, sessionStorage].map((one) => ({...one})))"


def kept(page: Page) -> str:
    """All that lies in the storage of the page's browser and tab."""
    return page.evaluate(KEPT)


def edit(page: Page, appointment_id: UUID) -> None:
    """Type notes into the editor, and do not save them."""
    page.goto(f"/appointments/{appointment_id}")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Notes").fill(NOTES)
    until(page, "Object.values(sessionStorage).some((text) => text.includes(argument))", NOTES)


def sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Account of {name}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def provider_name(make: Make, place: Place) -> str:
    return make.one("SELECT name FROM providers WHERE id = %s", place.provider_id)["name"]


def test_what_staff_see_of_others_is_not_kept(visitors: Visitors, make: Make) -> None:
    place, client = make.place(), make.client("Nora Nevertold")
    appointment_id = make.appointment(client, place, make.slot(place, at(10)))
    page = visitors.open("/appointments", make.operator(place.provider_id))
    for path in ("/appointments", f"/calendar?day={day_key()}", f"/appointments/{appointment_id}"):
        page.goto(path)
        expect(page.get_by_text(client.name).first).to_be_visible()
    # The catalogue was kept after all that had been seen.
    page.get_by_role("link", name="Publish").first.click()
    expect(page.get_by_role("heading", level=1, name="Publish")).to_be_visible()
    until(page, "(localStorage['holdfast.queries'] ?? '').includes(argument)", "providers")
    assert client.name not in kept(page)


def test_unsaved_text_goes_with_whoever_signs_out(visitors: Visitors, make: Make) -> None:
    place, operator = make.place(), make.operator()
    first, second = (
        make.appointment(make.client(), place, make.slot(place, at(hour))) for hour in (10, 11)
    )
    page = visitors.open("/appointments", operator)
    other = page.context.new_page()
    edit(page, first)
    edit(other, second)
    sign_out(page, operator.name)
    assert NOTES not in kept(page)
    # The other tab hears of it, whether it is looked at or not.
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    assert NOTES not in kept(other)


def test_unsaved_text_waits_for_whom_the_server_forgot(visitors: Visitors, make: Make) -> None:
    """A session that ends by itself takes nothing away from who comes back."""
    place, operator = make.place(), make.operator()
    appointment_id = make.appointment(make.client(), place, make.slot(place, at(10)))
    page = visitors.open("/appointments", operator)
    edit(page, appointment_id)
    # The live connection of somebody whom the server does not know is cut.
    visitors.is_offline_expected = True
    page.context.clear_cookies()
    page.goto("/sign-in")
    assert NOTES in kept(page)
    visitors.sign_in(page.context, operator)
    page.goto(f"/appointments/{appointment_id}")
    expect(page.get_by_label("Notes")).to_have_value(NOTES)
    # Somebody else at the same window gets none of it.
    page.context.clear_cookies()
    visitors.sign_in(page.context, make.operator())
    page.goto(f"/appointments/{appointment_id}")
    expect(page.get_by_role("heading", name="Details")).to_be_visible()
    until(page, "!Object.values(sessionStorage).some((text) => text.includes(argument))", NOTES)


def test_signing_out_by_palette_asks_for_what_is_not_booked(visitors: Visitors, make: Make) -> None:
    place, client = make.place(), make.client()
    appointment_id = make.appointment(client, place, make.slot(place, at(10)))
    page = visitors.open(f"/appointments/{appointment_id}", client)
    expect(page.get_by_role("button", name="Cancel appointment")).to_be_visible()
    visitors.is_offline_expected = True
    page.route("**/cancel", lambda route: route.abort())
    page.get_by_role("button", name="Cancel appointment").click()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("1 change is not booked yet")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("option", name="Sign out").click()
    dialog = page.get_by_role("dialog", name="Sign out and discard changes?")
    dialog.get_by_role("button", name="Discard and sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert str(appointment_id) not in kept(page)
