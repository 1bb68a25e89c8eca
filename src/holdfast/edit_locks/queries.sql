-- Statements of edit locks. The functions they call say which locks they take.

-- name: acquire
-- Locks the appointment FOR KEY SHARE, then the edit-lock row.
SELECT outcome, lock, current_version
FROM acquire_edit_lock(%(actor)s, %(appointment_id)s, %(expected_version)s, %(position)s,
                       %(ttl_seconds)s, %(metadata)s);

-- name: release
-- Locks the appointment FOR KEY SHARE, then the edit-lock row.
SELECT outcome, lock, current_version
FROM release_edit_lock(%(actor)s, %(appointment_id)s, %(expected_version)s, %(metadata)s);

-- name: change
-- Several callers' acquires and releases in one transaction, one row for each. Locks: the appointments
-- FOR KEY SHARE by id, then the edit-lock rows by id; without `waits` it waits for none of them, and
-- says `busy` instead.
SELECT number, outcome, lock, current_version
FROM change_edit_locks(%(requests)s, %(ttl_seconds)s, %(waits)s)
ORDER BY number;

-- name: force_release
-- Locks the appointment FOR KEY SHARE, then the edit-lock row.
SELECT outcome FROM force_release_edit_lock(%(actor)s, %(appointment_id)s, %(metadata)s);

-- name: take_over
-- Locks the appointment FOR KEY SHARE, then the edit-lock row.
SELECT outcome, lock
FROM take_over_edit_lock(%(actor)s, %(appointment_id)s, %(ttl_seconds)s, %(metadata)s);

-- name: status
-- How the edit lock stands; a read without locks. `is_seen` says whether the actor may see it.
SELECT a.id IS NOT NULL AS is_seen, edit_lock_document(%(actor)s, l) AS lock,
       coalesce(l.version, 0) AS version, l.user_id, l.expires_at <= clock_timestamp() AS is_expired
FROM (VALUES (%(appointment_id)s::uuid)) AS q (appointment_id)
LEFT JOIN appointments AS a ON a.id = q.appointment_id AND sees_appointment(%(actor)s, a)
LEFT JOIN edit_locks AS l ON l.appointment_id = a.id;

-- name: statuses
-- Several callers' looks at edit locks, one row for each; a read without locks.
SELECT q.number, a.id IS NOT NULL AS is_seen, edit_lock_document(q.actor, l) AS lock,
       coalesce(l.version, 0) AS version, l.user_id, l.expires_at <= clock_timestamp() AS is_expired
FROM edit_lock_requests(%(requests)s) AS q
LEFT JOIN appointments AS a ON a.id = q.appointment_id AND sees_appointment(q.actor, a)
LEFT JOIN edit_locks AS l ON l.appointment_id = a.id
ORDER BY q.number;

-- name: history
-- A page of what happened to an appointment's edit lock, newest first. No row: out of sight; one
-- without a document: nothing happened.
SELECT CASE WHEN h.id IS NOT NULL THEN json_build_object(
           'id', h.id, 'appointmentId', h.appointment_id, 'userId', h.user_id,
           'userName', h.user_name,
           'userEmail', CASE WHEN %(actor)s::jsonb ->> 'role' <> 'client' THEN h.user_email END,
           'action', h.action, 'timestamp', wire_time(h.at),
           'durationSeconds', h.duration_seconds, 'releasedBy', h.released_by,
           'lockVersion', h.lock_version,
           -- With what somebody works is staff's to know, not the client's.
           'metadata', CASE WHEN %(actor)s::jsonb ->> 'role' <> 'client' THEN h.metadata
                            ELSE h.metadata - 'userAgent' END) END AS document,
       h.id, h.at
