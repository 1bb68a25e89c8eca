-- What leaves the server (docs/deliveries.md).

-- How far each consumer has planned the log. The row's lock is the planner's lease.
CREATE TABLE consumers (
    name     text PRIMARY KEY
        CONSTRAINT consumers_name_check CHECK (name IN ('notify', 'webhook', 'calendar', 'kafka')),
    position bigint,  -- the last event that was planned; NULL: never started
    gaps     bigint NOT NULL DEFAULT 0  -- how often events were gone before they were planned
);
INSERT INTO consumers (name) VALUES ('notify'), ('webhook'), ('calendar'), ('kafka');

-- Where deliveries queue together: smtp, sms, push:HOST, webhook:ENDPOINT.
CREATE TABLE lanes (
    id               text PRIMARY KEY,
    channel          text NOT NULL,
    state            text NOT NULL DEFAULT 'open'
        CONSTRAINT lanes_state_check CHECK (state IN ('open', 'stopped', 'needs_attention')),
    -- Connection errors, 5xx and time-outs in a row; at five the lane pauses, and after the pause
    -- one delivery is let through.
    failures         integer NOT NULL DEFAULT 0,
    pause_seconds    integer,
    paused_until     timestamptz,
    is_probing       boolean NOT NULL DEFAULT false,  -- that one is on its way
    failing_since    timestamptz,  -- no success since
    -- Where a lane with too much waiting goes on in the log; NULL: it is planned with the others.
    planned_position bigint,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE deliveries (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,  -- the order of planning
    channel         text NOT NULL CONSTRAINT deliveries_channel_check
        CHECK (channel IN ('email', 'sms', 'push', 'webhook', 'caldav')),
    purpose         text NOT NULL CONSTRAINT deliveries_purpose_check
        CHECK (purpose IN ('requested', 'confirmed', 'rescheduled', 'cancelled', 'reminder', 'no_show',
                           'password_reset', 'phone_code', 'calendar_trouble', 'calendar_conflict',
                           'endpoint_disabled', 'event', 'test')),
    state           text NOT NULL DEFAULT 'pending',
    reason          text,
    lane            text NOT NULL REFERENCES lanes (id),
    -- No foreign keys: checking one locks the row that it names, and who books must never wait for
    -- who plans. Users and appointments are never deleted.
    user_id         uuid,
    endpoint_id     uuid,
    connection_id   uuid,
    subscription_id uuid,
    appointment_id  uuid,
    position        bigint,  -- the event that it tells of
    event_type      text,
    start_at        timestamptz,  -- when the appointment began as it was planned
    dedupe_key      text CONSTRAINT deliveries_dedupe_key UNIQUE,
    -- What only the receiver may read (a link's or a code's secret), sealed; gone once settled.
    sealed          bytea,
    due_at          timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    tries           integer NOT NULL DEFAULT 0,
    worker          uuid,
    claimed_at      timestamptz,
    lease_until     timestamptz,
    handed_over_at  timestamptz,
    receipt_id      text,  -- what the other side calls it
    resend_of       uuid REFERENCES deliveries (id),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at         timestamptz,
    settled_at      timestamptz,
    CONSTRAINT deliveries_state_check CHECK (
        CASE state
            WHEN 'pending' THEN worker IS NULL AND lease_until IS NULL AND handed_over_at IS NULL
                AND sent_at IS NULL AND settled_at IS NULL
            WHEN 'sending' THEN worker IS NOT NULL AND claimed_at IS NOT NULL
                AND lease_until IS NOT NULL AND sent_at IS NULL AND settled_at IS NULL
            WHEN 'uncertain' THEN worker IS NULL AND handed_over_at IS NOT NULL
                AND settled_at IS NULL
            WHEN 'sent' THEN worker IS NULL AND sent_at IS NOT NULL AND settled_at IS NOT NULL
            WHEN 'delivered' THEN worker IS NULL AND sent_at IS NOT NULL AND settled_at IS NOT NULL
            WHEN 'bounced' THEN worker IS NULL AND sent_at IS NOT NULL AND settled_at IS NOT NULL
            WHEN 'dead' THEN worker IS NULL AND settled_at IS NOT NULL
            WHEN 'superseded' THEN worker IS NULL AND sent_at IS NULL AND settled_at IS NOT NULL
            WHEN 'expired' THEN worker IS NULL AND sent_at IS NULL AND settled_at IS NOT NULL
            WHEN 'suppressed' THEN worker IS NULL AND sent_at IS NULL AND settled_at IS NOT NULL
            ELSE false END),
    CONSTRAINT deliveries_reason_check CHECK (
        (reason IS NOT NULL OR state NOT IN ('superseded', 'expired', 'suppressed'))
        AND (reason IS NULL OR reason IN (
            'preference', 'quiet', 'no_address', 'bounced', 'unsubscribed', 'not_configured',
            'cancelled', 'past', 'endpoint_disabled', 'discarded', 'newer', 'demo', 'stopped'))),
    CONSTRAINT deliveries_sealed_check CHECK (sealed IS NULL OR settled_at IS NULL)
) WITH (fillfactor = 80);
-- What waits, lane by lane; what is on its way; what expires.
CREATE INDEX deliveries_due_idx ON deliveries (lane, due_at, number) WHERE state = 'pending';
CREATE INDEX deliveries_open_idx ON deliveries (lane, appointment_id, number)
    WHERE state IN ('pending', 'sending', 'uncertain');
CREATE INDEX deliveries_lease_idx ON deliveries (lease_until) WHERE state = 'sending';
CREATE INDEX deliveries_uncertain_idx ON deliveries (due_at) WHERE state = 'uncertain';
CREATE INDEX deliveries_expires_idx ON deliveries (expires_at) WHERE state = 'pending';
-- The events that open deliveries are built from: retention keeps them.
CREATE INDEX deliveries_position_idx ON deliveries (position)
    WHERE position IS NOT NULL AND state IN ('pending', 'sending', 'uncertain');
CREATE INDEX deliveries_appointment_idx ON deliveries (appointment_id, number);
CREATE INDEX deliveries_user_idx ON deliveries (user_id, number);
CREATE INDEX deliveries_endpoint_idx ON deliveries (endpoint_id, number) WHERE endpoint_id IS NOT NULL;
CREATE INDEX deliveries_state_idx ON deliveries (state, number);
CREATE INDEX deliveries_number_idx ON deliveries (number);
CREATE INDEX deliveries_resend_idx ON deliveries (resend_of) WHERE resend_of IS NOT NULL;
CREATE INDEX deliveries_receipt_idx ON deliveries (receipt_id) WHERE receipt_id IS NOT NULL;

-- One try of a delivery. Written when it has ended, and never again.
CREATE TABLE delivery_attempts (
    delivery_id uuid NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      integer NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome     text NOT NULL CONSTRAINT delivery_attempts_outcome_check
        CHECK (outcome IN ('sent', 'failed', 'refused', 'unknown', 'lost')),
    code        text,
    excerpt     text CONSTRAINT delivery_attempts_excerpt_check CHECK (length(excerpt) <= 1000),
    CONSTRAINT delivery_attempts_pkey PRIMARY KEY (delivery_id, number)
);
