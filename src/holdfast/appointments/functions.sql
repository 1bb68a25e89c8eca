-- Booking (SPEC 4.5). Lock order: the client's advisory lock (for clients, whose appointments are
-- limited: caps.sql), the slot row, then the appointment. Decisions are taken after the
-- slot row is locked (I5), and I1 and I4 are constraints besides.

-- What a late cancel of this appointment costs, in cents, never more than its price.
CREATE OR REPLACE FUNCTION late_fee(a appointments) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(a.price_cents,
        coalesce(a.late_fee_cents, (a.price_cents::bigint * a.late_fee_percent / 100)::integer, 0))
$$;

-- An appointment as the API shows it, without its audit; with what it refers to. (Without a query of its
-- own, so that the planner can put it in place.)
CREATE OR REPLACE FUNCTION appointment_document(
    a appointments, u users, p providers, f facilities, sv services
) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', a.id, 'userId', a.user_id, 'userName', u.name,
        'providerId', a.provider_id, 'providerName', p.name,
        'facilityId', a.facility_id, 'facilityName', f.name,
        'serviceId', a.service_id, 'serviceTitle', sv.title,
        'slotId', a.slot_id, 'start', wire_time(a.start_at), 'end', wire_time(a.end_at),
        'timezone', coalesce(f.timezone, p.timezone),
        'status', a.status, 'priority', a.priority,
        'priceCents', a.price_cents, 'currency', a.currency,
        'cancellationPolicy', json_build_object(
            'refundableUntil', wire_time(a.refundable_until), 'feeCents', late_fee(a)),
        'notes', a.notes, 'clientConfirmedAt', wire_time(a.client_confirmed_at),
        'feeCents', a.fee_cents, 'refundCents', a.refund_cents,
        'version', a.version, 'createdAt', wire_time(a.created_at),
        'updatedAt', wire_time(a.updated_at), 'deletedAt', wire_time(a.deleted_at))
$$;

-- The same of one row, to be joined: that, too, is put in place, where a call would be a query by itself.
CREATE OR REPLACE FUNCTION appointment_documents(a appointments) RETURNS SETOF json
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT appointment_document(a, u, p, f, sv)
    FROM users AS u, services AS sv,
         providers AS p LEFT JOIN facilities AS f ON f.id = a.facility_id
    WHERE u.id = a.user_id AND sv.id = a.service_id AND p.id = a.provider_id
$$;

-- The same, called.
CREATE OR REPLACE FUNCTION appointment_document(a appointments) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT d FROM appointment_documents(a) AS d
$$;

-- Whether an actor may know of this appointment: its client until it is deleted, staff in scope.
CREATE OR REPLACE FUNCTION sees_appointment(p_actor jsonb, a appointments) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_actor ->> 'role' = 'client'
        THEN a.user_id = (p_actor ->> 'id')::uuid AND a.deleted_at IS NULL
        ELSE manages_provider(p_actor, a.provider_id) END
$$;

-- Adds an appointment and, when a slot is given, books that slot for it. The caller holds the
-- slot's row lock and has decided that it may be taken.
--
-- p_promise: the reservation whose price and policy it has; NULL: those of the service as it is.
CREATE OR REPLACE FUNCTION insert_appointment(
    p_appointment_id uuid, p_user_id uuid, p_provider_id uuid, p_facility_id uuid,
    p_service services, p_slot slots, p_start timestamptz, p_end timestamptz,
    p_priority text, p_notes text, p_promise reservations DEFAULT NULL
) RETURNS appointments
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_appointment appointments;
BEGIN
    INSERT INTO appointments (
        id, user_id, provider_id, facility_id, service_id, slot_id, start_at, end_at, status,
        priority, price_cents, currency, free_until_hours, late_fee_cents, late_fee_percent,
        no_show_fee_cents, notes)
    VALUES (
        p_appointment_id, p_user_id, p_provider_id, p_facility_id, p_service.id, p_slot.id,
        p_start, p_end,
        CASE WHEN p_slot.id IS NULL THEN 'requested' ELSE 'confirmed' END::appointment_status,
        p_priority::appointment_priority,
        CASE WHEN p_promise.id IS NULL THEN p_service.price_cents ELSE p_promise.price_cents END,
        CASE WHEN p_promise.id IS NULL THEN p_service.currency ELSE p_promise.currency END,
        CASE WHEN p_promise.id IS NULL THEN p_service.free_until_hours ELSE p_promise.free_until_hours END,
        CASE WHEN p_promise.id IS NULL THEN p_service.late_fee_cents ELSE p_promise.late_fee_cents END,
        CASE WHEN p_promise.id IS NULL THEN p_service.late_fee_percent ELSE p_promise.late_fee_percent END,
        CASE WHEN p_promise.id IS NULL THEN p_service.no_show_fee_cents ELSE p_promise.no_show_fee_cents END,
        p_notes)
    RETURNING * INTO v_appointment;
    IF p_slot.id IS NOT NULL THEN
        UPDATE slots SET status = 'booked', appointment_id = p_appointment_id,
                         held_until = NULL, reservation_id = NULL
        WHERE id = p_slot.id;
    END IF;
    RETURN v_appointment;
