"""The catalogue of events is true: of what it says and of what is sent (SPEC-deliveries §5)."""

from pathlib import Path

import jsonschema_rs
import pytest

from holdfast.channels.webhooks.catalogue import EVENT_TYPES
from holdfast.events.cloudevents import APPOINTMENT_FIELDS, data_of
from tests.support.api import Api
from tests.support.make import Make, User

# Of an appointment, what is read over the API only.
HIDDEN = {"userName", "notes"}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_an_example_fits_its_schema(name: str) -> None:
    known = EVENT_TYPES[name]
    assert jsonschema_rs.meta.is_valid(dict(known.schema))
    jsonschema_rs.validate(dict(known.schema), dict(known.example), validate_formats=True)


async def test_the_catalogue_is_served(api: Api, admin: User) -> None:
    answer = await api.get("/event-types", admin)
    assert answer.status_code == 200
    assert [item["name"] for item in answer.json()["items"]] == list(EVENT_TYPES)
    assert answer.content == (await api.get("/webhook-endpoints/event-types", admin)).content
    for item in answer.json()["items"]:
        assert item["schema"] and item["example"] and item["description"]


async def test_each_field_of_an_appointment_is_told_or_hidden(make: Make) -> None:
    """A new field has to be thought about here."""
    place = make.place()
    appointment = make.appointment(make.client(), place, make.slot(place))
    row = make.one(
        "SELECT appointment_document(a) AS d FROM appointments AS a WHERE id = %s", appointment
    )
    assert set(row["d"]) == APPOINTMENT_FIELDS | HIDDEN
    schema = EVENT_TYPES["booking.confirmed"].schema
    assert set(schema["properties"]["updates"]["properties"]) == APPOINTMENT_FIELDS


@pytest.mark.parametrize("field", sorted(HIDDEN | {"client", "email", "phone", "comments", "new"}))
def test_what_is_not_named_is_left_out(field: str) -> None:
    payload = {
        "appointmentId": "a",
        "version": 2,
        "userId": "u",
        "providerId": "p",
        "previousProviderId": None,
        field: "SECRET",
        "updates": {"status": "confirmed", field: "SECRET"},
        "whole": {"id": "a", field: "SECRET"},
        "lock": {"userId": "u", "version": 1, "userInfo": {field: "SECRET"}, field: "SECRET"},
    }
    assert data_of("bookings", payload, None)["updates"] == {"status": "confirmed"}
    timeslot = {**payload, "timeslotId": "t", "start": "2026-03-02T23:30:00Z", "status": "held"}
    for topic, sent in (("bookings", payload), ("availability", timeslot), ("locks", payload)):
        assert "SECRET" not in str(data_of(topic, sent, "Europe/Berlin"))
    assert data_of("availability", timeslot, "Europe/Berlin")["date"] == "2026-03-03"


def test_the_document_lists_every_type() -> None:
    text = (Path(__file__).parents[3] / "docs/webhooks.md").read_text(encoding="utf-8")
    for name in EVENT_TYPES:
        assert f"`{name}`" in text, name
