"""Calls of the search for people: whom many find, whom few, and nobody."""

from holdfast.http.pagination import SCAN_LIMIT
from tests.sql import large
from tests.sql.calls import BUSY, LIMIT, Case, page
from tests.sql.large import key

SURNAME = {"q": "surname77", "phone": None}
NUMBER = "+4930 1000077".replace(" ", "")
ANNA = {"q": "anna", "phone": None}
NOBODY = {"q": "nobody here", "phone": None}
ONES = [key(large.USER, number) for number in range(1540, 1560)]
MANY = [key(large.USER, number) for number in range(0, 40_000, 40)]
PROVIDER = {"provider_id": BUSY, "actor_id": key(large.USER, 5), "exact_ids": ONES[:2]}
FIRST = {"before_id": None}
WALK = {"scan": SCAN_LIMIT, "limit": LIMIT}

FIND = {
    "found": Case({**SURNAME, "limit": 1001}, reads_per_row=3, rows=20),
    "exact": Case({"q": "Client7@mail7.test", "phone": NUMBER, "limit": 50}, rows=2),
    "users_among": Case(
        {"user_ids": ONES, "role": None, **FIRST, "limit": LIMIT}, reads=60, rows=20
    ),
    "clients_among": Case({"user_ids": ONES, **FIRST, "limit": LIMIT}, reads=60, rows=20),
    "clients_of_provider_among": Case(
        # Each one's appointments are looked at until one is of this provider.
        {"user_ids": MANY, **PROVIDER, **FIRST, "limit": LIMIT},
        reads=60_000,
        rows=1,
    ),
    # One user in eight.
    "users_walked": page(8 * 6, **ANNA, role=None, **FIRST, scan=SCAN_LIMIT),
    "clients_walked": page(8 * 6, **ANNA, **FIRST, scan=SCAN_LIMIT),
    "clients_of_provider_walked": Case(
        {**ANNA, **PROVIDER, **FIRST, **WALK}, reads=40_000, rows=LIMIT
    ),
}
MORE_FIND = [
    (
        "accounts/queries_find.sql",
        "users_walked",
        Case({**NOBODY, "role": None, **FIRST, **WALK}, reads=4 * SCAN_LIMIT + 300),
    ),
    ("accounts/queries_find.sql", "found", Case({**NOBODY, "limit": 1001}, rows=0)),
    (
        "accounts/queries_find.sql",
        "found",
        # The last digits of one number.
        Case({"q": "030 100 00 77", "phone": NUMBER, "limit": 1001}, rows=1),
    ),
]
