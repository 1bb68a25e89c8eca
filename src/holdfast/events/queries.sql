-- Statements of the event log.

-- name: relay
-- One bounded pass under the relay's lease; NULL when another process holds it.
SELECT relay_outbox(%(limit)s, %(flush_milliseconds)s) AS relayed;

-- name: last_event_id
-- Where the log ends now.
SELECT coalesce(max(id), 0) AS id FROM channel_events;

-- name: events_after
-- The next events of all channels; ids grow in commit order (0007_events.sql). `data` is what a
-- subscriber receives.
SELECT id, channel, sequence, type,
       (payload || jsonb_build_object('channel', channel, 'sequence', sequence))::text AS data
FROM channel_events
WHERE id > %(after_id)s
ORDER BY id
LIMIT %(limit)s;

-- name: missed_events
-- What a subscriber missed after a sequence; `data` as above.
SELECT channel, sequence, type,
       (payload || jsonb_build_object('channel', channel, 'sequence', sequence))::text AS data
FROM channel_events
WHERE channel = %(channel)s AND sequence > %(after)s
ORDER BY sequence
LIMIT %(limit)s;
