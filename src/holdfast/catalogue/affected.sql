-- What becomes of appointments when a service or provider is set inactive (SPEC 4.5): nothing, staff may still
-- move and finish them. Whoever does it is told how many there are.

-- The answer to a change: with `affectedAppointments`, those to come, when it was set inactive just now. The
-- caller holds the row; a booking that commits later may not be counted.
CREATE OR REPLACE FUNCTION with_affected(
    p_document json, p_id uuid, p_was_active boolean, p_is_active boolean
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    IF (p_was_active AND NOT p_is_active) IS NOT TRUE THEN
        RETURN p_document;
    END IF;
    RETURN p_document::jsonb || jsonb_build_object('affectedAppointments', (
        SELECT count(*) FROM appointments AS a
        -- No appointment is longer than a day: this is a scan of those to come.
        WHERE a.start_at > v_now - interval '1 day' AND a.end_at > v_now
          AND a.status IN ('requested', 'confirmed') AND a.deleted_at IS NULL
          AND p_id IN (a.provider_id, a.service_id)));
END
$$;
