-- Claiming and the mark (docs/deliveries.md, "Claiming").

-- A few due deliveries of each open lane become `sending`; what says nothing true any more is settled
-- instead. Waits for nobody: a row that another worker looks at is passed over.
--
-- p_worker: this claim, and no other one: what it took is marked and settled by this name. p_rooms: how
-- many of a channel's lane may be on their way in this process; p_busy: how many are.
-- p_quiet_from, p_quiet_to: quiet hours of who set none; equal: there are none. What would disturb somebody's
-- night (a try after a failure, a lane that was paused until now) is due in the morning instead.
-- A lane that paused lets one through, and pushes its pause on so that nobody else sends a second. That
-- one's lease ends with the pause, by which it is known again.
CREATE OR REPLACE FUNCTION claim_deliveries(
    p_worker uuid, p_lease_seconds double precision, p_limit integer,
    p_channels text[], p_rooms integer[], p_busy_lanes text[], p_busy integer[],
    p_quiet_from time DEFAULT '00:00', p_quiet_to time DEFAULT '00:00'
) RETURNS SETOF deliveries
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now    timestamptz := clock_timestamp();
    v_until  timestamptz;
    v_ids    uuid[];
    v_probes text[];
BEGIN
    -- Looked at before anything is locked: to lock a row is to write.
    IF NOT EXISTS (
        SELECT FROM lanes AS l
        WHERE l.state = 'open' AND l.channel = ANY (p_channels)
          AND (l.paused_until IS NULL OR l.paused_until <= v_now)
          AND EXISTS (SELECT FROM deliveries AS d
                      WHERE d.lane = l.id AND d.state = 'pending' AND d.due_at <= v_now)
    ) THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(p.id), '{}') INTO v_probes FROM (
        SELECT l.id FROM lanes AS l
        WHERE l.state = 'open' AND l.paused_until <= v_now AND l.channel = ANY (p_channels)
          AND EXISTS (SELECT FROM deliveries AS d
                      WHERE d.lane = l.id AND d.state = 'pending' AND d.due_at <= v_now)
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
            WHERE d.lane = r.id AND d.state = 'pending' AND d.due_at <= v_now AND d.expires_at > v_now
              -- An SMS whose receipt did not come in time holds up nobody.
              AND (d.appointment_id IS NULL OR NOT EXISTS (
                    SELECT FROM deliveries AS e
                    WHERE e.lane = d.lane AND e.appointment_id = d.appointment_id
                      AND e.number < d.number AND e.state IN ('pending', 'sending', 'uncertain')
                      AND NOT (e.state = 'uncertain' AND e.channel = 'sms' AND e.due_at <= v_now)))
            ORDER BY d.due_at, d.number LIMIT greatest(r.room, 0)
            FOR NO KEY UPDATE OF d SKIP LOCKED
        ) AS w
        ORDER BY w.due_at LIMIT p_limit
    ) AS due;
    IF v_ids IS NULL THEN
        RETURN;
    END IF;
    -- What begins after the rows were locked sees what was cancelled before.
    IF p_channels && '{push,sms}' THEN
        v_ids := without_quiet_ones(v_ids, p_quiet_from, p_quiet_to);
    END IF;
    IF p_channels && '{caldav}' THEN
        v_ids := without_busy_calendars(v_ids);
    END IF;
    v_until := clock_timestamp() + make_interval(secs => p_lease_seconds);
    RETURN QUERY
    WITH judged AS MATERIALIZED (
        SELECT x.id, delivery_objection(x) AS reason FROM deliveries AS x WHERE x.id = ANY (v_ids)
    ), taken AS (
        UPDATE deliveries AS d SET
            state = CASE WHEN j.reason IS NULL THEN 'sending' ELSE 'suppressed' END,
            reason = j.reason,
            settled_at = CASE WHEN j.reason IS NOT NULL THEN clock_timestamp() END,
            worker = CASE WHEN j.reason IS NULL THEN p_worker END,
            claimed_at = CASE WHEN j.reason IS NULL THEN clock_timestamp() ELSE d.claimed_at END,
            lease_until = CASE WHEN j.reason IS NULL THEN v_until END
        FROM judged AS j
        WHERE d.id = j.id AND d.state = 'pending'
        RETURNING d.*
    ), probing AS (
        UPDATE lanes AS l SET is_probing = true, paused_until = v_until
        WHERE l.id = ANY (v_probes)
          AND EXISTS (SELECT FROM taken AS t WHERE t.lane = l.id AND t.state = 'sending')
    )
    SELECT * FROM taken;
