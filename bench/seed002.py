"""The yardstick of reservations: seed 002's own tables and its own transaction, run by pgbench.

The schema is the document's, as is the transaction, five statements from BEGIN to COMMIT under
REPEATABLE READ, "at least" which it asks for. Only how ids are written differs: pgbench knows
numbers, so the statements turn a number into a UUID.
"""

from typing import LiteralString, cast

import psycopg

from bench import pgbench
from bench.sample import Sample

SLOTS = 400_000
USERS = 20_000
SPECIALISTS = 400
REPEATABLE_READ = r"-c default_transaction_isolation=repeatable\ read"
READ_COMMITTED = r"-c default_transaction_isolation=read\ committed"

SCHEMA = """
CREATE TYPE user_role AS ENUM ('CLIENT', 'OPERATOR', 'ADMIN');
CREATE TYPE timeslot_status AS ENUM ('AVAILABLE', 'HOLD', 'BOOKED');
CREATE TYPE appointment_status AS ENUM ('HOLD', 'CONFIRMED', 'CANCELLED', 'NO_SHOW');
CREATE TYPE appointment_priority AS ENUM ('NORMAL', 'VIP', 'URGENT');
CREATE TABLE users (
    id              UUID PRIMARY KEY,
    email           TEXT NOT NULL UNIQUE,
    password_hash   TEXT NOT NULL,
    role            user_role NOT NULL,
    is_active       BOOLEAN NOT NULL DEFAULT TRUE,
    created_at      TIMESTAMP NOT NULL DEFAULT now()
);
CREATE TABLE specialists (
    id              UUID PRIMARY KEY,
    full_name       TEXT NOT NULL,
    service_type    TEXT NOT NULL,
    is_active       BOOLEAN NOT NULL DEFAULT TRUE,
    created_at      TIMESTAMP NOT NULL DEFAULT now()
);
CREATE TABLE time_slots (
    id              UUID PRIMARY KEY,
    specialist_id   UUID NOT NULL REFERENCES specialists(id),
    start_time      TIMESTAMP NOT NULL,
    end_time        TIMESTAMP NOT NULL,
    status          timeslot_status NOT NULL DEFAULT 'AVAILABLE',
    CONSTRAINT chk_time_range CHECK (start_time < end_time)
);
CREATE TABLE appointments (
    id              UUID PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users(id),
    specialist_id   UUID NOT NULL REFERENCES specialists(id),
    time_slot_id    UUID NOT NULL UNIQUE REFERENCES time_slots(id),
    status          appointment_status NOT NULL,
    priority        appointment_priority NOT NULL DEFAULT 'NORMAL',
    expires_at      TIMESTAMP,
    created_at      TIMESTAMP NOT NULL DEFAULT now()
);
CREATE TABLE appointment_events (
    id              UUID PRIMARY KEY,
    appointment_id  UUID NOT NULL REFERENCES appointments(id),
    event_type      TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL DEFAULT now()
);
"""
INDEXES = """
CREATE INDEX idx_time_slots_specialist_time ON time_slots (specialist_id, start_time, end_time);
CREATE INDEX idx_time_slots_status ON time_slots (status);
"""


def _id(number: str) -> str:
    return f"lpad(to_hex(({number})::bigint), 32, '0')::uuid"


DATA = f"""
INSERT INTO users (id, email, password_hash, role)
SELECT {_id("n")}, 'client' || n || '@example.test', 'x', 'CLIENT'
FROM generate_series(1, {USERS}) AS n;
INSERT INTO specialists (id, full_name, service_type)
SELECT {_id("n")}, 'Specialist ' || n, 'Service' FROM generate_series(1, {SPECIALISTS}) AS n;
INSERT INTO time_slots (id, specialist_id, start_time, end_time)
SELECT {_id("n")}, {_id(f"n % {SPECIALISTS} + 1")}, t, t + interval '30 minutes'
FROM generate_series(1, {SLOTS}) AS n
CROSS JOIN LATERAL (SELECT now() + n / {SPECIALISTS} * interval '30 minutes') AS of (t);
"""

