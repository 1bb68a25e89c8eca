-- How appointments end without being cancelled, and how such an end is taken back (SPEC 4.5). Lock order and
-- outcomes as in lifecycle.sql.

-- Complete and no-show: staff say how a confirmed visit ended. A no-show frees its slot and costs
-- the fee of its policy, never more than the price.
-- Not before it begins: that would free a slot, and take a fee, for what is to come.
-- Outcomes: done, invalid_transition, not_begun, or as open_appointment.
CREATE OR REPLACE FUNCTION end_appointment(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text, p_status text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r     appointment_result;
    v_fee integer;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, 'staff', p_precondition, p_lock_version, true);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).status <> 'confirmed' OR (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    IF (r.appointment).start_at > clock_timestamp() THEN
        r.outcome := 'not_begun';
        RETURN r;
    END IF;
    PERFORM end_overruled_edit_lock(p_actor, p_appointment_id);
    IF p_status = 'no_show' THEN
        v_fee := least((r.appointment).price_cents, (r.appointment).no_show_fee_cents);
        PERFORM free_slot((r.appointment).slot_id, (r.appointment).id);
    END IF;
    UPDATE appointments AS a
    SET status = p_status::appointment_status,
        slot_id = CASE WHEN p_status = 'no_show' THEN NULL ELSE a.slot_id END,
        fee_cents = v_fee, refund_cents = a.price_cents - v_fee
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- The slot that an appointment had until it was marked as missed: history remembers it.
CREATE OR REPLACE FUNCTION missed_slot(p_appointment_id uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (e.changes #>> '{slotId,from}')::uuid FROM appointment_audit AS e
    WHERE e.appointment_id = p_appointment_id AND e.action = 'no_show'
    ORDER BY e.version DESC LIMIT 1
$$;

-- Takes back that a visit was completed or missed: it is confirmed again, in the slot that it had. A missed
-- one has freed that slot, so it must still be free; the fee that was decided goes.
-- Outcomes: done, invalid_transition, reason_required, slot_booked (also when withdrawn or moved),
-- slot_held, slot_blocked, version_conflict, or as open_appointment.
CREATE OR REPLACE FUNCTION reopen_appointment(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r         appointment_result;
    v_slot_id uuid := missed_slot(p_appointment_id);  -- to be locked in the common order
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, 'staff', p_precondition, p_lock_version, false, v_slot_id);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).status NOT IN ('completed', 'no_show')
       OR (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
    ELSIF coalesce(p_reason, '') !~ '\S' THEN
        r.outcome := 'reason_required';
    ELSIF missed_slot(p_appointment_id) IS DISTINCT FROM v_slot_id THEN
        r.outcome := 'version_conflict';  -- missed in another slot while this waited
    ELSIF (r.appointment).status = 'no_show' THEN
        r.outcome := take_slot_back(v_slot_id, r.appointment);
    END IF;
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    UPDATE appointments AS a
    SET status = 'confirmed', fee_cents = NULL, refund_cents = NULL, fee_waived = false,
        slot_id = coalesce(a.slot_id, v_slot_id)
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- Books a slot once more for an appointment that had it: one that is restored or reopened. The caller holds
-- both rows; the slot is read as it is now.
-- Outcomes: slot_booked (also when withdrawn or moved), slot_held, slot_blocked; NULL: done.
CREATE OR REPLACE FUNCTION take_slot_back(p_slot_id uuid, a appointments) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_slot        slots;
    v_has_run_out boolean;
BEGIN
    SELECT s.* INTO v_slot FROM slots AS s WHERE s.id = p_slot_id FOR NO KEY UPDATE;
    v_has_run_out := hold_has_run_out(v_slot);
    IF v_slot.status IN ('held', 'blocked') AND NOT v_has_run_out THEN
        RETURN 'slot_' || v_slot.status;
    END IF;
    IF (v_slot.status IN ('available', 'held') AND v_slot.deleted_at IS NULL
        AND tstzrange(a.start_at, a.end_at) <@ v_slot.during
        AND v_slot.provider_id = a.provider_id) IS NOT TRUE THEN
        RETURN 'slot_booked';
    END IF;
    IF v_has_run_out THEN
        PERFORM expire_hold(v_slot);
    END IF;
    UPDATE slots AS s SET status = 'booked', appointment_id = a.id WHERE s.id = v_slot.id;
    RETURN NULL;
END
$$;

-- Ends requests whose time has come, at most p_limit in one pass: nobody can accept them any more where
-- they stand. Those that somebody writes are left for the next pass; an edit lock does not keep one alive.
-- Nothing waits for it: the inbox and accept compare the time themselves. Returns how many.
CREATE OR REPLACE FUNCTION expire_requests(p_limit integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_ids   uuid[];
    v_count integer;
BEGIN
    PERFORM act_as('{"id": null, "type": "system", "role": "system", "name": "Holdfast"}', 'expired');
    v_ids := ARRAY(
        SELECT a.id FROM appointments AS a
        WHERE a.status = 'requested' AND a.deleted_at IS NULL
          AND a.start_at <= statement_timestamp()
        ORDER BY a.start_at, a.id LIMIT p_limit
        FOR UPDATE SKIP LOCKED);
    UPDATE appointments AS a
    SET status = 'cancelled', fee_cents = 0, refund_cents = a.price_cents
    WHERE a.id = ANY (v_ids);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$$;
