-- Statements of what stands around an appointment (SPEC 4.5): other times for it, its calendar
-- file, shares and comments.

-- name: nearest
-- Other times around its start, for whoever may see it; for staff also when its service or provider was
-- set inactive. Reads without locks.
SELECT slot_alternatives(
    a.provider_id, a.service_id, a.start_at, %(limit)s, a.end_at - a.start_at,
    %(actor)s ->> 'role' <> 'client') AS timeslots
FROM appointments AS a
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a);

-- name: soonest
-- The provider's next free times, from now or on the whole of tomorrow in the provider's zone.
SELECT coalesce((
    SELECT json_agg(timeslot_document(f, sv.price_cents) ORDER BY f.start_at)
    FROM service_of(a.provider_id, a.service_id, %(actor)s ->> 'role' <> 'client') AS sv
    CROSS JOIN LATERAL free_slots(
        a.provider_id, sv, a.end_at - a.start_at, NULL,
        CASE WHEN %(tomorrow)s THEN d.day_start ELSE '-infinity' END,
        '00000000-0000-0000-0000-000000000000',
        CASE WHEN %(tomorrow)s THEN d.day_end ELSE 'infinity' END, %(limit)s) AS f
), '[]') AS timeslots
FROM appointments AS a
JOIN providers AS p ON p.id = a.provider_id
CROSS JOIN LATERAL (
    SELECT (today + 1)::timestamp AT TIME ZONE p.timezone,
           (today + 2)::timestamp AT TIME ZONE p.timezone
    FROM (SELECT (statement_timestamp() AT TIME ZONE p.timezone)::date) AS t (today)
) AS d (day_start, day_end)
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a);

-- name: calendar_entry
-- What a calendar shows of an appointment. `shown_at`: the last change of anything in it.
SELECT a.id, a.start_at, a.end_at, coalesce(f.timezone, p.timezone) AS timezone,
       a.status::text AS status, a.deleted_at, a.created_at, a.updated_at,
       sv.title AS service_title, p.name AS provider_name,
       f.name AS facility_name, f.address AS facility_address,
       calendar_sequence(a.id, a.version) AS sequence,
       greatest(a.updated_at, p.updated_at, sv.updated_at, f.updated_at) AS shown_at
FROM appointments AS a
JOIN providers AS p ON p.id = a.provider_id
JOIN services AS sv ON sv.id = a.service_id
LEFT JOIN facilities AS f ON f.id = a.facility_id
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a);

-- name: lock_for_share
-- Locks the appointment, so that its live shares can be counted. No row: out of sight.
SELECT a.deleted_at, shares_end(a) AS expires_at,
       shares_end(a) <= clock_timestamp() AS is_over FROM appointments AS a
WHERE a.id = %(appointment_id)s AND sees_appointment(%(actor)s, a)
FOR NO KEY UPDATE;

-- name: add_share
-- Adds a share unless the appointment has %(limit)s live ones; the caller holds its lock.
INSERT INTO appointment_shares (id, appointment_id, secret_hash, created_by)
SELECT new_uuid_v7(), %(appointment_id)s, %(secret_hash)s, %(user_id)s
WHERE %(limit)s > (
    SELECT count(*) FROM appointment_shares AS h
    WHERE h.appointment_id = %(appointment_id)s AND h.revoked_at IS NULL)
RETURNING id;

-- name: revoke_share
-- Ends a live share of an appointment that the actor may see. No row: there is none.
UPDATE appointment_shares AS h SET revoked_at = clock_timestamp()
FROM appointments AS a
WHERE h.id = %(share_id)s AND h.appointment_id = %(appointment_id)s AND h.revoked_at IS NULL
  AND a.id = h.appointment_id AND sees_appointment(%(actor)s, a)
RETURNING h.id;

-- name: shared
-- What the holder of a share's secret may know: when, where, what and with whom. Neither the client
-- nor anybody's contact data or notes.
SELECT json_build_object(
    'start', wire_time(a.start_at), 'end', wire_time(a.end_at),
    'timezone', coalesce(f.timezone, p.timezone), 'status', a.status,
    'serviceTitle', sv.title, 'providerName', p.name,
    'facilityName', f.name, 'facilityAddress', f.address) AS document
FROM appointment_shares AS h
JOIN appointments AS a ON a.id = h.appointment_id
JOIN providers AS p ON p.id = a.provider_id
JOIN services AS sv ON sv.id = a.service_id
LEFT JOIN facilities AS f ON f.id = a.facility_id
WHERE h.secret_hash = %(secret_hash)s AND h.revoked_at IS NULL AND a.deleted_at IS NULL
  AND shares_end(a) > statement_timestamp();

-- name: comments
-- A page of an appointment's comments, the oldest first; the caller has checked the access.
SELECT comment_document(c, u.name) AS document, c.created_at, c.id
FROM appointment_comments AS c
JOIN users AS u ON u.id = c.author_id
WHERE c.appointment_id = %(appointment_id)s
  AND (c.created_at, c.id) > (%(created)s, %(id)s)
ORDER BY c.created_at, c.id
LIMIT %(limit)s;

-- name: add_comment
-- One insert; the caller has checked the access.
INSERT INTO appointment_comments AS c (id, appointment_id, author_id, body)
VALUES (new_uuid_v7(), %(appointment_id)s, %(author_id)s, %(body)s)
RETURNING comment_document(c, %(author_name)s::text) AS document;
