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

-- A hold that has run out holds nothing, whether or not a worker has swept it.
CREATE OR REPLACE FUNCTION effective_status(s slots) RETURNS slot_status
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT CASE WHEN s.status = 'held' AND s.held_until <= clock_timestamp()
        THEN 'available' ELSE s.status END
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

-- Whether an appointment of this service fits into the slot.
CREATE OR REPLACE FUNCTION slot_serves(s slots, sv services) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (s.service_id IS NULL OR s.service_id = sv.id)
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

-- Up to five available timeslots of that provider and service, nearest first: within 60 minutes of
-- the wanted start, then that day (in the provider's zone), then the days after (SPEC 4.4).
CREATE OR REPLACE FUNCTION slot_alternatives(
    p_provider_id uuid, p_service_id uuid, p_wanted timestamptz, p_limit integer DEFAULT 5
) RETURNS json
LANGUAGE sql VOLATILE AS $$
    WITH wanted AS (
        SELECT sv, sv.price_cents, day_start, day_start + interval '1 day' AS day_end
        FROM services AS sv
        JOIN providers AS p ON p.id = p_provider_id
        CROSS JOIN LATERAL (
            SELECT date_trunc('day', p_wanted AT TIME ZONE p.timezone) AT TIME ZONE p.timezone
        ) AS d (day_start)
        WHERE sv.id = p_service_id
    ),
    near AS (
        SELECT s, w.price_cents, s.start_at,
            CASE WHEN s.start_at BETWEEN p_wanted - interval '60 minutes'
                                     AND p_wanted + interval '60 minutes' THEN 1 ELSE 2 END AS rank
        FROM wanted AS w
        JOIN slots AS s ON s.provider_id = p_provider_id AND s.deleted_at IS NULL
            AND s.start_at >= least(w.day_start, p_wanted - interval '60 minutes')
            AND s.start_at < greatest(w.day_end, p_wanted + interval '61 minutes')
        WHERE s.start_at > clock_timestamp() AND effective_status(s) = 'available'
          AND slot_serves(s, w.sv)
        ORDER BY rank, abs(extract(epoch FROM s.start_at - p_wanted)), s.start_at
        LIMIT p_limit
    ),
    later AS (
        SELECT s, w.price_cents, s.start_at, 3 AS rank
        FROM wanted AS w
        JOIN slots AS s ON s.provider_id = p_provider_id AND s.deleted_at IS NULL
            AND s.start_at >= greatest(w.day_end, p_wanted + interval '61 minutes',
                                       clock_timestamp())
        WHERE effective_status(s) = 'available' AND slot_serves(s, w.sv)
        ORDER BY s.start_at
        LIMIT p_limit
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
