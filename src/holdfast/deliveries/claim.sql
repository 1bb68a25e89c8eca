-- Claiming, the mark, and what became of a worker (docs/deliveries.md, "Claiming", "When a worker dies").

-- A few due deliveries of each open lane become `sending`; what says nothing true any more is settled
-- instead. Waits for nobody: a row that another worker looks at is passed over.
--
-- p_rooms: how many of a channel's lane may be on their way in this process; p_busy: how many are.
-- A lane that paused lets one through, and pushes its pause on so that nobody else sends a second.
CREATE OR REPLACE FUNCTION claim_deliveries(
    p_worker uuid, p_lease_seconds double precision, p_limit integer,
    p_channels text[], p_rooms integer[], p_busy_lanes text[], p_busy integer[]
) RETURNS SETOF deliveries
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_ids    uuid[];
    v_probes text[];
BEGIN
    IF NOT EXISTS (
        SELECT FROM lanes AS l
        WHERE l.state = 'open' AND l.channel = ANY (p_channels) AND EXISTS (
            SELECT FROM deliveries AS d
            WHERE d.lane = l.id AND d.state = 'pending' AND d.due_at <= clock_timestamp())
    ) THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(p.id), '{}') INTO v_probes FROM (
        SELECT l.id FROM lanes AS l
        WHERE l.state = 'open' AND l.paused_until <= clock_timestamp() AND l.channel = ANY (p_channels)
          AND EXISTS (SELECT FROM deliveries AS d WHERE d.lane = l.id AND d.state = 'pending'
                        AND d.due_at <= clock_timestamp())
        ORDER BY l.id FOR NO KEY UPDATE SKIP LOCKED
    ) AS p;
    WITH rooms AS MATERIALIZED (
        SELECT l.id, CASE WHEN l.paused_until IS NULL THEN c.room - coalesce(b.busy, 0) ELSE 1 END AS room
        FROM lanes AS l
        JOIN unnest(p_channels, p_rooms) AS c (channel, room) ON c.channel = l.channel
        LEFT JOIN unnest(p_busy_lanes, p_busy) AS b (id, busy) ON b.id = l.id
        WHERE l.state = 'open' AND (l.paused_until IS NULL OR l.id = ANY (v_probes))
    )
    SELECT array_agg(due.id) INTO v_ids FROM (
        SELECT w.id FROM rooms AS r CROSS JOIN LATERAL (
            SELECT d.id, d.due_at FROM deliveries AS d
            WHERE d.lane = r.id AND d.state = 'pending' AND d.due_at <= clock_timestamp()
              AND d.expires_at > clock_timestamp()
              AND (d.appointment_id IS NULL OR NOT EXISTS (
                    SELECT FROM deliveries AS e
                    WHERE e.lane = d.lane AND e.appointment_id = d.appointment_id
                      AND e.number < d.number AND e.state IN ('pending', 'sending', 'uncertain')))
            ORDER BY d.due_at, d.number LIMIT greatest(r.room, 0)
            FOR NO KEY UPDATE OF d SKIP LOCKED
        ) AS w
        ORDER BY w.due_at LIMIT p_limit
    ) AS due;
    IF v_ids IS NULL THEN
        RETURN;
    END IF;
    UPDATE lanes AS l SET
        is_probing = true, paused_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
    WHERE l.id = ANY (v_probes)
      AND EXISTS (SELECT FROM deliveries AS d WHERE d.id = ANY (v_ids) AND d.lane = l.id);
    RETURN QUERY
    UPDATE deliveries AS d SET
        state = CASE WHEN o.reason IS NULL THEN 'sending' ELSE 'suppressed' END,
        reason = o.reason,
        settled_at = CASE WHEN o.reason IS NOT NULL THEN clock_timestamp() END,
        worker = CASE WHEN o.reason IS NULL THEN p_worker END,
        claimed_at = clock_timestamp(),
        handed_over_at = NULL,
        lease_until = CASE WHEN o.reason IS NULL
            THEN clock_timestamp() + make_interval(secs => p_lease_seconds) END
    FROM (SELECT x.id, delivery_objection(x) AS reason FROM deliveries AS x WHERE x.id = ANY (v_ids)) AS o
    WHERE d.id = o.id AND d.state = 'pending'
    RETURNING d.*;
END
$$;

