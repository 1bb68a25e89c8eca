-- What of a slot others see, and what is offered instead of one.

-- Whether an actor may manage this provider's calendar (SPEC §2).
CREATE OR REPLACE FUNCTION manages_provider(p_actor jsonb, p_provider_id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_actor ->> 'role'
        WHEN 'operator' THEN
            p_actor ->> 'providerId' IS NULL OR (p_actor ->> 'providerId')::uuid = p_provider_id
        WHEN 'admin' THEN true
        WHEN 'system' THEN true
        ELSE false END
$$;

-- A hold that has run out holds nothing, whether or not a worker has swept it. Surplus, which the
-- schedule lacks, is nobody's then all the same: it goes, and looks held until a worker has swept it.
CREATE OR REPLACE FUNCTION hold_has_run_out(s slots) RETURNS boolean
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT s.status = 'held' AND s.held_until <= clock_timestamp()
       AND s.origin IS DISTINCT FROM 'surplus'
$$;

CREATE OR REPLACE FUNCTION effective_status(s slots) RETURNS slot_status
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT CASE WHEN s.status = 'held' AND s.held_until <= clock_timestamp()
                     AND s.origin IS DISTINCT FROM 'surplus'
        THEN 'available' ELSE s.status END
$$;

-- Whether a slot can be taken. The same as effective_status() says, in words of which the planner
-- knows how often they are true: else it expects next to none and sorts all slots to find one.
CREATE OR REPLACE FUNCTION is_available(s slots) RETURNS boolean
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT s.status = 'available' OR s.status = 'held' AND s.held_until <= clock_timestamp()
                                     AND s.origin IS DISTINCT FROM 'surplus'
$$;

-- The service, if this provider offers it now.
CREATE OR REPLACE FUNCTION offered_service(p_provider_id uuid, p_service_id uuid)
RETURNS SETOF services
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sv.*
    FROM provider_services AS ps
    JOIN services AS sv ON sv.id = ps.service_id
    JOIN providers AS p ON p.id = ps.provider_id
    WHERE ps.provider_id = p_provider_id AND ps.service_id = p_service_id
      AND sv.is_active AND sv.deleted_at IS NULL AND p.is_active AND p.deleted_at IS NULL
$$;

-- The service, if this provider offers it now or, for staff who move an appointment of it, though one of
-- them was set inactive; what was removed is gone.
CREATE OR REPLACE FUNCTION service_of(p_provider_id uuid, p_service_id uuid, p_even_inactive boolean)
RETURNS SETOF services
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT sv.*
    FROM services AS sv
    JOIN providers AS p ON p.id = p_provider_id
    WHERE sv.id = p_service_id AND sv.deleted_at IS NULL AND p.deleted_at IS NULL
      AND (p_even_inactive OR EXISTS (SELECT FROM offered_service(p_provider_id, p_service_id)))
$$;

-- Whether an appointment of this service fits into the slot; without a service, any slot serves.
CREATE OR REPLACE FUNCTION slot_serves(s slots, sv services) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sv.id IS NULL OR (s.service_id IS NULL OR s.service_id = sv.id)
       AND s.end_at - s.start_at >= make_interval(mins => sv.duration_minutes)
$$;

-- A slot as clients see it: a timeslot with the price of the service they asked about.
CREATE OR REPLACE FUNCTION timeslot_document(s slots, p_price_cents integer) RETURNS json
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', s.id, 'providerId', s.provider_id, 'start', wire_time(s.start_at),
        'end', wire_time(s.end_at), 'status', effective_status(s),
        'facilityId', s.facility_id, 'priceCents', p_price_cents)
$$;

-- A slot as staff see it.
CREATE OR REPLACE FUNCTION slot_document(s slots) RETURNS json
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT json_build_object(
        'id', s.id, 'providerId', s.provider_id, 'facilityId', s.facility_id,
        'serviceId', s.service_id, 'start', wire_time(s.start_at), 'end', wire_time(s.end_at),
        'status', effective_status(s),
        'heldUntil', CASE effective_status(s) WHEN 'held' THEN wire_time(s.held_until) END,
        'appointmentId', s.appointment_id, 'version', s.version,
        'createdAt', wire_time(s.created_at), 'updatedAt', wire_time(s.updated_at))
