"""The AsyncAPI document says what is sent, and only that (SPEC §5)."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from holdfast.realtime import asyncapi
from holdfast.realtime.schemas import EVENTS
from tests.realtime.node import packages
from tests.realtime.support import Live, is_documented
from tests.support.make import Make, soon
from tests.support.server import run_command

DOCUMENT = asyncapi.document()


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [each for inner in value.values() for each in references(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in references(inner)]
    return []


def test_it_can_be_exported(tmp_path: Path) -> None:
    done = run_command(tmp_path, "export", "asyncapi")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == DOCUMENT


def test_it_is_an_asyncapi_3_document() -> None:
    schemas = packages() / "node_modules" / "@asyncapi" / "specs" / "schemas"
    specification = jsonschema_rs.validator_for(json.loads((schemas / "3.0.0.json").read_text()))
    assert [error.message for error in specification.iter_errors(DOCUMENT)] == []
    broken = {**DOCUMENT, "operations": {"x": {"action": "shout"}}}
    assert not specification.is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_event_is_sent_on_some_channel() -> None:
    sent = {
        name
        for channel in ("appointment", "userBookings", "providerBookings", "availability")
        for name in DOCUMENT["channels"][channel]["messages"]
    }
    assert sent == set(EVENTS)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("no-such-event", {}),
        ("lock-released", {"channel": "x", "sequence": 1, "appointmentId": "y", "reason": "tired"}),
        ("cursor-gone", {}),
    ],
)
def test_what_is_wrong_is_noticed(event: str, data: dict[str, Any]) -> None:
    assert not is_documented(event, data)


async def test_every_event_is_sent_and_is_what_the_document_says(live: Live, make: Make) -> None:
    """One calendar on which everything happens that there is to tell of."""
    place, client, staff, admin = make.place(), make.client(), make.operator(), make.admin()
    slots = make.slots(place, 4, soon(days=2))
    async with (
        live.listener(admin, transports=["websocket"]) as listener,
        live.listener(staff, transports=["websocket"]) as moving,
    ):

        async def do(method: str, path: str, user: Any = admin, **request: Any) -> Any:
            answer = await live.api.request(method, f"/appointments{path}", user, **request)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

        async def listen(id: str) -> str:
            await listener.subscribe(f"appointment.{id}", 0)
            return f"/{id}"

        for what in ("bookings", "availability"):
            await listener.subscribe(f"provider.{place.provider_id}.{what}")
        first = await live.api.booked(client, place, slots[0])
        path = await listen(first["id"])
        await do("PATCH", path, json={"notes": "x", "version": 1})
        reserved = (await live.api.reserve(client, place, slots[1])).json()
        token = {"reservationToken": reserved["reservationToken"]}
        await do("POST", f"{path}/reschedule", client, json=token, key="new")

        await do("POST", f"{path}/acquire-lock", staff)
        await do("POST", f"{path}/acquire-lock", staff)
        # Whoever says that it has seen 999 is not told what came before.
        await listener.until(lambda: any(event == "lock-update" for event, _ in listener.told))
        for each in (listener, moving):
            await each.subscribe(f"appointment.{first['id']}", 999)
        asked = {"appointmentId": first["id"]}
        assert (await listener.call("request-takeover", asked))["ok"]
        cursor = {**asked, "position": {"x": 1, "y": 2}}
        assert (await moving.call("cursor-position", cursor))["ok"]
        assert (await moving.call("unsubscribe", first["id"]))["ok"]
        await do("POST", f"{path}/take-over-lock")
        await do("DELETE", f"{path}/release-lock")

        version = (await live.api.get(f"/appointments{path}", admin)).json()["version"]
        await do("DELETE", path, json={"version": version})
        await do("POST", f"{path}/restore")
        make.begin(first["id"], minutes_ago=60)
        await do("POST", f"{path}/complete")
        absent = await live.api.booked(client, place, slots[2])
        make.begin(absent["id"])
        await do("POST", f"{await listen(absent['id'])}/no-show")
        start = datetime.fromisoformat(first["start"]) + timedelta(days=9)
        asked_for = (await live.api.book_at(client, place, start, ifUnavailable="request")).json()
        assert asked_for["status"] == "requested"
        await do("POST", f"{await listen(asked_for['id'])}/cancel", client, json={}, key="new")

        await listener.until(lambda: {event for event, _ in listener.told} >= EVENTS.keys())
        assert {event for event, _ in listener.told} == EVENTS.keys()
        assert listener.undocumented == []
