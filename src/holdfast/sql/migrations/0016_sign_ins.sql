-- Sign-ins: each can be seen and ended by the one whose it is; failed ones are counted (SPEC 4.1).

-- A sign-in, by the web app's cookie or by tokens. Its id is the `sid` of its access tokens and the
-- family of its refresh tokens. It ends once, for good.
CREATE TABLE sign_ins (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users (id),
    kind         text NOT NULL CONSTRAINT sign_ins_kind_check CHECK (kind IN ('cookie', 'tokens')),
    -- What the database knows of the cookie's secret.
    secret_hash  bytea CONSTRAINT sign_ins_secret_key UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    address      text,
    user_agent   text,
    CONSTRAINT sign_ins_secret_check CHECK ((kind = 'cookie') = (secret_hash IS NOT NULL))
);
CREATE INDEX sign_ins_user_idx ON sign_ins (user_id, id DESC) WHERE ended_at IS NULL;
CREATE INDEX sign_ins_expires_idx ON sign_ins (expires_at);
-- Processes that remember a caller forget it when its sign-in comes up here.
CREATE INDEX sign_ins_ended_idx ON sign_ins (ended_at) WHERE ended_at IS NOT NULL;

INSERT INTO sign_ins (id, user_id, kind, created_at, last_used_at, expires_at, ended_at)
SELECT family_id, user_id, 'tokens', min(created_at), max(created_at), max(expires_at),
       max(revoked_at)
FROM refresh_tokens
GROUP BY family_id, user_id;

-- Cookie sessions had no id. They get one that sorts by time, as others do.
INSERT INTO sign_ins (id, user_id, kind, secret_hash, created_at, last_used_at, expires_at)
SELECT (lpad(to_hex(floor(extract(epoch FROM created_at) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
       user_id, 'cookie', secret_hash, created_at, created_at, expires_at
FROM sessions;
DROP TABLE sessions;

ALTER TABLE refresh_tokens
    DROP COLUMN revoked_at,
    ADD CONSTRAINT refresh_tokens_family_fkey FOREIGN KEY (family_id) REFERENCES sign_ins (id);

-- Every access token names its sign-in: ending those is enough.
ALTER TABLE users DROP COLUMN tokens_valid_from;

-- Failed sign-ins in their window: of an account from an address; without an address (''), of the
-- account from anywhere; without an account, from the address at any account. An account stands
-- here as account_key() makes it, whether or not it exists.
CREATE UNLOGGED TABLE sign_in_failures (
    account     bytea NOT NULL,
    address     text NOT NULL,
    hits        integer NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (account, address)
);
CREATE INDEX sign_in_failures_expires_idx ON sign_in_failures (expires_at);
