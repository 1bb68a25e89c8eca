"""A server that has an SMS gateway and sends push messages."""

import pytest

from holdfast.config import Settings
from tests.deliveries.phones.people import SETTINGS


@pytest.fixture
def settings() -> Settings:
    return SETTINGS
