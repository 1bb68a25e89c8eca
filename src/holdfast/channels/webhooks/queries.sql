-- Statements of webhooks. Functions (endpoints.sql, sending.sql, replay.sql, trial.sql) say which locks
-- they take, in which order.

-- name: endpoints
-- A page of what is not deleted, the oldest first (webhook_endpoints_created_idx); no locks.
SELECT endpoint_document(w) AS document, w.created_at, w.id
FROM webhook_endpoints AS w
WHERE w.deleted_at IS NULL
  AND (%(after_key)s::timestamptz IS NULL OR (w.created_at, w.id) > (%(after_key)s, %(after_id)s::uuid))
ORDER BY w.created_at, w.id
LIMIT %(limit)s;

-- name: endpoint
-- One by primary key, unless deleted; no locks.
SELECT endpoint_document(w) AS document, w.version, w.updated_at
FROM webhook_endpoints AS w
WHERE w.id = %(id)s AND w.deleted_at IS NULL;

-- name: create_endpoint
-- Outcomes: created, too_many, unknown.
SELECT outcome, document, version, updated_at, unknown
FROM create_webhook_endpoint(%(id)s, %(values)s, %(secret_sealed)s, %(limit)s);

-- name: change_endpoint
-- Locks the row and compares the precondition. Outcomes: changed, not_found, unknown, or of
-- check_preconditions.
SELECT outcome, document, version, updated_at, unknown
FROM change_webhook_endpoint(%(id)s, %(precondition)s, %(values)s);

-- name: delete_endpoint
-- Outcomes: deleted, not_found, or of check_preconditions.
SELECT outcome, document FROM delete_webhook_endpoint(%(id)s, %(precondition)s);

-- name: switch_endpoint
-- Outcomes: changed, not_found.
SELECT outcome, document, version, updated_at FROM switch_webhook_endpoint(%(id)s, %(reason)s);

-- name: rotate_secret
-- Outcomes: rotated, rotation_open, not_found.
SELECT outcome, previous_until FROM rotate_webhook_secret(%(id)s, %(secret_sealed)s, %(overlap_hours)s);

-- name: load
-- What requests are made of; no locks.
SELECT l.id, l.url, l.secret_sealed, l.previous_secret_sealed, l.topic, l.key, l.type, l.at, l.payload,
       l.timezone, l.previous_dead
FROM load_webhooks(%(ids)s) AS l;

-- name: give_up
-- Disables an endpoint that is gone, or has failed for five days; locks it, then its lane.
SELECT give_up_webhook_endpoint(%(id)s, %(reason)s, %(sends_mail)s) AS gave_up;

-- name: begin_trial
-- A test that is on its way; none for an endpoint that there is not.
SELECT t.id, t.channel, t.purpose, t.lane, t.user_id, t.endpoint_id, t.connection_id, t.subscription_id,
       t.appointment_id, t.position, t.event_type, t.start_at, t.sealed, t.tries, t.created_at,
       t.expires_at
FROM begin_webhook_trial(%(endpoint_id)s, %(type)s, %(worker)s, %(lease_seconds)s) AS t;

-- name: attempt
-- The last try of a delivery that has ended, by primary key.
SELECT json_build_object(
    'deliveryId', a.delivery_id, 'number', a.number, 'startedAt', wire_time(a.started_at),
    'endedAt', wire_time(a.ended_at), 'outcome', a.outcome, 'code', a.code, 'excerpt', a.excerpt
) AS document
FROM delivery_attempts AS a JOIN deliveries AS d ON d.id = a.delivery_id
WHERE a.delivery_id = %(id)s AND d.settled_at IS NOT NULL
ORDER BY a.number DESC LIMIT 1;

-- name: replay
-- Takes the planner's lease, unless it only counts. Outcomes: planned, too_many, not_found.
SELECT outcome, count FROM replay_webhooks(
    %(endpoint_id)s, %(from_position)s, %(from)s, %(to)s, %(types)s, %(limit)s, %(is_dry)s);
