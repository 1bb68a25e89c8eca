-- Webhook endpoints: conditional requests, and how they have been doing.

-- If-Unmodified-Since has whole seconds, and two changes may share one (check_preconditions).
ALTER TABLE webhook_endpoints ADD COLUMN changed_before timestamptz;
CREATE INDEX webhook_endpoints_created_idx ON webhook_endpoints (created_at, id) WHERE deleted_at IS NULL;

-- Tries of each day, counted as they are written, so that nobody has to count millions of them.
CREATE TABLE webhook_days (
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id),
    day         date NOT NULL,
    sent        integer NOT NULL DEFAULT 0,
    failed      integer NOT NULL DEFAULT 0,
    CONSTRAINT webhook_days_pkey PRIMARY KEY (endpoint_id, day)
) WITH (fillfactor = 50);
CREATE INDEX webhook_days_day_idx ON webhook_days (day);
