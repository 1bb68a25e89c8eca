-- Statements of live updates.

-- name: appointment_visible
-- Whether the actor may know of an appointment.
SELECT 1 AS found FROM appointments AS a
WHERE a.id = %(id)s AND sees_appointment(%(actor)s, a);

-- name: provider_known
SELECT 1 AS found FROM providers WHERE id = %(id)s AND deleted_at IS NULL;

-- name: request_takeover
-- Tells the holder of an edit lock, through the outbox. Outcomes: asked, not_found, lock_not_found.
SELECT request_takeover(%(actor)s, %(appointment_id)s) AS outcome;

-- name: live_sessions
-- Which of these cookie sessions still count.
SELECT s.secret_hash FROM sessions AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.secret_hash = ANY(%(secret_hashes)s) AND s.expires_at > clock_timestamp() AND u.is_active;
