-- Acquiring and releasing edit locks for several callers in one transaction: what acquire_edit_lock()
-- and release_edit_lock() do for one, with one commit for all (docs/concurrency.md, "Gathered edit
-- locks").

-- One row for each request, told apart by its number from 1, in no order. Outcomes: as
-- acquire_edit_lock() or release_edit_lock(), and `busy`: somebody else has a lock that is needed,
-- ask again.
--
-- p_requests: [{verb, actor, appointment, expectedVersion?, position?, metadata}], the verb being
--     acquire or release
-- p_waits: whether to wait for locks; all requests are about one appointment then. Without, whoever
--     finds a lock taken is busy, and nobody in the batch waits for what is another's concern.
CREATE OR REPLACE FUNCTION change_edit_locks(
    p_requests jsonb, p_ttl_seconds integer, p_waits boolean
) RETURNS TABLE (number integer, outcome text, lock jsonb, current_version integer)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_ours uuid[] := '{}';  -- the appointments whose edit-lock rows are ours
    v_done integer[] := '{}';
    r      record;
BEGIN
    IF NOT p_waits THEN
        v_ours := try_edit_locks(p_requests);
        FOR number, outcome, lock, current_version IN
            SELECT * FROM change_plain_edit_locks(p_requests, v_ours, p_ttl_seconds)
        LOOP
            v_done := v_done || number;
            RETURN NEXT;
        END LOOP;
        IF cardinality(v_done) = jsonb_array_length(p_requests) THEN
            RETURN;
        END IF;
    END IF;

    -- The others one after the other, each as if it had come alone: the locks are ours already.
    FOR r IN
        SELECT q.*, q.appointment_id = ANY (v_ours) AS is_ours
        FROM edit_lock_requests(p_requests) AS q
        WHERE q.number <> ALL (v_done) ORDER BY q.number
    LOOP
        IF NOT p_waits AND NOT r.is_ours THEN
            RETURN QUERY SELECT r.number,
                CASE WHEN EXISTS (SELECT FROM appointments AS a WHERE a.id = r.appointment_id)
                    THEN 'busy' ELSE 'not_found' END, NULL::jsonb, NULL::integer;
        ELSIF r.verb = 'acquire' THEN
            RETURN QUERY SELECT r.number, o.outcome, o.lock, o.current_version
                FROM acquire_edit_lock(r.actor, r.appointment_id, r.expected_version,
                                       r.position, p_ttl_seconds, r.metadata) AS o;
        ELSE
            RETURN QUERY SELECT r.number, o.outcome, o.lock, o.current_version
                FROM release_edit_lock(r.actor, r.appointment_id, r.expected_version,
                                       r.metadata) AS o;
        END IF;
    END LOOP;
END
$$;

-- Locks what the requests need and nobody else has: the appointments FOR KEY SHARE, then their
-- edit-lock rows, or the right to make them. Returns the appointments of which it has all.
CREATE OR REPLACE FUNCTION try_edit_locks(p_requests jsonb) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_appointments uuid[];
    v_ours         uuid[];
    v_new          uuid[];
BEGIN
    v_appointments := ARRAY(
        SELECT a.id FROM appointments AS a
        WHERE a.id = ANY (ARRAY(SELECT q.appointment_id FROM edit_lock_requests(p_requests) AS q))
        ORDER BY a.id FOR KEY SHARE SKIP LOCKED);
    v_ours := ARRAY(
        SELECT l.appointment_id FROM edit_locks AS l
        WHERE l.appointment_id = ANY (v_appointments)
        ORDER BY l.appointment_id FOR NO KEY UPDATE SKIP LOCKED);
    IF cardinality(v_ours) = cardinality(v_appointments) THEN
        RETURN v_ours;
    END IF;

    -- The rest are locked by others, or were never locked.
    v_new := ARRAY(
        SELECT id FROM unnest(v_appointments) AS a (id)
        EXCEPT SELECT l.appointment_id FROM edit_locks AS l
        WHERE l.appointment_id = ANY (v_appointments));
    v_new := ARRAY(
        SELECT n.id FROM unnest(v_new) AS n (id)
        WHERE pg_try_advisory_xact_lock(20004, hashtext(n.id::text)));
    -- Another look, now that nobody else can make a row any more.
    v_new := ARRAY(
        SELECT n.id FROM unnest(v_new) AS n (id)
        WHERE NOT EXISTS (SELECT FROM edit_locks AS l WHERE l.appointment_id = n.id));
    INSERT INTO edit_locks (appointment_id)
    SELECT DISTINCT a.id FROM edit_lock_requests(p_requests) AS q
    JOIN appointments AS a ON a.id = q.appointment_id
    WHERE a.id = ANY (v_new) AND q.verb = 'acquire'
      AND a.deleted_at IS NULL AND sees_appointment(q.actor, a);
    RETURN v_ours || v_new;
END
$$;

-- Those requests that are alone with their appointment and can be granted, all at once: who takes
-- an edit lock that is nobody's or its own, and who gives its own back. One row for each of them.
CREATE OR REPLACE FUNCTION change_plain_edit_locks(
    p_requests jsonb, p_ours uuid[], p_ttl_seconds integer
) RETURNS TABLE (number integer, outcome text, lock jsonb, current_version integer)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_until timestamptz := v_now + make_interval(secs => p_ttl_seconds);
BEGIN
    RETURN QUERY
    WITH alone AS (
        SELECT q.* FROM (
            SELECT q.*, count(*) OVER (PARTITION BY q.appointment_id) AS rivals
            FROM edit_lock_requests(p_requests) AS q WHERE q.appointment_id = ANY (p_ours)
        ) AS q
        WHERE q.rivals = 1
    ), granted AS MATERIALIZED (
        SELECT q.number, q.actor, q.metadata, g.outcome, g.lock
        FROM alone AS q
        JOIN appointments AS a ON a.id = q.appointment_id
        JOIN edit_locks AS l ON l.appointment_id = q.appointment_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.user_id IS NULL THEN 'acquired' ELSE 'renewed' END AS outcome,
                   ROW(l.appointment_id, l.version + 1, q.user_id, q.actor ->> 'name',
                       q.actor ->> 'email', coalesce(q.position, l.position),
                       coalesce(l.acquired_at, v_now), v_until)::edit_locks AS lock
            WHERE q.verb = 'acquire' AND (l.user_id IS NULL OR l.user_id = q.user_id)
            UNION ALL
            SELECT 'released', l
            WHERE q.verb = 'release' AND l.user_id = q.user_id
        ) AS g
        WHERE a.deleted_at IS NULL AND sees_appointment(q.actor, a)
          AND (q.expected_version = l.version) IS NOT FALSE
    ), taken AS (
        UPDATE edit_locks AS e
        SET version = (g.lock).version, user_id = (g.lock).user_id,
            user_name = (g.lock).user_name, user_email = (g.lock).user_email,
            position = (g.lock).position, acquired_at = (g.lock).acquired_at,
            expires_at = (g.lock).expires_at
        FROM granted AS g
        WHERE e.appointment_id = (g.lock).appointment_id AND g.outcome <> 'released'
    ), given_back AS (
        UPDATE edit_locks AS e
        SET user_id = NULL, user_name = NULL, user_email = NULL, position = NULL,
            acquired_at = NULL, expires_at = NULL
        FROM granted AS g
        WHERE e.appointment_id = (g.lock).appointment_id AND g.outcome = 'released'
    ), noted AS (
        INSERT INTO edit_lock_history (id, appointment_id, user_id, user_name, user_email, action,
                                       at, duration_seconds, released_by, lock_version, metadata)
        SELECT new_uuid_v7(), (g.lock).appointment_id, (g.lock).user_id, (g.lock).user_name,
               (g.lock).user_email, g.outcome, v_now,
               CASE WHEN e.is_end
                   THEN extract(epoch FROM v_now - (g.lock).acquired_at)::integer END,
               CASE WHEN e.is_end THEN (g.lock).user_id END,
               (g.lock).version,
               CASE WHEN e.is_end THEN g.metadata || '{"reason": "released"}' ELSE g.metadata END
        FROM granted AS g CROSS JOIN LATERAL (SELECT g.outcome = 'released') AS e (is_end)
    ), told AS (
        INSERT INTO outbox (topic, key, type, payload)
        SELECT 'locks', (g.lock).appointment_id, e.type,
               jsonb_build_object('appointmentId', (g.lock).appointment_id) || e.payload
        FROM granted AS g
        CROSS JOIN LATERAL (
            SELECT 'lock-acquired', lock_event(g.lock) WHERE g.outcome = 'acquired'
            UNION ALL SELECT 'lock-update', lock_event(g.lock) WHERE g.outcome = 'renewed'
            UNION ALL SELECT 'lock-released', '{"reason": "released"}' WHERE g.outcome = 'released'
        ) AS e (type, payload)
    )
    SELECT g.number, g.outcome, edit_lock_document(g.actor, g.lock), (g.lock).version
    FROM granted AS g;
END
$$;

-- The requests as rows, numbered from 1.
CREATE OR REPLACE FUNCTION edit_lock_requests(p_requests jsonb) RETURNS TABLE (
    number integer, verb text, actor jsonb, user_id uuid, appointment_id uuid,
    expected_version integer, "position" jsonb, metadata jsonb
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT q.number::integer, q.value ->> 'verb', q.value -> 'actor',
           (q.value #>> '{actor,id}')::uuid, (q.value ->> 'appointment')::uuid,
           (q.value ->> 'expectedVersion')::integer,
           nullif(q.value -> 'position', 'null'), q.value -> 'metadata'
    FROM jsonb_array_elements(p_requests) WITH ORDINALITY AS q (value, number)
$$;
