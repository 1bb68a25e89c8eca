"""Every screen of the app with something on it: no barriers, nothing cut off, no complaint.

The screens are a table; a new route of the app needs a line in it. Each is opened once for each
theme, wide and narrow.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page, expect

from holdfast.notifications.links import Links
from tests.deliveries.rows import attempt, delivery, endpoint
from tests.e2e.days import AHEAD_DAYS, at, day_key
from tests.e2e.support import (
    DESKTOP,
    PHONE,
    Theme,
    Visitors,
    look,
    no_barriers,
    no_sideways_scrolling,
)
from tests.support.appointments import appointment
from tests.support.make import SECRET_KEY, Make, User

ROUTES = Path(__file__).parents[2] / "web" / "src" / "app" / "routes.tsx"


class World:
    """A place where something of everything has happened."""

    def __init__(self, make: Make, url: str) -> None:
        self.make = make
        self.url = url
        self.place = make.place()
        self.client = make.client("Wanda World")
        self.operator = make.operator(self.place.provider_id)
        self.admin = make.user("admin", name="Ada World")
        self.slots = [make.slot(self.place, at(hour)) for hour in (8, 9, 10, 11)]
        self.coming = make.appointment(self.client, self.place, self.slots[1])
        self.past = appointment(make, self.place, self.client, at(9, days=-3), status="completed")
        self.request = appointment(make, self.place, self.client, at(15), priority="urgent")
        self.cancelled = appointment(make, self.place, self.client, at(16), status="cancelled")
        self.ask(self.admin, "POST", f"/appointments/{self.past}/acquire-lock")
        hours = {
            # Not the day that the other screens look at: a worker publishes these hours.
            "weekday": at(12, days=AHEAD_DAYS + 1).isoweekday(),
            "start": "09:00",
            "end": "17:00",
            "facilityId": str(self.place.facility_id),
        }
        self.ask(
            self.admin,
            "PUT",
            f"/providers/{self.place.provider_id}/schedule",
            json={"weekly": [hours], "breaks": [], "exceptions": [], "slotMinutes": 30},
        )
        comment = {"body": "Prefers mornings"}
        self.ask(self.operator, "POST", f"/appointments/{self.coming}/comments", json=comment)

        self.dead = delivery(make, state="dead", user_id=self.client.id, appointment_id=self.coming)
        attempt(make, self.dead, outcome="refused", code="550", excerpt="5.1.1 no such box")
        self.endpoint = endpoint(make)
        make.db.execute(
            "UPDATE webhook_endpoints SET description = 'Practice software' WHERE id = %s",
            [self.endpoint],
        )

    def ask(self, user: User, method: str, path: str, **more: Any) -> Any:
        answer = httpx.request(
            method, f"{self.url}/api/v1{path}", headers=user.auth, timeout=60, **more
        )
        assert answer.is_success, answer.text
        return answer.json()

    @cached_property
    def secret(self) -> str:
        shared = self.ask(self.client, "POST", f"/appointments/{self.coming}/share")
        return shared["secret"]

    @property
    def link(self) -> str:
        """Where a mail about the coming appointment leads."""
        row = self.make.one("SELECT end_at FROM appointments WHERE id = %s", self.coming)
        links = Links("", [SECRET_KEY])
        return links.manage_url(UUID(str(self.coming)), self.client.id, 1, row["end_at"])

    @property
    def service(self) -> str:
        query = "SELECT title FROM services WHERE id = %s"
        return self.make.one(query, self.place.service_id)["title"]

    @property
    def provider(self) -> str:
        query = "SELECT name FROM providers WHERE id = %s"
        return self.make.one(query, self.place.provider_id)["name"]


Text = Callable[[World], str]


@dataclass(frozen=True)
class Screen:
    """A screen of the app.

    Attributes:
        route: its path as routes.tsx has it ("" for the start page).
        who: whose window it is opened in; None for nobody's.
        shows: a text that is there when its data is.
        path: its address, where the route has parameters or needs a query.
    """

    route: str
    who: str | None
    shows: Text
    path: Text | None = None

    @property
    def name(self) -> str:
        plain = re.sub(r"\W+", "-", self.route).strip("-") or "start"
        return f"{plain}-{self.who or 'nobody'}"

    def address(self, world: World) -> str:
        return self.path(world) if self.path else f"/{self.route}"


def says(text: str) -> Text:
    return lambda _: text


def coming(world: World) -> str:
    return f"/appointments/{world.coming}"


def of_service(world: World) -> str:
    return f"/find?service={world.place.service_id}"


def of_slot(world: World) -> str:
    query = {
        "providerId": str(world.place.provider_id),
        "serviceId": str(world.place.service_id),
        "start": at(10).astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    return f"/book/{world.slots[2]}?{urlencode(query)}"


def that_day(path: str) -> Text:
    return lambda _: f"{path}?day={day_key()}"


def a_dead_letter(world: World) -> str:
    return f"/admin/deliveries/{world.dead}"


def an_endpoint(world: World) -> str:
    return f"/admin/webhooks/{world.endpoint}"


# fmt: off
SCREENS = [
    Screen("", None, lambda w: w.service),
    Screen("find", None, says("3 free times"), of_service),
    Screen("sign-in", None, says("New here?")),
    Screen("sign-up", None, says("Password")),
    Screen("forgot-password", None, says("Email")),
    Screen("reset-password", None, says("Password"), says("/reset-password?token=unknown")),
    Screen("shared/:secret", None, lambda w: w.service, lambda w: f"/shared/{w.secret}"),
    Screen("m/:token", None, lambda w: w.service, lambda w: w.link),
    Screen("*", None, says("There is no such page"), says("/nowhere")),
    Screen("upcoming", "client", lambda w: w.service),
    Screen("history", "client", lambda w: w.service),
    Screen("appointments/:appointmentId", "client", lambda w: w.service, coming),
    Screen("book/:timeslotId", "client", lambda w: w.provider, of_slot),
    Screen("settings", "client", says("Look")),
    Screen("messages", "client", says("Appointment confirmed")),
    Screen("calendar", "operator", says("Wanda World"), that_day("/calendar")),
    Screen("calendar/print", "operator", says("Wanda World"), that_day("/calendar/print")),
    Screen("requests", "operator", says("Wanda World")),
    Screen("appointments", "operator", says("Wanda World")),
    Screen("publish", "operator", says("Length of a slot in minutes")),
    Screen("calendars", "operator", says("No calendar is connected")),
    Screen("appointments/:appointmentId", "operator", says("Prefers mornings"), coming),
    Screen("admin/users", "admin", says("Ada World")),
    Screen("admin/catalogue", "admin", lambda w: w.provider),
    Screen("admin/edit-locks", "admin", says("Ada World")),
    Screen("admin/deliveries", "admin", lambda w: w.client.email),
    Screen("admin/deliveries/:deliveryId", "admin", says("Refused for good"), a_dead_letter),
    Screen("admin/webhooks", "admin", says("Practice software")),
    Screen("admin/webhooks/:endpointId", "admin", says("What it is told"), an_endpoint),
    Screen("admin/templates", "admin", says("Built-in words")),
    Screen("admin/integrity", "admin", says("Open slots do not overlap")),
    Screen("admin/analytics", "admin", says("Moves refused")),
    Screen("admin/audit", "admin", says("Only by them")),
]
# fmt: on
WHO = ("nobody", "client", "operator", "admin")


@pytest.fixture(scope="module")
def world(make: Make, site: Any) -> World:
    return World(make, site.url)


def check(page: Page, name: str) -> None:
    expect(page.get_by_text("Loading")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    no_barriers(page)
    no_sideways_scrolling(page)
    look(page, name)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("who", WHO)
def test_a_screen_keeps_nobody_out(
    visitors: Visitors, world: World, subtests: pytest.Subtests, who: str, theme: Theme
) -> None:
    page = visitors.open("/nowhere", getattr(world, who, None), theme=theme)
    for screen in SCREENS:
        if (screen.who or "nobody") != who:
            continue
        with subtests.test(screen.name):
            page.set_viewport_size(DESKTOP)
            page.goto(screen.address(world))
            expect(page.get_by_text(screen.shows(world)).first).to_be_visible()
            check(page, f"{screen.name}-{theme}-desktop")
            page.set_viewport_size(PHONE)
            check(page, f"{screen.name}-{theme}-phone")


def test_every_route_is_in_the_table() -> None:
    text = ROUTES.read_text(encoding="utf-8")
    routes = {*re.findall(r'^    \[\s*"([^"]+)",', text, re.MULTILINE)}
    routes |= {*re.findall(r'path="([^"]+)"', text), ""}
    assert routes == {screen.route for screen in SCREENS}
