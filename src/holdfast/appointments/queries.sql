-- Statements of appointments. The functions they call say which locks they take.

-- name: book_reservation
-- Locks the slot row, then decides by the clock.
SELECT outcome, document, version, updated_at, wanted, provider_id, service_id
FROM book_reservation(%(actor)s, %(appointment_id)s, %(reservation_id)s, %(priority)s, %(notes)s);

-- name: book_directly
-- Locks the slot that contains the wanted period, then decides by the clock.
SELECT outcome, document, version, updated_at
FROM book_directly(%(actor)s, %(appointment_id)s, %(user_id)s, %(provider_id)s, %(service_id)s,
                   %(facility_id)s, %(start)s, %(end)s, %(priority)s, %(notes)s,
                   %(if_unavailable)s);

-- name: appointment
-- One appointment with its audit, for whoever may see it. `unchanged_since` is the time of the
-- last change of anything shown, the names it refers to included.
SELECT appointment_document(a) AS document, a.version, a.updated_at,
       (SELECT json_agg(audit_entry(e) ORDER BY e.version)
        FROM appointment_audit AS e WHERE e.appointment_id = a.id) AS audit,
       greatest(u.updated_at, p.updated_at, sv.updated_at, f.updated_at) > a.updated_at
           AS names_changed
FROM appointments AS a
JOIN users AS u ON u.id = a.user_id
JOIN providers AS p ON p.id = a.provider_id
JOIN services AS sv ON sv.id = a.service_id
LEFT JOIN facilities AS f ON f.id = a.facility_id
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a);

-- name: audit
-- A page of an appointment's audit, oldest first; version is the position.
SELECT audit_entry(e) AS document, e.version, e.id
FROM appointment_audit AS e
JOIN appointments AS a ON a.id = e.appointment_id
WHERE e.appointment_id = %(appointment_id)s AND sees_appointment(%(actor)s, a)
  AND e.version > %(after_version)s
ORDER BY e.version
LIMIT %(limit)s;

-- name: upcoming_of_user
-- Requested and confirmed ones that have not ended, the next one first.
SELECT appointment_document(a) AS document, a.start_at, a.id
FROM appointments AS a
WHERE a.user_id = %(user_id)s AND a.deleted_at IS NULL
  AND a.status IN ('requested', 'confirmed')
  AND a.end_at > clock_timestamp()
  AND a.start_at > clock_timestamp() - interval '1 day'
  AND (%(after_start)s::timestamptz IS NULL
       OR (a.start_at, a.id) > (%(after_start)s, %(after_id)s))
  AND sees_appointment(%(actor)s, a)
ORDER BY a.start_at, a.id
LIMIT %(limit)s;

-- name: history_of_user
-- All others, the latest first.
SELECT appointment_document(a) AS document, a.start_at, a.id
FROM appointments AS a
WHERE a.user_id = %(user_id)s AND a.deleted_at IS NULL
  AND (a.status NOT IN ('requested', 'confirmed') OR a.end_at <= clock_timestamp())
  AND (%(after_start)s::timestamptz IS NULL
       OR (a.start_at, a.id) < (%(after_start)s, %(after_id)s))
  AND sees_appointment(%(actor)s, a)
ORDER BY a.start_at DESC, a.id DESC
LIMIT %(limit)s;

-- name: all_of_user
-- Upcoming and past together, the latest first.
SELECT appointment_document(a) AS document, a.start_at, a.id
FROM appointments AS a
WHERE a.user_id = %(user_id)s AND a.deleted_at IS NULL
  AND (%(after_start)s::timestamptz IS NULL
       OR (a.start_at, a.id) < (%(after_start)s, %(after_id)s))
  AND sees_appointment(%(actor)s, a)
ORDER BY a.start_at DESC, a.id DESC
LIMIT %(limit)s;

-- name: user_exists
SELECT 1 AS found FROM users WHERE id = %(user_id)s;
