-- Statements of the event log.

-- name: relay
-- One bounded pass under the relay's lease; NULL when another process holds it.
SELECT relay_outbox(%(limit)s, %(flush_milliseconds)s) AS relayed;

-- name: last_event_id
-- Where the log ends now.
SELECT coalesce(max(id), 0) AS id FROM channel_events;

-- name: events_after
-- The next events of all channels; ids grow in commit order (0007_events.sql).
SELECT id, channel, sequence, type, payload FROM channel_events
WHERE id > %(after_id)s
ORDER BY id
LIMIT %(limit)s;

-- name: channel_head
-- A channel's last sequence, and the oldest one that the log still has.
SELECT coalesce((SELECT sequence FROM channels WHERE name = %(channel)s), 0) AS sequence,
       (SELECT min(sequence) FROM channel_events WHERE channel = %(channel)s) AS oldest;

-- name: missed_events
-- What a subscriber missed after a sequence.
SELECT sequence, type, payload FROM channel_events
WHERE channel = %(channel)s AND sequence > %(since)s
ORDER BY sequence
LIMIT %(limit)s;
