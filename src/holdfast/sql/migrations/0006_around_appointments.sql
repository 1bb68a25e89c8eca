-- What stands around appointments (SPEC 4.5): shares, comments, and ways to find them.

CREATE TABLE appointment_shares (
    id             uuid PRIMARY KEY,
    appointment_id uuid NOT NULL REFERENCES appointments (id),
    secret_hash    bytea NOT NULL CONSTRAINT appointment_shares_secret_key UNIQUE,
    created_by     uuid NOT NULL REFERENCES users (id),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at     timestamptz
);
CREATE INDEX appointment_shares_appointment_idx ON appointment_shares (appointment_id);

CREATE TABLE appointment_comments (
    id             uuid PRIMARY KEY,
    appointment_id uuid NOT NULL REFERENCES appointments (id),
    author_id      uuid NOT NULL REFERENCES users (id),
    body           text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX appointment_comments_appointment_idx ON appointment_comments (appointment_id, id);

-- The request inbox: urgent, vip, normal, then the oldest first.
CREATE INDEX appointments_requests_idx ON appointments (priority DESC, created_at, id)
    WHERE status = 'requested' AND deleted_at IS NULL;

-- Clients by the beginning of any word of their name, address or number.
CREATE INDEX users_search_idx ON users
    USING gin (to_tsvector('simple', name || ' ' || email || ' ' || coalesce(phone, '')));

-- What a write of an appointment answers: `outcome` says how it went, `appointment` is the row as
-- it is now, `lock` the edit lock in the way, `wanted` the slot that was asked for.
CREATE TYPE appointment_result AS (
    outcome      text,
    appointment  appointments,
    lock         jsonb,
    lock_version integer,
    wanted       slots
);
