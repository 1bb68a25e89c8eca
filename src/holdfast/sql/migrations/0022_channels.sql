-- What the channels know of their targets (docs/deliveries.md).

-- Who is told of events by POST. The secrets are sealed; the row's id is inside the seal.
CREATE TABLE webhook_endpoints (
    id                    uuid PRIMARY KEY,
    url                   text NOT NULL CONSTRAINT webhook_endpoints_url_check
        CHECK (length(url) BETWEEN 1 AND 2000),
    types                 text[] NOT NULL,
    provider_ids          uuid[] NOT NULL DEFAULT '{}',  -- none: all
    facility_ids          uuid[] NOT NULL DEFAULT '{}',
    description           text NOT NULL DEFAULT '',
    state                 text NOT NULL DEFAULT 'enabled' CONSTRAINT webhook_endpoints_state_check
        CHECK (state IN ('enabled', 'disabled')),
    disabled_reason       text CONSTRAINT webhook_endpoints_reason_check
        CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL)),
    secret_sealed         bytea NOT NULL,
    previous_secret_sealed bytea,
    previous_until        timestamptz,
    version               integer NOT NULL DEFAULT 1,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at            timestamptz,
    CONSTRAINT webhook_endpoints_previous_check
        CHECK ((previous_secret_sealed IS NULL) = (previous_until IS NULL))
);

-- What is known of how a person is reached by a channel. It speaks of one address: when the person has
-- another one, it no longer counts.
CREATE TABLE channel_addresses (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel      text NOT NULL CONSTRAINT channel_addresses_channel_check
        CHECK (channel IN ('email', 'sms')),
    address      text NOT NULL,
    state        text NOT NULL CONSTRAINT channel_addresses_state_check
        CHECK (state IN ('unverified', 'verified', 'bounced', 'complained', 'stopped')),
    -- A code that proves the number: its hash, until when, and how often it was guessed.
    code_hash    bytea,
    code_until   timestamptz,
    code_tries   integer NOT NULL DEFAULT 0,
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT channel_addresses_pkey PRIMARY KEY (user_id, channel),
    CONSTRAINT channel_addresses_code_check CHECK ((code_hash IS NULL) = (code_until IS NULL))
);

-- How a person wants to be told. No row: as SPEC-deliveries §3 says by default.
CREATE TABLE notification_settings (
    user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    settings   jsonb NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE push_subscriptions (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint    text NOT NULL CONSTRAINT push_subscriptions_endpoint_key UNIQUE
        CONSTRAINT push_subscriptions_endpoint_check CHECK (length(endpoint) <= 2000),
    p256dh      text NOT NULL,
    auth_sealed bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX push_subscriptions_user_idx ON push_subscriptions (user_id, created_at);

-- Words of a house instead of the built-in ones.
CREATE TABLE message_templates (
    purpose     text NOT NULL,
    channel     text NOT NULL,
    locale      text NOT NULL,
    facility_id uuid REFERENCES facilities (id),  -- NULL: for all
    subject     text,
    text        text NOT NULL,
    html        text,
    version     integer NOT NULL DEFAULT 1,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT message_templates_key UNIQUE NULLS NOT DISTINCT (purpose, channel, locale, facility_id)
);

-- Signed messages that came in, so that a repeated one has no effect. Kept as long as one is accepted.
CREATE TABLE received_webhooks (
    source      text NOT NULL,
    id          text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT received_webhooks_pkey PRIMARY KEY (source, id)
);
CREATE INDEX received_webhooks_at_idx ON received_webhooks (received_at);