-- The mark: right before bytes that the other side may act on. Returns those that may go; whatever is
-- missing was lost to another worker, or says nothing true any more and is settled.
CREATE OR REPLACE FUNCTION mark_handed_over(p_worker uuid, p_ids uuid[]) RETURNS SETOF uuid
LANGUAGE sql VOLATILE AS $$
    WITH mine AS MATERIALIZED (
        SELECT d.id, delivery_objection(d) AS reason FROM deliveries AS d
        WHERE d.id = ANY (p_ids) AND d.worker = p_worker AND d.state = 'sending'
          AND d.lease_until > clock_timestamp()
        ORDER BY d.id FOR NO KEY UPDATE OF d
    ), marked AS (
        UPDATE deliveries AS d SET
            state = CASE WHEN m.reason IS NULL THEN 'sending' ELSE 'suppressed' END,
            reason = m.reason,
            worker = CASE WHEN m.reason IS NULL THEN d.worker END,
            lease_until = CASE WHEN m.reason IS NULL THEN d.lease_until END,
            handed_over_at = CASE WHEN m.reason IS NULL THEN clock_timestamp() END,
            settled_at = CASE WHEN m.reason IS NOT NULL THEN clock_timestamp() END
        FROM mine AS m WHERE d.id = m.id
        RETURNING d.id, d.state
    )
    SELECT id FROM marked WHERE state = 'sending'
$$;

-- What was claimed and not begun goes back without a try: this worker stops.
CREATE OR REPLACE FUNCTION release_deliveries(p_worker uuid, p_ids uuid[]) RETURNS integer
LANGUAGE sql VOLATILE AS $$
    WITH released AS (
        UPDATE deliveries SET state = 'pending', worker = NULL, lease_until = NULL
        WHERE id = ANY (p_ids) AND worker = p_worker AND state = 'sending' AND handed_over_at IS NULL
        RETURNING 1
    )
    SELECT count(*)::integer FROM released
$$;

-- Expired ones, ended leases, and uncertain ones whose time has come; how many rows were moved.
-- p_sms_repeats: an uncertain SMS is sent again, too.
CREATE OR REPLACE FUNCTION sweep_deliveries(p_limit integer, p_sms_repeats boolean) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_moved integer;
    v_rows  integer;
BEGIN
    UPDATE deliveries SET state = 'expired', reason = 'past', settled_at = clock_timestamp()
    WHERE id = ANY (ARRAY(
        SELECT id FROM deliveries WHERE state = 'pending' AND expires_at <= clock_timestamp()
        ORDER BY expires_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    WITH ended AS MATERIALIZED (
        SELECT d.id, d.number, d.tries, d.claimed_at, d.handed_over_at, d.channel FROM deliveries AS d
        WHERE d.state = 'sending' AND d.lease_until <= clock_timestamp()
        ORDER BY d.lease_until LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    ), tried AS (
        INSERT INTO delivery_attempts (delivery_id, number, started_at, outcome)
        SELECT e.id, next_attempt_number(e.id), e.claimed_at,
               CASE WHEN e.handed_over_at IS NULL THEN 'lost' ELSE 'unknown' END
        FROM ended AS e
    )
    UPDATE deliveries AS d SET
        state = CASE WHEN e.handed_over_at IS NULL THEN 'pending' ELSE 'uncertain' END,
        tries = d.tries + CASE WHEN e.handed_over_at IS NULL THEN 0 ELSE 1 END,
        worker = NULL, lease_until = NULL,
        due_at = CASE WHEN e.handed_over_at IS NULL THEN d.due_at ELSE uncertain_until(e.channel) END
    FROM ended AS e WHERE d.id = e.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_moved := v_moved + v_rows;
    UPDATE deliveries SET
        state = CASE WHEN expires_at <= clock_timestamp() THEN 'dead' ELSE 'pending' END,
        settled_at = CASE WHEN expires_at <= clock_timestamp() THEN clock_timestamp() END,
        handed_over_at = CASE WHEN expires_at <= clock_timestamp() THEN handed_over_at END
    WHERE id = ANY (ARRAY(
        SELECT id FROM deliveries
        WHERE state = 'uncertain' AND due_at <= clock_timestamp()
          AND (channel <> 'sms' OR p_sms_repeats)
        ORDER BY due_at LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_moved + v_rows;
END
$$;

CREATE OR REPLACE FUNCTION next_attempt_number(p_delivery_id uuid) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(number), 0) + 1 FROM delivery_attempts WHERE delivery_id = p_delivery_id
$$;

-- When an unknown outcome is tried again, or looked at again.
CREATE OR REPLACE FUNCTION uncertain_until(p_channel text) RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + CASE p_channel
        WHEN 'email' THEN interval '1 minute' WHEN 'sms' THEN interval '10 minutes'
        ELSE interval '0' END
$$;
