"""What clients do, who have years of reservations and appointments, of which some are counted."""

from typing import Any

from psycopg.types.json import Jsonb

from holdfast.appointments.store_writes import Write
from holdfast.kernel.actor import Actor
from tests.sql import large
from tests.sql.calls import BUSY, FREE, NEW, REGULAR, SERVICE, TOMORROW, Case, actor
from tests.sql.calls_writes import NEW_BOOKING, call, keyed, together
from tests.sql.large import key

CLIENT = Actor(REGULAR, "client", "Anna", "anna@mail.test")
OTHERS = [
    Actor(key(large.USER, number), "client", "Ben", "ben@mail.test") for number in (1001, 1003)
]
# Five reservations of this client are live, and two of the last hour led to nothing.
GENEROUS = {"ttl_seconds": 120, "live_limit": 6, "idle_limit": 3}
OWN_HOLD = key(large.RESERVATION, 150_000)
OWN_APPOINTMENT = key(large.SLOT, 135_897)
# Of some thousand appointments that this client has to come, as many are counted.
LIMITS = {"appointments": 20, "requests": 20}
# What this client has in a day, where what overlaps is looked for.
A_DAY = 45


def reserve(outcome: str, **limits: int) -> Case:
    """A refusal looks a second time, for when it passes."""
    return Case(
        {
            **actor(CLIENT),
            "reservation_id": NEW,
            "slot_id": FREE,
            "provider_id": BUSY,
            "service_id": SERVICE,
            "user_id": CLIENT.id,
            **GENEROUS,
            **limits,
        },
        reads=50,
        outcomes=(outcome,),
    )


def reserve_together(*clients: Actor) -> Case:
    """Each another slot of the day."""
    return Case(
        {
            "requests": Jsonb(
                [
                    {
                        "actor": client.facts(),
                        "id": str(key(large.OTHER, number)),
                        "slot": str(key(large.SLOT, 150_105 + 5 * number)),
                        "provider": str(BUSY),
                        "service": str(SERVICE),
                        "user": str(client.id),
                    }
                    for number, client in enumerate(clients)
                ]
            ),
            **GENEROUS,
            "waits": False,
        },
        reads_per_row=50,
        rows=len(clients),
        outcomes=("reserved",) * len(clients),
    )


def book(**limits: Any) -> Write:
    return Write("book", CLIENT, NEW, {**NEW_BOOKING, "reservation": OWN_HOLD, "limits": limits})


def book_directly(hour: int) -> Write:
    return Write(
        "book_directly",
        CLIENT,
        NEW,
        {
            **NEW_BOOKING,
            "user": CLIENT.id,
            "provider": BUSY,
            "service": SERVICE,
            "start": TOMORROW.replace(hour=hour, minute=0, second=0, microsecond=0),
            "ifUnavailable": "request",
            "limits": LIMITS,
        },
    )


MOVE = Write("reschedule", CLIENT, OWN_APPOINTMENT, {"reservation": OWN_HOLD})
# With the outcome and what each may read.
WRITES: list[tuple[Write, str, int]] = [
    (book(), "booked", 25 + A_DAY),
    (book(**LIMITS), "too_many_appointments", 25 + 20),
    # A look at the slots of a day besides. By day this client is elsewhere.
    (book_directly(3), "requested", 80),
    (book_directly(9), "client_overlap", 80),
    (MOVE, "done", 40 + A_DAY),
]

RESERVE = "reservations/queries.sql"
WRITE = "appointments/queries.sql"
MORE_CAPS: list[tuple[str, str, Case]] = [
    (RESERVE, "reserve_slot", reserve("reserved")),
    (RESERVE, "reserve_slot", reserve("too_many_reservations", live_limit=5)),
    (RESERVE, "reserve_slot", reserve("too_many_idle", idle_limit=2)),
    (RESERVE, "reserve_slots", reserve_together(CLIENT, *OTHERS)),
    *(
        (WRITE, statement, case)
        for write, outcome, reads in WRITES
        for statement, case in (
            ("write", call(write.as_request(), reads, outcome)),
            ("write_once", call(keyed(write), reads + 5, outcome)),
        )
    ),
    (WRITE, "write_together", together(keyed(book()))),
]