$$;

-- The first available slots of a provider, soonest first: for a service (NULL: any), p_length long at
-- least, at a facility (NULL: any), behind a time and an id, and not begun yet. A walk along
-- slots_provider_start_idx that ends with the last one wanted: expecting few to be free, PostgreSQL
-- would sort all of them.
CREATE OR REPLACE FUNCTION free_slots(
    p_provider_id uuid, p_service services, p_length interval, p_facility_id uuid,
    p_after timestamptz, p_after_id uuid, p_before timestamptz, p_limit integer
) RETURNS SETOF slots
LANGUAGE sql VOLATILE ROWS 5 SET enable_bitmapscan = off SET enable_sort = off AS $$
    SELECT s.* FROM slots AS s
    WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
      AND (s.start_at, s.id) > (p_after, p_after_id) AND s.start_at < p_before
      -- Not clock_timestamp(): an index can be searched only for what stands still meanwhile.
      AND s.start_at > statement_timestamp()
      AND is_available(s) AND slot_serves(s, p_service) AND s.end_at - s.start_at >= p_length
      AND (p_facility_id IS NULL OR s.facility_id = p_facility_id)
    ORDER BY s.start_at, s.id
    LIMIT p_limit
$$;

-- Up to p_limit available timeslots of that provider and service (NULL: any), p_length long at
-- least, nearest first: within 60 minutes of the wanted start, then that day (in the provider's
-- zone), then the days after (SPEC 4.4). None when the service is not offered any more, unless
-- p_even_inactive (service_of).
CREATE OR REPLACE FUNCTION slot_alternatives(
    p_provider_id uuid, p_service_id uuid, p_wanted timestamptz, p_limit integer DEFAULT 5,
    p_length interval DEFAULT interval '0', p_even_inactive boolean DEFAULT false
) RETURNS json
LANGUAGE sql VOLATILE AS $$
    WITH wanted AS (
        SELECT sv, sv.price_cents, day_start, day_start + interval '1 day' AS day_end
        FROM providers AS p
        LEFT JOIN LATERAL service_of(p.id, p_service_id, p_even_inactive) AS sv ON true
        CROSS JOIN LATERAL (
            SELECT date_trunc('day', p_wanted AT TIME ZONE p.timezone) AT TIME ZONE p.timezone
        ) AS d (day_start)
        WHERE p.id = p_provider_id AND (p_service_id IS NULL OR sv.id IS NOT NULL)
    ),
    near AS (
        SELECT s, w.price_cents, s.start_at,
            CASE WHEN s.start_at BETWEEN p_wanted - interval '60 minutes'
                                     AND p_wanted + interval '60 minutes' THEN 1 ELSE 2 END AS rank
        FROM wanted AS w
        JOIN slots AS s ON s.provider_id = p_provider_id AND s.deleted_at IS NULL
            AND s.start_at >= least(w.day_start, p_wanted - interval '60 minutes')
            AND s.start_at < greatest(w.day_end, p_wanted + interval '61 minutes')
        WHERE s.start_at > clock_timestamp() AND is_available(s)
          AND slot_serves(s, w.sv) AND s.end_at - s.start_at >= p_length
        ORDER BY rank, abs(extract(epoch FROM s.start_at - p_wanted)), s.start_at
        LIMIT p_limit
    ),
    later AS (
        SELECT f::slots AS s, w.price_cents, f.start_at, 3 AS rank
        FROM wanted AS w
        CROSS JOIN LATERAL free_slots(
            p_provider_id, w.sv, p_length, NULL,
            greatest(w.day_end, p_wanted + interval '61 minutes'), '00000000-0000-0000-0000-000000000000', 'infinity',
            p_limit) AS f
    ),
    nearest AS (
        SELECT * FROM near UNION ALL SELECT * FROM later
        ORDER BY rank, 3 LIMIT p_limit
    )
    SELECT coalesce(json_agg(timeslot_document(n.s, n.price_cents)
        ORDER BY n.rank,
            CASE n.rank WHEN 3 THEN 0 ELSE abs(extract(epoch FROM n.start_at - p_wanted)) END,
            n.start_at), '[]')
    FROM nearest AS n
