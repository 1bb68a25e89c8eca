-- Taking and giving back edit locks (SPEC 4.6): one call is one round trip. Lock order: the
-- appointment FOR KEY SHARE, then the edit-lock row. Decisions follow the locks.

-- The appointment's edit-lock row, locked, made when there is none. The caller has checked that it
-- may see the appointment and holds it FOR KEY SHARE.
CREATE OR REPLACE FUNCTION lock_edit_lock(p_appointment_id uuid) RETURNS edit_locks
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lock edit_locks;
BEGIN
    SELECT * INTO v_lock FROM edit_locks AS l
    WHERE l.appointment_id = p_appointment_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- Two first-comers: one waits for the other here, not at its row, and then finds it. A
        -- batch only tries (change_edit_locks).
        PERFORM pg_advisory_xact_lock(20004, hashtext(p_appointment_id::text));
        INSERT INTO edit_locks (appointment_id) VALUES (p_appointment_id) ON CONFLICT DO NOTHING;
        SELECT * INTO v_lock FROM edit_locks AS l
        WHERE l.appointment_id = p_appointment_id FOR NO KEY UPDATE;
    END IF;
    RETURN v_lock;
END
$$;

-- Whether the actor may lock this appointment; holds it FOR KEY SHARE against writers.
CREATE OR REPLACE FUNCTION may_lock_appointment(p_actor jsonb, p_appointment_id uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_appointment appointments;
BEGIN
    SELECT * INTO v_appointment FROM appointments AS a
    WHERE a.id = p_appointment_id FOR KEY SHARE;
    RETURN v_appointment.id IS NOT NULL AND v_appointment.deleted_at IS NULL
        AND sees_appointment(p_actor, v_appointment);
END
$$;

-- Gives the lock to the actor: version + 1, a new period.
CREATE OR REPLACE FUNCTION grant_edit_lock(
    p_actor jsonb, l edit_locks, p_position jsonb, p_ttl_seconds integer, p_renewal boolean
) RETURNS edit_locks
LANGUAGE sql VOLATILE AS $$
    UPDATE edit_locks AS e
    SET user_id = (p_actor ->> 'id')::uuid, user_name = p_actor ->> 'name',
        user_email = p_actor ->> 'email',
        position = CASE WHEN p_renewal THEN coalesce(p_position, l.position) ELSE p_position END,
        acquired_at = CASE WHEN p_renewal THEN l.acquired_at ELSE clock_timestamp() END,
        expires_at = clock_timestamp() + make_interval(secs => p_ttl_seconds),
        version = l.version + 1
    WHERE e.appointment_id = l.appointment_id
    RETURNING e.*
$$;

-- Outcomes: acquired, renewed, not_found, lock_held, lock_version_conflict.
CREATE OR REPLACE FUNCTION acquire_edit_lock(
    p_actor jsonb, p_appointment_id uuid, p_expected_version integer, p_position jsonb,
    p_ttl_seconds integer, p_metadata jsonb,
    OUT outcome text, OUT lock jsonb, OUT current_version integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lock edit_locks;
    v_mine boolean;
BEGIN
    IF NOT may_lock_appointment(p_actor, p_appointment_id) THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    v_lock := lock_edit_lock(p_appointment_id);
    current_version := v_lock.version;
    v_mine := v_lock.user_id = (p_actor ->> 'id')::uuid;
    lock := edit_lock_document(p_actor, v_lock);
    IF NOT v_mine AND v_lock.expires_at > clock_timestamp() THEN
        outcome := 'lock_held';
        RETURN;
    END IF;
    IF p_expected_version <> v_lock.version THEN
        outcome := 'lock_version_conflict';
        RETURN;
    END IF;
    IF NOT v_mine THEN  -- somebody's, run out
        PERFORM note_edit_lock(v_lock, 'expired', NULL, '{}');
    END IF;
    v_lock := grant_edit_lock(p_actor, v_lock, p_position, p_ttl_seconds, coalesce(v_mine, false));
    outcome := CASE WHEN v_mine THEN 'renewed' ELSE 'acquired' END;
    PERFORM note_edit_lock(v_lock, outcome, NULL, p_metadata);
    current_version := v_lock.version;
    lock := edit_lock_document(p_actor, v_lock);
    PERFORM emit_lock_event(p_appointment_id,
        CASE WHEN v_mine THEN 'lock-update' ELSE 'lock-acquired' END, lock_event(v_lock));
END
$$;

-- What an event says of a lock: its receivers are told no e-mail address.
CREATE OR REPLACE FUNCTION lock_event(l edit_locks) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('lock', edit_lock_document('{"role": "client"}', l))
$$;

-- Outcomes: released, not_found, lock_not_found, not_lock_owner, lock_version_conflict.
CREATE OR REPLACE FUNCTION release_edit_lock(
    p_actor jsonb, p_appointment_id uuid, p_expected_version integer, p_metadata jsonb,
    OUT outcome text, OUT lock jsonb, OUT current_version integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lock edit_locks;
BEGIN
    IF NOT may_lock_appointment(p_actor, p_appointment_id) THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT * INTO v_lock FROM edit_locks AS l
    WHERE l.appointment_id = p_appointment_id FOR NO KEY UPDATE;
    current_version := v_lock.version;
    lock := edit_lock_document(p_actor, v_lock);
    outcome := CASE
        WHEN v_lock.user_id IS NULL THEN 'lock_not_found'
        WHEN v_lock.user_id <> (p_actor ->> 'id')::uuid THEN 'not_lock_owner'
        WHEN p_expected_version <> v_lock.version THEN 'lock_version_conflict'
        ELSE 'released' END;
    IF outcome = 'released' THEN
        PERFORM end_edit_lock(
            v_lock, 'released', 'released', (p_actor ->> 'id')::uuid, p_metadata);
    END IF;
END
$$;

-- Outcomes: released, not_found, lock_not_found.
CREATE OR REPLACE FUNCTION force_release_edit_lock(
    p_actor jsonb, p_appointment_id uuid, p_metadata jsonb, OUT outcome text
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lock edit_locks;
BEGIN
    IF NOT may_lock_appointment(p_actor, p_appointment_id) THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT * INTO v_lock FROM edit_locks AS l
    WHERE l.appointment_id = p_appointment_id FOR NO KEY UPDATE;
    IF v_lock.user_id IS NULL THEN
        outcome := 'lock_not_found';
        RETURN;
    END IF;
    PERFORM end_edit_lock(
        v_lock, 'force_released', 'force_released', (p_actor ->> 'id')::uuid, p_metadata);
    outcome := 'released';
END
$$;

-- An administrator takes the lock, whoever has it. Outcomes: taken_over, not_found.
CREATE OR REPLACE FUNCTION take_over_edit_lock(
    p_actor jsonb, p_appointment_id uuid, p_ttl_seconds integer, p_metadata jsonb,
    OUT outcome text, OUT lock jsonb
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_former edit_locks;
    v_lock   edit_locks;
    v_is_live boolean;
BEGIN
    IF NOT may_lock_appointment(p_actor, p_appointment_id) THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    v_former := lock_edit_lock(p_appointment_id);
    v_is_live := v_former.expires_at > clock_timestamp();
    IF v_is_live IS FALSE THEN  -- somebody's, run out
        PERFORM note_edit_lock(v_former, 'expired', NULL, '{}');
    END IF;
    v_lock := grant_edit_lock(p_actor, v_former, NULL, p_ttl_seconds, false);
    PERFORM note_edit_lock(v_lock, 'taken_over',
        CASE WHEN v_is_live THEN (p_actor ->> 'id')::uuid END,
        p_metadata || CASE WHEN v_is_live THEN jsonb_build_object(
            'from', jsonb_build_object('userId', v_former.user_id, 'userName', v_former.user_name))
            ELSE '{}' END,
        CASE WHEN v_is_live THEN v_former.acquired_at END);
    lock := edit_lock_document(p_actor, v_lock);
    outcome := 'taken_over';
    PERFORM emit_lock_event(p_appointment_id, 'admin-takeover',
        lock_event(v_lock) || jsonb_build_object(
            'adminId', p_actor -> 'id',
            'adminInfo', jsonb_build_object('name', p_actor -> 'name')));
END
$$;

-- Ends stale locks, a bounded number in one pass; rows that somebody works on are left for the
-- next one. Correctness does not wait for it: whoever asks compares the time.
CREATE OR REPLACE FUNCTION sweep_edit_locks(p_limit integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lock  edit_locks;
    v_count integer := 0;
BEGIN
    FOR v_lock IN
        SELECT * FROM edit_locks AS l
        WHERE l.user_id IS NOT NULL AND l.expires_at <= clock_timestamp()
        ORDER BY l.appointment_id LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM end_edit_lock(v_lock, 'expired', 'expired', NULL);
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END
$$;

-- Asks the holder to let go: an event on the appointment's channel, nothing else.
-- Outcomes: asked, not_found, lock_not_found.
CREATE OR REPLACE FUNCTION request_takeover(p_actor jsonb, p_appointment_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT may_lock_appointment(p_actor, p_appointment_id) THEN
        RETURN 'not_found';
    END IF;
    IF NOT EXISTS (
        SELECT FROM edit_locks AS l WHERE l.appointment_id = p_appointment_id
          AND l.user_id IS NOT NULL AND l.expires_at > clock_timestamp()
    ) THEN
        RETURN 'lock_not_found';
    END IF;
    PERFORM emit_lock_event(p_appointment_id, 'takeover-requested', jsonb_build_object(
        'userId', p_actor -> 'id', 'userInfo', jsonb_build_object('name', p_actor -> 'name')));
    RETURN 'asked';
END
$$;
