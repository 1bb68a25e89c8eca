-- Retention: what has expired goes away, at most %(limit)s rows a statement, found by an index.
-- SKIP LOCKED lets several workers share the work, and nobody who uses a row has to wait. An index can be
-- searched for statement_timestamp(), and not for the moving clock.

-- name: prune_throttle_windows
-- Counters whose window has ended; the next hit would have begun anew.
DELETE FROM throttle_windows WHERE key = ANY (ARRAY(
    SELECT key FROM throttle_windows
    WHERE expires_at < statement_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
));

-- name: prune_sign_in_failures
-- As prune_throttle_windows.
DELETE FROM sign_in_failures AS f
USING (
    SELECT account, address FROM sign_in_failures
    WHERE expires_at < statement_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS old
WHERE f.account = old.account AND f.address = old.address;

-- name: prune_idempotency_records
-- Answers that are no longer repeated (SPEC 4.8).
DELETE FROM idempotency_records AS r
USING (
    SELECT user_id, key FROM idempotency_records
    WHERE expires_at < statement_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS old
WHERE r.user_id = old.user_id AND r.key = old.key;

-- name: prune_sign_ins
-- Sign-ins that would be over by now in any case. Their tokens go first; one of which some are left
-- is looked at again.
DELETE FROM sign_ins WHERE id = ANY (ARRAY(
    SELECT s.id FROM sign_ins AS s
    WHERE s.expires_at < statement_timestamp()
      AND NOT EXISTS (SELECT FROM refresh_tokens AS t WHERE t.family_id = s.id)
    ORDER BY s.expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
));

-- name: prune_password_resets
-- Links that no longer work.
DELETE FROM password_resets WHERE secret_hash = ANY (ARRAY(
    SELECT secret_hash FROM password_resets
    WHERE expires_at < statement_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
));

-- name: prune_refresh_tokens
-- Tokens that would be refused; a family ends with its last one.
DELETE FROM refresh_tokens WHERE id = ANY (ARRAY(
    SELECT id FROM refresh_tokens
    WHERE expires_at < statement_timestamp()
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
));

-- name: prune_user_actions
-- Ids begin with the time at which they were made; %(before)s is the first one to keep. Nobody
-- ever changes such a row (the server may not), so there is nothing to skip.
DELETE FROM user_actions WHERE id = ANY (ARRAY(
    SELECT id FROM user_actions
    WHERE id < %(before)s
    ORDER BY id LIMIT %(limit)s
));

-- name: sweep_reservations
-- Ends holds that have run out; locks their slot rows, skipping those in use.
SELECT sweep_reservations(%(limit)s) AS count;

-- name: sweep_edit_locks
-- Ends stale edit locks; locks their rows, skipping those in use.
SELECT sweep_edit_locks(%(limit)s) AS count;

-- name: expire_requests
-- Ends requests whose time has come; locks them, skipping those in use.
SELECT expire_requests(%(limit)s) AS count;

-- name: free_orphaned_slots
-- Looks at the next slots by id; locks only those that it frees.
SELECT last_id, freed FROM free_orphaned_slots(%(after)s, %(limit)s);

-- name: prune_channel_events
-- The realtime log; whoever asks for older events is told to fetch again.
DELETE FROM channel_events WHERE id = ANY (ARRAY(
    SELECT id FROM channel_events
    WHERE at < clock_timestamp() - interval '1 day'
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
));

-- name: prune_webhook_days
-- How endpoints were doing more than a month ago.
DELETE FROM webhook_days AS n
USING (
    SELECT endpoint_id, day FROM webhook_days
    WHERE day < (statement_timestamp() AT TIME ZONE 'UTC')::date - 31
    ORDER BY day LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS old
WHERE n.endpoint_id = old.endpoint_id AND n.day = old.day;

-- name: prune_outbox
-- Relayed events, from the log's beginning, and only there: of the oldest rows those before the first
-- that has to stay. Eight days are kept in any case; then what an enabled consumer has not passed, a
-- full lane is still planned from, or an open delivery is built from, for 30 days at most. (Two workers
-- at once want the same rows: the second waits for a moment, and finds them gone.)
WITH needed AS MATERIALIZED (
    SELECT coalesce(least(
        (SELECT min(position) FROM following_consumers()),
        (SELECT min(planned_position) FROM lanes),
        (SELECT position - 1 FROM deliveries
         WHERE position IS NOT NULL AND state IN ('pending', 'sending', 'uncertain')
         ORDER BY position LIMIT 1)), 9223372036854775807) AS after
)
DELETE FROM outbox WHERE id = ANY (ARRAY(
    SELECT w.id FROM (
        SELECT o.id, bool_and(
            o.position IS NOT NULL AND o.at < statement_timestamp() - interval '8 days'
            AND (o.position <= n.after OR o.at < statement_timestamp() - interval '30 days')
        ) OVER (ORDER BY o.id) AS may_go
        FROM (SELECT id, position, at FROM outbox ORDER BY id LIMIT %(limit)s) AS o CROSS JOIN needed AS n
    ) AS w
    WHERE w.may_go
));

-- name: prune_deliveries
-- What was settled long ago, with its attempts. What was sent again stays until that goes, too, and a
-- reminder until the start: it says that somebody was reminded, who would be once more without it.
DELETE FROM deliveries WHERE id = ANY (ARRAY(
    SELECT d.id FROM deliveries AS d
    WHERE d.settled_at < statement_timestamp() - make_interval(days => %(delivery_log_days)s)
      AND NOT EXISTS (SELECT FROM deliveries AS r WHERE r.resend_of = d.id)
      AND (d.purpose <> 'reminder' OR d.start_at < statement_timestamp())
    ORDER BY d.settled_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
));

-- name: prune_received_webhooks
-- Signed messages that came in; one that is this old would be refused for its age. Nobody ever changes
-- such a row, so there is nothing to skip.
DELETE FROM received_webhooks AS r
USING (
    SELECT source, id FROM received_webhooks
    WHERE received_at < statement_timestamp() - interval '8 days'
    ORDER BY received_at LIMIT %(limit)s
) AS old
WHERE r.source = old.source AND r.id = old.id;

-- name: prune_lanes
-- Lanes that nothing has needed for 30 days, nor for as long as deliveries are kept: push hosts and webhook
-- endpoints that are gone. Locks lanes, skipping those in use.
SELECT FROM generate_series(1, prune_lanes(%(limit)s, greatest(30, %(delivery_log_days)s)));

-- name: prune_calendar_passwords
-- Of removed connections that could not take all their events away in the time that deliveries have.
UPDATE calendar_connections SET removes_events = false, password_sealed = ''
WHERE id = ANY (ARRAY(
    SELECT id FROM calendar_connections
    WHERE deleted_at < statement_timestamp() - interval '4 days' AND password_sealed <> ''
    ORDER BY deleted_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
));

-- name: prune_calendar_objects
-- What we know of objects in calendars, a year after they were over; the objects stay where they are.
DELETE FROM calendar_objects AS o
USING (
    SELECT connection_id, appointment_id FROM calendar_objects
    WHERE end_at < statement_timestamp() - interval '365 days'
    ORDER BY end_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS old
WHERE o.connection_id = old.connection_id AND o.appointment_id = old.appointment_id;
