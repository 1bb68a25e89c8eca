"""The delivery engine on a real database, driven by hand."""

from collections.abc import Iterator
from datetime import time

import pytest

from holdfast.deliveries.engine import Plan
from tests.deliveries.drive import Drive
from tests.support.kafka import kafka, kafka_url
from tests.support.make import Make

__all__ = ["kafka", "kafka_url"]


@pytest.fixture
def bus() -> str:
    """What is planned from; who imports it from tests/deliveries/both.py has both."""
    return "log"


@pytest.fixture
def drive(make: Make, bus: str, request: pytest.FixtureRequest) -> Iterator[Drive]:
    plan = Plan(("email", "push", "sms"), 0.0, time(21), time(8))
    if bus == "log":
        yield Drive(make, plan)
        return
    from tests.deliveries.bus import KafkaDrive

    drive = KafkaDrive(make, plan, request.getfixturevalue("kafka_url"))
    yield drive
    drive.close()
