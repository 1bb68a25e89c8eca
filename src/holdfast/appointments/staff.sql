-- What staff do with an appointment: delete, restore, edit, accept (SPEC 4.3, 4.5). Lock order and
-- outcomes as in lifecycle.sql.

-- Hides an appointment and frees its slot; it remembers the slot so that it can be restored.
-- Outcomes: done, invalid_transition, or as open_appointment.
CREATE OR REPLACE FUNCTION delete_appointment(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r appointment_result;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, 'staff', p_precondition, p_lock_version, false);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    PERFORM free_slot((r.appointment).slot_id, (r.appointment).id);
    PERFORM end_edit_lock_of_deleted(p_appointment_id);
    UPDATE appointments AS a SET deleted_at = clock_timestamp()
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- Brings a deleted appointment back, with its slot if it had one and that is still free.
-- Outcomes: done, invalid_transition, slot_booked (also when withdrawn or moved), slot_held,
-- slot_blocked, or as open_appointment.
CREATE OR REPLACE FUNCTION restore_appointment(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r appointment_result;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, 'admin', p_precondition, p_lock_version, false);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).deleted_at IS NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    IF (r.appointment).status IN ('confirmed', 'completed') THEN
        r.outcome := take_slot_back((r.appointment).slot_id, r.appointment);
        IF r.outcome IS NOT NULL THEN
            RETURN r;
        END IF;
    END IF;
    UPDATE appointments AS a SET deleted_at = NULL
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- Edits notes, priority or service. p_fields holds what was sent; absent fields stay.
-- Another service keeps the start and the policy of the booking (I9), takes the new price, and
-- must be offered by the provider and fit into the slot.
-- Outcomes: done, invalid_transition, service_not_found, time_mismatch, or as open_appointment.
CREATE OR REPLACE FUNCTION edit_appointment(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text, p_fields jsonb, p_rule text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r         appointment_result;
    v_service services;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, p_rule, p_precondition, p_lock_version, false);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    IF (p_fields ->> 'serviceId')::uuid <> (r.appointment).service_id THEN
        IF (r.appointment).status NOT IN ('requested', 'confirmed') THEN
            r.outcome := 'invalid_transition';
            RETURN r;
        END IF;
        SELECT * INTO v_service
        FROM lock_offered_service((r.appointment).provider_id, (p_fields ->> 'serviceId')::uuid);
        IF v_service.id IS NULL THEN
            r.outcome := 'service_not_found';
            RETURN r;
        END IF;
        SELECT s INTO r.wanted FROM slots AS s WHERE s.id = (r.appointment).slot_id;
        r.appointment.end_at :=
            (r.appointment).start_at + make_interval(mins => v_service.duration_minutes);
        IF (r.wanted).id IS NOT NULL AND ((r.appointment).end_at > (r.wanted).end_at
            OR (r.wanted).service_id <> v_service.id) THEN
            r.outcome := 'time_mismatch';
            RETURN r;
        END IF;
        r.appointment.service_id := v_service.id;
        r.appointment.price_cents := v_service.price_cents;
        r.appointment.currency := v_service.currency;
    END IF;
    UPDATE appointments AS a
    SET notes = CASE WHEN p_fields ? 'notes' THEN p_fields ->> 'notes' ELSE a.notes END,
        priority = coalesce((p_fields ->> 'priority')::appointment_priority, a.priority),
        service_id = (r.appointment).service_id, end_at = (r.appointment).end_at,
        price_cents = (r.appointment).price_cents, currency = (r.appointment).currency
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- Staff accept a waiting request into a slot (seed 001). The double check stands after the locks. With
-- p_move the slot may be at another time: the appointment then begins with it and keeps its length.
-- Outcomes: done, slot_not_found, slot_precondition (with the check's outcome in `lock`),
-- slot_booked, slot_held, slot_blocked, slot_past, invalid_transition, provider_mismatch,
-- time_mismatch, or as open_appointment.
CREATE OR REPLACE FUNCTION accept_appointment(
    p_actor jsonb, p_slot_id uuid, p_appointment_id uuid, p_precondition jsonb,
    p_lock_version integer, p_reason text, p_move boolean DEFAULT false
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r                appointment_result;
    v_slot           slots;
    v_period         tstzrange;
    v_has_run_out    boolean;
    v_changed_before timestamptz;
    v_stale          text;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, 'staff', '{}', p_lock_version, true, p_slot_id);
    IF r.outcome IN ('not_found', 'forbidden') THEN
        RETURN r;
    END IF;
    SELECT s.* INTO v_slot FROM slots AS s
    WHERE s.id = p_slot_id AND s.deleted_at IS NULL FOR NO KEY UPDATE;
    IF v_slot.id IS NULL OR NOT manages_provider(p_actor, v_slot.provider_id) THEN
        r.outcome := 'slot_not_found';
        RETURN r;
    END IF;
    SELECT e.at INTO v_changed_before FROM slot_audit AS e
    WHERE e.slot_id = v_slot.id AND e.version = v_slot.version - 1;
    v_stale := check_preconditions(
        p_precondition, v_slot.version, v_slot.updated_at, v_changed_before);
    v_has_run_out := hold_has_run_out(v_slot);
    r.wanted := v_slot;
    IF v_stale IS NOT NULL THEN
        r.outcome := 'slot_precondition';
        r.lock := to_jsonb(v_stale);
        RETURN r;
    END IF;
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    v_period := tstzrange((r.appointment).start_at, (r.appointment).end_at);
    IF p_move AND NOT v_period <@ v_slot.during THEN
        v_period := tstzrange(v_slot.start_at, v_slot.start_at + (upper(v_period) - lower(v_period)));
    END IF;
    r.outcome := CASE
        WHEN v_slot.status <> 'available' AND NOT v_has_run_out THEN 'slot_' || v_slot.status
        WHEN (r.appointment).status <> 'requested' OR (r.appointment).deleted_at IS NOT NULL
            THEN 'invalid_transition'
        WHEN (r.appointment).provider_id <> v_slot.provider_id THEN 'provider_mismatch'
        WHEN NOT v_period <@ v_slot.during THEN 'time_mismatch'
        WHEN v_slot.start_at <= clock_timestamp() THEN 'slot_past' END;
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF v_has_run_out THEN
        PERFORM expire_hold(v_slot);
    END IF;
    PERFORM end_overruled_edit_lock(p_actor, p_appointment_id);
    UPDATE appointments AS a
    SET status = 'confirmed', slot_id = v_slot.id, facility_id = v_slot.facility_id,
        start_at = lower(v_period), end_at = upper(v_period)
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    UPDATE slots AS s SET status = 'booked', appointment_id = p_appointment_id
    WHERE s.id = v_slot.id;
    r.outcome := 'done';
    RETURN r;
END
$$;
