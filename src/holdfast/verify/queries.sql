-- The checks of `holdfast verify` on slots, reservations, appointments and answers (SPEC §3: I1 to
-- I5). Those of money stand in queries_fees.sql, of history and events in queries_history.sql, of the
-- schema itself in queries_guards.sql.
--
-- Each check looks at one range of keys, [first, last], and returns one row for each violation:
-- id and what is wrong. It trusts no constraint, trigger or generated column to have done its
-- work, and takes no locks. `holdfast verify` runs all of them in one read-only snapshot; the API
-- runs those that cost no more than their range, range by range.

-- name: ranges
-- Cuts a table into ranges of about `size` rows: the key at the end of each, and the number of rows
-- up to there. The last row counts the whole table. One scan, by index where there is one.
SELECT r.key, r.n AS rows
FROM (
    SELECT {key} AS key, row_number() OVER w AS n, lead({key}) OVER w IS NULL AS is_last
    FROM {table}
    WINDOW w AS (ORDER BY {key})
) AS r
WHERE r.n %% %(size)s = 0 OR r.is_last
ORDER BY r.n;

-- name: batch
-- Where a batch of `size` rows that begins at a key ends, and how many rows it has; no row behind the
-- last one. Walks the index on the key, and cuts before it counts: PostgreSQL 15 reads a row ahead.
SELECT r.key, r.rows
FROM (
    SELECT b.key, row_number() OVER (ORDER BY b.key) AS rows
    FROM (
        SELECT {key} AS key
        FROM {table}
        WHERE {key} >= %(first)s
        ORDER BY {key}
        LIMIT %(size)s
    ) AS b
) AS r
ORDER BY r.rows DESC
LIMIT 1;

-- name: estimates
-- About how many rows some tables have, by PostgreSQL's statistics; 0 where there are none yet.
SELECT c.oid::regclass::text AS table, greatest(c.reltuples, 0)::bigint AS rows
FROM pg_class AS c
WHERE c.oid = ANY (%(tables)s::regclass[]);

-- name: appointment_overlaps
-- I1: no two live appointments of a provider overlap. The later one of such a pair begins within the
-- earlier one, so that a look behind each start, by index, finds them all.
SELECT DISTINCT ON (o.id) o.id,
       format('overlaps appointment %%s of provider %%s', a.id, a.provider_id) AS what
FROM appointments AS a
JOIN appointments AS o ON o.provider_id = a.provider_id
    AND o.start_at >= a.start_at AND o.start_at < a.end_at
    AND (o.start_at, o.id) > (a.start_at, a.id)
WHERE a.id BETWEEN %(first)s AND %(last)s
  AND a.status IN ('confirmed', 'completed') AND a.deleted_at IS NULL
  AND o.status IN ('confirmed', 'completed') AND o.deleted_at IS NULL
ORDER BY o.id, a.id;

-- name: slot_overlaps
-- I1: no two unblocked slots of a provider overlap; found as in appointment_overlaps.
SELECT DISTINCT ON (o.id) o.id,
       format('overlaps slot %%s of provider %%s', s.id, s.provider_id) AS what
FROM slots AS s
JOIN slots AS o ON o.provider_id = s.provider_id
    AND o.start_at >= s.start_at AND o.start_at < s.end_at
    AND (o.start_at, o.id) > (s.start_at, s.id)
WHERE s.id BETWEEN %(first)s AND %(last)s
  AND s.status <> 'blocked' AND s.deleted_at IS NULL
  AND o.status <> 'blocked' AND o.deleted_at IS NULL
ORDER BY o.id, s.id;

-- name: slot_holders
-- I1: a slot has at most one live holder, be it a live reservation or a live appointment.
SELECT h.slot_id AS id, format('has %%s live holders', count(*)) AS what
FROM (
    SELECT r.slot_id FROM reservations AS r
    WHERE r.slot_id BETWEEN %(first)s AND %(last)s AND r.status = 'live'
    UNION ALL
    SELECT a.slot_id FROM appointments AS a
    WHERE a.slot_id BETWEEN %(first)s AND %(last)s AND a.is_live
) AS h
GROUP BY h.slot_id
HAVING count(*) > 1;

