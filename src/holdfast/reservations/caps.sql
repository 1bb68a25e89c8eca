-- How much a client may hold (SPEC 4.4). Decided while the client's advisory lock is held, so that two
-- requests of one client never count at the same time (docs/concurrency.md, "What a client may have").

-- One client's reserves and bookings go one after the other. Clients never wait for each other here,
-- but for two whose hashes are equal, which is harmless.
CREATE OR REPLACE FUNCTION lock_client(p_user_id uuid) RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(20001, hashtext(p_user_id::text))
$$;

-- What keeps a client from holding this slot; NULL: nothing.
-- Outcomes: too_many_reservations (live ones), cooling_down (the same slot again, within one TTL after
-- a hold of it whose extensions were used up), too_many_idle (holds of the last hour that led to
-- nothing).
--
-- The last two are about what the client did itself: they do not stop staff who reserve for it, and
-- holds that staff made do not count.
-- p_idle_limit: NULL: any number.
CREATE OR REPLACE FUNCTION reservation_refusal(
    p_actor jsonb, p_user_id uuid, p_slot_id uuid, p_now timestamptz, p_live_limit integer,
    p_idle_limit integer
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- One statement, in which what comes first spares the rest. `closed_at IS NULL`, not
    -- `status = 'live'`: so that reservations_user_idx serves it, always.
    RETURN CASE
        WHEN p_live_limit <= (
            SELECT count(*) FROM reservations AS r
            WHERE r.user_id = p_user_id AND r.closed_at IS NULL AND r.expires_at > p_now
        ) THEN 'too_many_reservations'
        WHEN p_actor ->> 'role' <> 'client' THEN NULL
        WHEN EXISTS (
            SELECT FROM used_up_holds(p_user_id, p_slot_id) AS r
            WHERE ended_at(r) + make_interval(secs => r.ttl_seconds) > p_now
        ) THEN 'cooling_down'
        WHEN p_idle_limit IS NULL THEN NULL  -- or else they would be counted for nothing
        WHEN p_idle_limit <= (
            SELECT count(*) FROM (SELECT FROM idle_holds(p_user_id, p_now) LIMIT p_idle_limit) AS h
        ) THEN 'too_many_idle' END;
END
$$;

-- In how many seconds that refusal will have passed.
CREATE OR REPLACE FUNCTION reservation_wait(
    p_refusal text, p_user_id uuid, p_slot_id uuid, p_now timestamptz, p_idle_limit integer
) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT greatest(1, ceil(extract(epoch FROM CASE p_refusal
        WHEN 'too_many_reservations' THEN (
            SELECT min(r.expires_at) FROM reservations AS r
            WHERE r.user_id = p_user_id AND r.closed_at IS NULL AND r.expires_at > p_now)
        WHEN 'cooling_down' THEN (
            SELECT max(ended_at(r) + make_interval(secs => r.ttl_seconds))
            FROM used_up_holds(p_user_id, p_slot_id) AS r)
        ELSE (
            SELECT h.ended_at + interval '1 hour' FROM idle_holds(p_user_id, p_now) AS h (ended_at)
            ORDER BY h.ended_at DESC OFFSET p_idle_limit - 1 LIMIT 1)
        END - p_now)))::integer
$$;

-- When a reservation ended: by itself, or earlier by somebody.
CREATE OR REPLACE FUNCTION ended_at(r reservations) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(r.closed_at, r.expires_at)
$$;

-- A client's holds of one slot whose extensions were used up, but for those that were booked. (No
-- reservation can be extended more than twice: reservations_extensions_check.)
CREATE OR REPLACE FUNCTION used_up_holds(p_user_id uuid, p_slot_id uuid) RETURNS SETOF reservations
LANGUAGE sql STABLE AS $$
    SELECT r.* FROM reservations AS r
    WHERE r.user_id = p_user_id AND r.slot_id = p_slot_id AND r.extensions >= 2
      AND r.created_by = p_user_id AND r.status IN ('live', 'released', 'expired')
$$;

-- When those holds of a client ended that led to nothing in the last hour, swept or not.
CREATE OR REPLACE FUNCTION idle_holds(p_user_id uuid, p_now timestamptz) RETURNS SETOF timestamptz
LANGUAGE sql STABLE AS $$
    SELECT ended_at(r) FROM reservations AS r
    WHERE r.user_id = p_user_id AND r.status IN ('released', 'expired')
      AND r.closed_at > p_now - interval '1 hour' AND r.expires_at > p_now - interval '1 hour'
      AND r.created_by = p_user_id
    UNION ALL
    SELECT r.expires_at FROM reservations AS r
    WHERE r.user_id = p_user_id AND r.closed_at IS NULL AND r.expires_at <= p_now
      AND r.expires_at > p_now - interval '1 hour' AND r.created_by = p_user_id
$$;
