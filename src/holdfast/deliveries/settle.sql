-- What became of tries (docs/deliveries.md, "Settling").

-- Settles what these claims have on its way, any number at once; what was lost to another is passed
-- over. Locks deliveries by id, then lanes by id.
--
-- p_workers: the claim of each. p_outcomes: sent | failed (to be tried again) | refused (for good) |
--     unknown (handed over, no answer) | suppressed (with p_reasons; no try was made).
-- p_retry_seconds: Retry-After of the other side, or NULL. p_lane_faults: connection errors, 5xx and
-- time-outs, which say that the lane is in trouble, not the message; NULL: says nothing of the lane.
CREATE OR REPLACE FUNCTION settle_deliveries(
    p_workers uuid[], p_ids uuid[], p_outcomes text[], p_reasons text[], p_codes text[], p_excerpts text[],
    p_retry_seconds double precision[], p_lane_faults boolean[], p_receipt_ids text[]
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now     timestamptz;
    v_mine    uuid[];
    v_open    uuid[];
    v_settled integer;
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
        RETURN 0;
    END IF;
    -- Before the leases go: by its lease a lane's probe is known.
    PERFORM note_lane_outcomes(v_mine, p_ids, p_outcomes, p_lane_faults);
    IF 'suppressed' = ANY (p_outcomes) THEN
        PERFORM take_back(array_agg(g.id), array_agg(g.reason))
        FROM unnest(p_ids, p_outcomes, p_reasons) AS g (id, outcome, reason)
        WHERE g.outcome = 'suppressed' AND g.id = ANY (v_mine)
        HAVING count(*) > 0;
    END IF;
    v_now := clock_timestamp();
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(p_ids, p_outcomes, p_reasons, p_codes, p_excerpts, p_retry_seconds,
                             p_receipt_ids)
            AS g (id, outcome, reason, code, excerpt, retry_seconds, receipt_id)
        WHERE g.outcome <> 'suppressed' AND g.id = ANY (v_mine)
    ), decided AS MATERIALIZED (
        SELECT d.id, d.channel, d.claimed_at, g.outcome, g.reason, g.code, g.excerpt, g.receipt_id,
               due.at AS due_at,
               CASE g.outcome
                   WHEN 'failed' THEN CASE WHEN due.at < d.expires_at THEN 'pending' ELSE 'dead' END
                   WHEN 'refused' THEN 'dead'
                   WHEN 'unknown' THEN 'uncertain'
                   ELSE g.outcome END AS state
        FROM given AS g JOIN deliveries AS d ON d.id = g.id CROSS JOIN LATERAL (
            SELECT v_now + CASE WHEN delay IS NOT NULL THEN greatest(
                delay * (0.8 + 0.4 * random()),
                CASE WHEN g.retry_seconds > 0
                    THEN make_interval(secs => least(g.retry_seconds, 86400)) END) END AS at
            FROM delivery_delay(d.channel, d.tries + 1) AS delay
        ) AS due
    ), tried AS (
        INSERT INTO delivery_attempts (delivery_id, number, started_at, outcome, code, excerpt)
        SELECT id, next_attempt_number(id), claimed_at, outcome, left(code, 40), left(excerpt, 1000)
        FROM decided
    ), settled AS (
        UPDATE deliveries AS d SET
            state = c.state,
            reason = CASE WHEN c.state IN ('sent', 'dead') THEN c.reason END,
            tries = d.tries + 1,
            worker = NULL, lease_until = NULL,
            due_at = CASE c.state WHEN 'pending' THEN c.due_at
                WHEN 'uncertain' THEN uncertain_until(c.id, c.channel) ELSE d.due_at END,
            handed_over_at = CASE WHEN c.state = 'pending' THEN NULL
                ELSE coalesce(d.handed_over_at, CASE WHEN c.state = 'uncertain' THEN v_now END) END,
            receipt_id = coalesce(c.receipt_id, d.receipt_id),
            sent_at = CASE WHEN c.state = 'sent' THEN v_now END,
            settled_at = CASE WHEN c.state IN ('sent', 'dead') THEN v_now END
        FROM decided AS c WHERE d.id = c.id
        RETURNING d.id, d.state
    )
    SELECT array_agg(id) FILTER (WHERE state IN ('pending', 'uncertain')) INTO v_open FROM settled;
    PERFORM move_followers(v_open);
    RETURN cardinality(v_mine);
END
$$;

-- A success ends a lane's trouble; five faults in a row pause it. While it is paused only the one that
-- was let through as a probe counts: it ends the pause, or doubles it. What else was still on its way
-- counts only when it was answered. The caller has locked the deliveries p_mine.
CREATE OR REPLACE FUNCTION note_lane_outcomes(
    p_mine uuid[], p_ids uuid[], p_outcomes text[], p_lane_faults boolean[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    l     record;
BEGIN
    FOR l IN
        WITH told AS MATERIALIZED (
            SELECT d.lane, bool_or(g.outcome = 'sent') AS succeeded,
                   bool_or(g.outcome IN ('failed', 'unknown', 'refused') AND g.is_lane_fault IS NOT NULL)
                       AS failed,
                   -- An answer, even a refusal of one message, says that the other side is there.
                   bool_or(NOT g.is_lane_fault AND g.outcome IN ('sent', 'failed', 'refused')) AS answered,
                   count(*) FILTER (WHERE g.is_lane_fault)::integer AS faults,
                   array_agg(d.lease_until) FILTER (WHERE g.is_lane_fault) AS fault_leases
            FROM unnest(p_ids, p_outcomes, p_lane_faults) AS g (id, outcome, is_lane_fault)
            JOIN deliveries AS d ON d.id = g.id
            WHERE g.id = ANY (p_mine)
            GROUP BY d.lane
        )
        SELECT t.*, x.failures, x.pause_seconds, x.paused_until, x.is_probing
        FROM lanes AS x JOIN told AS t ON t.lane = x.id
        WHERE t.faults > 0 OR t.failed AND x.failing_since IS NULL
           OR t.succeeded AND x.failing_since IS NOT NULL
           OR t.answered AND (x.failures > 0 OR x.paused_until IS NOT NULL)
        ORDER BY x.id FOR NO KEY UPDATE OF x
    LOOP
        IF l.answered THEN
            l.failures := 0;
            l.pause_seconds := NULL;
            l.paused_until := NULL;
            l.is_probing := false;
        ELSIF l.faults > 0 AND (l.paused_until IS NULL
                                OR l.is_probing AND l.paused_until = ANY (l.fault_leases)) THEN
            l.failures := l.failures + l.faults;
            IF l.failures >= 5 THEN
                l.pause_seconds := least(900, coalesce(l.pause_seconds * 2, 30));
                l.paused_until := v_now + make_interval(secs => l.pause_seconds);
            END IF;
            l.is_probing := false;
        END IF;
        UPDATE lanes SET
            failures = l.failures, pause_seconds = l.pause_seconds, paused_until = l.paused_until,
            is_probing = l.is_probing,
            failing_since = CASE WHEN l.succeeded THEN NULL
                WHEN l.failed THEN coalesce(failing_since, v_now) ELSE failing_since END
        WHERE id = l.lane;
    END LOOP;
END
$$;