-- name: slot_states
-- I4: the state of a slot and its columns say the same.
SELECT s.id, w.what
FROM slots AS s
CROSS JOIN LATERAL (SELECT CASE
    WHEN s.start_at >= s.end_at THEN 'ends before it begins'
    WHEN (s.status = 'held') <> (s.held_until IS NOT NULL)
        THEN format('is %%s with held_until %%s', s.status, coalesce(s.held_until::text, 'empty'))
    WHEN (s.status = 'held') <> (s.reservation_id IS NOT NULL)
        THEN format('is %%s with reservation_id %%s', s.status,
                    coalesce(s.reservation_id::text, 'empty'))
    WHEN (s.status = 'booked') <> (s.appointment_id IS NOT NULL)
        THEN format('is %%s with appointment_id %%s', s.status,
                    coalesce(s.appointment_id::text, 'empty'))
    WHEN s.deleted_at IS NOT NULL AND s.status IN ('held', 'booked')
        THEN format('is %%s and deleted', s.status)
    WHEN s.origin = 'withdrawn' AND s.deleted_at IS NULL THEN 'is withdrawn and there'
    WHEN s.origin = 'surplus' AND (s.status NOT IN ('held', 'booked') OR s.deleted_at IS NOT NULL)
        THEN format('is surplus and %%s', s.status)
    WHEN s.is_open <> (s.status <> 'blocked' AND s.deleted_at IS NULL)
        THEN 'is_open does not follow from status and deleted_at'
    WHEN s.during <> tstzrange(s.start_at, s.end_at)
        THEN 'during does not follow from start_at and end_at'
    END) AS w (what)
WHERE s.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: slot_bookings
-- I4, from the slot: a booked slot names a live appointment of the same provider, which names the
-- slot and lies inside it.
SELECT s.id, w.what
FROM slots AS s
LEFT JOIN appointments AS a ON a.id = s.appointment_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN a.id IS NULL THEN format('is booked for %%s, which does not exist', s.appointment_id)
    WHEN a.deleted_at IS NOT NULL THEN format('is booked for %%s, which is deleted', a.id)
    WHEN a.status NOT IN ('confirmed', 'completed')
        THEN format('is booked for %%s, which is %%s', a.id, a.status)
    WHEN a.slot_id IS DISTINCT FROM s.id
        THEN format('is booked for %%s, which names %%s', a.id,
                    coalesce('slot ' || a.slot_id, 'no slot'))
    WHEN a.provider_id <> s.provider_id
        THEN format('is booked for %%s of another provider', a.id)
    WHEN a.start_at < s.start_at OR a.end_at > s.end_at
        THEN format('is booked for %%s, which does not lie inside it', a.id)
    END) AS w (what)
WHERE s.id BETWEEN %(first)s AND %(last)s AND s.appointment_id IS NOT NULL
  AND w.what IS NOT NULL;

-- name: appointment_slots
-- I4, from the appointment: a live one names a slot that is booked for it; one that is requested,
-- cancelled or missed has none. A deleted one may remember its slot.
SELECT a.id, w.what
FROM appointments AS a
LEFT JOIN slots AS s ON s.id = a.slot_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN a.start_at >= a.end_at THEN 'ends before it begins'
    WHEN a.is_live <> (a.status IN ('confirmed', 'completed') AND a.deleted_at IS NULL)
        THEN 'is_live does not follow from status and deleted_at'
    WHEN a.during <> tstzrange(a.start_at, a.end_at)
        THEN 'during does not follow from start_at and end_at'
    WHEN a.deleted_at IS NOT NULL THEN NULL
    WHEN a.status NOT IN ('confirmed', 'completed') AND a.slot_id IS NOT NULL
        THEN format('is %%s and still names slot %%s', a.status, a.slot_id)
    WHEN a.status NOT IN ('confirmed', 'completed') THEN NULL
    WHEN a.slot_id IS NULL THEN format('is %%s without a slot', a.status)
    WHEN s.id IS NULL THEN format('names slot %%s, which does not exist', a.slot_id)
    WHEN s.status <> 'booked' THEN format('names slot %%s, which is %%s', s.id, s.status)
    WHEN s.appointment_id <> a.id
        THEN format('names slot %%s, which is booked for %%s', s.id, s.appointment_id)
    END) AS w (what)