END
$$;

-- Books the slot that a reservation holds, at the price, policy and duration that it promises.
-- Outcomes: booked, expired, used, released, reservation_not_found, other_user, slot_past,
-- no_longer_offered, or as client_booking_refusal().
--
-- p_user_id: whose reservation it must be; NULL: anybody's that the actor may use.
-- p_limits: as client_booking_refusal(); staff are not bound by them.
CREATE OR REPLACE FUNCTION book_reservation(
    p_actor jsonb, p_appointment_id uuid, p_reservation_id uuid, p_priority text, p_notes text,
    p_user_id uuid DEFAULT NULL, p_limits jsonb DEFAULT '{}'
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r             appointment_result;
    v_by_client   boolean := p_actor ->> 'role' = 'client';
    v_locked      record;
    v_reservation reservations;
    v_slot        slots;
    v_service     services;
    v_end         timestamptz;
    v_refusal     record;
BEGIN
    PERFORM act_as(p_actor);
    IF v_by_client THEN  -- who can only use reservations of its own
        PERFORM lock_client((p_actor ->> 'id')::uuid);
    END IF;
    SELECT * INTO v_locked FROM lock_reservation(p_actor, p_reservation_id);
    v_reservation := v_locked.reservation;
    v_slot := v_locked.slot;
    v_end := v_slot.start_at + make_interval(mins => v_reservation.duration_minutes);
    r.outcome := CASE
        WHEN v_locked.standing = 'not_found' THEN 'reservation_not_found'
        WHEN v_reservation.user_id <> p_user_id THEN 'other_user'
        WHEN v_locked.standing <> 'live' THEN v_locked.standing
        WHEN v_slot.start_at <= v_locked.at THEN 'slot_past' END;
    IF r.outcome IS NULL THEN
        -- Kept from being removed meanwhile (catalogue/functions.sql).
        SELECT * INTO v_service FROM lock_offered_service(
            v_reservation.provider_id, v_reservation.service_id, v_slot.facility_id);
        IF v_service.id IS NULL OR v_slot.service_id <> v_service.id OR v_end > v_slot.end_at THEN
            r.outcome := 'no_longer_offered';
        ELSIF v_by_client THEN
            SELECT * INTO v_refusal FROM client_booking_refusal(
                v_reservation.user_id, v_slot.start_at, v_end, 'confirmed', NULL, p_limits);
            r.outcome := v_refusal.outcome;
            r.details := v_refusal.details;
        END IF;
    END IF;
    IF r.outcome IS NOT NULL THEN
        r.wanted := v_slot;
        r.appointment.service_id := v_reservation.service_id;
        RETURN r;
    END IF;
    UPDATE reservations SET status = 'used', closed_at = v_locked.at WHERE id = p_reservation_id;
    r.appointment := insert_appointment(
        p_appointment_id, v_reservation.user_id, v_slot.provider_id, v_slot.facility_id,
        v_service, v_slot, v_slot.start_at, v_end, p_priority, p_notes, v_reservation);
    r.outcome := 'booked';
    RETURN r;
END
$$;

-- Books the slot that contains the wanted period, or files a request for it.
-- Outcomes: booked, requested, not_offered, user_not_found, facility_not_found, invalid_time_range,
-- end_mismatch (a client wants another length than the service's), end_too_soon, slot_past, and with
-- p_if_unavailable = 'fail': no_slot, slot_held, slot_booked, slot_blocked; or as
-- client_booking_refusal().
--
-- p_limits: as book_reservation().
CREATE OR REPLACE FUNCTION book_directly(
    p_actor jsonb, p_appointment_id uuid, p_user_id uuid, p_provider_id uuid, p_service_id uuid,
    p_facility_id uuid, p_start timestamptz, p_end timestamptz, p_priority text, p_notes text,
    p_if_unavailable text, p_limits jsonb DEFAULT '{}'
) RETURNS appointment_result
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r           appointment_result;
    v_by_client boolean := p_actor ->> 'role' = 'client';
    v_kind      text;
    v_refusal   record;
    v_service   services;
    v_slot      slots;
    v_candidate uuid;
    v_end       timestamptz;
BEGIN
    PERFORM act_as(p_actor);
    IF v_by_client THEN  -- who can only book for itself
        PERFORM lock_client(p_user_id);
    END IF;
    -- What a refusal speaks of.
    r.appointment.provider_id := p_provider_id;
    r.appointment.service_id := p_service_id;
    r.appointment.start_at := p_start;
    SELECT * INTO v_service FROM offered_service(p_provider_id, p_service_id);
    IF v_service.id IS NULL THEN
        r.outcome := 'not_offered';
        RETURN r;
    END IF;
    IF NOT EXISTS (SELECT FROM users AS u WHERE u.id = p_user_id AND u.is_active) THEN
        r.outcome := 'user_not_found';
        RETURN r;
    END IF;
    IF p_facility_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM provider_facilities AS pf JOIN facilities AS f ON f.id = pf.facility_id
        WHERE pf.provider_id = p_provider_id AND f.id = p_facility_id AND f.deleted_at IS NULL
    ) THEN
        r.outcome := 'facility_not_found';
        RETURN r;
    END IF;
    v_end := coalesce(p_end, p_start + make_interval(mins => v_service.duration_minutes));
    r.outcome := CASE
        WHEN v_end <= p_start THEN 'invalid_time_range'
        WHEN v_end = p_start + make_interval(mins => v_service.duration_minutes) THEN NULL
        WHEN v_by_client THEN 'end_mismatch'
        WHEN v_end < p_start + interval '5 minutes' THEN 'end_too_soon' END;
    IF r.outcome IS NOT NULL THEN
        r.details := jsonb_build_object('durationMinutes', v_service.duration_minutes);
        RETURN r;
    END IF;

    -- The candidate is found without a lock, so it is looked at again once locked; when it has
    -- been moved or deleted meanwhile, another may match now.
    LOOP
        v_slot := NULL;
        SELECT s.id INTO v_candidate FROM slots AS s
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
          AND s.start_at <= p_start AND s.start_at > p_start - interval '1 day'
          AND s.end_at >= v_end
          AND (s.service_id IS NULL OR s.service_id = p_service_id)
          AND (p_facility_id IS NULL OR s.facility_id = p_facility_id)
        ORDER BY s.is_open DESC, s.start_at DESC, s.id
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        SELECT * INTO v_slot FROM slots AS s
        WHERE s.id = v_candidate AND s.deleted_at IS NULL
          AND s.start_at <= p_start AND s.end_at >= v_end
        FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
    END LOOP;

    -- Kept from being removed meanwhile; after the slot, as catalogue/functions.sql says.
    SELECT * INTO v_service FROM lock_offered_service(
        p_provider_id, p_service_id, coalesce(v_slot.facility_id, p_facility_id));
    IF v_service.id IS NULL THEN
        r.outcome := 'not_offered';
        RETURN r;
    END IF;

    r.outcome := CASE
        WHEN p_start <= clock_timestamp() THEN 'slot_past'
        WHEN v_slot.id IS NULL THEN 'no_slot'
        WHEN v_slot.start_at <= clock_timestamp() THEN 'slot_past'
        WHEN hold_has_run_out(v_slot) THEN 'available'
        WHEN v_slot.status = 'available' THEN 'available'
        ELSE 'slot_' || v_slot.status END;
    v_kind := CASE
        WHEN r.outcome = 'available' THEN 'confirmed'
        WHEN r.outcome <> 'slot_past' AND p_if_unavailable = 'request' THEN 'requested' END;
    IF v_by_client AND v_kind IS NOT NULL THEN
        SELECT * INTO v_refusal
        FROM client_booking_refusal(p_user_id, p_start, v_end, v_kind, NULL, p_limits);
        IF v_refusal.outcome IS NOT NULL THEN
            r.outcome := v_refusal.outcome;
            r.details := v_refusal.details;
            RETURN r;
        END IF;
    END IF;
    IF v_kind = 'confirmed' THEN
        IF v_slot.status = 'held' THEN
            v_slot := expire_hold(v_slot);
        END IF;
        r.appointment := insert_appointment(
            p_appointment_id, p_user_id, p_provider_id, v_slot.facility_id, v_service, v_slot,
            p_start, v_end, p_priority, p_notes);
        r.outcome := 'booked';
    ELSIF v_kind = 'requested' THEN
        r.appointment := insert_appointment(
            p_appointment_id, p_user_id, p_provider_id, p_facility_id, v_service, NULL,
            p_start, v_end, p_priority, p_notes);
        r.outcome := 'requested';
    END IF;
    RETURN r;
END
$$;
