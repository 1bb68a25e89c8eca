"""Loading the demo data into a database that is up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.kernel.errors import Refusal
from holdfast.runtime.database import Place, reachable
from holdfast.runtime.errors import CannotRun

if TYPE_CHECKING:
    from holdfast.demo import DemoSummary


def load_demo_into(place: Place) -> DemoSummary:
    """Add what the demo lacks.

    Raises:
        CannotRun: the database cannot be used.
    """
    from holdfast.demo import load_demo  # much code, which a server without a demo never needs

    try:
        with reachable():
            return load_demo(place.server_url)
    except Refusal as refusal:
        raise CannotRun(refusal.detail) from None