WHERE a.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: held_slots
-- I5, from the slot: a held slot is held by a live reservation of it with the same expiry.
SELECT s.id, w.what
FROM slots AS s
LEFT JOIN reservations AS r ON r.id = s.reservation_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN r.id IS NULL THEN format('is held by %%s, which does not exist', s.reservation_id)
    WHEN r.slot_id <> s.id THEN format('is held by %%s, which is of another slot', r.id)
    WHEN r.status <> 'live' THEN format('is held by %%s, which is %%s', r.id, r.status)
    WHEN r.expires_at IS DISTINCT FROM s.held_until
        THEN format('is held until another time than its reservation %%s', r.id)
    END) AS w (what)
WHERE s.id BETWEEN %(first)s AND %(last)s AND s.reservation_id IS NOT NULL
  AND w.what IS NOT NULL;

-- name: reservation_states
-- I5, from the reservation: a live one holds its slot; a used one was used before it expired.
SELECT r.id, w.what
FROM reservations AS r
LEFT JOIN slots AS s ON s.id = r.slot_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN (r.status = 'live') <> (r.closed_at IS NULL)
        THEN format('is %%s with closed_at %%s', r.status, coalesce(r.closed_at::text, 'empty'))
    WHEN r.status = 'live' AND s.reservation_id IS DISTINCT FROM r.id
        THEN format('is live, but slot %%s is not held by it', r.slot_id)
    WHEN r.status = 'live' AND num_nulls(r.price_cents, r.currency, r.duration_minutes,
                                         r.free_until_hours, r.no_show_fee_cents) > 0
        THEN 'is live, but promises no price, policy and duration'
    WHEN r.status = 'used' AND r.closed_at >= r.expires_at
        THEN format('was used at %%s, after it had expired', r.closed_at)
    END) AS w (what)
WHERE r.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: used_reservations
-- I5: as often as a slot went from held to booked, a reservation of it was used, and no oftener.
SELECT coalesce(r.slot_id, b.slot_id) AS id,
       format('was booked out of a hold %%s times, by %%s used reservations',
              coalesce(b.times, 0), coalesce(r.times, 0)) AS what
FROM (
    SELECT r.slot_id, count(*) AS times FROM reservations AS r
    WHERE r.slot_id BETWEEN %(first)s AND %(last)s AND r.status = 'used'
    GROUP BY r.slot_id
) AS r
FULL JOIN (
    SELECT e.slot_id, count(*) AS times FROM slot_audit AS e
    WHERE e.slot_id BETWEEN %(first)s AND %(last)s
      AND e.previous_status = 'held' AND e.new_status = 'booked'
    GROUP BY e.slot_id
) AS b ON b.slot_id = r.slot_id
WHERE r.times IS DISTINCT FROM b.times;

-- name: recorded_answers
-- I2 and I3, as far as they can be seen afterwards: a key has one record, and the appointment that a
-- recorded answer says it made exists and was made by no other key. (That a key was worked on only
-- once while its record did not yet exist leaves no trace; the transaction lock sees to that.)
WITH answers AS (
    SELECT r.user_id, r.key,
        CASE WHEN r.status = 201 AND position('"cancellationPolicy"'::bytea IN r.body) > 0
             THEN convert_from(r.body, 'UTF8')::jsonb END AS body
    FROM idempotency_records AS r
    WHERE r.user_id BETWEEN %(first)s AND %(last)s
), counted AS (
    SELECT t.user_id, t.key, t.made,
        count(*) OVER (PARTITION BY t.user_id, t.key) AS records,
        count(t.made) OVER (PARTITION BY t.made) AS makers
    FROM (
        SELECT b.user_id, b.key, CASE WHEN b.body ? 'slotId' AND b.body ? 'cancellationPolicy'
            THEN (b.body ->> 'id')::uuid END AS made
        FROM answers AS b
    ) AS t
)
SELECT c.user_id || ' ' || c.key AS id, w.what
FROM counted AS c
CROSS JOIN LATERAL (SELECT CASE
    WHEN c.records > 1 THEN format('has %%s records', c.records)
    WHEN c.makers > 1 THEN format('made appointment %%s, as another key did', c.made)
    WHEN c.made IS NOT NULL AND NOT EXISTS (SELECT FROM appointments AS a WHERE a.id = c.made)
        THEN format('answered with appointment %%s, which does not exist', c.made)
    END) AS w (what)
WHERE w.what IS NOT NULL;
