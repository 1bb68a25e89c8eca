-- Sending events again that an endpoint missed (docs/webhooks.md).

-- Plans events of the log once more for an endpoint: those that it asks for, whether or not they were
-- sent; what is still on its way to it is left out. Outcomes: planned, too_many, not_found.
--
-- Takes the planner's lease, so that planning of a lane stays serial, then looks.
--
-- p_from_position, p_from: where to begin (one of them); p_to: up to when; p_types: only these.
-- p_limit: events at most. p_is_dry: only count.
CREATE OR REPLACE FUNCTION replay_webhooks(
    p_endpoint_id uuid, p_from_position bigint, p_from timestamptz, p_to timestamptz, p_types text[],
    p_limit integer, p_is_dry boolean, OUT outcome text, OUT count integer
)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_id        uuid := new_uuid_v7();
    v_positions bigint[];
    w           webhook_endpoints;
BEGIN
    IF NOT p_is_dry THEN
        PERFORM FROM consumers AS c WHERE c.name = 'webhook' FOR NO KEY UPDATE;
    END IF;
    SELECT * INTO w FROM webhook_endpoints AS x WHERE x.id = p_endpoint_id AND x.deleted_at IS NULL;
    IF NOT FOUND THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    SELECT coalesce(array_agg(f.position ORDER BY f.position), '{}') INTO v_positions FROM (
        SELECT o.position FROM outbox AS o
        LEFT JOIN appointments AS a ON o.topic IN ('bookings', 'locks') AND a.id = o.key
        LEFT JOIN slots AS s ON o.topic = 'availability' AND s.id = (o.payload ->> 'timeslotId')::uuid
        CROSS JOIN LATERAL (SELECT webhook_type(o.type) AS type) AS t
        WHERE o.position >= coalesce(p_from_position, 0)
          AND (p_from IS NULL OR o.at >= p_from) AND (p_to IS NULL OR o.at < p_to)
          AND (p_types IS NULL OR t.type = ANY (p_types))
          AND endpoint_wants(w, t.type, o.payload, coalesce(a.facility_id, s.facility_id))
          AND NOT EXISTS (
                SELECT FROM deliveries AS d
                WHERE d.position = o.position AND d.endpoint_id = w.id
                  AND d.state IN ('pending', 'sending', 'uncertain'))
        ORDER BY o.position LIMIT p_limit + 1
    ) AS f;
    count := cardinality(v_positions);
    outcome := CASE WHEN count > p_limit THEN 'too_many' ELSE 'planned' END;
    IF p_is_dry OR outcome = 'too_many' THEN
        RETURN;
    END IF;
    INSERT INTO deliveries (id, channel, purpose, lane, endpoint_id, appointment_id, position,
                            event_type, dedupe_key, due_at, expires_at)
    SELECT new_uuid_v7(), 'webhook', 'event', ensure_lane('webhook:' || w.id, 'webhook'), w.id,
           CASE WHEN o.topic IN ('bookings', 'locks') THEN o.key END, o.position, webhook_type(o.type),
           'replay:' || v_id || ':' || o.position, clock_timestamp(),
           delivery_expiry('webhook', 'event', clock_timestamp(), NULL)
    FROM outbox AS o WHERE o.position = ANY (v_positions)
    ORDER BY o.position;
END
$$;
