"""The calls of calendar feeds."""

from hashlib import sha256

from tests.sql import large
from tests.sql.calls import ADMIN, NEW, NEW_HASH, REGULAR, Case, actor
from tests.sql.large import key

EVENTS = 60
HASH = sha256((0).to_bytes(8, "big")).digest()  # of the regular client's feed

FEEDS = {
    "create_feed": Case(
        {
            **actor(ADMIN),
            "id": NEW,
            "provider_id": None,
            "detail": "busy",
            "secret_hash": NEW_HASH,
            "limit": 20,
        },
        outcomes=("created",),
    ),
    "feeds": Case({"user_id": REGULAR, "after_key": None, "after_id": None, "limit": 21}),
    "revoke_feed": Case({"id": key(large.OTHER, 5), "user_id": key(large.USER, 5)}),
    # Of what waits for the relay, dead entries included, at most 1,000.
    "feed_state": Case({"secret_hash": HASH}, reads=1100, shows="version"),
    # An appointment with its names and history, and on the way what was called off long ago.
    "feed_events": Case(
        {"secret_hash": HASH, "limit": EVENTS},
        reads=1200,
        reads_per_row=16,
        rows=EVENTS,
        shows="id",
    ),
}
