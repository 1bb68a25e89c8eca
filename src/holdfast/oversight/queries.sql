-- Statements of oversight; all of them only read, and none takes a lock.

-- name: search_audit
-- History of all appointments, the newest first. Only the time has an index, so that actor and action
-- are looked for in a bounded walk: after %(scan)s entries it ends with a row that says so.
SELECT CASE WHEN w.is_shown THEN audit_entry(w.e) END AS document, w.at, w.id, w.scan_ended
FROM (
    SELECT e, e.at, e.id,
           (%(actor_id)s::uuid IS NULL OR e.actor_id = %(actor_id)s)
           AND (%(action)s::text IS NULL OR e.action = %(action)s) AS is_shown,
           row_number() OVER (ORDER BY e.at DESC, e.id DESC) = %(scan)s AS scan_ended
    FROM appointment_audit AS e
    WHERE e.at >= %(from)s AND (e.at, e.id) < (%(before_at)s, %(before_id)s)
    ORDER BY e.at DESC, e.id DESC
    LIMIT %(scan)s
) AS w
WHERE w.is_shown OR w.scan_ended
ORDER BY w.at DESC, w.id DESC
LIMIT %(limit)s;

-- name: search_audit_of_appointment
-- One appointment's history, the newest first. Its versions are in the order of time.
SELECT audit_entry(e) AS document, e.at, e.id
FROM appointment_audit AS e
WHERE e.appointment_id = %(appointment_id)s
  AND e.at >= %(from)s AND (e.at, e.id) < (%(before_at)s, %(before_id)s)
  AND (%(actor_id)s::uuid IS NULL OR e.actor_id = %(actor_id)s)
  AND (%(action)s::text IS NULL OR e.action = %(action)s)
ORDER BY e.version DESC
LIMIT %(limit)s;

-- name: home_timezone
-- In whose days statistics are counted.
SELECT home_timezone() AS timezone;

-- name: bookings_between
-- What happened in a short period, a day at most, read along time: history by its index, reservations
-- by their ids (UUIDv7), the user-action log by its BRIN index. Fees are those of what was cancelled
-- or missed in the period.
WITH e AS MATERIALIZED (
    SELECT appointment_id, action, new_status
    FROM appointment_audit
    WHERE at >= %(from)s AND at < %(to)s
)
SELECT r.*, h.*, u.*, f.*
FROM (
    SELECT count(*) AS reservations_made,
           count(*) FILTER (WHERE status = 'used') AS reservations_used,
           count(*) FILTER (WHERE status = 'released') AS reservations_released,
           count(*) FILTER (WHERE status = 'expired'
                            OR status = 'live' AND expires_at <= clock_timestamp())
               AS reservations_expired
    FROM reservations
    WHERE id >= %(first_id)s AND id < %(end_id)s
) AS r
CROSS JOIN (
    SELECT count(*) AS changes,
           count(*) FILTER (WHERE action = 'created' AND new_status = 'confirmed'
                            OR action = 'accepted') AS bookings,
           count(*) FILTER (WHERE action = 'created' AND new_status = 'requested') AS requests,
           count(*) FILTER (WHERE action = 'cancelled') AS cancellations,
           count(*) FILTER (WHERE action = 'no_show') AS no_shows,
           count(*) FILTER (WHERE action = 'rescheduled') AS reschedules
    FROM e
) AS h
CROSS JOIN (
    SELECT count(*) AS reschedule_failures
    FROM user_actions
    WHERE at >= %(from)s AND at < %(to)s
      AND action = 'appointments.reschedule_appointment' AND status >= 400
) AS u
CROSS JOIN (
    SELECT coalesce(json_agg(c), '[]') AS fees
    FROM (
        SELECT a.currency,
               coalesce(sum(a.fee_cents) FILTER (WHERE e.action = 'cancelled'), 0)
                   AS "cancellationFeeCents",
               coalesce(sum(a.fee_cents) FILTER (WHERE e.action = 'no_show'), 0)
                   AS "noShowFeeCents",
               coalesce(sum(a.refund_cents), 0) AS "refundCents"
        FROM e
        JOIN appointments AS a ON a.id = e.appointment_id
        WHERE e.action IN ('cancelled', 'no_show')
        GROUP BY a.currency
    ) AS c
) AS f;
