"""The AsyncAPI document says what is sent, and only that (SPEC §5)."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from holdfast.realtime import asyncapi
from holdfast.realtime.schemas import EVENTS
from tests.realtime.support import is_documented
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
