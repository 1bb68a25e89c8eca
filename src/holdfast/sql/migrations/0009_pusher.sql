-- The Pusher bridge (SPEC §5): how far it has sent the log, and which process sends.
CREATE TABLE pusher_bridge (
    only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT pusher_bridge_single_check CHECK (only_one),
    position bigint,  -- the last id of channel_events that was sent; NULL: never started
    sender uuid,
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO pusher_bridge DEFAULT VALUES;