END
$$;

-- Of due deliveries those that may go: a calendar takes one at a time, whichever process sends it. Who
-- claims for a lane holds it until the claim commits, and another one passes on.
CREATE OR REPLACE FUNCTION without_busy_calendars(p_ids uuid[]) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_lanes text[];
BEGIN
    SELECT array_agg(w.id) INTO v_lanes FROM (
        SELECT l.id FROM lanes AS l
        WHERE l.channel = 'caldav'
          AND l.id IN (SELECT d.lane FROM deliveries AS d WHERE d.id = ANY (p_ids))
        ORDER BY l.id FOR NO KEY UPDATE SKIP LOCKED
    ) AS w;
    RETURN (
        SELECT array_agg(d.id) FROM deliveries AS d
        WHERE d.id = ANY (p_ids)
          AND (d.channel <> 'caldav' OR d.lane = ANY (v_lanes) AND NOT EXISTS (
                SELECT FROM deliveries AS s WHERE s.lane = d.lane AND s.state = 'sending')));
END
$$;

-- The mark: right before bytes that the other side may act on. Returns those that may go; whatever is
-- missing was lost to another worker, or says nothing true any more and is settled.
--
-- p_workers: the claim of each. p_quiet_from, p_quiet_to: as for claim_deliveries().
CREATE OR REPLACE FUNCTION mark_handed_over(
    p_workers uuid[], p_ids uuid[], p_quiet_from time DEFAULT '00:00', p_quiet_to time DEFAULT '00:00'
) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_mine    uuid[];
    v_true    uuid[];
    v_untrue  uuid[];
    v_reasons text[];
BEGIN
    SELECT array_agg(m.id) INTO v_mine FROM (
        SELECT d.id
        FROM (SELECT * FROM unnest(p_ids, p_workers) AS x (id, worker) ORDER BY x.id) AS g
        CROSS JOIN LATERAL (
            -- Only what is `sending` has a worker (deliveries_state_check).
            SELECT x.id FROM deliveries AS x WHERE x.id = g.id AND x.worker = g.worker
            FOR NO KEY UPDATE
        ) AS d
    ) AS m;
    IF v_mine IS NULL THEN
        RETURN;
    END IF;
    -- The rows are locked: what was committed until now is seen, and the clock is the one of now.
    SELECT array_agg(j.id) FILTER (WHERE j.reason IS NULL),
           array_agg(j.id) FILTER (WHERE j.reason IS NOT NULL),
           array_agg(j.reason) FILTER (WHERE j.reason IS NOT NULL)
    INTO v_true, v_untrue, v_reasons
    FROM (
        SELECT x.id, CASE WHEN x.expires_at <= clock_timestamp() THEN 'past'
                          ELSE delivery_objection(x) END AS reason
        FROM deliveries AS x
        WHERE x.id = ANY (v_mine) AND x.lease_until > clock_timestamp()
    ) AS j;
    v_true := without_quiet_ones(v_true, p_quiet_from, p_quiet_to);
    IF v_untrue IS NOT NULL THEN
        PERFORM take_back(v_untrue, v_reasons);
    END IF;
    RETURN QUERY
    UPDATE deliveries AS d SET handed_over_at = clock_timestamp() WHERE d.id = ANY (v_true) RETURNING d.id;
END
$$;

