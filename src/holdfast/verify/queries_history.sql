-- The checks of `holdfast verify` on history and events (SPEC §3: I6, I7, I8).
--
-- What is in braces is filled in for appointments and for slots: {table}, its audit table {audit},
-- that table's key {id}, and {facts}, the function that says what history records of a row.

-- name: history
-- I6, I8: the audit rows of a row are numbered 1 to its version, without gap and without surplus,
-- and the last one is the one that the row points to. Audit rows of nothing are found as well.
SELECT coalesce(t.id, h.id) AS id, w.what
FROM (
    SELECT t.id, t.version, t.audit_hash, t.updated_at, t.status::text AS status
    FROM {table} AS t
    WHERE t.id BETWEEN %(first)s AND %(last)s
) AS t
FULL JOIN (
    SELECT e.{id} AS id, count(*) AS entries, min(e.version) AS lowest, max(e.version) AS highest
    FROM {audit} AS e
    WHERE e.{id} BETWEEN %(first)s AND %(last)s
    GROUP BY e.{id}
) AS h ON h.id = t.id
-- LIMIT: to be looked up by the key, row by row, whatever the statistics say of a narrow range.
LEFT JOIN LATERAL (
    SELECT l.hash, l.at, l.new_status FROM {audit} AS l
    WHERE l.{id} = t.id AND l.version = t.version
    LIMIT 1
) AS last ON true
CROSS JOIN LATERAL (SELECT CASE
    WHEN t.id IS NULL THEN 'has a history, but does not exist'
    WHEN h.id IS NULL THEN 'has no history'
    WHEN h.entries <> t.version OR h.lowest <> 1 OR h.highest <> t.version
        THEN format('is at version %%s; its history has %%s entries, %%s to %%s', t.version,
                    h.entries, h.lowest, h.highest)
    WHEN last.hash IS DISTINCT FROM t.audit_hash THEN 'its audit_hash is not that of its last entry'
    WHEN last.at <> t.updated_at THEN 'updated_at is not the time of its last entry'
    WHEN last.new_status <> t.status
        THEN format('is %%s; its last entry says %%s', t.status, last.new_status)
    END) AS w (what)
WHERE w.what IS NOT NULL;

-- name: chain
-- I6: each audit row names the hash of the one before, follows it in time and begins in the state
-- in which that one ended; it says who acted. Where a row is missing, `history` reports it.
SELECT e.id, format('entry %%s %%s', e.version, w.what) AS what
FROM (
    SELECT e.{id} AS id, e.version, e.at, e.previous_status, e.new_status, e.previous_hash,
        e.actor_type, e.actor_name, e.changes -> 'status' ->> 'to' AS status_to,
        lag(e.version) OVER w AS version_before, lag(e.at) OVER w AS at_before,
        lag(e.new_status) OVER w AS status_before, lag(e.hash) OVER w AS hash_before
    FROM {audit} AS e
    WHERE e.{id} BETWEEN %(first)s AND %(last)s
    WINDOW w AS (PARTITION BY e.{id} ORDER BY e.version)
) AS e
CROSS JOIN LATERAL (SELECT CASE
    WHEN e.actor_type NOT IN ('user', 'provider', 'operator', 'admin', 'system')
      OR e.actor_name = '' THEN 'does not say who acted'
    WHEN e.new_status IS DISTINCT FROM coalesce(e.status_to, e.previous_status)
        THEN format('ends in %%s, which its changes do not say', e.new_status)
    WHEN e.version = 1 AND e.previous_hash IS NOT NULL THEN 'is the first, yet names one before it'
    WHEN e.version_before IS DISTINCT FROM e.version - 1 THEN NULL
    WHEN e.previous_hash IS DISTINCT FROM e.hash_before
        THEN 'does not name the hash of the one before'
    WHEN e.at <= e.at_before THEN 'is not later than the one before'
    WHEN e.previous_status IS DISTINCT FROM e.status_before
        THEN format('begins in %%s; the one before ended in %%s', e.previous_status,
                    e.status_before)
    END) AS w (what)
WHERE w.what IS NOT NULL;

-- name: entries
-- I6: the audit rows as the API shows them. Whether the hash of each is right is computed from this
-- text alone, outside the database (chain.py), so that the database need not be believed.
SELECT e.{id} AS id, audit_entry(e)::text AS entry
FROM {audit} AS e
WHERE e.{id} BETWEEN %(first)s AND %(last)s;

-- name: facts
-- I6: nothing was changed past the history: all changes put together are the row as it stands, and
-- each change begins with what the one before it left. The fields are named, not what is in them.
-- An appointment older than the record of refundableUntil tells of it from its first change on, or never.
WITH told AS (
    SELECT c.id, jsonb_object_agg(c.field, c.value_to) FILTER (WHERE c.is_last) AS facts,
        string_agg(format('%%s (entry %%s)', c.field, c.version), ', ')
            FILTER (WHERE c.value_from IS DISTINCT FROM c.value_before
                    AND NOT (c.field = 'refundableUntil' AND c.version > 1 AND c.is_first)) AS misfits
    FROM (
        SELECT e.{id} AS id, e.version, f.key AS field, f.value -> 'from' AS value_from,
            f.value -> 'to' AS value_to, lead(e.version) OVER w IS NULL AS is_last,
            lag(e.version) OVER w IS NULL AS is_first,
            coalesce(lag(f.value -> 'to') OVER w, 'null') AS value_before
        FROM {audit} AS e
        CROSS JOIN LATERAL jsonb_each(e.changes) AS f
        WHERE e.{id} BETWEEN %(first)s AND %(last)s
        WINDOW w AS (PARTITION BY e.{id}, f.key ORDER BY e.version)
    ) AS c
    GROUP BY c.id
)
SELECT t.id, w.what
FROM {table} AS t
JOIN told ON told.id = t.id
CROSS JOIN LATERAL (SELECT CASE
    WHEN jsonb_strip_nulls(told.facts) <> jsonb_strip_nulls({facts}(t)
            - CASE WHEN told.facts ? 'refundableUntil' THEN '' ELSE 'refundableUntil' END)
        THEN format('differs from its history in %%s', (
            SELECT string_agg(f.key, ', ' ORDER BY f.key) FROM jsonb_each({facts}(t)) AS f
            WHERE f.value <> coalesce(told.facts -> f.key, 'null')))
    WHEN told.misfits IS NOT NULL
        THEN format('changes do not begin with what was before: %%s', told.misfits)
    END) AS w (what)
