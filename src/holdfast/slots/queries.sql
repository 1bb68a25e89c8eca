-- Statements of slots and availability. Functions say which locks they take.

-- name: alternatives
-- Up to five available timeslots near the wanted start; bounded index scans, no locks.
SELECT slot_alternatives(%(provider_id)s, %(service_id)s, %(wanted)s) AS alternatives;

-- name: availability
-- The timeslots of a provider on some days of its own zone, as the JSON text that is sent: for each
-- question, in order. Slots that have begun are left out. `state` and `valid_until` say how long it
-- stays as it is: until the state is another, and no longer than to that time (docs/concurrency.md,
-- "An unchanged availability"). All are null when the provider does not offer the service.
SELECT a.body, a.state, a.valid_until
FROM unnest(%(providers)s::uuid[], %(services)s::uuid[], %(first_days)s::date[],
            %(numbers)s::integer[])
     WITH ORDINALITY AS q (provider_id, service_id, first_day, days, number)
LEFT JOIN LATERAL (
    SELECT json_build_object(
               'providerId', p.id, 'serviceId', sv.id, 'timezone', p.timezone,
               'timeslots', coalesce(t.timeslots, '[]'))::text AS body,
           availability_state(p, sv) AS state, t.valid_until
    FROM providers AS p
    CROSS JOIN LATERAL offered_service(p.id, q.service_id) AS sv
    CROSS JOIN LATERAL (
        SELECT json_agg(timeslot_document(s, sv.price_cents) ORDER BY s.start_at, s.id)
                   AS timeslots,
               -- By the time at which the statement began: no hold may run out unseen before the
               -- documents are made.
               min(least(s.start_at, CASE WHEN s.held_until > statement_timestamp()
                                     THEN s.held_until END)) AS valid_until
        FROM slots AS s
        WHERE s.provider_id = p.id AND s.deleted_at IS NULL
          AND s.start_at >= q.first_day::timestamp AT TIME ZONE p.timezone
          AND s.start_at < (q.first_day + q.days)::timestamp AT TIME ZONE p.timezone
          AND s.start_at > clock_timestamp()
          AND slot_serves(s, sv)
    ) AS t
    WHERE p.id = q.provider_id
) AS a ON true
ORDER BY q.number;

-- name: availability_unchanged
-- Whether what was answered with this state, valid until that time (NULL: for ever), is still so: for
-- each question, in order. It is not when the provider does not offer the service.
SELECT coalesce(
           availability_state(p, sv) = q.state
           AND clock_timestamp() < coalesce(q.valid_until, 'infinity'), false) AS is_unchanged
FROM unnest(%(providers)s::uuid[], %(services)s::uuid[], %(states)s::text[],
            %(valid_until)s::timestamptz[])
     WITH ORDINALITY AS q (provider_id, service_id, state, valid_until, number)
LEFT JOIN providers AS p ON p.id = q.provider_id
LEFT JOIN LATERAL offered_service(p.id, q.service_id) AS sv ON true
ORDER BY q.number;

-- name: service_offered_anywhere
-- Whether a search without a result was for a service that there is.
SELECT 1 AS found FROM services
WHERE id = %(service_id)s AND is_active AND deleted_at IS NULL;

-- name: free_timeslots
-- Available timeslots of every provider who offers the service, soonest first: the first ones of
-- each provider, merged.
SELECT timeslot_document(f, sv.price_cents) AS document, f.start_at, f.id
FROM services AS sv
JOIN provider_services AS ps ON ps.service_id = sv.id
JOIN providers AS p ON p.id = ps.provider_id AND p.is_active AND p.deleted_at IS NULL
CROSS JOIN LATERAL free_slots(
    p.id, sv, interval '0', %(facility_id)s, %(after_start)s, %(after_id)s, %(to)s, %(limit)s
) AS f
WHERE sv.id = %(service_id)s AND sv.is_active AND sv.deleted_at IS NULL
ORDER BY f.start_at, f.id
LIMIT %(limit)s;

-- name: next_timeslot
-- The provider's first available timeslot after a time; null when there is none.
SELECT (
    SELECT timeslot_document(f, sv.price_cents)
    FROM free_slots(p.id, sv, interval '0', NULL, coalesce(%(after)s::timestamptz, '-infinity'),
                    'ffffffff-ffff-ffff-ffff-ffffffffffff', 'infinity', 1) AS f
) AS timeslot
FROM providers AS p
CROSS JOIN LATERAL offered_service(p.id, %(service_id)s) AS sv
WHERE p.id = %(provider_id)s;

-- name: publish_slot
-- Locks the provider's calendar.
SELECT outcome, document, version, updated_at, overlapping_slot_id
FROM publish_slot(%(actor)s, %(slot_id)s, %(provider_id)s, %(facility_id)s, %(service_id)s,
                  %(start)s, %(end)s);