-- What was claimed and is not sent: it goes back to those that wait and is settled there, since nothing
-- was tried. The caller has locked the rows. A lane whose probe it was lets another one through.
CREATE OR REPLACE FUNCTION take_back(p_ids uuid[], p_reasons text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
BEGIN
    PERFORM pass_on_probes(p_ids);
    UPDATE deliveries SET state = 'pending', worker = NULL, lease_until = NULL, handed_over_at = NULL
    WHERE id = ANY (p_ids) AND state = 'sending';
    UPDATE deliveries AS d SET
        state = CASE WHEN d.expires_at <= clock_timestamp() THEN 'expired' ELSE 'suppressed' END,
        reason = CASE WHEN d.expires_at <= clock_timestamp() THEN 'past' ELSE g.reason END,
        settled_at = clock_timestamp()
    FROM unnest(p_ids, p_reasons) AS g (id, reason)
    WHERE d.id = g.id AND d.state = 'pending';
END
$$;

-- A lane whose probe is among these, which are not sent after all, lets another one through.
CREATE OR REPLACE FUNCTION pass_on_probes(p_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
BEGIN
    PERFORM FROM (
        SELECT FROM lanes AS l
        WHERE l.is_probing AND l.id IN (
            SELECT d.lane FROM deliveries AS d WHERE d.id = ANY (p_ids) AND d.lease_until IS NOT NULL)
        ORDER BY l.id FOR NO KEY UPDATE
    ) AS locked;
    UPDATE lanes AS l SET is_probing = false, paused_until = clock_timestamp()
    FROM deliveries AS d
    WHERE d.id = ANY (p_ids) AND l.id = d.lane AND l.is_probing AND l.paused_until = d.lease_until;
END
$$;

-- Of these, those that disturb nobody's night. What would (a try after a failure, a lane that was paused
-- until now, a claim of the last minute) waits for the morning, as if it had been planned now. The caller
-- has locked the rows, which wait or are being sent.
CREATE OR REPLACE FUNCTION without_quiet_ones(p_ids uuid[], p_from time, p_to time) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_quiet    uuid[];
    v_mornings timestamptz[];
BEGIN
    SELECT array_agg(m.id), array_agg(m.morning) INTO v_quiet, v_mornings FROM (
        SELECT d.id, morning_of(d, clock_timestamp(), p_from, p_to) AS morning
        FROM deliveries AS d
        WHERE d.id = ANY (p_ids) AND d.channel IN ('push', 'sms') AND delivery_objection(d) IS NULL
    ) AS m
    WHERE m.morning IS NOT NULL;
    IF v_quiet IS NULL THEN
        RETURN p_ids;
    END IF;
    PERFORM pass_on_probes(v_quiet);
    UPDATE deliveries AS d SET
        state = 'pending', worker = NULL, lease_until = NULL, handed_over_at = NULL, due_at = m.morning,
        expires_at = greatest(d.expires_at, least(
            d.created_at + interval '48 hours',
            delivery_expiry(d.channel, d.purpose, m.morning, d.start_at),
            CASE d.purpose WHEN 'reminder' THEN m.morning + (d.start_at - m.morning) / 2 END))
    FROM unnest(v_quiet, v_mornings) AS m (id, morning)
    WHERE d.id = m.id;
    PERFORM move_followers(v_quiet);
    RETURN ARRAY(SELECT i FROM unnest(p_ids) AS i WHERE i <> ALL (v_quiet));
END
$$;

-- What was claimed and not handed over goes back without a try: this worker stops, or could not mark
-- it. Who calls this knows that nothing was sent; a mark whose answer was lost counts for nothing.
CREATE OR REPLACE FUNCTION release_deliveries(p_workers uuid[], p_ids uuid[]) RETURNS integer
LANGUAGE sql VOLATILE AS $$
    WITH released AS (
        UPDATE deliveries AS d SET state = 'pending', worker = NULL, lease_until = NULL, handed_over_at = NULL
        FROM unnest(p_ids, p_workers) AS g (id, worker)
        WHERE d.id = g.id AND d.worker = g.worker
        RETURNING 1
    )
    SELECT count(*)::integer FROM released
$$;
