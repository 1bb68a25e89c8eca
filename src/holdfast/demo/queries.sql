-- Statements of the demo: what of it is there already, and what no function of the API does.

-- name: begin
-- One loader at a time, until the end of the transaction, so that two servers may start at once.
SELECT pg_advisory_xact_lock(20010, 0);

-- name: users
-- Users by id (their address may have been changed) or by address (whoever made them).
SELECT id, lower(email) AS email, role::text AS role, name, provider_id
FROM users WHERE id = ANY (%(ids)s) OR lower(email) = ANY (%(emails)s);

-- name: accounts_by_email
-- The active accounts with these addresses, and their passwords' hashes.
SELECT email, password_hash FROM users
WHERE lower(email) = ANY (%(emails)s) AND is_active AND password_hash IS NOT NULL
ORDER BY email;

-- name: known
-- Which of these ids stand in the catalogue, removed ones included.
SELECT id FROM facilities WHERE id = ANY (%(ids)s)
UNION ALL SELECT id FROM services WHERE id = ANY (%(ids)s)
UNION ALL SELECT id FROM providers WHERE id = ANY (%(ids)s);

-- name: scheduled
-- Which of these providers can be published: there, and with a schedule.
SELECT p.id FROM providers AS p JOIN schedules AS s ON s.provider_id = p.id
WHERE p.id = ANY (%(ids)s) AND p.deleted_at IS NULL;

-- name: standing
-- Which of these appointments are there, and whether they are still to come.
SELECT id, start_at > clock_timestamp() AS is_to_come FROM appointments
WHERE id = ANY (%(ids)s);

-- name: free_slot
-- The provider's first free slot for a service: from a day on, not before an hour of the day, both
-- in its own zone, and after a time if one is given; at which the client has nothing else.
SELECT s.id, s.facility_id, s.start_at
FROM providers AS p
CROSS JOIN LATERAL offered_service(p.id, %(service_id)s) AS sv
JOIN slots AS s ON s.provider_id = p.id AND s.deleted_at IS NULL
WHERE p.id = %(provider_id)s AND s.status = 'available' AND slot_serves(s, sv)
  AND s.start_at > greatest(clock_timestamp(), %(after)s::timestamptz)
  AND s.start_at >= (date_trunc('day', clock_timestamp() AT TIME ZONE p.timezone)
                     + make_interval(days => %(days)s)) AT TIME ZONE p.timezone
  AND extract(hour FROM s.start_at AT TIME ZONE p.timezone) >= %(hour)s
  AND NOT EXISTS (
      SELECT FROM appointments AS a
      WHERE a.user_id = %(user_id)s AND a.status IN ('requested', 'confirmed')
        AND a.deleted_at IS NULL AND a.during && s.during)
ORDER BY s.start_at
LIMIT 1;

-- name: act_as
-- Who does what the next statement of this transaction does.
SELECT act_as(%(actor)s);

-- name: publish_past
-- A slot that has begun, which no caller of the API may publish; none where the provider has one.
INSERT INTO slots (id, provider_id, facility_id, service_id, start_at, end_at)
SELECT %(slot_id)s, c.id, %(facility_id)s, %(service_id)s, %(start)s, %(end)s
FROM lock_provider_calendar(%(provider_id)s) AS c
WHERE c.id IS NOT NULL AND overlapping_slot(c.id, %(start)s, %(end)s, NULL) IS NULL
RETURNING id;

-- name: book_past
-- An appointment in a slot that has begun, which no caller of the API may book. The slot was
-- published in this transaction, so nobody else knows it.
SELECT (insert_appointment(%(appointment_id)s, %(user_id)s, s.provider_id, s.facility_id, sv, s,
                           s.start_at, s.end_at, 'normal', NULL)).id
FROM slots AS s CROSS JOIN services AS sv
WHERE s.id = %(slot_id)s AND sv.id = %(service_id)s;
