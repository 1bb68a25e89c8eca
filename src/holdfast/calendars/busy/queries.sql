-- Statements of the busy import. Functions say which locks they take.

-- name: claim
-- Connections that are to be read now; locks their rows, passing over what is locked.
SELECT * FROM claim_busy_reads(%(lease)s, %(lease_seconds)s, %(interval_seconds)s, %(limit)s);

-- name: put
-- Takes over what was read: the provider's calendar, the connection, its import, the mark.
SELECT outcome FROM put_busy_times(
    %(connection_id)s, %(url)s, %(lease)s, %(is_full)s, %(seen)s::uuid[], %(unreadable)s::uuid[], %(gone)s::uuid[],
    %(objects)s::uuid[], %(starts)s::bigint[], %(ends)s::bigint[],
    %(token)s, %(timezone)s, %(read_until)s, %(limit)s, %(doubt_seconds)s);

-- name: note_removed
-- Objects of ours that are there no more; locks their rows.
SELECT note_calendar_objects_removed(%(connection_id)s, %(hrefs)s::text[]) AS noted;

-- name: give_back
-- Ends the lease of a read that failed; locks the import's row.
UPDATE busy_imports SET lease = NULL, lease_until = NULL
WHERE connection_id = %(connection_id)s AND lease = %(lease)s;

-- name: apply
-- Lets a provider's slots follow, some at a time: the calendar, the mark, slots by id.
SELECT outcome, blocked, freed FROM apply_busy_times(%(provider_id)s, %(limit)s);

-- name: marked
-- Providers whose slots have to follow, longest due first; no locks.
SELECT provider_id FROM busy_marks WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT %(limit)s;

-- name: put_off
-- What failed lets others go first; locks the mark.
UPDATE busy_marks SET due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE provider_id = %(provider_id)s;

-- name: hint
-- Lets a connection be read soon, once for each message; locks the message's row, then the connection's.
SELECT hint_calendar_sync(%(message_id)s, %(connection_id)s) AS is_new;

-- name: conflicts
-- A provider's held and booked slots under a busy time, by start, each with the busy time that begins
-- first. No slot is longer than a day, so the walk begins a day before now (`after_start`) and is
-- bounded as the lists of slots are.
SELECT CASE WHEN w.is_shown THEN json_build_object(
           'slotId', w.id, 'status', w.status, 'appointmentId', w.appointment_id,
           'start', wire_time(w.start_at), 'end', wire_time(w.end_at),
           'busyStart', wire_time(w.busy_start), 'busyEnd', wire_time(w.busy_end)) END AS document,
       w.start_at, w.id, w.scan_ended
FROM (
    SELECT s.id, s.start_at, s.end_at, effective_status(s) AS status, s.appointment_id,
           lower(b.during) AS busy_start, upper(b.during) AS busy_end, b.during IS NOT NULL AS is_shown,
           row_number() OVER (ORDER BY s.start_at, s.id) = %(scan)s AS scan_ended
    FROM slots AS s
    LEFT JOIN LATERAL (
        SELECT t.during FROM busy_times AS t
        WHERE effective_status(s) IN ('held', 'booked')
          AND uuidrange(t.provider_id, t.provider_id, '[]') = uuidrange(s.provider_id, s.provider_id, '[]')
          AND t.during && s.during
        ORDER BY t.during LIMIT 1
    ) AS b ON true
    WHERE s.provider_id = %(provider_id)s AND s.deleted_at IS NULL
      AND (s.start_at, s.id) > (%(after_start)s, %(after_id)s) AND s.end_at > %(from)s
    ORDER BY s.start_at, s.id
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.start_at, w.id
LIMIT %(limit)s;

-- name: provider_known
-- Whether there is such a provider.
SELECT 1 AS found FROM providers WHERE id = %(provider_id)s AND deleted_at IS NULL;