-- name: change_slot
-- Locks the provider's calendar, then the slot row.
SELECT outcome, document, version, updated_at, overlapping_slot_id,
       (slot).provider_id, (slot).service_id, (slot).start_at AS wanted
FROM change_slot(%(actor)s, %(slot_id)s, %(precondition)s, %(start)s, %(end)s, %(status)s,
                 %(reason)s);

-- name: change_slots
-- Locks the provider's calendar, then slots by id; at most `limit` of them.
SELECT outcome, changed, conflicts, conflict_count
FROM change_slots(%(actor)s, %(provider_id)s, %(action)s, %(from)s, %(to)s, %(reason)s,
                  %(limit)s);

-- name: delete_slot
-- Locks the slot row.
SELECT outcome, document, (slot).provider_id, (slot).service_id, (slot).start_at AS wanted
FROM delete_slot(%(actor)s, %(slot_id)s, %(precondition)s, %(reason)s);

-- name: slot
-- A slot for staff in scope. A hold that runs out changes what is shown but not the version.
SELECT slot_document(s) AS document, s.version, s.updated_at,
       effective_status(s) <> s.status AS hold_expired
FROM slots AS s
WHERE s.id = %(slot_id)s AND s.deleted_at IS NULL AND manages_provider(%(actor)s, s.provider_id);

-- name: slots_of_provider
-- A provider's slots that overlap a period, by start. No slot is longer than a day, so the walk begins a
-- day before it (`after_start`). The status is in no index (taking a slot shall stay cheap), so that it
-- is looked for in a bounded walk: after %(scan)s slots it ends with a row that says so.
SELECT CASE WHEN w.is_shown THEN slot_document(w.s) END AS document, w.start_at, w.id,
       w.scan_ended
FROM (
    SELECT s, s.start_at, s.id,
           (%(facility_id)s::uuid IS NULL OR s.facility_id = %(facility_id)s)
           AND (%(status)s::text IS NULL OR effective_status(s)::text = %(status)s)
               AS is_shown,
           row_number() OVER (ORDER BY s.start_at, s.id) = %(scan)s AS scan_ended
    FROM slots AS s
    WHERE s.provider_id = %(provider_id)s AND s.deleted_at IS NULL
      AND (s.start_at, s.id) > (%(after_start)s, %(after_id)s) AND s.start_at < %(to)s
      AND s.end_at > %(from)s
    ORDER BY s.start_at, s.id
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.start_at, w.id
LIMIT %(limit)s;

-- name: slots_of_facility
-- A facility's slots by start, as slots_of_provider.
SELECT CASE WHEN w.is_shown THEN slot_document(w.s) END AS document, w.start_at, w.id,
       w.scan_ended
FROM (
    SELECT s, s.start_at, s.id,
           (%(status)s::text IS NULL OR effective_status(s)::text = %(status)s) AS is_shown,
           row_number() OVER (ORDER BY s.start_at, s.id) = %(scan)s AS scan_ended
    FROM slots AS s
    WHERE s.facility_id = %(facility_id)s AND s.deleted_at IS NULL
      AND (s.start_at, s.id) > (%(after_start)s, %(after_id)s) AND s.start_at < %(to)s
      AND s.end_at > %(from)s
    ORDER BY s.start_at, s.id
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.start_at, w.id
LIMIT %(limit)s;

-- name: slots
-- All slots by start, as slots_of_provider.
SELECT CASE WHEN w.is_shown THEN slot_document(w.s) END AS document, w.start_at, w.id,
       w.scan_ended
FROM (
    SELECT s, s.start_at, s.id,
           (%(status)s::text IS NULL OR effective_status(s)::text = %(status)s) AS is_shown,
           row_number() OVER (ORDER BY s.start_at, s.id) = %(scan)s AS scan_ended
    FROM slots AS s
    WHERE s.deleted_at IS NULL
      AND (s.start_at, s.id) > (%(after_start)s, %(after_id)s) AND s.start_at < %(to)s
      AND s.end_at > %(from)s
    ORDER BY s.start_at, s.id
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.start_at, w.id
LIMIT %(limit)s;

-- name: slot_sync
-- Why slot and appointment disagree; null when they agree.
SELECT slot_disagreement(s) AS error
FROM slots AS s
WHERE s.id = %(slot_id)s AND s.deleted_at IS NULL AND manages_provider(%(actor)s, s.provider_id);

-- name: slot_audit
-- A page of a slot's history, oldest first; also of a deleted slot.
SELECT audit_entry(e) AS document, e.version, e.id
FROM slot_audit AS e
JOIN slots AS s ON s.id = e.slot_id
WHERE e.slot_id = %(slot_id)s AND manages_provider(%(actor)s, s.provider_id)
  AND e.version > %(after_version)s
ORDER BY e.version
LIMIT %(limit)s;

-- name: slot_known
-- Whether staff in scope may know of this slot, deleted or not.
SELECT 1 AS found FROM slots AS s
WHERE s.id = %(slot_id)s AND manages_provider(%(actor)s, s.provider_id);
