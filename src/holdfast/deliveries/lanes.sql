-- Pausing a lane, and letting it go on (docs/deliveries.md, "Steering").

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
