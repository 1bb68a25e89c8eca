-- From commit to client (SPEC §5): the log that subscribers follow.

-- One row: the relay's lease (its row lock) and the last position given out.
CREATE TABLE relay (
    only_one boolean PRIMARY KEY DEFAULT true CONSTRAINT relay_single_check CHECK (only_one),
    position bigint NOT NULL DEFAULT 0,
    flushed_at timestamptz NOT NULL DEFAULT '-infinity'  -- when timeslot updates were last sent
);
INSERT INTO relay DEFAULT VALUES;

-- Each channel's last sequence number. A channel without events has no row: its sequence is 0.
CREATE TABLE channels (
    name     text PRIMARY KEY,
    sequence bigint NOT NULL
) WITH (fillfactor = 70);

-- What was sent on each channel, without gaps. `id` grows in commit order, because only the holder
-- of the relay's lease inserts here; so every process can follow the log by it.
CREATE TABLE channel_events (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel  text NOT NULL,
    sequence bigint NOT NULL,
    type     text NOT NULL,
    payload  jsonb NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT channel_events_sequence_key UNIQUE (channel, sequence)
);
CREATE INDEX channel_events_at_idx ON channel_events USING brin (at);
