-- Many slots of a provider at once (SPEC 4.3). Lock order: the calendar, then slot rows by id.

-- Blocks, unblocks or deletes the slots that overlap a period. What somebody holds or has booked stays
-- and is told as a conflict; so does a blocked slot whose time another one has taken. All rows are
-- locked before anything is decided; a hold that has run out by then is ended.
-- Outcomes: done, not_found (no such provider, or out of scope), too_many (more than p_limit slots).
CREATE OR REPLACE FUNCTION change_slots(
    p_actor jsonb, p_provider_id uuid, p_action text, p_from timestamptz, p_to timestamptz,
    p_reason text, p_limit integer,
    OUT outcome text, OUT changed integer, OUT conflicts jsonb, OUT conflict_count integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_ids  uuid[];
    v_done uuid[] := '{}';
    v_slot slots;
BEGIN
    PERFORM act_as(p_actor, p_reason);
    IF NOT manages_provider(p_actor, p_provider_id)
       OR NOT EXISTS (SELECT FROM lock_provider_calendar(p_provider_id) AS p WHERE p.id IS NOT NULL)
    THEN
        outcome := 'not_found';
        RETURN;
    END IF;
    v_ids := ARRAY(
        SELECT s.id FROM slots AS s
        -- No slot is longer than a day.
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
          AND s.start_at > p_from - interval '1 day' AND s.start_at < p_to AND s.end_at > p_from
        LIMIT p_limit + 1);
    IF cardinality(v_ids) > p_limit THEN
        outcome := 'too_many';
        RETURN;
    END IF;
    PERFORM FROM slots AS s WHERE s.id = ANY (v_ids) ORDER BY s.id FOR NO KEY UPDATE;
    IF p_action = 'unblock' THEN
        FOR v_slot IN
            SELECT s.* FROM slots AS s
            WHERE s.id = ANY (v_ids) AND s.deleted_at IS NULL AND s.status = 'blocked'
            ORDER BY s.start_at, s.id
        LOOP
            IF overlapping_slot(p_provider_id, v_slot.start_at, v_slot.end_at, v_slot.id) IS NULL THEN
                UPDATE slots AS s SET status = 'available' WHERE s.id = v_slot.id;
                v_done := v_done || v_slot.id;
            END IF;
        END LOOP;
    ELSE
        FOR v_slot IN
            SELECT s.* FROM slots AS s
            WHERE s.id = ANY (v_ids) AND s.deleted_at IS NULL AND s.status = 'held'
              AND s.held_until <= clock_timestamp()
            ORDER BY s.id
        LOOP
            PERFORM expire_hold(v_slot);
        END LOOP;
        v_done := ARRAY(
            SELECT s.id FROM slots AS s
            WHERE s.id = ANY (v_ids) AND s.deleted_at IS NULL
              AND (s.status = 'available' OR s.status = 'blocked' AND p_action = 'delete'));
        UPDATE slots AS s
        SET status = CASE WHEN p_action = 'block' THEN 'blocked' ELSE s.status END,
            deleted_at = CASE WHEN p_action = 'delete' THEN clock_timestamp() END
        WHERE s.id = ANY (v_done);
    END IF;
    PERFORM leave_to_staff(CASE p_action
        WHEN 'unblock' THEN v_done
        WHEN 'block' THEN ARRAY(SELECT s.id FROM slots AS s WHERE s.id = ANY (v_ids) AND s.status = 'blocked')
        ELSE '{}' END);
    outcome := 'done';
    changed := cardinality(v_done);
    SELECT count(*),
           coalesce(jsonb_agg(slot_conflict(c.slot) ORDER BY c.number)
                    FILTER (WHERE c.number <= 1000), '[]')
    INTO conflict_count, conflicts
    FROM (
        SELECT s AS slot, row_number() OVER (ORDER BY s.start_at, s.id) AS number
        FROM slots AS s
        WHERE s.id = ANY (v_ids) AND s.deleted_at IS NULL AND NOT s.id = ANY (v_done)
          AND CASE WHEN p_action = 'unblock' THEN s.status = 'blocked'
                   ELSE s.status IN ('held', 'booked') END
    ) AS c;
END
$$;