WHERE t.id BETWEEN %(first)s AND %(last)s AND w.what IS NOT NULL;

-- name: appointment_events
-- I7: each audit row of an appointment has exactly one event, in order. The outbox is pruned from
-- its old end: only audit rows clearly newer than its oldest event must have one. (An event's id
-- and its time are taken one after the other, so the two orders may differ by a moment.)
SELECT coalesce(e.appointment_id, o.appointment_id) AS id, w.what
FROM (
    SELECT e.appointment_id, e.version, e.at, e.action, e.new_status
    FROM appointment_audit AS e
    WHERE e.appointment_id BETWEEN %(first)s AND %(last)s
) AS e
FULL JOIN (
    SELECT o.appointment_id, o.version, count(*) AS events, max(o.type) AS type, max(o.id) AS id,
        lag(max(o.id)) OVER (PARTITION BY o.appointment_id ORDER BY o.version) AS id_before
    FROM (
        SELECT o.id, o.type, o.key AS appointment_id, CASE
            WHEN o.payload ->> 'appointmentId' = o.key::text
            THEN (o.payload ->> 'version')::integer END AS version
        FROM outbox AS o
        WHERE o.topic = 'bookings' AND o.key BETWEEN %(first)s AND %(last)s
    ) AS o
    GROUP BY o.appointment_id, o.version
) AS o ON o.appointment_id = e.appointment_id AND o.version = e.version
CROSS JOIN (
    SELECT (SELECT h.at FROM outbox AS h WHERE h.topic = 'bookings' ORDER BY h.id LIMIT 1)
           + interval '1 second' AS at
) AS horizon
CROSS JOIN LATERAL (SELECT CASE
    WHEN e.version IS NULL THEN format('event %%s has no entry in the history', o.id)
    WHEN o.id IS NULL AND e.at > horizon.at THEN format('entry %%s has no event', e.version)
    WHEN o.events > 1 THEN format('entry %%s has %%s events', e.version, o.events)
    WHEN o.id < o.id_before THEN format('event %%s of entry %%s is out of order', o.id, e.version)
    WHEN o.type <> booking_event(e.action, e.new_status)
        THEN format('event %%s of entry %%s is a %%s', o.id, e.version, o.type)
    END) AS w (what)
WHERE w.what IS NOT NULL;

-- name: slot_events
-- I7: a slot has as many events as audit rows; those near the old end of the outbox may or may not
-- have theirs any more.
SELECT coalesce(e.slot_id, o.slot_id) AS id,
       format('has %%s events for %%s changes', coalesce(o.events, 0), coalesce(e.most, 0)) AS what
FROM (
    SELECT e.slot_id, count(*) FILTER (WHERE e.at > horizon.at + interval '1 second') AS least,
        count(*) FILTER (WHERE e.at > horizon.at - interval '1 second') AS most
    FROM slot_audit AS e
    CROSS JOIN (
        SELECT (SELECT h.at FROM outbox AS h WHERE h.topic = 'availability' ORDER BY h.id LIMIT 1)
            AS at
    ) AS horizon
    WHERE e.slot_id BETWEEN %(first)s AND %(last)s
    GROUP BY e.slot_id
) AS e
FULL JOIN (
    SELECT o.slot_id, count(*) AS events
    FROM (
        SELECT (o.payload ->> 'timeslotId')::uuid AS slot_id FROM outbox AS o
        WHERE o.topic = 'availability'
    ) AS o
    WHERE o.slot_id BETWEEN %(first)s AND %(last)s
    GROUP BY o.slot_id
) AS o ON o.slot_id = e.slot_id
WHERE coalesce(o.events, 0) NOT BETWEEN coalesce(e.least, 0) AND coalesce(e.most, 0);

-- name: edit_lock_versions
-- I8: the version of an edit lock, its fencing token, went up by one with each grant, renewal and
-- take-over, and never back: the history has each number once, up to the one that is.
SELECT coalesce(l.appointment_id, h.appointment_id) AS id,
       format('is at version %%s; its history has %%s grants, %%s to %%s',
              coalesce(l.version, 0), coalesce(h.grants, 0), h.lowest, h.highest) AS what
FROM (
    SELECT l.appointment_id, l.version FROM edit_locks AS l
    WHERE l.appointment_id BETWEEN %(first)s AND %(last)s
) AS l
FULL JOIN (
    SELECT h.appointment_id, count(*) AS grants, count(DISTINCT h.lock_version) AS numbers,
        min(h.lock_version) AS lowest, max(h.lock_version) AS highest
    FROM edit_lock_history AS h
    WHERE h.appointment_id BETWEEN %(first)s AND %(last)s
      AND h.action IN ('acquired', 'renewed', 'taken_over')
    GROUP BY h.appointment_id
) AS h ON h.appointment_id = l.appointment_id
WHERE coalesce(l.version, 0) <> coalesce(h.grants, 0)
   OR h.numbers <> h.grants OR h.lowest <> 1 OR h.highest <> l.version;
