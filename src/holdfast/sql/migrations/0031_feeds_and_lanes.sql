-- Calendar feeds (docs/feeds.md), and lanes that nobody needs any more.

-- An address at which a calendar reads appointments; only the hash of its secret is kept. It is removed
-- when it is revoked.
CREATE TABLE calendar_feeds (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider_id uuid REFERENCES providers (id),  -- NULL: the appointments that the user is the client of
    detail      text NOT NULL CONSTRAINT calendar_feeds_detail_check CHECK (detail IN ('full', 'busy')),
    secret_hash bytea NOT NULL CONSTRAINT calendar_feeds_secret_key UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX calendar_feeds_user_idx ON calendar_feeds (user_id, created_at, id);

-- How often a name or place has changed that calendars show: one row, written at the end of the
-- transaction that changes one (channels/feeds/feeds.sql).
CREATE TABLE shown_names (
    only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT shown_names_single_check CHECK (only_one),
    changes  bigint NOT NULL DEFAULT 0
);
INSERT INTO shown_names DEFAULT VALUES;

-- Since when nothing refers to a lane: retention removes it then (deliveries/lanes.sql). NULL: in use.
ALTER TABLE lanes ADD COLUMN unused_since timestamptz;
CREATE INDEX push_subscriptions_host_idx ON push_subscriptions
    ((substring(endpoint FROM '^https?://([^/]+)')));
