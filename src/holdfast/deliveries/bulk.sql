-- Giving up what waits (docs/deliveries.md, "Steering").

-- Discards some deliveries, each by itself; in the order of p_ids. What waits becomes suppressed; what
-- is uncertain becomes dead, so that it stands in nobody's way and can be sent again. Locks them by id,
-- so it waits for a claim or a settling that has them.
--
-- Outcomes: discarded, invalid_transition (it is on its way, or settled), not_found.
CREATE OR REPLACE FUNCTION discard_deliveries(p_ids uuid[]) RETURNS TABLE (id uuid, outcome text)
LANGUAGE sql VOLATILE SET enable_seqscan = off SET jit = off AS $$
    WITH found AS MATERIALIZED (
        SELECT d.id, d.state FROM deliveries AS d
        WHERE d.id = ANY (p_ids) ORDER BY d.id FOR NO KEY UPDATE OF d
    ), discarded AS (
        UPDATE deliveries AS d SET
            state = CASE f.state WHEN 'pending' THEN 'suppressed' ELSE 'dead' END,
            reason = 'discarded', settled_at = clock_timestamp()
        FROM found AS f
        WHERE d.id = f.id AND f.state IN ('pending', 'uncertain')
        RETURNING d.id
    )
    SELECT g.id, CASE
        WHEN x.id IS NOT NULL THEN 'discarded'
        WHEN f.id IS NOT NULL THEN 'invalid_transition'
        ELSE 'not_found' END
    FROM unnest(p_ids) WITH ORDINALITY AS g (id, place)
    LEFT JOIN found AS f ON f.id = g.id
    LEFT JOIN discarded AS x ON x.id = g.id
    ORDER BY g.place
$$;
