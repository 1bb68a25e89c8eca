-- Statements of the shared HTTP mechanisms.

-- name: caller_by_sign_in
-- The active user of a sign-in that has not ended, by primary keys.
SELECT u.id, u.role::text AS role, u.name, u.email, u.provider_id, s.id AS sign_in_id
FROM sign_ins AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.id = %(sign_in_id)s AND s.user_id = %(user_id)s AND s.ended_at IS NULL AND u.is_active;

-- name: caller_by_session
-- The active user of an unexpired cookie session; and whether its last use is to be noted.
SELECT u.id, u.role::text AS role, u.name, u.email, u.provider_id, s.id AS sign_in_id, s.expires_at,
       s.last_used_at < clock_timestamp() - interval '5 minutes' AS is_stale
FROM sign_ins AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.secret_hash = %(secret_hash)s AND s.ended_at IS NULL
  AND s.expires_at > clock_timestamp() AND u.is_active;

-- name: note_use
-- When a cookie session was used last, to a few minutes. Whoever finds the row locked leaves it.
UPDATE sign_ins SET last_used_at = clock_timestamp()
WHERE id = (SELECT id FROM sign_ins WHERE id = %(sign_in_id)s FOR NO KEY UPDATE SKIP LOCKED);

-- name: callers_changed
-- Users whose access changed lately, and sign-ins that ended lately; bounded by the indexes on
-- access_changed_at and ended_at, which can be searched for statement_timestamp() and not for the
-- moving clock.
(SELECT id AS user_id, NULL::uuid AS sign_in_id FROM users
 WHERE access_changed_at > statement_timestamp() - make_interval(secs => %(overlap_seconds)s)
 ORDER BY access_changed_at DESC
 LIMIT 10000)
UNION ALL
(SELECT user_id, id FROM sign_ins
 WHERE ended_at > statement_timestamp() - make_interval(secs => %(overlap_seconds)s)
 ORDER BY ended_at DESC
 LIMIT 10000);

-- name: count_hits
-- One upsert for each key, in the order given; the row locks order concurrent hits of one key.
SELECT h.hits, h.reset_seconds
FROM unnest(%(keys)s::text[], %(windows)s::integer[]) WITH ORDINALITY AS k (key, seconds, place)
CROSS JOIN LATERAL count_hit(k.key, k.seconds) AS h
ORDER BY k.place;

-- name: read_hits
-- How each key stands; takes no lock. A window that has run out, or never began, has no hits.
SELECT coalesce(w.hits, 0) AS hits,
       greatest(1, coalesce(
           ceil(extract(epoch FROM w.expires_at - clock_timestamp())), k.seconds))::integer
           AS reset_seconds
FROM unnest(%(keys)s::text[], %(windows)s::integer[]) WITH ORDINALITY AS k (key, seconds, place)
LEFT JOIN throttle_windows AS w ON w.key = k.key AND w.expires_at > clock_timestamp()
ORDER BY k.place;

-- name: begin_idempotent
-- Takes the key's transaction lock without waiting; see http/functions.sql.
SELECT outcome, status, headers, body, is_sealed
FROM begin_idempotent(%(user_id)s, %(key)s, %(fingerprint)s);

-- name: record_answer
-- Stores the first answer, sealed; the key's lock is held, so nobody else inserts it.
SELECT record_answer(%(user_id)s, %(key)s, %(fingerprint)s, %(status)s::smallint, %(headers)s,
                     %(body)s, %(ttl_seconds)s, true);
