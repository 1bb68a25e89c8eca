-- Edit locks (SPEC 4.6). Lock order: the appointment row, (its slot rows,) then the edit-lock row.
-- Whoever writes an appointment holds its row FOR UPDATE; whoever takes its edit lock holds it
-- FOR KEY SHARE. The two exclude each other, so that no write slips past a lock just granted.

-- An edit lock as the API shows it; e-mail for staff only. NULL when nobody holds it.
CREATE OR REPLACE FUNCTION edit_lock_document(p_actor jsonb, l edit_locks) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'appointmentId', l.appointment_id, 'userId', l.user_id,
        'userInfo', jsonb_strip_nulls(jsonb_build_object(
            'name', l.user_name,
            'email', CASE WHEN p_actor ->> 'role' <> 'client' THEN l.user_email END,
            'position', l.position)),
        'createdAt', wire_time(l.acquired_at), 'expiresAt', wire_time(l.expires_at),
        'version', l.version)
    WHERE l.user_id IS NOT NULL
$$;

-- A history row. Its duration is how long the hold lasted that it ends; a take-over names since
-- when the former holder had it, if anybody did.
CREATE OR REPLACE FUNCTION note_edit_lock(
    l edit_locks, p_action text, p_released_by uuid, p_metadata jsonb,
    p_former_since timestamptz DEFAULT NULL
) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO edit_lock_history (id, appointment_id, user_id, user_name, user_email, action, at,
                                   duration_seconds, released_by, lock_version, metadata)
    VALUES (new_uuid_v7(), l.appointment_id, l.user_id, l.user_name, l.user_email, p_action,
            clock_timestamp(),
            extract(epoch FROM CASE
                WHEN p_action = 'expired' THEN l.expires_at - l.acquired_at
                WHEN p_action IN ('released', 'force_released')
                    THEN clock_timestamp() - l.acquired_at
                WHEN p_action = 'taken_over' THEN clock_timestamp() - p_former_since
            END)::integer,
            p_released_by, l.version, coalesce(p_metadata, '{}'))
$$;

CREATE OR REPLACE FUNCTION emit_lock_event(
    p_appointment_id uuid, p_type text, p_payload jsonb
) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO outbox (topic, key, type, payload)
    VALUES ('locks', p_appointment_id, p_type,
            jsonb_build_object('appointmentId', p_appointment_id) || p_payload)
$$;

-- Ends whoever's hold it is. The caller has the edit-lock row locked.
CREATE OR REPLACE FUNCTION end_edit_lock(
    l edit_locks, p_action text, p_event_reason text, p_released_by uuid,
    p_metadata jsonb DEFAULT '{}'
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM note_edit_lock(l, p_action, p_released_by,
        p_metadata || jsonb_build_object('reason', p_event_reason));
    UPDATE edit_locks SET user_id = NULL, user_name = NULL, user_email = NULL, position = NULL,
                          acquired_at = NULL, expires_at = NULL
    WHERE appointment_id = l.appointment_id;
    PERFORM emit_lock_event(l.appointment_id, 'lock-released',
        jsonb_build_object('reason', p_event_reason));
END
$$;

-- Ends the edit lock of an appointment that is deleted: nobody could give it back any more. The
-- caller has been let through by check_edit_lock, so it is the actor's own or has run out.
CREATE OR REPLACE FUNCTION end_edit_lock_of_deleted(p_appointment_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT end_edit_lock(l, h.action, h.action,
                         CASE h.action WHEN 'released' THEN l.user_id END)
    FROM edit_locks AS l
    CROSS JOIN LATERAL (
        SELECT CASE WHEN l.expires_at > clock_timestamp() THEN 'released' ELSE 'expired' END
    ) AS h (action)
    WHERE l.appointment_id = p_appointment_id AND l.user_id IS NOT NULL
$$;

-- Ends the edit lock that a write overrules: staff's, when its client cancels or reschedules the
-- appointment, and a client's, when staff cancel, move, accept or finish it. The caller has been let through
-- by check_edit_lock, and writes now.
CREATE OR REPLACE FUNCTION end_overruled_edit_lock(p_actor jsonb, p_appointment_id uuid)
RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT end_edit_lock(l, 'released',
        CASE p_actor ->> 'role' WHEN 'client' THEN 'ended_by_client' ELSE 'ended_by_staff' END,
        (p_actor ->> 'id')::uuid)
    FROM edit_locks AS l
    WHERE l.appointment_id = p_appointment_id
      AND l.user_id <> (p_actor ->> 'id')::uuid AND l.expires_at > clock_timestamp()
$$;

-- Whether a write of this appointment may land. The caller holds the appointment FOR UPDATE.
-- With p_prevails the other side's edit lock lets it through, a client staff's and staff a client's, and
-- end_overruled_edit_lock() ends it when nothing else refuses: a refusal writes nothing.
-- Outcomes: locked (with the lock), lock_version_conflict (with details); NULL: go on.
CREATE OR REPLACE FUNCTION check_edit_lock(
    p_actor jsonb, p_appointment_id uuid, p_lock_version integer, p_prevails boolean,
    OUT outcome text, OUT lock jsonb, OUT current_version integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lock edit_locks;
    v_live boolean;
BEGIN
    SELECT * INTO v_lock FROM edit_locks AS l
    WHERE l.appointment_id = p_appointment_id FOR NO KEY UPDATE;
    current_version := coalesce(v_lock.version, 0);
    v_live := v_lock.user_id IS NOT NULL AND v_lock.expires_at > clock_timestamp();
    lock := CASE WHEN v_live THEN edit_lock_document(p_actor, v_lock) END;
    IF v_live AND v_lock.user_id IS DISTINCT FROM (p_actor ->> 'id')::uuid THEN
        IF p_prevails AND (p_actor ->> 'role' = 'client') <> (
            SELECT u.role = 'client' FROM users AS u WHERE u.id = v_lock.user_id) THEN
            lock := NULL;
            v_live := false;
        ELSE
            outcome := 'locked';
            RETURN;
        END IF;
    END IF;
    IF p_lock_version IS NOT NULL AND (NOT v_live OR v_lock.version <> p_lock_version) THEN
        outcome := 'lock_version_conflict';
    END IF;
END
$$;
