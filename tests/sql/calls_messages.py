"""The calls of messages and mail."""

from tests.sql.calls import BOOKED, HASH, LONG_STORY, NEW, REGULAR, Case

MESSAGES = {
    "facts": Case({"user_id": REGULAR, "appointment_id": BOOKED}, shows="appointment_id"),
    # 200 versions, and 500 deliveries about them.
    "changes": Case(
        {
            "appointment_id": LONG_STORY,
            "user_id": REGULAR,
            "channel": "email",
            "delivery_id": NEW,
            "position": 100,
        },
        reads=2500,
        rows=0,
    ),
    "endpoint": Case({"endpoint_id": NEW}, rows=0),
    "calendar": Case({"connection_id": NEW}, rows=0),
}
MAIL = {
    "reset_seconds": Case({"secret_hash": HASH}),
    "note_refused_address": Case({"user_id": REGULAR, "address": "x@y.test"}),
    "note_bounce": Case({"delivery_id": NEW, "wrong_addresses": []}),
}
