-- History and what leaves the database (SPEC §3: I3, I6, I7). The triggers that write these
-- tables stand in audit/functions.sql.

-- One row for each change of an appointment. `hash` covers the entry as the API shows it together
-- with the hash before it (docs/audit.md), so that nothing can be altered or left out unseen.
CREATE TABLE appointment_audit (
    id              uuid NOT NULL,
    appointment_id  uuid NOT NULL,
    version         integer NOT NULL,
    action          text NOT NULL,
    actor_id        uuid,
    actor_type      text NOT NULL,
    actor_name      text NOT NULL,
    at              timestamptz NOT NULL,
    previous_status text,
    new_status      text NOT NULL,
    reason          text,
    changes         jsonb NOT NULL,
    previous_hash   bytea,
    hash            bytea NOT NULL,
    CONSTRAINT appointment_audit_pkey PRIMARY KEY (appointment_id, version),
    CONSTRAINT appointment_audit_chain_check CHECK ((version = 1) = (previous_hash IS NULL))
);
CREATE INDEX appointment_audit_actor_idx ON appointment_audit (actor_id, id);

CREATE TABLE slot_audit (
    id              uuid NOT NULL,
    slot_id         uuid NOT NULL,
    version         integer NOT NULL,
    action          text NOT NULL,
    actor_id        uuid,
    actor_type      text NOT NULL,
    actor_name      text NOT NULL,
    at              timestamptz NOT NULL,
    previous_status text,
    new_status      text NOT NULL,
    reason          text,
    changes         jsonb NOT NULL,
    previous_hash   bytea,
    hash            bytea NOT NULL,
    CONSTRAINT slot_audit_pkey PRIMARY KEY (slot_id, version),
    CONSTRAINT slot_audit_chain_check CHECK ((version = 1) = (previous_hash IS NULL))
);

-- Events, written in the transaction of the change. Ids commit out of order, so nobody reads by
-- them: the relay gives every row a `position` after its commit, and the log is read by that.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position    bigint,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    topic       text NOT NULL,
    key         uuid NOT NULL,  -- appointment or provider: order is kept per key
    type        text NOT NULL,
    payload     jsonb NOT NULL
);
CREATE UNIQUE INDEX outbox_position_key ON outbox (position) WHERE position IS NOT NULL;
CREATE INDEX outbox_waiting_idx ON outbox (id) WHERE position IS NULL;
-- How many events of a provider are not on its channel yet: part of the ETag of availability. In words
-- of its own, so that the index above does not serve that query: the planner believes that few rows
-- wait and would count them by reading all of them.
CREATE INDEX outbox_waiting_key_idx ON outbox (key) WHERE coalesce(position, 0) = 0;
CREATE INDEX outbox_at_idx ON outbox USING brin (at);

-- The first answer to each idempotency key, committed together with its effect (SPEC 4.8).
CREATE TABLE idempotency_records (
    user_id      uuid NOT NULL REFERENCES users (id),
    key          text NOT NULL,
    fingerprint  bytea NOT NULL,
    status       smallint NOT NULL,
    headers      jsonb NOT NULL,
    body         bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL,
    CONSTRAINT idempotency_records_pkey PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_records_expires_idx ON idempotency_records (expires_at);
