-- Reservations: reserve, extend, release, expire (SPEC 4.4). Each call is one round trip and one
-- transaction. Lock order: the client's advisory lock (caps.sql), then the slot row. Every decision is taken
-- after the slot row is locked, from rows read by a later statement of the same function (each
-- statement of a function sees what was committed before it began) and from clock_timestamp().

-- Ends a hold that has run out. The caller holds the slot's row lock and has checked the time. It is
-- the system's doing, whoever came upon it and for whatever reason.
CREATE OR REPLACE FUNCTION expire_hold(p_slot slots) RETURNS slots
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_actor  text := current_setting('holdfast.actor', true);
    v_reason text := current_setting('holdfast.reason', true);
    v_slot   slots;
BEGIN
    PERFORM act_as('{"id": null, "type": "system", "role": "system", "name": "Holdfast"}');
    UPDATE reservations SET status = 'expired', closed_at = clock_timestamp()
    WHERE id = p_slot.reservation_id;
    UPDATE slots SET status = 'available', held_until = NULL, reservation_id = NULL
    WHERE id = p_slot.id RETURNING * INTO v_slot;
    PERFORM act_as(nullif(v_actor, '')::jsonb, v_reason);
    RETURN v_slot;
END
$$;

-- Reserves a slot at the price, policy and duration that its service has now.
-- Outcomes: reserved, existing (this user's own live one, unchanged), not_found, user_not_found,
-- slot_past, slot_blocked, slot_booked, slot_held, or as reservation_refusal().
--
-- p_idle_limit: as reservation_refusal(); retry_seconds: when that refusal will have passed.
CREATE OR REPLACE FUNCTION reserve_slot(
    p_actor jsonb, p_reservation_id uuid, p_slot_id uuid, p_provider_id uuid, p_service_id uuid,
    p_user_id uuid, p_ttl_seconds integer, p_live_limit integer, p_idle_limit integer DEFAULT NULL,
    OUT outcome text, OUT id uuid, OUT expires_at timestamptz, OUT ttl_seconds integer,
    OUT wanted timestamptz, OUT price_cents integer, OUT currency text, OUT retry_seconds integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_slot    slots;
    v_service services;
    v_role    user_role;
    v_now     timestamptz;
    v_mine    reservations;
BEGIN
    PERFORM act_as(p_actor);
    PERFORM lock_client(p_user_id);
    SELECT * INTO v_slot FROM slots AS s
    WHERE s.id = p_slot_id AND s.provider_id = p_provider_id AND s.deleted_at IS NULL
    FOR NO KEY UPDATE;
    v_now := clock_timestamp();
    wanted := v_slot.start_at;
    SELECT * INTO v_service FROM offered_service(p_provider_id, p_service_id);
    IF v_service.id IS NULL THEN
        SELECT * INTO v_service
        FROM service_to_move(p_actor, p_provider_id, p_service_id, p_user_id);
    END IF;
    IF v_slot.id IS NULL OR v_service.id IS NULL OR NOT slot_serves(v_slot, v_service) THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT role INTO v_role FROM users AS u WHERE u.id = p_user_id AND u.is_active;
    IF v_role IS NULL THEN
        outcome := 'user_not_found';
        RETURN;
    END IF;
    IF v_slot.start_at <= v_now THEN
        outcome := 'slot_past';
        RETURN;
    END IF;
    IF v_slot.status IN ('blocked', 'booked') THEN
        outcome := 'slot_' || v_slot.status;
        RETURN;
    END IF;
    IF v_slot.status = 'held' AND v_slot.held_until > v_now THEN
        SELECT * INTO v_mine FROM reservations AS r
        WHERE r.id = v_slot.reservation_id AND r.user_id = p_user_id
          AND r.service_id = p_service_id;
        IF v_mine.id IS NULL THEN
            outcome := 'slot_held';
        ELSE
            outcome := 'existing';
            id := v_mine.id;
            expires_at := v_mine.expires_at;
            ttl_seconds := v_mine.ttl_seconds;
            price_cents := v_mine.price_cents;
            currency := v_mine.currency;
        END IF;
        RETURN;
    END IF;
    IF v_slot.status = 'held' AND v_slot.origin = 'surplus' THEN
        outcome := 'slot_held';  -- its hold has run out, but the schedule lacks it: it goes
        RETURN;
    END IF;
    IF v_role = 'client' THEN
        outcome := reservation_refusal(
            p_actor, p_user_id, p_slot_id, v_now, p_live_limit, p_idle_limit);
        IF outcome IS NOT NULL THEN
            retry_seconds := reservation_wait(outcome, p_user_id, p_slot_id, v_now, p_idle_limit);
            RETURN;
        END IF;
    END IF;
    IF v_slot.status = 'held' THEN
        v_slot := expire_hold(v_slot);
    END IF;
    outcome := 'reserved';
    id := p_reservation_id;
    ttl_seconds := p_ttl_seconds;
    expires_at := v_now + make_interval(secs => p_ttl_seconds);
    price_cents := v_service.price_cents;
    currency := v_service.currency;
    INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by,
                              ttl_seconds, created_at, expires_at, price_cents, currency,
                              duration_minutes, free_until_hours, late_fee_cents,
                              late_fee_percent, no_show_fee_cents)
    VALUES (p_reservation_id, p_slot_id, p_provider_id, p_service_id, p_user_id,
            (p_actor ->> 'id')::uuid, p_ttl_seconds, v_now, reserve_slot.expires_at,
            v_service.price_cents, v_service.currency, v_service.duration_minutes,
            v_service.free_until_hours, v_service.late_fee_cents, v_service.late_fee_percent,
            v_service.no_show_fee_cents);
    UPDATE slots AS s SET status = 'held', held_until = reserve_slot.expires_at,
                          reservation_id = p_reservation_id
    WHERE s.id = p_slot_id;
END
$$;

-- A reservation with its slot locked, as this actor may see it, and what a token for it is worth
-- now. Standings: live, expired, used, released, no_longer_offered (withdrawn while it was held),
-- not_found (foreign or unknown).
CREATE OR REPLACE FUNCTION lock_reservation(
    p_actor jsonb, p_reservation_id uuid,
    OUT standing text, OUT reservation reservations, OUT slot slots, OUT at timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    SELECT s.* INTO slot FROM slots AS s
    WHERE s.id = (SELECT r.slot_id FROM reservations AS r WHERE r.id = p_reservation_id)
    FOR NO KEY UPDATE;
    at := clock_timestamp();
    SELECT r.* INTO reservation FROM reservations AS r WHERE r.id = p_reservation_id;
    standing := reservation_standing(p_actor, reservation, at);
END
$$;

CREATE OR REPLACE FUNCTION reservation_standing(
    p_actor jsonb, r reservations, p_now timestamptz
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN r.id IS NULL OR NOT (
            r.user_id = (p_actor ->> 'id')::uuid OR manages_provider(p_actor, r.provider_id)
        ) THEN 'not_found'
        WHEN r.status = 'used' THEN 'used'
        WHEN r.status = 'expired' THEN 'expired'
        WHEN r.status = 'released' THEN 'released'
        WHEN r.status = 'withdrawn' THEN 'no_longer_offered'
        WHEN r.expires_at <= p_now THEN 'expired'
        ELSE 'live' END
$$;

-- Outcomes: extended, extension_limit, slot_past, no_longer_offered, expired, used, released, not_found.
CREATE OR REPLACE FUNCTION extend_reservation(
    p_actor jsonb, p_reservation_id uuid, p_extension_limit integer,
    OUT outcome text, OUT document json, OUT slot slots, OUT service_id uuid
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked      record;
    v_reservation reservations;
BEGIN
    PERFORM act_as(p_actor);
    SELECT * INTO v_locked FROM lock_reservation(p_actor, p_reservation_id);
    outcome := v_locked.standing;
    v_reservation := v_locked.reservation;
    slot := v_locked.slot;
    service_id := v_reservation.service_id;
    IF outcome <> 'live' THEN
        RETURN;
    END IF;
    outcome := CASE
        WHEN slot.start_at <= v_locked.at THEN 'slot_past'
        WHEN NOT still_offered(p_actor, v_reservation) THEN 'no_longer_offered'
        WHEN v_reservation.extensions >= p_extension_limit THEN 'extension_limit' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE reservations AS r
    SET extensions = r.extensions + 1,
        expires_at = greatest(r.expires_at, v_locked.at + make_interval(secs => r.ttl_seconds))
    WHERE r.id = p_reservation_id
    RETURNING r.* INTO v_reservation;
    UPDATE slots AS s SET held_until = v_reservation.expires_at WHERE s.id = slot.id;
    outcome := 'extended';
    document := reservation_document(v_reservation, slot, p_extension_limit);
END
$$;

-- Outcomes: released (also when it had been already, or had expired), used, not_found.
CREATE OR REPLACE FUNCTION release_reservation(
    p_actor jsonb, p_reservation_id uuid, OUT outcome text
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked record;
    v_slot   slots;
BEGIN
    PERFORM act_as(p_actor);
    SELECT * INTO v_locked FROM lock_reservation(p_actor, p_reservation_id);
    outcome := v_locked.standing;
    v_slot := v_locked.slot;
    IF outcome = 'live' THEN
        UPDATE reservations SET status = 'released', closed_at = clock_timestamp()
        WHERE id = p_reservation_id;
        UPDATE slots SET status = 'available', held_until = NULL, reservation_id = NULL
        WHERE id = v_slot.id;
        outcome := 'released';
    ELSIF outcome = 'no_longer_offered' THEN
        outcome := 'released';
    ELSIF outcome = 'expired' THEN
        IF v_slot.reservation_id = p_reservation_id THEN
            PERFORM expire_hold(v_slot);
        END IF;
        outcome := 'released';
    END IF;
END
$$;

-- A reservation as its owner sees it, without the token (which only the server's key can make).
CREATE OR REPLACE FUNCTION reservation_document(
    r reservations, s slots, p_extension_limit integer
) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'timeslotId', r.slot_id, 'expiresAt', wire_time(r.expires_at),
        'ttlSeconds', r.ttl_seconds, 'priceCents', r.price_cents, 'currency', r.currency,
        'providerId', r.provider_id, 'serviceId', r.service_id,
        'userId', r.user_id, 'facilityId', s.facility_id, 'start', wire_time(s.start_at),
        'end', wire_time(s.end_at), 'extensionsLeft', p_extension_limit - r.extensions)
$$;

-- Ends holds that have run out, at most p_limit in one pass. Slots that somebody works on are left
-- for the next one. Nothing waits for it: whoever locks a slot compares the time itself.
CREATE OR REPLACE FUNCTION sweep_reservations(p_limit integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_slot  slots;
    v_count integer := 0;
BEGIN
    FOR v_slot IN
        SELECT s.* FROM slots AS s
        WHERE s.id = ANY (ARRAY(
                SELECT r.slot_id FROM reservations AS r
                WHERE r.status = 'live' AND r.expires_at <= statement_timestamp()
                ORDER BY r.expires_at LIMIT p_limit))
          AND s.status = 'held' AND s.held_until <= clock_timestamp()
        ORDER BY s.id
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM expire_hold(v_slot);
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END
$$;
