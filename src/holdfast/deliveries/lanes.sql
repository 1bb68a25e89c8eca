-- Pausing a lane, letting it go on, and removing it (docs/deliveries.md, "Steering" and "Lanes").

-- Stops a lane, or opens it and forgets its trouble, so that the next claim tries at once. One row's
-- update: a claim that has looked at the lane before may still take what it saw. NULL: no such lane.
CREATE OR REPLACE FUNCTION steer_lane(p_id text, p_is_stopped boolean, p_count_limit integer)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    l lanes;
BEGIN
    UPDATE lanes AS x SET
        state = CASE WHEN p_is_stopped THEN 'stopped' ELSE 'open' END,
        failures = CASE WHEN p_is_stopped THEN x.failures ELSE 0 END,
        pause_seconds = CASE WHEN p_is_stopped THEN x.pause_seconds END,
        paused_until = CASE WHEN p_is_stopped THEN x.paused_until END,
        is_probing = p_is_stopped AND x.is_probing
    WHERE x.id = p_id
    RETURNING x.* INTO l;
    RETURN CASE WHEN l.id IS NOT NULL THEN lane_document(l, p_count_limit) END;
END
$$;

-- Whether somebody may be sent something by a lane: a browser that subscribed at this push host, an
-- endpoint; or something still waits there. Other lanes are the server's own, and stay.
CREATE OR REPLACE FUNCTION lane_is_needed(l lanes) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT l.state = 'stopped' OR l.planned_position IS NOT NULL
        OR CASE l.channel
            WHEN 'push' THEN EXISTS (
                SELECT FROM push_subscriptions AS s
                WHERE substring(s.endpoint FROM '^https?://([^/]+)') = substr(l.id, 6))
            WHEN 'webhook' THEN EXISTS (
                SELECT FROM webhook_endpoints AS w
                WHERE 'webhook:' || w.id = l.id AND w.deleted_at IS NULL)
            WHEN 'caldav' THEN EXISTS (
                SELECT FROM calendar_connections AS c
                WHERE 'caldav:' || c.id = l.id AND c.deleted_at IS NULL)
            ELSE true END
        OR EXISTS (SELECT FROM deliveries AS d
                   WHERE d.lane = l.id AND d.state IN ('pending', 'sending', 'uncertain'))
$$;

-- Removes lanes that nothing has needed for p_days; how many. Since when that is so is noted here, pass by
-- pass. The log of deliveries names its lane, so a lane stays until retention has removed those: p_days is
-- not less than they are kept.
-- Locks lanes, passing over those in use. Who plans a delivery holds its lane (ensure_lane()).
CREATE OR REPLACE FUNCTION prune_lanes(p_limit integer, p_days integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SET jit = off AS $$
DECLARE
    v_lanes text[];
    v_lane  text;
    v_count integer := 0;
BEGIN
    UPDATE lanes AS l SET unused_since = CASE WHEN l.unused_since IS NULL THEN clock_timestamp() END
    WHERE l.id = ANY (ARRAY(
        SELECT x.id FROM lanes AS x
        WHERE lane_is_needed(x) = (x.unused_since IS NOT NULL)
        ORDER BY x.id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED));
    SELECT array_agg(o.id) INTO v_lanes FROM (
        SELECT x.id FROM lanes AS x
        WHERE x.unused_since < clock_timestamp() - make_interval(days => p_days)
        ORDER BY x.id LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) AS o;
    FOREACH v_lane IN ARRAY coalesce(v_lanes, '{}') LOOP
        -- Looked at after it was locked. There is no index for it: this is rare.
        IF EXISTS (SELECT FROM deliveries AS d WHERE d.lane = v_lane) THEN
            UPDATE lanes SET unused_since = clock_timestamp() WHERE id = v_lane;
        ELSE
            DELETE FROM lanes WHERE id = v_lane;
            v_count := v_count + 1;
        END IF;
    END LOOP;
    RETURN v_count;
END
$$;