$$;

-- What a provider's availability depends on, but for the time: another text after every change of
-- its slots, zone, price or duration. All changes of its slots are on its channel, which counts them,
-- or wait in the outbox to get there; both are read in the snapshot of the calling statement (STABLE).
-- Never by a scan: planned while the outbox is empty, it would read all of it until the next ANALYZE.
CREATE OR REPLACE FUNCTION availability_state(p providers, sv services) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET enable_seqscan = off AS $$
BEGIN
    RETURN concat_ws('.',
        coalesce((SELECT c.sequence FROM channels AS c
                  WHERE c.name = 'provider.' || p.id || '.availability'), 0),
        (SELECT count(*) FROM outbox AS o WHERE o.key = p.id AND coalesce(o.position, 0) = 0),
        -- MD5 is not used: where only approved algorithms are permitted (FIPS), it fails.
        left(encode(sha256(convert_to(
            concat_ws(',', p.timezone, sv.price_cents, sv.duration_minutes), 'UTF8')), 'hex'), 12));
END
$$;

-- Publishes one slot. Lock order: the provider's calendar, then nothing else: the overlap is
-- looked for after the lock, so that the exclusion constraint is only the last resort.
-- Outcomes: published, not_found, facility_not_found, service_not_found, slot_past, slot_overlap.
CREATE OR REPLACE FUNCTION publish_slot(
    p_actor jsonb, p_slot_id uuid, p_provider_id uuid, p_facility_id uuid, p_service_id uuid,
    p_start timestamptz, p_end timestamptz,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT overlapping_slot_id uuid
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_slot slots;
BEGIN
    PERFORM act_as(p_actor);
    PERFORM lock_provider_calendar(p_provider_id);
    outcome := CASE
        WHEN NOT EXISTS (
            SELECT FROM providers AS p WHERE p.id = p_provider_id AND p.deleted_at IS NULL
        ) THEN 'not_found'
        WHEN NOT EXISTS (
            SELECT FROM provider_facilities AS pf JOIN facilities AS f ON f.id = pf.facility_id
            WHERE pf.provider_id = p_provider_id AND f.id = p_facility_id AND f.deleted_at IS NULL
        ) THEN 'facility_not_found'
        WHEN p_service_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM provider_services AS ps JOIN services AS sv ON sv.id = ps.service_id
            WHERE ps.provider_id = p_provider_id AND sv.id = p_service_id
              AND sv.deleted_at IS NULL
        ) THEN 'service_not_found'
        WHEN p_start <= clock_timestamp() THEN 'slot_past' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    overlapping_slot_id := overlapping_slot(p_provider_id, p_start, p_end, NULL);
    IF overlapping_slot_id IS NOT NULL THEN
        outcome := 'slot_overlap';
        RETURN;
    END IF;
    INSERT INTO slots (id, provider_id, facility_id, service_id, start_at, end_at)
    VALUES (p_slot_id, p_provider_id, p_facility_id, p_service_id, p_start, p_end)
    RETURNING * INTO v_slot;
    PERFORM leave_to_staff(ARRAY[p_slot_id]);
    outcome := 'published';
    document := slot_document(v_slot);
    version := v_slot.version;
    updated_at := v_slot.updated_at;
END
$$;

-- An open slot of the provider that shares time with the period.
CREATE OR REPLACE FUNCTION overlapping_slot(
    p_provider_id uuid, p_start timestamptz, p_end timestamptz, p_except uuid
) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT s.id FROM slots AS s
    WHERE uuidrange(s.provider_id, s.provider_id, '[]')
              = uuidrange(p_provider_id, p_provider_id, '[]')
      AND s.during && tstzrange(p_start, p_end) AND s.is_open
      AND s.id IS DISTINCT FROM p_except
    ORDER BY s.start_at
    LIMIT 1
$$;

