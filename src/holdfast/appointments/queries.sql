-- Statements of appointments. The functions they call say which locks they take.

-- name: appointment
-- One appointment with its audit, for whoever may see it: for each question, in order; all null
-- when it is out of sight. `names_changed`: since its last change, something it refers to was
-- renamed.
SELECT found.document, found.version, found.updated_at, found.audit, found.names_changed
FROM unnest(%(appointments)s::uuid[], %(actors)s::jsonb[])
     WITH ORDINALITY AS q (appointment_id, actor, number)
LEFT JOIN LATERAL (
    SELECT shown_document(q.actor, appointment_document(a, u, p, f, sv), u)::json AS document,
           a.version, a.updated_at,
           (SELECT json_agg(audit_entry(e) ORDER BY e.version)
            FROM appointment_audit AS e WHERE e.appointment_id = a.id) AS audit,
           greatest(u.updated_at, p.updated_at, sv.updated_at, f.updated_at) > a.updated_at
               AS names_changed
    FROM appointments AS a
    JOIN users AS u ON u.id = a.user_id
    JOIN providers AS p ON p.id = a.provider_id
    JOIN services AS sv ON sv.id = a.service_id
    LEFT JOIN facilities AS f ON f.id = a.facility_id
    WHERE a.id = q.appointment_id AND sees_appointment(q.actor, a)
) AS found ON true
ORDER BY q.number;

-- name: appointment_as_of
-- The same as it was at a time, with its audit up to then. No row before it was made. The names it
-- refers to are today's: history records which provider it was, not what the provider was called.
SELECT shown_document(%(actor)s, appointment_document(a, u, p, f, sv), u)::json AS document,
       a.version, a.updated_at,
       (SELECT json_agg(audit_entry(e) ORDER BY e.version)
        FROM appointment_audit AS e
        WHERE e.appointment_id = a.id AND e.version <= a.version) AS audit,
       greatest(u.updated_at, p.updated_at, sv.updated_at, f.updated_at) > a.updated_at
           AS names_changed
FROM appointment_as_of(%(actor)s, %(appointment_id)s, %(at)s) AS a
JOIN users AS u ON u.id = a.user_id
JOIN providers AS p ON p.id = a.provider_id
JOIN services AS sv ON sv.id = a.service_id
LEFT JOIN facilities AS f ON f.id = a.facility_id;

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
-- Confirmed ones that have not ended and requests that have not begun, the next one first. What ends after
-- now began within the last day, as no appointment is longer; statement_timestamp() lets the index know.
SELECT shown_document(%(actor)s, d.document, u) AS document, a.start_at, a.id
FROM appointments AS a
JOIN users AS u ON u.id = a.user_id
CROSS JOIN LATERAL appointment_documents(a) AS d (document)
WHERE a.user_id = %(user_id)s AND a.deleted_at IS NULL
  AND CASE a.status WHEN 'confirmed' THEN a.end_at WHEN 'requested' THEN a.start_at END
      > clock_timestamp()
  AND a.start_at > statement_timestamp() - interval '1 day'
  AND (a.start_at, a.id) > (%(start)s, %(id)s)
  AND sees_appointment(%(actor)s, a)
ORDER BY a.start_at, a.id
LIMIT %(limit)s;

-- name: history_of_user
-- All others, the latest first.
SELECT shown_document(%(actor)s, d.document, u) AS document, a.start_at, a.id
FROM appointments AS a
JOIN users AS u ON u.id = a.user_id
CROSS JOIN LATERAL appointment_documents(a) AS d (document)
WHERE a.user_id = %(user_id)s AND a.deleted_at IS NULL
  AND (CASE a.status WHEN 'confirmed' THEN a.end_at WHEN 'requested' THEN a.start_at END
       > clock_timestamp()) IS NOT TRUE
  AND (a.start_at, a.id) < (%(start)s, %(id)s)
  AND sees_appointment(%(actor)s, a)
ORDER BY a.start_at DESC, a.id DESC
LIMIT %(limit)s;

-- name: all_of_user
-- Upcoming and past together, the latest first.
SELECT shown_document(%(actor)s, d.document, u) AS document, a.start_at, a.id
FROM appointments AS a
JOIN users AS u ON u.id = a.user_id
CROSS JOIN LATERAL appointment_documents(a) AS d (document)
WHERE a.user_id = %(user_id)s AND a.deleted_at IS NULL
  AND (a.start_at, a.id) < (%(start)s, %(id)s)
  AND sees_appointment(%(actor)s, a)
ORDER BY a.start_at DESC, a.id DESC
LIMIT %(limit)s;

-- name: user_exists
-- Whether staff name a user that there is.
SELECT 1 AS found FROM users WHERE id = %(user_id)s;

-- name: access
-- Whether the actor may do this at all, before a replay is looked for (SPEC 4.7's order).
SELECT appointment_access(%(actor)s, a, %(rule)s) AS refusal
FROM appointments AS a WHERE a.id = %(appointment_id)s;

-- name: write
-- One write in the caller's transaction, which has to roll back whatever comes of a refusal. Each verb's
-- function says which locks it takes.
SELECT o.* FROM write_appointment(%(request)s) AS r CROSS JOIN LATERAL read_result(r) AS o;

-- name: write_once
-- One write with its idempotency key, in a transaction of its own; a refusal writes nothing.
SELECT * FROM write_appointment_once(%(request)s);

-- name: write_together
-- The same for several callers, in the order of the requests. Waits for no row.
SELECT (w.answer).* FROM write_appointments(%(requests)s) AS w ORDER BY w.number;

-- name: lock_many
-- Takes all rows that a bulk action will need in the common order (appointments by id, then their
-- slots by id), so that two bulk actions cannot wait for each other.
WITH locked AS MATERIALIZED (
    SELECT a.slot_id FROM appointments AS a
    WHERE a.id = ANY(%(appointment_ids)s) ORDER BY a.id FOR UPDATE
), slot_ids AS MATERIALIZED (
    SELECT array_agg(slot_id) AS ids FROM locked
)
SELECT s.id FROM slots AS s
WHERE s.id = ANY(coalesce((SELECT ids FROM slot_ids), '{}')) ORDER BY s.id FOR NO KEY UPDATE;

-- name: quote
-- What cancelling would cost now; a read, so the decision itself may differ later.
SELECT cancellation_fee(a, clock_timestamp(), false) AS fee_cents, a.price_cents, a.currency,
       wire_time(a.refundable_until) AS refundable_until, a.status::text AS status,
       a.deleted_at,
       -- Staff may give a reason when they cancel; it does not change what that costs.
       begun_obstacle(%(actor)s, a, clock_timestamp(), 'any') AS obstacle
FROM appointments AS a
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a);
