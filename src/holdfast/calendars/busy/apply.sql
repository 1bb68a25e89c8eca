-- Slots follow busy times. Lock order: the provider's calendar, the mark, then slot rows by id.

-- Blocks the available slots of a provider that lie under a busy time, and frees those that a calendar
-- blocked and that do not any more, at most p_limit of each, as the system and for the reason `calendar`.
-- All rows are locked before anything is decided, and a hold that has run out by then is ended. What is
-- held or booked stays; so does what staff changed, or wanted as it is (busy_blocks).
-- Outcomes: done, more (call again).
CREATE OR REPLACE FUNCTION apply_busy_times(
    p_provider_id uuid, p_limit integer, OUT outcome text, OUT blocked integer, OUT freed integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now    timestamptz;
    v_marked boolean;
    v_busy   tstzmultirange;
    v_under  uuid[];
    v_beside uuid[];
    v_slot   slots;
BEGIN
    PERFORM act_as('{"id": null, "type": "system", "role": "system", "name": "Holdfast"}', 'calendar');
    PERFORM lock_provider_calendar(p_provider_id);
    -- Only a mark that is locked before busy times are read is done with in the end.
    PERFORM FROM busy_marks AS m WHERE m.provider_id = p_provider_id FOR UPDATE;
    v_marked := FOUND;
    v_now := clock_timestamp();
    v_busy := provider_busy_times(p_provider_id, v_now, 'infinity');
    v_under := ARRAY(
        SELECT s.id FROM slots AS s
        WHERE s.provider_id = p_provider_id AND s.deleted_at IS NULL
          AND s.start_at > v_now AND s.start_at < upper(v_busy)
          AND is_available(s) AND v_busy && s.during
          AND NOT EXISTS (SELECT FROM busy_blocks AS b WHERE b.slot_id = s.id)
        ORDER BY s.start_at LIMIT p_limit);
    v_beside := ARRAY(
        SELECT b.slot_id FROM busy_blocks AS b JOIN slots AS s ON s.id = b.slot_id
        WHERE b.provider_id = p_provider_id
          AND (s.deleted_at IS NOT NULL OR s.start_at <= v_now OR NOT v_busy && s.during)
        ORDER BY s.start_at LIMIT p_limit);
    PERFORM FROM slots AS s WHERE s.id = ANY (v_under || v_beside) ORDER BY s.id FOR NO KEY UPDATE;

    FOR v_slot IN
        SELECT s.* FROM slots AS s
        WHERE s.id = ANY (v_under) AND s.deleted_at IS NULL AND s.status = 'held'
          AND s.held_until <= clock_timestamp()
        ORDER BY s.id
    LOOP
        PERFORM expire_hold(v_slot);
    END LOOP;
    WITH changed AS (
        UPDATE slots AS s SET status = 'blocked'
        WHERE s.id = ANY (v_under) AND s.deleted_at IS NULL AND s.status = 'available'
        RETURNING s.id, s.version
    )
    INSERT INTO busy_blocks (slot_id, provider_id, slot_version)
    SELECT c.id, p_provider_id, c.version FROM changed AS c;
    GET DIAGNOSTICS blocked = ROW_COUNT;

    freed := 0;
    FOR v_slot IN
        SELECT s.* FROM slots AS s
        WHERE s.id = ANY (v_beside) AND s.deleted_at IS NULL AND s.start_at > v_now
          AND is_blocked_by_calendar(s)
        ORDER BY s.start_at, s.id
    LOOP
        -- Staff may have published another one there meanwhile: then this one stays blocked.
        IF overlapping_slot(p_provider_id, v_slot.start_at, v_slot.end_at, v_slot.id) IS NULL THEN
            UPDATE slots AS s SET status = 'available' WHERE s.id = v_slot.id;
            freed := freed + 1;
        END IF;
    END LOOP;
    DELETE FROM busy_blocks AS b WHERE b.slot_id = ANY (v_beside);

    outcome := 'more';
    IF cardinality(v_under) < p_limit AND cardinality(v_beside) < p_limit THEN
        outcome := 'done';
        IF v_marked THEN
            DELETE FROM busy_marks AS m WHERE m.provider_id = p_provider_id;
            -- What was not published for being busy may be free now: the schedule says.
            DELETE FROM busy_skips AS k WHERE k.provider_id = p_provider_id;
            IF FOUND THEN
                PERFORM mark_calendars(ARRAY[p_provider_id]);
            END IF;
        END IF;
    END IF;
END
$$;
