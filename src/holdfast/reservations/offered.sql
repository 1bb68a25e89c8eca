-- What of a reservation depends on whether its service is offered still (SPEC 4.4, 4.5).

-- The service, though it is not offered any more: for staff, where that user has a confirmed appointment
-- of it with this provider, so that it can be moved. What was removed is not there for anybody.
CREATE OR REPLACE FUNCTION service_to_move(
    p_actor jsonb, p_provider_id uuid, p_service_id uuid, p_user_id uuid
) RETURNS SETOF services
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT sv.* FROM services AS sv
    JOIN providers AS p ON p.id = p_provider_id AND p.deleted_at IS NULL
    WHERE sv.id = p_service_id AND sv.deleted_at IS NULL AND p_actor ->> 'role' <> 'client'
      AND EXISTS (
          SELECT FROM appointments AS a
          WHERE a.user_id = p_user_id AND a.status = 'confirmed' AND a.deleted_at IS NULL
            AND a.provider_id = p_provider_id AND a.service_id = p_service_id)
$$;

-- Whether what a reservation holds can be had still: if it is offered, or staff have something to move
-- there.
CREATE OR REPLACE FUNCTION still_offered(p_actor jsonb, r reservations) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM offered_service(r.provider_id, r.service_id))
        OR EXISTS (SELECT FROM service_to_move(p_actor, r.provider_id, r.service_id, r.user_id))
$$;
