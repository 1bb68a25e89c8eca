"""The delivery engine on a real database, driven by hand."""

from datetime import time

import pytest

from holdfast.deliveries.engine import Plan
from tests.deliveries.drive import Drive
from tests.support.make import Make


@pytest.fixture
def drive(make: Make) -> Drive:
    return Drive(make, Plan(("email", "push", "sms"), 0.0, time(21), time(8)))
