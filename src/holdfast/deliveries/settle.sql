-- What became of tries (docs/deliveries.md, "Settling").

-- Settles what this worker has on its way, any number at once; what it has lost to another is passed
-- over. Locks deliveries by id, then lanes by id.
--
-- p_outcomes: sent | failed (to be tried again) | refused (for good) | unknown (handed over, no answer)
--     | suppressed (with p_reasons; no try was made).
-- p_retry_seconds: Retry-After of the other side, or NULL. p_lane_faults: connection errors, 5xx and
-- time-outs, which say that the lane is in trouble, not the message.
CREATE OR REPLACE FUNCTION settle_deliveries(
    p_worker uuid, p_ids uuid[], p_outcomes text[], p_reasons text[], p_codes text[], p_excerpts text[],
    p_retry_seconds double precision[], p_lane_faults boolean[], p_receipt_ids text[]
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now     timestamptz := clock_timestamp();
    v_settled integer;
BEGIN
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(p_ids, p_outcomes, p_reasons, p_codes, p_excerpts, p_retry_seconds,
                             p_lane_faults, p_receipt_ids)
            AS g (id, outcome, reason, code, excerpt, retry_seconds, is_lane_fault, receipt_id)
    ), mine AS MATERIALIZED (
        SELECT d.id, d.lane, d.appointment_id, d.number, d.channel, d.tries, d.claimed_at, d.expires_at
        FROM deliveries AS d
        WHERE d.id = ANY (p_ids) AND d.worker = p_worker AND d.state = 'sending'
        ORDER BY d.id FOR NO KEY UPDATE
    ), decided AS MATERIALIZED (
        SELECT m.*, g.outcome, g.reason, g.code, g.excerpt, g.is_lane_fault, g.receipt_id, due.at AS due_at,
               CASE g.outcome
                   WHEN 'failed' THEN CASE WHEN due.at < m.expires_at THEN 'pending' ELSE 'dead' END
                   WHEN 'refused' THEN 'dead'
                   WHEN 'unknown' THEN 'uncertain'
                   ELSE g.outcome END AS state
        FROM mine AS m JOIN given AS g USING (id) CROSS JOIN LATERAL (
            SELECT v_now + CASE WHEN delay IS NOT NULL THEN greatest(
                delay * (0.8 + 0.4 * random()),
                CASE WHEN g.retry_seconds > 0
                    THEN make_interval(secs => least(g.retry_seconds, 86400)) END) END AS at
            FROM delivery_delay(m.channel, m.tries + 1) AS delay
        ) AS due
    ), tried AS (
        INSERT INTO delivery_attempts (delivery_id, number, started_at, outcome, code, excerpt)
        SELECT id, next_attempt_number(id), claimed_at, outcome, left(code, 40), left(excerpt, 1000)
        FROM decided WHERE outcome <> 'suppressed'
    ), settled AS (
        UPDATE deliveries AS d SET
            state = c.state,
            reason = CASE WHEN c.state IN ('suppressed', 'sent') THEN c.reason END,
            tries = d.tries + CASE WHEN c.outcome = 'suppressed' THEN 0 ELSE 1 END,
            worker = NULL, lease_until = NULL,
            due_at = CASE c.state WHEN 'pending' THEN c.due_at
                WHEN 'uncertain' THEN uncertain_until(c.channel) ELSE d.due_at END,
            handed_over_at = CASE WHEN c.state = 'pending' THEN NULL
                ELSE coalesce(d.handed_over_at, CASE WHEN c.state = 'uncertain' THEN v_now END) END,
            receipt_id = coalesce(c.receipt_id, d.receipt_id),
            sent_at = CASE WHEN c.state = 'sent' THEN v_now END,
            settled_at = CASE WHEN c.state IN ('sent', 'dead', 'suppressed') THEN v_now END
        FROM decided AS c WHERE d.id = c.id
        RETURNING d.id
    ), followed AS (
        -- Its followers wait with it, so that no claim has to look at them. A follower that somebody
        -- has locked is left: its own claim will find that it may not go yet.
        UPDATE deliveries AS f SET due_at = c.due_at
        FROM decided AS c
        WHERE c.state = 'pending' AND f.id = ANY (ARRAY(
            SELECT x.id FROM deliveries AS x
            WHERE x.lane = c.lane AND x.appointment_id = c.appointment_id AND x.number > c.number
              AND x.state = 'pending' AND x.due_at < c.due_at
            FOR NO KEY UPDATE SKIP LOCKED))
    )
    SELECT count(*) INTO v_settled FROM settled;
    PERFORM note_lane_outcomes(p_ids, p_outcomes, p_lane_faults);
    RETURN v_settled;
END
$$;

-- A success ends a lane's trouble; five faults in a row pause it. While it is paused only the one that
-- was let through as a probe counts: it ends the pause, or doubles it.
CREATE OR REPLACE FUNCTION note_lane_outcomes(p_ids uuid[], p_outcomes text[], p_lane_faults boolean[])
RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    l     record;
BEGIN
    FOR l IN
        WITH told AS MATERIALIZED (
            SELECT d.lane, bool_or(g.outcome = 'sent') AS succeeded,
                   bool_or(g.outcome IN ('failed', 'unknown', 'refused')) AS failed,
                   -- An answer, even a refusal of one message, says that the other side is there.
                   bool_or(NOT g.is_lane_fault AND g.outcome <> 'suppressed') AS answered,
                   count(*) FILTER (WHERE g.is_lane_fault)::integer AS faults
            FROM unnest(p_ids, p_outcomes, p_lane_faults) AS g (id, outcome, is_lane_fault)
            JOIN deliveries AS d ON d.id = g.id
            GROUP BY d.lane
        )
        SELECT t.*, x.failures, x.pause_seconds, x.paused_until, x.is_probing
        FROM lanes AS x JOIN told AS t ON t.lane = x.id
        WHERE t.faults > 0 OR t.failed AND x.failing_since IS NULL
           OR t.succeeded AND x.failing_since IS NOT NULL OR t.answered AND x.failures > 0
        ORDER BY x.id FOR NO KEY UPDATE OF x
    LOOP
        IF l.answered THEN
            l.failures := 0;
            l.pause_seconds := NULL;
            l.paused_until := NULL;
        ELSIF l.paused_until IS NULL OR l.is_probing THEN
            l.failures := l.failures + l.faults;
            IF l.failures >= 5 THEN
                l.pause_seconds := least(900, coalesce(l.pause_seconds * 2, 30));
                l.paused_until := v_now + make_interval(secs => l.pause_seconds);
            END IF;
        END IF;
        UPDATE lanes SET
            failures = l.failures, pause_seconds = l.pause_seconds, paused_until = l.paused_until,
            is_probing = false,
            failing_since = CASE WHEN l.succeeded THEN NULL
                WHEN l.failed THEN coalesce(failing_since, v_now) ELSE failing_since END
        WHERE id = l.lane;
    END LOOP;
END
$$;