FROM appointments AS a
LEFT JOIN LATERAL (
    SELECT * FROM edit_lock_history AS x
    WHERE x.appointment_id = a.id
      AND (%(before_at)s::timestamptz IS NULL
           OR (x.at, x.id) < (%(before_at)s, %(before_id)s))
    ORDER BY x.at DESC, x.id DESC
    LIMIT %(limit)s
) AS h ON true
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a)
ORDER BY h.at DESC, h.id DESC;

-- name: statistics
-- Counts over one appointment's history (bounded by the index on appointment_id). No row: out of
-- sight.
SELECT json_build_object(
    'totalAcquisitions', count(*) FILTER (WHERE h.action = 'acquired'),
    'totalRenewals', count(*) FILTER (WHERE h.action = 'renewed'),
    'totalReleases', count(*) FILTER (WHERE h.action = 'released'),
    'totalExpired', count(*) FILTER (WHERE h.action = 'expired'),
    'totalForceReleases', count(*) FILTER (WHERE h.action = 'force_released'),
    'totalTakeOvers', count(*) FILTER (WHERE h.action = 'taken_over'),
    'averageDurationSeconds', coalesce(round(avg(h.duration_seconds), 1), 0)::float,
    'uniqueUsers', count(DISTINCT h.user_id)) AS document
FROM appointments AS a
LEFT JOIN edit_lock_history AS h ON h.appointment_id = a.id
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a)
GROUP BY a.id;

-- name: held
-- Edit locks held now, the latest first.
SELECT edit_lock_document(%(actor)s, l) AS document, l.acquired_at, l.appointment_id AS id
FROM edit_locks AS l
WHERE l.user_id IS NOT NULL AND l.expires_at > clock_timestamp()
  AND (%(before_at)s::timestamptz IS NULL
       OR (l.acquired_at, l.appointment_id) < (%(before_at)s, %(before_id)s))
ORDER BY l.acquired_at DESC, l.appointment_id DESC
LIMIT %(limit)s;

-- name: analytics
-- Use of edit locks in a period: totals, by day, and by user (the twenty most active). Bounded by
-- the period, which the route limits.
WITH h AS MATERIALIZED (
    SELECT * FROM edit_lock_history WHERE at >= %(from)s AND at < %(to)s
)
SELECT json_build_object(
    'from', wire_time(%(from)s), 'to', wire_time(%(to)s), 'timezone', home_timezone(),
    'heldNow', (SELECT count(*) FROM edit_locks
                WHERE user_id IS NOT NULL AND expires_at > clock_timestamp()),
    'totalAcquisitions', count(*) FILTER (WHERE action = 'acquired'),
    'totalRenewals', count(*) FILTER (WHERE action = 'renewed'),
    'totalReleases', count(*) FILTER (WHERE action = 'released'),
    'totalExpired', count(*) FILTER (WHERE action = 'expired'),
    'totalForceReleases', count(*) FILTER (WHERE action = 'force_released'),
    'totalTakeOvers', count(*) FILTER (WHERE action = 'taken_over'),
    'averageDurationSeconds', coalesce(round(avg(duration_seconds), 1), 0)::float,
    'uniqueUsers', count(DISTINCT user_id),
    'byDay', coalesce((SELECT json_agg(d ORDER BY d.day) FROM (
        SELECT to_char(at AT TIME ZONE (SELECT home_timezone()), 'YYYY-MM-DD') AS day,
               count(*) FILTER (WHERE action = 'acquired') AS acquisitions,
               count(*) FILTER (WHERE action = 'expired') AS expired
        FROM h GROUP BY 1) AS d), '[]'),
    'byUser', coalesce((SELECT json_agg(u ORDER BY u.acquisitions DESC, u."userId") FROM (
        SELECT user_id AS "userId", max(user_name) AS "userName",
               count(*) FILTER (WHERE action = 'acquired') AS acquisitions,
               coalesce(round(avg(duration_seconds), 1), 0)::float AS "averageDurationSeconds"
        FROM h GROUP BY user_id ORDER BY 3 DESC, 1 LIMIT 20) AS u), '[]')) AS document
FROM h;
