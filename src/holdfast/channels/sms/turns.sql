-- The pace of a lane, for all processes together.

-- Takes the next turn of a lane, p_seconds after the one before. Returns in how many seconds it is.
-- Locks the lane's row for one statement; turns are taken one after the other.
CREATE OR REPLACE FUNCTION take_lane_turn(p_lane text, p_seconds double precision)
RETURNS double precision
LANGUAGE sql VOLATILE AS $$
    UPDATE lanes AS l SET
        next_turn_at = greatest(l.next_turn_at, clock_timestamp()) + make_interval(secs => p_seconds)
    WHERE l.id = p_lane
    RETURNING greatest(0.0, extract(epoch FROM
        l.next_turn_at - make_interval(secs => p_seconds) - clock_timestamp()))::double precision
$$;
