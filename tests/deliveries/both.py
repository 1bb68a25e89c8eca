"""For modules whose tests run on the log and on Kafka: they import this fixture."""

import pytest


@pytest.fixture(params=["log", "kafka"])
def bus(request: pytest.FixtureRequest) -> str:
    return request.param
