-- Statements of the Pusher bridge.

-- name: lease
-- Makes this process the sender for a while, unless another one is -> how far the log was sent.
-- A bridge that never ran begins at the log's end. One row, so nobody waits long.
UPDATE pusher_bridge
SET sender = %(sender)s,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s),
    position = coalesce(position, (SELECT coalesce(max(id), 0) FROM channel_events))
WHERE sender = %(sender)s OR leased_until < clock_timestamp()
RETURNING position;

-- name: advance
-- Remembers what was sent, while this process is the sender -> whether it still is.
UPDATE pusher_bridge
SET position = %(position)s,
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE sender = %(sender)s
RETURNING 1 AS found;