# `slot`, a number, is another free slot for every transaction of every client.
PICK = r"""
\set i :i + 1
\set slot (:first + :client_id + :clients * :i) * 1000003 % :slots + 1
"""
PARTIES = rf"""
\set user random(1, {USERS})
\set specialist :slot % {SPECIALISTS} + 1
"""
LOCK = f"""
SELECT * FROM time_slots WHERE id = {_id(":slot")} AND status = 'AVAILABLE' FOR UPDATE"""
HOLD = f"""
UPDATE time_slots SET status = 'HOLD' WHERE id = {_id(":slot")};
INSERT INTO appointments (id, user_id, specialist_id, time_slot_id, status, expires_at)
VALUES (gen_random_uuid(), {_id(":user")}, {_id(":specialist")}, {_id(":slot")}, 'HOLD',
        now() + interval '5 minutes');
COMMIT;
"""
RESERVE = f"{PICK}{PARTIES}BEGIN;{LOCK};{HOLD}"
# On one row most find it taken. They have read no row, so they stop there, as the document's
# reader would. (`\\aset` keeps the variable when there is no row.)
HOT_RESERVE = (
    "\\set slot 1\n\\set found 0\n"
    + PARTIES
    + "BEGIN;"
    + LOCK.replace("SELECT *", "SELECT 1 AS found")
    + f" \\aset\n\\if :found\n{HOLD}\\else\nROLLBACK;\n\\endif\n"
)
HOT_RELEASE = f"""
BEGIN;
SELECT FROM time_slots WHERE id = {_id("1")} FOR UPDATE;
DELETE FROM appointments WHERE time_slot_id = {_id("1")};
UPDATE time_slots SET status = 'AVAILABLE' WHERE id = {_id("1")} AND status = 'HOLD';
COMMIT;
"""
# The least SQL that could do the rest: one statement each, without any history, event, reservation
# of the new time, idempotency or authorisation.
BOOK = f"""
WITH s AS (
    UPDATE time_slots SET status = 'BOOKED' WHERE id = {_id(":slot")} AND status = 'HOLD'
    RETURNING id
)
UPDATE appointments SET status = 'CONFIRMED', expires_at = NULL
FROM s WHERE time_slot_id = {_id(":slot")};
"""
_OTHER = r"""
\set other (:first + :shift + :client_id + :clients * :i) * 1000003 % :slots + 1
"""
RESCHEDULE = f"""{_OTHER}
WITH old AS (
    UPDATE time_slots SET status = 'AVAILABLE' WHERE id = {_id(":slot")} AND status = 'BOOKED'
), new AS (
    UPDATE time_slots SET status = 'BOOKED' WHERE id = {_id(":other")} AND status = 'AVAILABLE'
)
UPDATE appointments SET time_slot_id = {_id(":other")} WHERE time_slot_id = {_id(":slot")};
"""
CANCEL = f"""{_OTHER}
WITH s AS (UPDATE time_slots SET status = 'AVAILABLE' WHERE id = {_id(":other")})
UPDATE appointments SET status = 'CANCELLED' WHERE time_slot_id = {_id(":other")};
"""


class Seed002:
    """The seed's tables in a database of their own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._first = 1  # place 0 is slot 1, which is the hot one
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SCHEMA)
            connection.execute(cast(LiteralString, DATA))
            connection.execute(INDEXES)
            connection.execute("VACUUM (ANALYZE)")

    def reserve(self, clients: int, seconds: int) -> Sample:
        """The transaction, each time on another free slot."""
        sample = self._run([RESERVE], clients=clients, seconds=seconds)
        self._first += (
            int((sample.count + sample.warm_count) * 1.5) + clients
        )  # clients get on unequally
        return sample

    def hot(self, clients: int, seconds: int, isolation: str) -> Sample:
        """The transaction on one row, which is given back as often as it is asked for."""
        return self._run(
            [HOT_RESERVE, HOT_RELEASE], clients=clients, seconds=seconds, how=isolation
        )

    def each(self, script: str, clients: int, transactions: int, first: int) -> Sample:
        """Another script, that many times for each client, on the slots from `first` on."""
        return pgbench.run(
            self._url,
            [PICK + PARTIES + script],
            clients=clients,
            transactions=transactions,
            variables={
                "i": -1,
                "first": first,
                "clients": clients,
                "slots": SLOTS,
                "shift": clients * (transactions + pgbench.WARM_TRANSACTIONS),
            },
        )

    def take(self, count: int) -> int:
        """Where that many slots begin that nothing else uses."""
        first = self._first
        self._first += count
        return first

    def _run(
        self, scripts: list[str], *, clients: int, seconds: int, how: str = REPEATABLE_READ
    ) -> Sample:
        return pgbench.run(
            self._url,
            scripts,
            clients=clients,
            seconds=seconds,
            variables={"i": -1, "first": self._first, "clients": clients, "slots": SLOTS},
            options=how,
        )
