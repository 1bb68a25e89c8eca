"""Booking against the removal of what is booked: one of them waits, none is left hanging."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from holdfast.kernel.ids import new_id
from tests.concurrency.pairs import waits
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, soon

DEADLINE_SECONDS = 20.0
REMOVALS: dict[str, Callable[[Place], UUID]] = {
    "provider": lambda place: place.provider_id,
    "service": lambda place: place.service_id,
    "facility": lambda place: place.facility_id,
}


@pytest.mark.parametrize("what", REMOVALS)
@pytest.mark.parametrize("reserved", [True, False])
def test_a_booking_that_waited_for_a_removal_is_refused(
    database: TestDatabase, make: Make, what: str, reserved: bool
) -> None:
    place, client = make.place(), make.client()
    start = soon(days=2)
    slot_id = make.slot(place, start)
    reservation_id = new_id()
    actor = client.actor.as_parameter()
    if reserved:
        make.one(
            "SELECT outcome FROM reserve_slot(%s, %s, %s, %s, %s, %s, 120, 3)",
            actor,
            reservation_id,
            slot_id,
            place.provider_id,
            place.service_id,
            client.id,
        )
    outcome: list[str] = []
    with (
        Connection[DictRow].connect(database.owner_url, row_factory=dict_row) as one,
        Connection[DictRow].connect(database.owner_url, row_factory=dict_row) as two,
    ):

        def book() -> None:
            if reserved:
                row = two.execute(
                    "SELECT outcome FROM book_reservation(%s, %s, %s, 'normal', NULL)",
                    [actor, new_id(), reservation_id],
                ).fetchone()
            else:
                row = two.execute(
                    "SELECT outcome FROM book_directly(%s, %s, %s, %s, %s, %s, %s, NULL, "
                    "'normal', NULL, 'request')",
                    [
                        actor,
                        new_id(),
                        client.id,
                        place.provider_id,
                        place.service_id,
                        place.facility_id,
                        start,
                    ],
                ).fetchone()
            assert row is not None
            outcome.append(row["outcome"])
            two.commit()

        # What a removal does first, and what makes the thing invisible.
        table = {"provider": "providers", "service": "services", "facility": "facilities"}[what]
        one.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE", [REMOVALS[what](place)])  # pyright: ignore
        one.execute(
            f"UPDATE {table} SET deleted_at = clock_timestamp() WHERE id = %s",  # pyright: ignore
            [REMOVALS[what](place)],
        )
        thread = threading.Thread(target=book)
        thread.start()
        assert waits(make, two.info.backend_pid, thread)
        one.commit()
        thread.join(DEADLINE_SECONDS)
    assert outcome == ["no_longer_offered" if reserved else "not_offered"]
    assert make.one("SELECT count(*) AS n FROM appointments")["n"] == 0
