-- What became of a worker, and what has waited too long (docs/deliveries.md, "When a worker dies").

-- Expired ones, ended leases, and uncertain ones whose time has come: how many rows became what. `again`
-- is an uncertain one that is tried once more.
--
-- p_sms_repeats: an uncertain SMS is sent again, too.
CREATE OR REPLACE FUNCTION sweep_deliveries(p_limit integer, p_sms_repeats boolean)
RETURNS TABLE (channel text, outcome text, moved bigint)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    -- An index can be searched for it, and not for the moving clock.
    v_now       timestamptz := clock_timestamp();
    v_uncertain uuid[];
BEGIN
    RETURN QUERY
    WITH expired AS (
        UPDATE deliveries AS d SET state = 'expired', reason = 'past', settled_at = clock_timestamp()
        WHERE d.id = ANY (ARRAY(
            SELECT x.id FROM deliveries AS x WHERE x.state = 'pending' AND x.expires_at <= v_now
            ORDER BY x.expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED))
        RETURNING d.channel
    )
    SELECT e.channel, 'expired', count(*) FROM expired AS e GROUP BY 1;

    FOR sweep_deliveries.channel, sweep_deliveries.outcome, sweep_deliveries.moved, v_uncertain IN
        WITH ended AS MATERIALIZED (
            SELECT d.id, d.claimed_at, d.handed_over_at, d.channel FROM deliveries AS d
            WHERE d.state = 'sending' AND d.lease_until <= v_now
            ORDER BY d.lease_until LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
        ), tried AS (
            INSERT INTO delivery_attempts (delivery_id, number, started_at, outcome)
            SELECT e.id, next_attempt_number(e.id), e.claimed_at,
                   CASE WHEN e.handed_over_at IS NULL THEN 'lost' ELSE 'unknown' END
            FROM ended AS e
        ), told AS (
            UPDATE deliveries AS d SET
                state = CASE WHEN e.handed_over_at IS NULL THEN 'pending' ELSE 'uncertain' END,
                tries = d.tries + CASE WHEN e.handed_over_at IS NULL THEN 0 ELSE 1 END,
                worker = NULL, lease_until = NULL,
                due_at = CASE WHEN e.handed_over_at IS NULL THEN d.due_at
                    ELSE uncertain_until(d.id, d.channel) END
            FROM ended AS e WHERE d.id = e.id
            RETURNING d.id, d.channel, d.state
        )
        SELECT t.channel, CASE t.state WHEN 'pending' THEN 'lost' ELSE 'unknown' END, count(*),
               array_agg(t.id)
        FROM told AS t GROUP BY t.channel, t.state
    LOOP
        PERFORM move_followers(v_uncertain);
        RETURN NEXT;
    END LOOP;

    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT d.id, d.expires_at <= v_now OR delivery_delay(d.channel, d.tries) IS NULL AS is_over
        FROM deliveries AS d
        WHERE d.state = 'uncertain' AND d.due_at <= v_now
          AND (d.channel <> 'sms' OR p_sms_repeats)
        ORDER BY d.due_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    ), told AS (
        UPDATE deliveries AS d SET
            state = CASE WHEN u.is_over THEN 'dead' ELSE 'pending' END,
            settled_at = CASE WHEN u.is_over THEN clock_timestamp() END,
            handed_over_at = CASE WHEN u.is_over THEN d.handed_over_at END
        FROM due AS u WHERE d.id = u.id
        RETURNING d.channel, d.state
    )
    SELECT t.channel, CASE t.state WHEN 'pending' THEN 'again' ELSE t.state END, count(*)
    FROM told AS t GROUP BY t.channel, t.state;
END
$$;

CREATE OR REPLACE FUNCTION next_attempt_number(p_delivery_id uuid) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(number), 0) + 1 FROM delivery_attempts WHERE delivery_id = p_delivery_id
$$;

-- When an unknown outcome is tried again, or looked at again. The first time as the contract says; who
-- leaves us without an answer again and again is given the time that failures get.
CREATE OR REPLACE FUNCTION uncertain_until(p_delivery_id uuid, p_channel text) RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + greatest(
        CASE p_channel
            WHEN 'email' THEN interval '1 minute' WHEN 'sms' THEN interval '10 minutes'
            ELSE interval '0' END,
        delivery_delay(p_channel, (
            SELECT count(*)::integer FROM delivery_attempts AS t
            WHERE t.delivery_id = p_delivery_id AND t.outcome = 'unknown')))
$$;

-- What follows these of the same appointment in their lanes waits with them, so that no claim has to
-- look at it. A follower that somebody has locked is left: its claim will find that it may not go yet.
CREATE OR REPLACE FUNCTION move_followers(p_ids uuid[]) RETURNS void
LANGUAGE sql VOLATILE SET enable_seqscan = off SET jit = off AS $$
    UPDATE deliveries AS f SET due_at = w.due_at
    FROM (
        SELECT x.id, c.due_at
        FROM deliveries AS c
        JOIN deliveries AS x ON x.lane = c.lane AND x.appointment_id = c.appointment_id
            AND x.number > c.number AND x.state = 'pending' AND x.due_at < c.due_at
        WHERE c.id = ANY (p_ids) AND c.state IN ('pending', 'uncertain')
        FOR NO KEY UPDATE OF x SKIP LOCKED
    ) AS w
    WHERE f.id = w.id AND f.state = 'pending'
$$;
