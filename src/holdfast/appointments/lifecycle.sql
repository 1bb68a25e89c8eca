-- The life of an appointment after booking (SPEC 4.5). Lock order: for a client's move the client's
-- advisory lock, the appointment row, then its slot rows by id, then the edit-lock row. The appointment first, because only its locked row says
-- which slot is its own (ADR 0009); decisions follow the locks.

-- A write's first steps, in SPEC 4.7's order: 404/403, 428, 412/409, 423. The state comes after.
-- p_rule says who may: own (whoever sees it), staff, admin. p_prevails: whether the write ends an edit
-- lock of the other side, client or staff (check_edit_lock).
-- p_client_id: whose advisory lock is taken first, where something is decided that a client's other
-- writes change (caps.sql).
-- Outcomes: not_found, forbidden, precondition_*, version_conflict, locked,
-- lock_version_conflict; NULL: go on, with the appointment locked.
CREATE OR REPLACE FUNCTION open_appointment(
    p_actor jsonb, p_appointment_id uuid, p_rule text, p_precondition jsonb,
    p_lock_version integer, p_prevails boolean, p_other_slot_id uuid DEFAULT NULL,
    p_client_id uuid DEFAULT NULL
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r                appointment_result;
    v_lock           record;
    v_seen_slot_id   uuid;
    v_changed_before timestamptz;
BEGIN
    SELECT a.slot_id INTO v_seen_slot_id FROM appointments AS a WHERE a.id = p_appointment_id;
    IF p_client_id IS NOT NULL THEN
        PERFORM lock_client(p_client_id);
    END IF;
    SELECT a INTO r.appointment FROM appointments AS a WHERE a.id = p_appointment_id FOR UPDATE;
    r.outcome := appointment_access(p_actor, r.appointment, p_rule);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF p_precondition ->> 'ifUnmodifiedSince' IS NOT NULL THEN
        SELECT e.at INTO v_changed_before FROM appointment_audit AS e
        WHERE e.appointment_id = p_appointment_id AND e.version = (r.appointment).version - 1;
    END IF;
    r.outcome := check_preconditions(
        p_precondition, (r.appointment).version, (r.appointment).updated_at, v_changed_before);
    -- Moved while this waited, here or in the server: it was meant for the other time.
    IF r.outcome IS NULL
       AND ((r.appointment).slot_id <> v_seen_slot_id
            OR (r.appointment).version >= (p_precondition ->> 'movedInVersion')::integer) THEN
        r.outcome := 'version_conflict';
    END IF;
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    -- The slots come before the edit lock in the lock order.
    PERFORM FROM slots AS s WHERE s.id IN ((r.appointment).slot_id, p_other_slot_id)
    ORDER BY s.id FOR NO KEY UPDATE;
    SELECT * INTO v_lock
    FROM check_edit_lock(p_actor, p_appointment_id, p_lock_version, p_prevails);
    r.outcome := v_lock.outcome;
    r.lock := v_lock.lock;
    r.lock_version := v_lock.current_version;
    RETURN r;
END
$$;

-- not_found, forbidden, or NULL when the actor may do it.
CREATE OR REPLACE FUNCTION appointment_access(
    p_actor jsonb, a appointments, p_rule text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN a.id IS NULL OR NOT sees_appointment(p_actor, a) THEN 'not_found'
        WHEN p_rule = 'staff' AND p_actor ->> 'role' = 'client' THEN 'forbidden'
        WHEN p_rule = 'admin' AND p_actor ->> 'role' <> 'admin' THEN 'forbidden'
    END
$$;

-- Frees a slot that the caller holds locked, if it is this appointment's.
CREATE OR REPLACE FUNCTION free_slot(p_slot_id uuid, p_appointment_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    UPDATE slots SET status = 'available', appointment_id = NULL
    WHERE id = p_slot_id AND appointment_id = p_appointment_id
$$;

-- What forbids to move or cancel an appointment because of its time; NULL: nothing. From its start on only
-- staff may, and say why. The caller has it locked and reads the clock now.
CREATE OR REPLACE FUNCTION begun_obstacle(
    p_actor jsonb, a appointments, p_at timestamptz, p_reason text
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_at < a.start_at THEN NULL
        WHEN p_actor ->> 'role' = 'client' THEN 'begun'
        WHEN coalesce(p_reason, '') !~ '\S' THEN 'reason_required' END
$$;

-- What cancelling costs at a time: nothing while requested, waived or early, else the late fee.
CREATE OR REPLACE FUNCTION cancellation_fee(a appointments, p_at timestamptz, p_waive boolean)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN a.status = 'requested' OR p_waive OR p_at < a.refundable_until
        THEN 0 ELSE late_fee(a) END
$$;

-- Moves a confirmed appointment into the slot that a reservation holds.
-- Outcomes: done, invalid_transition, begun, reason_required, other_service, time_mismatch, expired, used,
-- released, reservation_not_found, slot_past, no_longer_offered, client_overlap, or as open_appointment.
CREATE OR REPLACE FUNCTION reschedule_appointment(
    p_actor jsonb, p_appointment_id uuid, p_reservation_id uuid, p_precondition jsonb,
    p_lock_version integer, p_reason text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r             appointment_result;
    v_locked      record;
    v_reservation reservations;
    v_by_client   boolean := p_actor ->> 'role' = 'client';
    v_refusal     record;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    IF p_reservation_id IS NULL THEN  -- the token never was one
        r.outcome := 'reservation_not_found';
        RETURN r;
    END IF;
    r := open_appointment(
        p_actor, p_appointment_id, 'own', p_precondition, p_lock_version, true,
        (SELECT h.slot_id FROM reservations AS h WHERE h.id = p_reservation_id),
        -- A client can only move appointments of its own.
        CASE WHEN v_by_client THEN (p_actor ->> 'id')::uuid END);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).status <> 'confirmed' OR (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    r.outcome := begun_obstacle(p_actor, r.appointment, clock_timestamp(), p_reason);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    SELECT * INTO v_locked FROM lock_reservation(p_actor, p_reservation_id);
    v_reservation := v_locked.reservation;
    r.wanted := v_locked.slot;
    r.outcome := CASE
        WHEN v_locked.standing = 'not_found' THEN 'reservation_not_found'
        WHEN v_locked.standing <> 'live' THEN v_locked.standing
        WHEN v_reservation.service_id <> (r.appointment).service_id THEN 'other_service'
        WHEN (r.wanted).start_at <= v_locked.at THEN 'slot_past'
        WHEN NOT still_offered(p_actor, v_reservation) THEN 'no_longer_offered'
        WHEN (r.wanted).end_at - (r.wanted).start_at < (r.appointment).end_at - (r.appointment).start_at
            THEN 'time_mismatch' END;
    IF r.outcome IS NULL AND v_by_client THEN
        SELECT * INTO v_refusal FROM client_booking_refusal(
            (r.appointment).user_id, (r.wanted).start_at,
            (r.wanted).start_at + ((r.appointment).end_at - (r.appointment).start_at),
            NULL, p_appointment_id, '{}');
        r.outcome := v_refusal.outcome;
        r.details := v_refusal.details;
    END IF;
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    PERFORM end_overruled_edit_lock(p_actor, p_appointment_id);
    UPDATE reservations SET status = 'used', closed_at = v_locked.at WHERE id = v_reservation.id;
    PERFORM free_slot((r.appointment).slot_id, (r.appointment).id);
    UPDATE appointments AS a
    SET slot_id = (r.wanted).id, provider_id = (r.wanted).provider_id,
        facility_id = (r.wanted).facility_id, start_at = (r.wanted).start_at,
        end_at = (r.wanted).start_at + (a.end_at - a.start_at),
        client_confirmed_at = NULL  -- what was confirmed was the other time
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    UPDATE slots AS s SET status = 'booked', appointment_id = p_appointment_id,
                          held_until = NULL, reservation_id = NULL
    WHERE s.id = (r.wanted).id;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- Cancels, decides the fee once (I9) and frees the slot.
-- Outcomes: done, invalid_transition, begun, reason_required, or as open_appointment.
CREATE OR REPLACE FUNCTION cancel_appointment(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text, p_waive_fee boolean
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r     appointment_result;
    v_now timestamptz;
    v_fee integer;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, CASE WHEN p_waive_fee THEN 'staff' ELSE 'own' END,
        p_precondition, p_lock_version, true);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).status NOT IN ('requested', 'confirmed')
       OR (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    v_now := clock_timestamp();
    r.outcome := begun_obstacle(p_actor, r.appointment, v_now, p_reason);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    PERFORM end_overruled_edit_lock(p_actor, p_appointment_id);
    v_fee := cancellation_fee(r.appointment, v_now, p_waive_fee);
    PERFORM free_slot((r.appointment).slot_id, (r.appointment).id);
    UPDATE appointments AS a
    SET status = 'cancelled', slot_id = NULL, fee_cents = v_fee,
        refund_cents = a.price_cents - v_fee, fee_waived = p_waive_fee
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- The client says that it will come. Saying so again changes nothing.
-- Outcomes: done, invalid_transition, or as open_appointment.
CREATE OR REPLACE FUNCTION confirm_attendance(
    p_actor jsonb, p_appointment_id uuid, p_precondition jsonb, p_lock_version integer,
    p_reason text
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r appointment_result;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    r := open_appointment(
        p_actor, p_appointment_id, 'own', p_precondition, p_lock_version, false);
    IF r.outcome IS NOT NULL THEN
        RETURN r;
    END IF;
    IF (r.appointment).status <> 'confirmed' OR (r.appointment).deleted_at IS NOT NULL THEN
        r.outcome := 'invalid_transition';
        RETURN r;
    END IF;
    UPDATE appointments AS a
    SET client_confirmed_at = coalesce(a.client_confirmed_at, clock_timestamp())
    WHERE a.id = p_appointment_id
    RETURNING a INTO r.appointment;
    r.outcome := 'done';
    RETURN r;
END
$$;

-- A result as the server reads it: one row, whatever became of the write.
CREATE OR REPLACE FUNCTION read_result(r appointment_result) RETURNS TABLE (
    outcome text, document json, id uuid, version integer, updated_at timestamptz, status text,
    provider_id uuid, service_id uuid, start_at timestamptz, end_at timestamptz,
    fee_cents integer, refund_cents integer, lock jsonb, lock_version integer,
    slot_document json, slot_start timestamptz, slot_end timestamptz, slot_provider_id uuid,
    details jsonb
)
LANGUAGE sql STABLE AS $$
    SELECT r.outcome, appointment_document(r.appointment), (r.appointment).id,
        (r.appointment).version, (r.appointment).updated_at, (r.appointment).status::text,
        (r.appointment).provider_id, (r.appointment).service_id, (r.appointment).start_at,
        (r.appointment).end_at, (r.appointment).fee_cents, (r.appointment).refund_cents,
        r.lock, r.lock_version, slot_document(r.wanted), (r.wanted).start_at,
        (r.wanted).end_at, (r.wanted).provider_id, r.details
$$;
