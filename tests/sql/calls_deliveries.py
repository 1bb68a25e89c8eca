"""The calls of the lists of deliveries (`deliveries/find.sql`)."""

from typing import Any

from psycopg.types.json import Jsonb

from holdfast.deliveries.find import LAST_NUMBER, Wanted
from tests.sql import large
from tests.sql.calls import ADMIN, DESK, LIMIT, LONG_STORY, REGULAR, Case, page
from tests.sql.large import DELIVERIES as ALL
from tests.sql.large import USER, key

SCAN = 500
ENDPOINT = key(large.OTHER, 1)
EVERY: dict[str, Any] = {
    "filter": Jsonb({}),
    "after": 0,
    "before": LAST_NUMBER,
    "scan": SCAN,
    "q": None,
}
STATES = ["pending", "sending", "sent", "dead", "suppressed", "uncertain", "expired"]
RARE = Wanted(purpose="no_show").as_parameter()

DELIVERIES = {
    "number_range": Case(
        {"first_id": key(large.OTHER, 1000), "end_id": key(large.OTHER, 2000)}, shows="after"
    ),
    "latest": page(2, **EVERY),
    # One purpose, of which one in seven hundred is, by all other values.
    "of_kinds": page(
        25,
        **EVERY,
        states=STATES,
        channels=["email", "sms", "push", "webhook", "caldav"],
        purposes=["no_show"],
    ),
    "of_appointment": page(3 * SCAN // LIMIT, **EVERY, target_id=LONG_STORY),
    "of_user": page(3 * SCAN // LIMIT, **EVERY, target_id=REGULAR),
    # A filter that the index does not have: one row says how far was looked. Every third delivery
    # is the endpoint's, so that all of them by their number do as well as its own.
    "of_endpoint": Case(
        {**EVERY, "filter": RARE, "target_id": ENDPOINT, "limit": LIMIT}, reads=3 * SCAN + LIMIT
    ),
    "people": Case({"q": "surname77", "limit": 501}, reads_per_row=3, rows=20),
    "of_people": page(
        25, **EVERY, user_ids=[key(USER, number) for number in range(1000, 1010)] + [REGULAR]
    ),
    "of_many_people": Case({**EVERY, "q": "anna", "limit": LIMIT}, reads=8 * SCAN, rows=LIMIT),
    "documents": Case(
        {"ids": [key(large.OTHER, ALL - 1000 + n) for n in range(20)], "view": "full"},
        reads_per_row=12,
        rows=20,
    ),
    "delivery": Case({"id": key(large.OTHER, 31)}),
    "messages_of_appointment": page(
        14,
        actor=DESK.as_parameter(),
        appointment_id=LONG_STORY,
        before=LAST_NUMBER,
    ),
    "messages_of_user": page(12, user_id=REGULAR, view="own", before=LAST_NUMBER),
    "user_exists": Case({"user_id": ADMIN.id}),
    # Each state of each channel is counted to the limit.
    "counts": Case({"count_limit": 100}, reads=2 * 20 * 100, rows=50),
    # Some three hundred.
    "dead_letters": Case({"count_limit": 1000, "recent_days": 7}, reads=5 * 400, shows="all"),
    "lanes": Case({"after": "", "limit": LIMIT, "count_limit": 50}, reads=3 * 120, rows=3),
    "oldest_due": Case(reads=30, rows=3),
    "bus": Case(),
}
