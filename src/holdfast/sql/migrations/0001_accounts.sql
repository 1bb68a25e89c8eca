-- Users and how they prove who they are (SPEC 4.1).

CREATE TYPE user_role AS ENUM ('client', 'operator', 'admin');

CREATE TABLE users (
    id               uuid PRIMARY KEY,
    email            text NOT NULL,
    password_hash    text NOT NULL,
    role             user_role NOT NULL DEFAULT 'client',
    name             text NOT NULL,
    phone            text,
    timezone         text,
    preferences      jsonb NOT NULL DEFAULT '{}',
    provider_id      uuid,  -- its foreign key stands in 0002, where providers are made
    is_active        boolean NOT NULL DEFAULT true,
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When something last changed that decides what this user may do: processes that remember
    -- a caller forget it when this moves.
    access_changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Access tokens issued before this no longer count (password reset, deactivation).
    tokens_valid_from timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT users_provider_role_check CHECK (provider_id IS NULL OR role = 'operator')
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_access_changed_idx ON users (access_changed_at);

-- A refresh token is used once; the one that replaces it belongs to the same family. A second use
-- means that somebody copied it, and ends the family.
CREATE TABLE refresh_tokens (
    id          uuid PRIMARY KEY,
    family_id   uuid NOT NULL,
    user_id     uuid NOT NULL REFERENCES users (id),
    token_hash  bytea NOT NULL CONSTRAINT refresh_tokens_hash_key UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    revoked_at  timestamptz
);
CREATE INDEX refresh_tokens_family_idx ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_user_idx ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_expires_idx ON refresh_tokens (expires_at);

-- Cookie sessions of the web app; the cookie holds the secret, the table its hash.
CREATE TABLE sessions (
    secret_hash bytea PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users (id),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sessions_user_idx ON sessions (user_id);
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

CREATE TABLE password_resets (
    secret_hash bytea PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users (id),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX password_resets_user_idx ON password_resets (user_id);
CREATE INDEX password_resets_expires_idx ON password_resets (expires_at);

-- What users tried, failed attempts included. A log, not the audit trail: it may be pruned.
CREATE TABLE user_actions (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL,  -- whose log it is in: the one who acted
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    action      text NOT NULL,
    target      text,
    status      smallint NOT NULL,  -- the HTTP status answered
    scenario    text,               -- the problem's code, when refused
    request_id  text,
    address     text,
    user_agent  text
);
CREATE INDEX user_actions_user_idx ON user_actions (user_id, id DESC);
CREATE INDEX user_actions_at_idx ON user_actions USING brin (at);

-- Fixed-window counters of the throttle, shared by all processes.
CREATE UNLOGGED TABLE throttle_windows (
    key         text PRIMARY KEY,
    hits        integer NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX throttle_windows_expires_idx ON throttle_windows (expires_at);