-- A slot locked for its staff. Lock order: the provider's calendar (when its times may change),
-- then the slot row. An expired hold is ended here, so that the state below is the real one.
-- Outcomes: not_found, precondition_*, version_conflict, slot_held, slot_booked; NULL: go on.
CREATE OR REPLACE FUNCTION lock_slot_for_staff(
    p_actor jsonb, p_slot_id uuid, p_precondition jsonb, OUT outcome text, OUT slot slots
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_changed_before timestamptz;
BEGIN
    SELECT s.* INTO slot FROM slots AS s
    WHERE s.id = p_slot_id AND s.deleted_at IS NULL
      AND manages_provider(p_actor, s.provider_id)
    FOR NO KEY UPDATE;
    IF slot.id IS NULL THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT e.at INTO v_changed_before FROM slot_audit AS e
    WHERE e.slot_id = slot.id AND e.version = slot.version - 1;
    outcome := check_preconditions(
        p_precondition, slot.version, slot.updated_at, v_changed_before);
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    IF slot.status = 'held' AND slot.held_until <= clock_timestamp() THEN
        slot := expire_hold(slot);
        IF slot.deleted_at IS NOT NULL THEN  -- surplus: it has gone with the hold
            outcome := 'not_found';
            RETURN;
        END IF;
    END IF;
    IF slot.status IN ('held', 'booked') THEN
        outcome := 'slot_' || slot.status;
    END IF;
END
$$;

-- Moves, blocks or unblocks a slot that is neither held nor booked. NULLs stay as they are.
-- Outcomes: changed, invalid_time_range, too_short (under five minutes), slot_past (it would have
-- begun), slot_overlap, or as lock_slot_for_staff.
CREATE OR REPLACE FUNCTION change_slot(
    p_actor jsonb, p_slot_id uuid, p_precondition jsonb,
    p_start timestamptz, p_end timestamptz, p_status text, p_reason text,
    OUT outcome text, OUT document json, OUT version integer, OUT updated_at timestamptz,
    OUT slot slots, OUT overlapping_slot_id uuid
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked record;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    PERFORM lock_provider_calendar(s.provider_id) FROM slots AS s WHERE s.id = p_slot_id;
    SELECT * INTO v_locked FROM lock_slot_for_staff(p_actor, p_slot_id, p_precondition);
    outcome := v_locked.outcome;
    slot := v_locked.slot;
    IF outcome IS NULL THEN
        slot.start_at := coalesce(p_start, slot.start_at);
        slot.end_at := coalesce(p_end, slot.end_at);
        slot.status := coalesce(p_status::slot_status, slot.status);
        IF slot.end_at <= slot.start_at OR slot.end_at - slot.start_at > interval '1 day' THEN
            outcome := 'invalid_time_range';
        ELSIF (slot.start_at, slot.end_at)
                  IS DISTINCT FROM ((v_locked.slot).start_at, (v_locked.slot).end_at)
              AND slot.end_at - slot.start_at < interval '5 minutes' THEN
            outcome := 'too_short';
        ELSIF (slot.start_at, slot.end_at)
                  IS DISTINCT FROM ((v_locked.slot).start_at, (v_locked.slot).end_at)
              AND slot.start_at <= clock_timestamp() THEN
            outcome := 'slot_past';
        ELSIF slot.status <> 'blocked' THEN
            overlapping_slot_id :=
                overlapping_slot(slot.provider_id, slot.start_at, slot.end_at, slot.id);
            IF overlapping_slot_id IS NOT NULL THEN
                outcome := 'slot_overlap';
            END IF;
        END IF;
    END IF;
    IF outcome IS NULL THEN
        UPDATE slots AS s
        SET start_at = slot.start_at, end_at = slot.end_at, status = slot.status,
            -- Once moved it is staff's own: no schedule withdraws it.
            origin = CASE WHEN (s.start_at, s.end_at) = (slot.start_at, slot.end_at)
                THEN s.origin ELSE 'staff' END
        WHERE s.id = p_slot_id
        RETURNING s.* INTO slot;
        PERFORM leave_to_staff(ARRAY[p_slot_id]);
        -- The trigger lets an UPDATE that changes nothing fall through without a new version.
        outcome := 'changed';
    END IF;
    document := CASE WHEN outcome <> 'not_found' THEN slot_document(v_locked.slot) END;
    IF outcome = 'changed' THEN
        document := slot_document(slot);
    END IF;
    version := slot.version;
    updated_at := slot.updated_at;
END
$$;

-- Hides a slot that is neither held nor booked.
-- Outcomes: deleted, or as lock_slot_for_staff.
CREATE OR REPLACE FUNCTION delete_slot(
    p_actor jsonb, p_slot_id uuid, p_precondition jsonb, p_reason text,
    OUT outcome text, OUT document json, OUT slot slots
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_locked record;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    SELECT * INTO v_locked FROM lock_slot_for_staff(p_actor, p_slot_id, p_precondition);
    outcome := v_locked.outcome;
    slot := v_locked.slot;
    document := CASE WHEN slot.id IS NOT NULL THEN slot_document(slot) END;
    IF outcome IS NULL THEN
        UPDATE slots AS s SET deleted_at = clock_timestamp() WHERE s.id = p_slot_id;
        outcome := 'deleted';
    END IF;
END
$$;

-- Whether a slot and its appointment agree (seed 001 §6); NULL error when they do.
CREATE OR REPLACE FUNCTION slot_disagreement(s slots) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN s.status = 'booked' AND a.id IS NULL THEN
            'The slot is booked but no appointment is linked.'
        WHEN s.status <> 'booked' AND a.id IS NOT NULL THEN
            'An appointment is linked but the slot is not booked.'
        WHEN a.deleted_at IS NOT NULL THEN 'The slot is booked but its appointment is deleted.'
        WHEN a.id IS NOT NULL AND NOT a.is_live THEN
            'The slot is booked but its appointment is ' || a.status || '.'
        WHEN a.id IS NOT NULL AND a.slot_id IS DISTINCT FROM s.id THEN
            'The appointment names another slot.'
        WHEN a.id IS NOT NULL AND NOT a.during <@ s.during THEN
            'The appointment does not lie inside the slot.'
        WHEN a.id IS NOT NULL AND a.provider_id <> s.provider_id THEN
            'The appointment belongs to another provider.'
        WHEN EXISTS (SELECT FROM appointments AS o WHERE o.slot_id = s.id AND o.is_live
                     AND o.id IS DISTINCT FROM s.appointment_id) THEN
            'A live appointment names the slot, but the slot does not name it.'
        END
    FROM (SELECT) AS one
    LEFT JOIN appointments AS a ON a.id = s.appointment_id
$$;

-- Frees booked slots whose appointment is gone, cancelled, missed or deleted (seed 001 §4), looking
-- at p_limit slots after p_after in the order of their ids. The constraints allow none to arise;
-- this mends what was changed past them.
CREATE OR REPLACE FUNCTION free_orphaned_slots(
    p_after uuid, p_limit integer, OUT last_id uuid, OUT freed integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_after uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
    v_id    uuid;
BEGIN
    PERFORM act_as('{"id": null, "type": "system", "role": "system", "name": "Holdfast"}',
                   'Its appointment is gone');
    freed := 0;
    SELECT b.id INTO last_id FROM (
        SELECT s.id FROM slots AS s WHERE s.id > v_after ORDER BY s.id LIMIT p_limit) AS b
    ORDER BY b.id DESC LIMIT 1;
    FOR v_id IN
        SELECT s.id FROM slots AS s
        WHERE s.id > v_after AND s.id <= last_id
          AND s.status = 'booked' AND NOT EXISTS (
              SELECT FROM appointments AS a
              WHERE a.id = s.appointment_id AND a.is_live AND a.slot_id = s.id)
        ORDER BY s.id
    LOOP
        -- Looked at again with the row locked, by a statement that sees what was committed.
        PERFORM FROM slots AS s WHERE s.id = v_id FOR NO KEY UPDATE;
        UPDATE slots AS s SET status = 'available', appointment_id = NULL
        WHERE s.id = v_id AND s.status = 'booked' AND NOT EXISTS (
            SELECT FROM appointments AS a
            WHERE a.id = s.appointment_id AND a.is_live AND a.slot_id = s.id);
        IF FOUND THEN
            freed := freed + 1;
        END IF;
    END LOOP;
END
$$;
